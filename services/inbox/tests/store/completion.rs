//! A decision's way to the room that asked and back: refusals unchanged, repeats answered alike, nothing half done.

use inbox::domain::Command;
use proto::{common::v1::Outcome as OutcomeMessage, inbox::v1::TaskState};
use runtime::{Peers, status};
use time::Duration;
use tonic::Code;
use tonic_types::StatusExt as _;
use uuid::Uuid;

use crate::support::{Desk, ELSEWHERE, HERE, actor, approval, code, returned, wu, zhou};

#[tokio::test]
async fn a_decision_goes_to_the_room_with_the_reviewers_own_token_and_is_recorded() {
    let desk = Desk::open().await;
    let task = desk.raise(10, HERE, 1).await;
    let token = desk.claim(&zhou(), task).await.expect("it is free").fencing_token;
    let asked = approval(task, token);
    let done = desk.complete(&zhou(), &asked).await.expect("the room says yes");
    assert_eq!(
        (done.state(), done.outcome(), done.completed_by.as_str()),
        (TaskState::Completed, OutcomeMessage::Approve, "zhou")
    );
    let heard = desk.intake.heard.lock().expect("no panic").clone();
    let (bearer, request) = &heard[0];
    assert_eq!(bearer, "Bearer zhou");
    assert_eq!((&request.request_id, &request.decision), (&asked.request_id, &asked.decision));
    assert_eq!(
        (request.project_id.clone(), request.kind.as_str()),
        (Uuid::from_u128(1).to_string(), "TOWNSHIP_REVIEW")
    );
    assert_eq!(heard.len(), 1);
}

#[tokio::test]
async fn a_repeat_gets_the_same_answer_long_after_the_lease_and_the_room_is_not_asked_again() {
    let desk = Desk::open().await;
    let task = desk.raise(10, HERE, 1).await;
    let token = desk.claim(&zhou(), task).await.expect("it is free").fencing_token;
    let asked = approval(task, token);
    let first = desk.complete(&zhou(), &asked).await.expect("the room says yes");
    desk.context.clock.advance(Duration::hours(9));
    assert_eq!(desk.complete(&zhou(), &asked).await.expect("a repeat"), first);
    assert_eq!(desk.intake.times_heard(), 1);
    let mut other = asked.clone();
    other.fencing_token = 77;
    assert_eq!(code(&desk.complete(&zhou(), &other).await.expect_err("another body")), "REQUEST_ID_REUSED");
    let refusal = desk.complete(&wu(), &approval(task, token)).await.expect_err("zhou has decided");
    assert_eq!(code(&refusal), "ALREADY_DECIDED");
    let refusal = desk.complete(&zhou(), &returned(task, token)).await.expect_err("zhou has decided otherwise");
    assert_eq!(code(&refusal), "ALREADY_DECIDED");
    assert_eq!(desk.intake.times_heard(), 1);
}

#[tokio::test]
async fn the_rooms_refusal_is_the_answer_with_rule_and_figures() {
    let desk = Desk::open().await;
    let task = desk.raise(10, HERE, 1).await;
    let token = desk.claim(&zhou(), task).await.expect("it is free").fencing_token;
    let explanation = kernel::Explanation::new("RATIO_VILLAGE", "尚差 1500.00 元", "1500.00 yuan are missing");
    let refusal = status::explained(Code::FailedPrecondition, &explanation.figures("298500.00", "300000.00"));
    let said = refusal.clone();
    desk.intake.judge(move || Err(said.clone()));
    let answer = desk.complete(&zhou(), &approval(task, token)).await.expect_err("the room says no");
    assert_eq!(
        (answer.code(), answer.message(), answer.details()),
        (refusal.code(), refusal.message(), refusal.details())
    );
    let info = answer.get_details_error_info().expect("it explains itself");
    assert_eq!((info.reason.as_str(), info.metadata["actual"].as_str()), ("RATIO_VILLAGE", "298500.00"));
    let held = desk.claim(&zhou(), task).await.expect("zhou still holds it");
    assert_eq!((held.state(), held.fencing_token), (TaskState::Reserved, token), "nothing was decided");
}

#[tokio::test]
async fn a_room_that_cant_be_reached_leaves_nothing_behind() {
    let mut desk = Desk::open().await;
    let task = desk.raise(10, HERE, 1).await;
    let token = desk.claim(&zhou(), task).await.expect("it is free").fencing_token;
    let asked = approval(task, token);
    desk.context.peers = Peers::default();
    let alone = inbox::grpc::Tasks::new(desk.context.clone());
    let with_neighbour = std::mem::replace(&mut desk.tasks, alone);
    let refusal = desk.complete(&zhou(), &asked).await.expect_err("there is no intake");
    assert_eq!((refusal.code(), code(&refusal).as_str()), (Code::Unavailable, "ROOM_UNAVAILABLE"));
    desk.tasks = with_neighbour;
    let done = desk.complete(&zhou(), &asked).await.expect("the same request does later");
    assert_eq!(done.state(), TaskState::Completed);
}

