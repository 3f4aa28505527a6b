//! The county's rules at every gate, on the house with a moved clock, through the public API: silence (C10), withdrawal
//! against decision (C7, C27), the leading group by person (C11), numbers of one meeting (C33), money that is vouched for once,
//! what a "no" means (C30).

mod resolved;

use futures::{StreamExt as _, stream};
use kernel::{Post, Role};
use proto::{
    common::v1::{CorrectionItem, Decision, NoMeans, Outcome},
    inbox::v1::{CompleteTaskRequest, Task, TaskState},
    intake::v1::{Application, ApplicationState, Content, OperatingMode, WithdrawApplicationRequest},
    review::v1::{CaseState, ConveneMeetingRequest, GetCaseRequest, OpinionKind, PanelTrigger},
};
use tests::{
    county::COUNTY,
    desk::{Desk, FINANCE, TOWNSHIP, approval, key, refused},
    money::work_relief,
    rebuilt, year,
};
use time::Duration;
use tonic::Status;
use xianjie::demo::stage::Player;

const DEPARTMENT: &str = "DEPARTMENT_REVIEW";
const GROUP: &str = "LEADING_GROUP_DECISION";
/// Long after a department's ten working days.
const LATE: Duration = Duration::days(20);

/// The status behind a failed step.
fn status(failure: anyhow::Error) -> Status {
    failure.downcast::<Status>().expect("a refusal")
}

async fn on_post(desk: &mut Desk, post: &Post) -> Player {
    desk.player(post.role, &post.org.to_string()).await
}

/// Agreement with a no, in words, to this question.
fn denying(task: &Task, question: &str) -> Decision {
    let mut decision = approval(task);
    let answer = decision.answers.iter_mut().find(|answer| answer.question_id == question);
    let answer = answer.unwrap_or_else(|| panic!("{question} is not asked"));
    (answer.yes, answer.text) = (false, "存在疑问,须进一步核实".into());
    decision
}

/// Where this question stands among the task's answers.
fn field(task: &Task, question: &str) -> String {
    let place = task.questions.iter().position(|asked| asked.question_id == question).expect("asked");
    format!("decision.answers[{place}]")
}

#[tokio::test(flavor = "multi_thread")]
async fn c30_a_no_to_what_blocks_refuses_the_approval_of_township_and_departments() {
    let mut desk = Desk::open().await;
    let content = desk.content();
    desk.guarantee(&content).await;
    let checked = desk.checked(content.clone()).await;
    let project = checked.project_id;
    let head = desk.player(Role::TownshipHead, TOWNSHIP).await;
    let task = desk.tasks(&head, &project, &[]).await.remove(0);
    let authentic = task.questions.iter().find(|question| question.question_id == "township.authenticity");
    assert_eq!(authentic.map(proto::common::v1::Question::no), Some(NoMeans::Blocks), "the page can say it before");
    let against = |task: &Task| denying(task, "township.authenticity");
    let no = refused(desk.stage.decide(&head, &project, "TOWNSHIP_REVIEW", against).await.map_err(status));
    assert_eq!((no.code.as_str(), no.fields), ("NO_BLOCKS", vec![field(&task, "township.authenticity")]));
    assert!(no.zh.contains("项目是否真实"), "{}", no.zh);

    let project =
        desk.forwarded(Content { title: "育秧大棚".into(), place: "二组".into(), ..content }).await.project_id;
    let finance = desk.player(Role::FinanceBureau, FINANCE).await;
    let task = desk.tasks(&finance, &project, &[]).await.remove(0);
    let against = |task: &Task| denying(task, "fin.guarantee");
    let no = refused(desk.stage.decide(&finance, &project, DEPARTMENT, against).await.map_err(status));
    assert_eq!((no.code.as_str(), no.fields), ("NO_BLOCKS", vec![field(&task, "fin.guarantee")]));
    // A rejection with the same no stands.
    let rejecting = |task: &Task| Decision {
        outcome: Outcome::Reject.into(),
        opinion: "资金来源没有保障,不予通过".into(),
        ..denying(task, "fin.guarantee")
    };
    desk.stage.decide(&finance, &project, DEPARTMENT, rejecting).await.expect("a rejection says no");
}

