//! The county's rules at every gate, on the house with a moved clock, through the public API: what a "no" means (C30).

use kernel::{Post, Role};
use proto::{
    inbox::v1::{Decision, Outcome, Task},
    intake::v1::{Content, OperatingMode},
    review::v1::CaseState,
};
use tests::desk::{Desk, TOWNSHIP, approval, refused};
use tonic::Status;
use xianjie::demo::stage::Player;

const DEPARTMENT: &str = "DEPARTMENT_REVIEW";

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
    assert_eq!(authentic.map(|question| question.no.as_str()), Some("BLOCKS"), "the page can say it before");
    let against = |task: &Task| denying(task, "township.authenticity");
    let no = refused(desk.stage.decide(&head, &project, "TOWNSHIP_REVIEW", against).await.map_err(status));
    assert_eq!((no.code.as_str(), no.fields), ("NO_BLOCKS", vec![field(&task, "township.authenticity")]));
    assert!(no.zh.contains("项目是否真实"), "{}", no.zh);

    let project =
        desk.forwarded(Content { title: "育秧大棚".into(), place: "二组".into(), ..content }).await.project_id;
    let finance = desk.player(Role::FinanceBureau, tests::desk::FINANCE).await;
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
    assert!(case.panel.expect("called").triggers.contains(&"LEGAL".to_owned()));
}