#[tokio::test]
async fn when_the_answer_is_lost_the_repeat_finds_the_rooms_receipt() {
    let desk = Desk::open().await;
    let task = desk.raise(10, HERE, 1).await;
    let token = desk.claim(&zhou(), task).await.expect("it is free").fencing_token;
    let asked = approval(task, token);
    desk.intake.lose_answer();
    let refusal = desk.complete(&zhou(), &asked).await.expect_err("the answer is lost");
    assert_eq!(code(&refusal), "ROOM_UNAVAILABLE");
    let done = desk.complete(&zhou(), &asked).await.expect("the room knows the repeat");
    assert_eq!((done.state(), done.completed_by.as_str()), (TaskState::Completed, "zhou"));
}

#[tokio::test]
async fn a_decision_that_settled_the_task_before_it_was_recorded_here_is_no_refusal() {
    let desk = Desk::open().await;
    let task = desk.raise(10, HERE, 1).await;
    let token = desk.claim(&zhou(), task).await.expect("it is free").fencing_token;
    let asked = approval(task, token);
    // The room has decided and said so; this process ended before it recorded anything.
    desk.intake.settle_first(&desk, task, &zhou());
    desk.intake.lose_answer();
    desk.complete(&zhou(), &asked).await.expect_err("the answer is lost");
    desk.context.clock.advance(Duration::hours(9));
    let done = desk.complete(&zhou(), &asked).await.expect("the repeat is answered");
    assert_eq!(
        (done.state(), done.outcome(), done.completed_by.as_str()),
        (TaskState::Completed, OutcomeMessage::Approve, "zhou")
    );
}

#[tokio::test]
async fn the_rooms_message_may_come_before_its_answer() {
    let desk = Desk::open().await;
    let task = desk.raise(10, HERE, 1).await;
    let token = desk.claim(&zhou(), task).await.expect("it is free").fencing_token;
    desk.intake.settle_first(&desk, task, &zhou());
    let done = desk.complete(&zhou(), &approval(task, token)).await.expect("it is already so");
    assert_eq!((done.state(), done.etag.as_str()), (TaskState::Completed, "3"), "decided once");
}

#[tokio::test]
async fn what_is_refused_here_never_reaches_the_room_and_is_recorded() {
    let desk = Desk::open().await;
    let task = desk.raise(10, HERE, 1).await;
    let token = desk.claim(&zhou(), task).await.expect("it is free").fencing_token;
    let refused = async |who: &kernel::Actor, asked| code(&desk.complete(who, &asked).await.expect_err("refused here"));
    assert_eq!(refused(&wu(), approval(task, token)).await, "LEASE_LOST");
    assert_eq!(refused(&zhou(), approval(task, token + 1)).await, "LEASE_LOST");
    assert_eq!(refused(&actor("stranger", &[ELSEWHERE]), approval(task, token)).await, "SCOPE");
    assert_eq!(refused(&actor("drafter", &[HERE]), approval(task, token)).await, "SOD");
    let mut undecided = approval(task, token);
    undecided.decision = None;
    assert_eq!(refused(&zhou(), undecided).await, "OUTCOME");
    desk.context.clock.advance(Duration::minutes(30));
    assert_eq!(refused(&zhou(), approval(task, token)).await, "LEASE_LOST");
    desk.tell(task, Command::CancelTask).await;
    assert_eq!(refused(&zhou(), approval(task, token)).await, "WRONG_STATE");
    assert_eq!(desk.intake.times_heard(), 0);
    assert_eq!(desk.refusals().await.len(), 7);
}

#[tokio::test]
async fn a_task_that_nobody_holds_is_decided_without_a_claim() {
    let desk = Desk::open().await;
    let task = desk.raise(10, HERE, 1).await;
    desk.claim(&wu(), task).await.expect("it is free");
    let refused = desk.complete(&zhou(), &approval(task, 0)).await.expect_err("wu holds it");
    assert_eq!(code(&refused), "ALREADY_CLAIMED");
    desk.context.clock.advance(Duration::minutes(30));
    let done = desk.complete(&zhou(), &approval(task, 0)).await.expect("that claim has ended");
    assert_eq!((done.state(), done.completed_by.as_str()), (TaskState::Completed, "zhou"));
    assert_eq!(desk.intake.times_heard(), 1);
}