#[tokio::test(flavor = "multi_thread")]
async fn c30_a_department_that_denies_the_contract_and_agrees_calls_for_experts() {
    let mut desk = Desk::open().await;
    let content = Content {
        sub_type: "ENTRUSTED".into(),
        operator: "南县某某米业有限公司".into(),
        operating_mode: OperatingMode::Entrusted.into(),
        ..desk.content()
    };
    desk.guarantee(&content).await;
    let departments = desk.departments(&content);
    let project = desk.forwarded(content).await.project_id;
    for post in departments {
        let reviewer = on_post(&mut desk, &post).await;
        let says = |task: &Task| match task.questions.iter().any(|asked| asked.question_id == "law.contract") {
            true => denying(task, "law.contract"),
            false => approval(task),
        };
        desk.stage.decide(&reviewer, &project, DEPARTMENT, says).await.expect("agreed");
    }
    let case = desk.case(&project).await;
    assert_eq!(case.state(), CaseState::ExpertReview);
    assert!(case.panel.expect("called").triggers.contains(&PanelTrigger::Legal.into()));
}

/// A return of one thing, with all questions answered.
fn returning(task: &Task) -> Decision {
    let correction =
        CorrectionItem { field: "land_note".into(), text: "补充用地批复".into(), ..CorrectionItem::default() };
    Decision {
        outcome: Outcome::Return.into(),
        opinion: "用地材料不全,请补充后再报".into(),
        corrections: vec![correction],
        ..approval(task)
    }
}

/// A rejection, with all questions answered.
fn rejecting(task: &Task) -> Decision {
    Decision {
        outcome: Outcome::Reject.into(), opinion: "与本行业规划不符,不予通过".into(), ..approval(task)
    }
}

/// A decision at once, without a claim.
async fn complete(who: &Player, task: &Task, decision: Decision) -> Result<(), Status> {
    let decision = Some(decision);
    let request = CompleteTaskRequest {
        request_id: key(),
        task_id: task.task_id.clone(),
        fencing_token: 0,
        decision,
        validate_only: false,
    };
    who.inbox.clone().complete_task(request).await.map(drop)
}

async fn withdraw(who: &Player, project_id: &str, reason: &str) -> Result<Application, Status> {
    let (project_id, reason) = (project_id.to_owned(), reason.to_owned());
    let request = WithdrawApplicationRequest { request_id: key(), project_id, etag: String::new(), reason };
    who.intake.clone().withdraw_application(request).await.map(tonic::Response::into_inner)
}

/// A forwarded project whose departments are all late and flagged, and those departments.
async fn all_late(desk: &mut Desk) -> (String, Vec<Post>) {
    let content = desk.content();
    desk.guarantee(&content).await;
    let departments = desk.departments(&content);
    let project = desk.forwarded(content).await.project_id;
    desk.wait(LATE);
    desk.house.settle().await;
    let case = desk.case(&project).await;
    let late = case
        .opinions
        .iter()
        .filter(|opinion| opinion.kind() == OpinionKind::DepartmentReview && opinion.overdue)
        .count();
    assert_eq!((case.state(), late), (CaseState::Departments, departments.len()));
    (project, departments)
}

#[tokio::test(flavor = "multi_thread")]
async fn c10_a_return_after_the_others_are_late_is_joined_at_once() {
    let mut desk = Desk::open().await;
    let (project, departments) = all_late(&mut desk).await;
    let other = on_post(&mut desk, &departments[1]).await;
    let missed = desk.tasks(&other, &project, &[]).await.remove(0);
    let first = on_post(&mut desk, &departments[0]).await;
    desk.stage.decide(&first, &project, DEPARTMENT, returning).await.expect("a late department may answer still");
    desk.house.settle().await;
    assert_eq!(desk.case(&project).await.state(), CaseState::Returned);
    let returned = desk.read(&project).await;
    assert_eq!((returned.state(), returned.returns[0].items.len()), (ApplicationState::Returned, 1));
    assert_eq!(desk.tasks(&other, &project, &[TaskState::Obsolete]).await.len(), 1);
    assert_eq!(refused(complete(&other, &missed, approval(&missed)).await).code, "ALREADY_DECIDED");
}

#[tokio::test(flavor = "multi_thread")]
async fn c10_a_rejection_after_the_others_are_late_leads_to_the_office() {
    let mut desk = Desk::open().await;
    let (project, departments) = all_late(&mut desk).await;
    let first = on_post(&mut desk, &departments[0]).await;
    desk.stage.decide(&first, &project, DEPARTMENT, rejecting).await.expect("a late department may answer still");
    desk.house.settle().await;
    assert_eq!(desk.case(&project).await.state(), CaseState::OfficeDecision);
}

