//! Returns that name the step they go back to (退回到指定环节): it is walked again, and then straight back to who returned it.

use kernel::Role;
use proto::{
    common::v1::{CorrectionItem, Decision, Outcome, ReturnStep},
    inbox::v1::Task,
    intake::v1::{
        Application, ApplicationState, CorrectionAnswer, NoticeLevel, ResubmitApplicationRequest,
        SubmitApplicationRequest,
    },
    review::v1::CaseState,
};
use tests::{
    county::{COUNTY, resolution},
    desk::{Desk, TOWNSHIP, approval, code_of, key},
};

const DEPARTMENT: &str = "DEPARTMENT_REVIEW";
const GROUP: &str = "LEADING_GROUP_DECISION";

/// A return with one thing to do at each of these steps.
fn back_to(task: &Task, steps: &[ReturnStep]) -> Decision {
    let correction = |step: &ReturnStep| CorrectionItem {
        field: "land_note".into(),
        text: "重新核实用地情况".into(),
        step: (*step).into(),
        ..CorrectionItem::default()
    };
    let mut decision = approval(task);
    let always = |id: &str| task.questions.iter().any(|asked| asked.question_id == id && asked.required_for.is_empty());
    decision.answers.retain(|answer| always(&answer.question_id));
    Decision {
        outcome: Outcome::Return.into(),
        opinion: "用地情况与实地不符,请重新核实后报来".into(),
        corrections: steps.iter().map(correction).collect(),
        ..decision
    }
}

/// A forwarded project that its first sector department returns to these steps, and to which all others agree.
async fn returned(desk: &mut Desk, steps: &[ReturnStep]) -> (String, kernel::Post) {
    let content = desk.content();
    desk.guarantee(&content).await;
    let posts = desk.departments(&content);
    let project = desk.forwarded(content).await.project_id;
    let returning = posts.iter().find(|post| post.role == Role::SectorDepartment).expect("one").clone();
    for post in posts {
        let reviewer = desk.player(post.role, &post.org.to_string()).await;
        let says = |task: &Task| if post == returning { back_to(task, steps) } else { approval(task) };
        desk.stage.decide(&reviewer, &project, DEPARTMENT, says).await.expect("said");
    }
    desk.house.settle().await;
    (project, returning)
}

