//! What intake decides about a project reaches the other rooms, on the house with a moved clock, through the public API:
//! withdrawn, suspended and resumed, out of the pool.

use kernel::{Post, Role};
use proto::{
    common::v1::LeaveReason,
    disbursement::v1::PaymentState,
    inbox::v1::{ClaimTaskRequest, CompleteTaskRequest, Task, TaskState},
    intake::v1::ApplicationState,
    review::v1::CaseState,
};
use tests::desk::{Desk, FINANCE, Refused, TOWNSHIP, approval, code_of, key, refused};
use time::Duration;
use tonic::Status;
use xianjie::demo::stage::Player;

async fn on_post(desk: &mut Desk, post: &Post) -> Player {
    desk.player(post.role, &post.org.to_string()).await
}

/// The task of each of these posts.
async fn tasks_of(desk: &mut Desk, posts: &[Post], project: &str, states: &[TaskState]) -> Vec<Task> {
    let mut found = Vec::new();
    for post in posts {
        let who = on_post(desk, post).await;
        found.extend(desk.tasks(&who, project, states).await);
    }
    found
}

async fn decide(who: &Player, task: &Task) -> Result<(), Status> {
    let decision = Some(approval(task));
    let task_id = task.task_id.clone();
    let request = CompleteTaskRequest { request_id: key(), task_id, fencing_token: 0, decision, validate_only: false };
    who.inbox.clone().complete_task(request).await.map(drop)
}