#[tokio::test(flavor = "multi_thread")]
async fn c10_silence_goes_on_to_the_leading_group_which_dispenses_by_name() {
    let mut desk = Desk::open().await;
    let (project, departments) = all_late(&mut desk).await;
    let (silent, others) = departments.split_last().expect("departments");
    for post in others {
        let reviewer = on_post(&mut desk, post).await;
        desk.stage.decide(&reviewer, &project, DEPARTMENT, approval).await.expect("agreed");
    }
    let group = desk.player(Role::LeadingGroup, COUNTY).await;
    desk.stage.decide(&group, &project, "OVERDUE_SUPERVISION", approval).await.expect("the office has seen to it");
    desk.house.settle().await;
    assert_eq!(desk.case(&project).await.state(), CaseState::Departments, "silence never agrees");
    desk.wait(LATE);
    desk.house.settle().await;
    // Another of them than who saw to it for the office.
    let group = desk.stage.nth(Role::LeadingGroup, COUNTY, 1).await.expect("a second member");
    let named = silent.to_string();
    let task = desk.tasks(&group, &project, &[]).await.into_iter().find(|task| task.kind == "OPINION_DISPENSATION");
    let task = task.expect("the leading group is asked");
    assert!(task.questions.iter().any(|question| question.question_id == named), "by name");
    let decision = desk.resolution(&task);
    complete(&group, &task, decision).await.expect("on record");
    desk.house.settle().await;
    let case = desk.case(&project).await;
    assert_eq!(case.state(), CaseState::LeadingGroup);
    let opinion = case.opinions.iter().find(|opinion| opinion.post == named).expect("it was asked");
    assert!(opinion.dispensed && opinion.text.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn c7_once_the_leading_group_is_asked_the_village_asks_the_office() {
    let mut desk = Desk::open().await;
    let content = desk.content();
    let project = desk.agreed(content).await;
    let secretary = desk.secretary().await;
    let no = refused(withdraw(&secretary, &project, "不再需要").await);
    assert_eq!(no.code, "LEADING_GROUP_ASKED");
    assert!(no.zh.contains("领导小组办公室"), "{}", no.zh);
    let mut group = desk.player(Role::LeadingGroup, COUNTY).await;
    let (request_id, meeting_date) = (key(), desk.stage.today());
    let convene = ConveneMeetingRequest { request_id, meeting_date, project_ids: vec![project.clone()] };
    group.meetings.convene_meeting(convene).await.expect("it stands on an agenda");
    assert_eq!(refused(withdraw(&secretary, &project, "不再需要").await).code, "LEADING_GROUP_ASKED");
    assert_eq!(desk.read(&project).await.state(), ApplicationState::CountyReview);

    let group = desk.player(Role::LeadingGroup, COUNTY).await;
    desk.stage.decide(&group, &project, GROUP, rejecting_alone).await.expect("rejected");
    let no = refused(withdraw(&secretary, &project, "不再需要").await).code;
    assert!(["ALREADY_DECIDED", "WRONG_STATE"].contains(&no.as_str()), "{no}");
    let rejected = desk.reaches(&project, ApplicationState::Rejected).await;
    assert_eq!(refused(withdraw(&secretary, &project, "不再需要").await).code, "WRONG_STATE", "a rejection stands");
    assert_eq!(rejected.state(), ApplicationState::Rejected);
}

/// A rejection by the whole leading group: its resolution's other questions are asked of an approval.
fn rejecting_alone(task: &Task) -> Decision {
    let mut decision = rejecting(task);
    decision.answers.retain(|answer| answer.question_id == "present");
    decision.answers.iter_mut().for_each(|answer| tests::members().clone_into(&mut answer.text));
    decision
}

#[tokio::test(flavor = "multi_thread")]
async fn c27_what_the_county_has_returned_is_withdrawn_in_both_rooms() {
    let mut desk = Desk::open().await;
    let (project, departments) = all_late(&mut desk).await;
    let first = on_post(&mut desk, &departments[0]).await;
    desk.stage.decide(&first, &project, DEPARTMENT, returning).await.expect("returned");
    desk.reaches(&project, ApplicationState::Returned).await;
    let secretary = desk.secretary().await;
    let withdrawn = withdraw(&secretary, &project, "不再需要").await.expect("it is the village's own");
    assert_eq!(withdrawn.state(), ApplicationState::Withdrawn, "read as written");
    assert_eq!(desk.case(&project).await.state(), CaseState::Withdrawn);
    withdraw(&secretary, &project, "不再需要").await.expect("the same again");
    assert_eq!(refused(withdraw(&secretary, &project, "另有原因").await).code, "WRONG_STATE");
    desk.house.settle().await;
}

/// A hundred projects, each withdrawn at the moment in which the county goes on with it: one of both wins, and it wins in both
/// rooms. Half of them wait for their last department, half for the office that may reject.
#[tokio::test(flavor = "multi_thread")]
async fn c27_a_hundred_withdrawals_against_decisions_end_the_same_in_both_rooms() {
    const TRIES: usize = 100;
    let pack = tempfile::tempdir().expect("a folder");
    year::pack(pack.path()).expect("a pack whose villages share an account");
    let mut desk = Desk::open_in(pack.path()).await;
    let projects = year::forwarded(&mut desk, TRIES, 5).await.expect("they come to the county");
    let content = projects[0].content.clone().expect("a form");
    for line in &content.budget {
        desk.issue(&line.source, "南财农指〔2022〕1号", line.amount_fen * 2 * i64::try_from(TRIES).expect("few")).await;
    }
    let departments = desk.departments(&content);
    let (last, others) = departments.split_last().expect("departments");
    for post in others {
        let reviewer = on_post(&mut desk, post).await;
        let rejects = *post == others[0];
        let decided = stream::iter(projects.iter().enumerate()).map(|(nth, application)| {
            let (desk, reviewer) = (&desk, &reviewer);
            async move {
                let says = |task: &Task| if rejects && nth % 2 == 1 { rejecting(task) } else { approval(task) };
                desk.stage.decide(reviewer, &application.project_id, DEPARTMENT, says).await.expect("said");
            }
        });
        decided.buffer_unordered(8).collect::<Vec<()>>().await;
    }
    let reviewer = on_post(&mut desk, last).await;
    for application in projects.iter().skip(1).step_by(2) {
        desk.stage.decide(&reviewer, &application.project_id, DEPARTMENT, approval).await.expect("agreed");
    }
    desk.house.settle().await;
    let (secretary, group) = (desk.secretary().await, desk.player(Role::LeadingGroup, COUNTY).await);
    let races = stream::iter(projects.iter().enumerate()).map(|(nth, application)| {
        let (desk, who, secretary) = (&desk, if nth % 2 == 0 { &reviewer } else { &group }, &secretary);
        async move {
            let project = &application.project_id;
            let task = desk.tasks(who, project, &[]).await.remove(0);
            let decision = if nth % 2 == 0 { approval(&task) } else { rejecting(&task) };
            // Both at the same moment; who begins changes.
            let (decided, withdrawn) = if nth % 4 < 2 {
                tokio::join!(complete(who, &task, decision), withdraw(secretary, project, "不再需要"))
            } else {
                let both = tokio::join!(withdraw(secretary, project, "不再需要"), complete(who, &task, decision));
                (both.1, both.0)
            };
            (nth, project.clone(), decided, withdrawn)
        }
    });
    let ended = races.buffer_unordered(8).collect::<Vec<_>>().await;
    desk.house.settle().await;
    let mut bureau = desk.player(Role::RevitalizationBureau, tests::desk::BUREAU).await;
    let mut won = [0, 0];
    for (nth, project_id, decided, withdrawn) in ended {
        let application = desk.read(&project_id).await;
        let case = bureau.review.get_case(GetCaseRequest { project_id }).await.expect("read").into_inner();
        let ends = (application.state(), case.state());
        match (decided, withdrawn) {
            (Ok(()), Err(no)) => {
                won[0] += 1;
                let told = refused::<()>(Err(no)).code;
                assert!(["LEADING_GROUP_ASKED", "ALREADY_DECIDED", "WRONG_STATE"].contains(&told.as_str()), "{told}");
                let expected = if nth % 2 == 0 {
                    (ApplicationState::CountyReview, CaseState::LeadingGroup)
                } else {
                    (ApplicationState::Rejected, CaseState::Rejected)
                };
                assert_eq!(ends, expected, "try {nth}");
            }
            (Err(no), Ok(_)) => {
                won[1] += 1;
                let told = refused::<()>(Err(no)).code;
                assert!(["WRONG_STATE", "ALREADY_DECIDED"].contains(&told.as_str()), "{told}");
                assert_eq!(ends, (ApplicationState::Withdrawn, CaseState::Withdrawn), "try {nth}");
            }
            both => panic!("try {nth}: of withdrawal and decision exactly one must win: {both:?}"),
        }
    }
    println!("the county won {} times, the village {} times", won[0], won[1]);
}