async fn resubmitted(desk: &mut Desk, project: &str, items: &[&str]) -> Application {
    let known = desk.read(project).await;
    let answer = |item: &&str| CorrectionAnswer { item_id: (*item).to_owned(), text: "已重新核实".into() };
    let request = ResubmitApplicationRequest {
        request_id: key(),
        project_id: known.project_id,
        etag: known.etag,
        answers: items.iter().map(answer).collect(),
    };
    desk.secretary().await.intake.resubmit_application(request).await.expect("answered").into_inner()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_department_returns_to_the_township_and_it_comes_straight_back() {
    let mut desk = Desk::open().await;
    let (project, returning) = returned(&mut desk, &[ReturnStep::TownshipReview]).await;
    let sent = desk.read(&project).await;
    assert_eq!(sent.state(), ApplicationState::TownshipReview, "the village has no part in it");
    assert_eq!(sent.returns[0].items[0].step(), ReturnStep::TownshipReview);

    let head = desk.player(Role::TownshipHead, TOWNSHIP).await;
    let tasks = desk.tasks(&head, &project, &[]).await;
    let [task] = &tasks[..] else { panic!("one task: {tasks:?}") };
    assert_eq!(task.questions.last().map(|question| question.question_id.as_str()), Some("return-1"));
    let of_village = [ReturnStep::Application, ReturnStep::VillageVote, ReturnStep::VillageNotice];
    assert_eq!(task.return_steps, of_village.map(i32::from));
    let silent = |task: &Task| {
        let mut decision = approval(task);
        decision.answers.retain(|answer| answer.question_id != "return-1");
        decision
    };
    let refused = desk.stage.decide(&head, &project, "TOWNSHIP_REVIEW", silent).await.expect_err("unanswered");
    assert_eq!(code_of(&refused), "ANSWER_MISSING");
    desk.stage.decide(&head, &project, "TOWNSHIP_REVIEW", approval).await.expect("answered");
    desk.house.settle().await;

    let back = desk.read(&project).await;
    assert_eq!((back.state(), back.notices.len()), (ApplicationState::CountyReview, 2), "no notice hung again");
    assert_eq!(back.returns[0].items[0].answer, "属实,同意");
    let case = desk.case(&project).await;
    let asked: Vec<_> = case.opinions.iter().filter(|opinion| opinion.round == 2).map(|asked| &asked.post).collect();
    assert_eq!((case.round, asked), (2, vec![&returning.to_string()]), "only who returned it judges again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_department_returns_to_the_vote_and_the_township_keeps_its_word() {
    let mut desk = Desk::open().await;
    let (project, _) = returned(&mut desk, &[ReturnStep::VillageVote]).await;
    let voting = resubmitted(&mut desk, &project, &["1"]).await;
    assert_eq!(voting.state(), ApplicationState::Deliberation);
    let voted = desk.vote(&voting, 26, (25, 1, 0)).await.expect("voted");
    let secretary = desk.secretary().await;
    let posted = desk.post(&secretary, &voted, NoticeLevel::Village).await.expect("posted");
    let mut secretary = desk.secretary().await;
    let submit = |known: &Application| SubmitApplicationRequest {
        request_id: key(),
        project_id: known.project_id.clone(),
        etag: known.etag.clone(),
    };
    let early = secretary.intake.submit_application(submit(&posted)).await;
    assert_eq!(tests::desk::refused(early).code, "NOTICE_SHORT");
    desk.wait(time::Duration::days(11));
    let mut secretary = desk.secretary().await;
    let closed = desk.close(&secretary, &posted, NoticeLevel::Village).await.expect("closed");
    let back = secretary.intake.submit_application(submit(&closed)).await.expect("submitted").into_inner();
    assert_eq!((back.state(), back.votes.len(), back.notices.len()), (ApplicationState::CountyReview, 2, 3));
    desk.house.settle().await;
    assert_eq!(desk.case(&project).await.round, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_leading_group_returns_to_the_departments_and_nobody_else_is_troubled() {
    let mut desk = Desk::open().await;
    let content = desk.content();
    let project = desk.agreed(content).await;
    let group = desk.player(Role::LeadingGroup, COUNTY).await;
    let nowhere = |task: &Task| {
        let mut decision = back_to(task, &[ReturnStep::DepartmentReview]);
        decision.corrections[0].step = 99;
        decision
    };
    let refused = desk.stage.decide(&group, &project, GROUP, nowhere).await.expect_err("no such step");
    assert_eq!(code_of(&refused), "UNKNOWN_CHOICE");
    let again = |task: &Task| back_to(task, &[ReturnStep::DepartmentReview]);
    desk.stage.decide(&group, &project, GROUP, again).await.expect("returned");
    desk.house.settle().await;
    let case = desk.case(&project).await;
    assert_eq!((case.state(), case.round), (CaseState::Departments, 1));
    assert_eq!(desk.read(&project).await.state(), ApplicationState::CountyReview);

    let open = case.opinions.iter().filter(|opinion| opinion.outcome == 0 && !opinion.lapsed);
    let posts: Vec<kernel::Post> = open.map(|opinion| opinion.post.parse().expect("a post")).collect();
    assert!(!posts.is_empty());
    for post in posts {
        let reviewer = desk.player(post.role, &post.org.to_string()).await;
        desk.stage.decide(&reviewer, &project, DEPARTMENT, approval).await.expect("agreed again");
    }
    let today = desk.stage.today();
    let resolved = |task: &Task| resolution(task, &today);
    desk.stage.decide(&group, &project, GROUP, resolved).await.expect("resolved");
    desk.reaches(&project, ApplicationState::CountyNotice).await;
}