fn due(task: &Task) -> i64 {
    task.due_time.expect("a task is due some time").seconds
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawal_while_departments_judge_closes_their_tasks() {
    let mut desk = Desk::open().await;
    let content = desk.content();
    let departments = desk.departments(&content);
    desk.guarantee(&content).await;
    let project = desk.forwarded(content).await.project_id;
    let open = tasks_of(&mut desk, &departments, &project, &[]).await;
    assert_eq!(open.len(), departments.len());

    let withdrawn = desk.withdraw(&project).await.expect("before the county has decided");
    assert_eq!(withdrawn.state(), ApplicationState::Withdrawn);
    let case = desk.case(&project).await;
    assert_eq!((case.state(), case.withdrawal_reason.as_str()), (CaseState::Withdrawn, "用地条件变化"));
    assert!(case.opinions.iter().all(|opinion| opinion.lapsed));
    assert!(tasks_of(&mut desk, &departments, &project, &[]).await.is_empty(), "nobody has anything to do");
    assert_eq!(tasks_of(&mut desk, &departments, &project, &[TaskState::Obsolete]).await.len(), open.len());
    let late = on_post(&mut desk, &departments[0]).await;
    let no = refused(decide(&late, &open[0]).await);
    assert_eq!((no.code.as_str(), no.actual.as_str()), ("WRONG_STATE", "OBSOLETE"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspension_hides_the_departments_tasks_and_its_end_brings_them_back_due_later() {
    let mut desk = Desk::open().await;
    let content = desk.content();
    let departments = desk.departments(&content);
    desk.guarantee(&content).await;
    let project = desk.forwarded(content).await.project_id;
    let first = on_post(&mut desk, &departments[0]).await;
    let open = tasks_of(&mut desk, &departments, &project, &[]).await;
    let claim = ClaimTaskRequest { request_id: key(), task_id: open[0].task_id.clone() };
    first.inbox.clone().claim_task(claim.clone()).await.expect("claimed");

    desk.suspend(&project).await;
    assert!(tasks_of(&mut desk, &departments, &project, &[]).await.is_empty(), "they are hidden");
    let resting = tasks_of(&mut desk, &departments, &project, &[TaskState::Suspended]).await;
    assert_eq!(resting.len(), open.len(), "and kept");
    let again = ClaimTaskRequest { request_id: key(), ..claim };
    assert_eq!(refused(first.inbox.clone().claim_task(again).await).code, "SUSPENDED");
    let no: Refused = refused(decide(&first, &open[0]).await);
    assert_eq!(no.code, "SUSPENDED");
    assert!(no.zh.contains("立案核查"), "it says why: {}", no.zh);
    assert_eq!(refused(desk.withdraw(&project).await).code, "SUSPENDED");

    // Long after all was due: nothing is overdue while it rests.
    desk.wait(Duration::days(40));
    desk.house.settle().await;
    let case = desk.case(&project).await;
    assert_eq!((case.state(), case.suspension_reason.is_empty()), (CaseState::Departments, false));
    assert!(case.opinions.iter().all(|opinion| !opinion.overdue) && case.opinions.len() == open.len());

    desk.resume(&project).await;
    let back = tasks_of(&mut desk, &departments, &project, &[]).await;
    let days = Duration::days(40).whole_seconds();
    let seen = |task: &Task, shift: i64| (task.task_id.clone(), due(task) + shift, task.overdue);
    assert_eq!(
        back.iter().map(|task| seen(task, 0)).collect::<Vec<_>>(),
        open.iter().map(|task| seen(task, days)).collect::<Vec<_>>(),
        "the same tasks"
    );
    for (post, task) in departments.iter().zip(&back) {
        let reviewer = on_post(&mut desk, post).await;
        decide(&reviewer, task).await.expect("it goes on");
    }
    assert_eq!(desk.case(&project).await.state(), CaseState::LeadingGroup);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_township_s_task_rests_with_its_project() {
    let mut desk = Desk::open().await;
    let content = desk.content();
    let project = desk.checked(content).await.project_id;
    let head = desk.player(Role::TownshipHead, TOWNSHIP).await;
    let [task] = &desk.tasks(&head, &project, &[]).await[..] else { panic!("one task") };
    desk.suspend(&project).await;
    assert!(desk.tasks(&head, &project, &[]).await.is_empty());
    assert_eq!(refused(decide(&head, task).await).code, "SUSPENDED");
    desk.wait(Duration::days(7));
    desk.resume(&project).await;
    let head = desk.player(Role::TownshipHead, TOWNSHIP).await;
    let [back] = &desk.tasks(&head, &project, &[]).await[..] else { panic!("the same task") };
    assert_eq!((&back.task_id, due(back)), (&task.task_id, due(task) + Duration::days(7).whole_seconds()));
    desk.stage.decide(&head, &project, "TOWNSHIP_REVIEW", approval).await.expect("it goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_suspended_in_the_pool_or_has_left_it_is_not_planned() {
    let mut desk = Desk::open().await;
    let pooled = desk.pooled_settlement().await;
    let project = pooled.project_id;
    desk.suspend(&project).await;
    assert_eq!(refused(desk.propose_plan(2022, &[&project]).await).code, "SUSPENDED");
    let resumed = desk.resume(&project).await;
    assert_eq!((resumed.state(), resumed.pool_no), (ApplicationState::InPool, pooled.pool_no));
    let planned = desk.propose_plan(2022, &[&project]).await.expect("it is planned");
    desk.withdraw_plan(&planned).await.expect("the plan is taken back");
    desk.leave_pool(&project, "政策调整,不再安排").await.expect("it leaves");
    desk.house.settle().await;
    assert_eq!(refused(desk.propose_plan(2022, &[&project]).await).code, "NOT_IN_POOL");
    let money = desk.money(&project).await;
    assert_eq!((money.leave_reason(), money.suspension_reason.as_str()), (LeaveReason::Policy, ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_project_gets_no_money_no_contract_and_no_payment() {
    let mut desk = Desk::open().await;
    let project = desk.pooled_settlement().await.project_id;
    let (plan, indicator) = (desk.planned(&project).await, desk.indicator(2022).await);
    desk.suspend(&project).await;
    assert_eq!(refused(desk.fund(&project, &plan, &indicator).await).code, "SUSPENDED");
    desk.resume(&project).await;
    desk.fund(&project, &plan, &indicator).await.expect("funded");
    desk.suspend(&project).await;
    assert_eq!(refused(desk.sign(&project, |_| ()).await).code, "SUSPENDED");
    desk.resume(&project).await;
    desk.sign(&project, |_| ()).await.expect("signed");
    desk.suspend(&project).await;
    assert_eq!(refused(desk.ask_for_advance(&project, &indicator, |_| ()).await).code, "SUSPENDED");
    desk.resume(&project).await;
    desk.ask_for_advance(&project, &indicator, |_| ()).await.expect("asked for");
    desk.house.settle().await;

    // The request lies with the reviewer when the project is suspended once more.
    let reviewer = desk.player(Role::PaymentReviewer, FINANCE).await;
    let [task] = &desk.tasks(&reviewer, &project, &[]).await[..] else { panic!("one task") };
    desk.suspend(&project).await;
    assert!(desk.tasks(&reviewer, &project, &[]).await.is_empty());
    assert_eq!(refused(decide(&reviewer, task).await).code, "SUSPENDED");
    desk.wait(Duration::days(3));
    desk.resume(&project).await;
    let reviewer = desk.player(Role::PaymentReviewer, FINANCE).await;
    let [back] = &desk.tasks(&reviewer, &project, &[]).await[..] else { panic!("the same task") };
    assert_eq!((&back.task_id, due(back)), (&task.task_id, due(task) + Duration::days(3).whole_seconds()));
    desk.stage.decide(&reviewer, &project, "PAYMENT_REVIEW", approval).await.expect("reviewed");

    // The releaser has not decided when it is suspended; the order goes out only after it goes on.
    desk.house.settle().await;
    desk.suspend(&project).await;
    let releaser = desk.player(Role::PaymentReleaser, FINANCE).await;
    let [task] = &desk.tasks(&releaser, &project, &[TaskState::Suspended]).await[..] else { panic!("it rests") };
    assert_eq!(refused(decide(&releaser, task).await).code, "SUSPENDED");
    assert_eq!(desk.money(&project).await.payments[0].state(), PaymentState::Reviewed);
    desk.resume(&project).await;
    let released = desk.stage.decide(&releaser, &project, "PAYMENT_RELEASE", approval).await;
    assert!(released.is_ok(), "{:?}", released.err().map(|failure| code_of(&failure)));
    desk.house.settle().await;
    assert_eq!(desk.money(&project).await.payments[0].state(), PaymentState::Settled);
}
