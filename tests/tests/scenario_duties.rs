//! Delegation on the house (domain SOD-5): a colleague acts for somebody who is away, and both are remembered.

use kernel::Role;
use proto::{
    directory::v1::{EndDelegationRequest, ListDelegationsRequest, directory_service_client::DirectoryServiceClient},
    inbox::v1::{CompleteTaskRequest, ListTasksRequest, task_service_client::TaskServiceClient},
    intake::v1::ApplicationState,
};
use tests::{
    delegation::delegation_to,
    desk::{BUREAU, Desk, TOWNSHIP, VILLAGE, approval, key, refused},
};
use tonic::Code;

#[tokio::test(flavor = "multi_thread")]
async fn a_delegate_decides_and_both_names_stay() {
    let mut desk = Desk::open().await;
    let content = desk.content();
    let submitted = desk.submitted(content).await;
    let second = desk.stage.nth(Role::TownshipClerk, TOWNSHIP, 1).await.expect("a clerk");
    let department = desk.player(Role::SectorDepartment, "430921000000-AGR").await;
    let checked = desk.check_site(&submitted, &[&second, &department], true).await.expect("checked");
    let head = desk.player(Role::TownshipHead, TOWNSHIP).await;
    // Neither the clerk who found the file complete nor one who was at the site: those were steps of their own, also for who
    // acts for somebody else.
    let clerk = desk.player(Role::TownshipFinance, TOWNSHIP).await;
    let stranger = desk.player(Role::RevitalizationBureau, BUREAU).await;
    let head_id = head.person.id.to_string();
    let none = desk.sign_in(&clerk, &head_id).await.map(drop);
    assert_eq!(refused(none).code, "NOT_DELEGATED");

    let bearer = desk.sign_in(&head, "").await.expect("signed in");
    let mut directory = DirectoryServiceClient::with_interceptor(desk.channel(), bearer);
    let outside = directory.start_delegation(delegation_to(&stranger, desk.days_from_now(3))).await;
    assert_eq!(refused(outside).code, "DELEGATE");
    let wish = delegation_to(&clerk, desk.days_from_now(3));
    let once = directory.start_delegation(wish.clone()).await.expect("delegated").into_inner();
    let twice = directory.start_delegation(wish).await.expect("the same").into_inner();
    assert_eq!(once, twice);

    let acting = desk.sign_in(&clerk, &head_id).await.expect("the delegation stands");
    let mut inbox = TaskServiceClient::with_interceptor(desk.channel(), acting.clone());
    let list = ListTasksRequest { project_id: checked.project_id.clone(), ..ListTasksRequest::default() };
    let tasks = inbox.list_tasks(list).await.expect("a list").into_inner().tasks;
    let [task] = &tasks[..] else { panic!("the head's task is shown: {tasks:?}") };
    let complete = CompleteTaskRequest {
        request_id: key(),
        task_id: task.task_id.clone(),
        fencing_token: task.fencing_token,
        decision: Some(approval(task)),
        validate_only: false,
    };
    inbox.complete_task(complete).await.expect("decided for the head");
    desk.reaches(&checked.project_id, ApplicationState::TownshipNotice).await;
    let mut passing_on = DirectoryServiceClient::with_interceptor(desk.channel(), acting);
    let further = passing_on.start_delegation(delegation_to(&head, desk.days_from_now(1))).await;
    assert_eq!(refused(further).code, "NOT_DELEGABLE");

    let end = EndDelegationRequest { request_id: key(), delegation_id: once.delegation_id };
    assert!(directory.end_delegation(end).await.expect("ended").into_inner().ended_time.is_some());
    let after = desk.sign_in(&clerk, &head_id).await.map(drop);
    assert_eq!(after.expect_err("it has ended").code(), Code::PermissionDenied);
    let listed = directory.list_delegations(ListDelegationsRequest::default()).await.expect("a list").into_inner();
    assert_eq!(listed.delegations.len(), 1, "it stays in the record");
}

#[tokio::test(flavor = "multi_thread")]
async fn scenario_05_a_delegation_does_not_wash_a_duty_off() {
    let mut desk = Desk::open().await;
    // Two of the village's committee: the one who applied, and a colleague for whom nothing was done.
    let content = desk.content();
    let checked = desk.checked(content).await;
    let secretary = desk.secretary().await;
    let team = desk.player(Role::VillageWorkTeam, VILLAGE).await;
    let bearer = desk.sign_in(&secretary, "").await.expect("signed in");
    let mut directory = DirectoryServiceClient::with_interceptor(desk.channel(), bearer);
    directory.start_delegation(delegation_to(&team, desk.days_from_now(3))).await.expect("delegated");
    let acting = desk.sign_in(&team, secretary.person.id.0.as_str()).await.expect("the delegation stands");
    // In the secretary's post he sees the village's tasks, and none of the township's.
    let mut inbox = TaskServiceClient::with_interceptor(desk.channel(), acting);
    let list = ListTasksRequest { project_id: checked.project_id, ..ListTasksRequest::default() };
    assert!(inbox.list_tasks(list).await.expect("a list").into_inner().tasks.is_empty());
}
