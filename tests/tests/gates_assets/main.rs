//! What assets and inbox refuse and show, asked through the public API on the house: who accepts what, a frozen project, the
//! audited amount, photographs, tasks that nobody can do; and what lists tell of others' projects.

mod tasks;

use kernel::Role;
use proto::{
    assets::v1::{GroupMember, Project, ProjectState},
    common::v1::Attachment,
    directory::v1::directory_service_client::DirectoryServiceClient,
    disbursement::v1::{IssueIndicatorRequest, PaymentType, Project as Money, SubLevel},
    inbox::v1::{
        ClaimTaskRequest, CompleteTaskRequest, GetTaskRequest, ListTasksRequest, Task, TaskState, ToldReason,
        task_service_client::TaskServiceClient,
    },
    intake::v1::{Application, CreateApplicationRequest, ListDuplicatesRequest, ProposeApplicationRequest},
};
use tests::{
    delegation::delegation_to,
    desk::{BUREAU, Desk, FINANCE, TOWNSHIP, approval, document, key, refused},
    money::TOTAL,
    works::TRANSPORT,
};
use time::Duration;
use tonic::Status;
use xianjie::demo::stage::{Player, Signed};

/// A bureau that does not accept what rural construction builds.
const ENVIRONMENT: &str = "430921000000-ENV";

async fn report(desk: &mut Desk, project: &str, before: Attachment, after: Attachment) -> Result<Project, Status> {
    let secretary = desk.secretary().await;
    desk.report_by(&secretary, project, before, after).await
}

async fn check(desk: &mut Desk, project: &str) -> Result<Project, Status> {
    let head = desk.player(Role::TownshipHead, TOWNSHIP).await;
    desk.first_check_by(&head, project).await
}

async fn register(desk: &mut Desk, project: &str, value_fen: i64, provisional: bool) -> Result<Project, Status> {
    let head = desk.player(Role::TownshipHead, TOWNSHIP).await;
    desk.register_by(&head, project, value_fen, provisional).await
}

/// Another of the transport bureau than the one who judged the application.
async fn acceptor(desk: &mut Desk) -> Player {
    desk.stage.nth(Role::SectorDepartment, TRANSPORT, 1).await.expect("a second one")
}

/// A project whose works the township has checked, and the indicator that pays for it.
async fn checked(desk: &mut Desk) -> (String, String) {
    let (project, indicator) = desk.contracted().await;
    desk.house.settle().await;
    report(desk, &project, document("建设前"), document("建设后")).await.expect("reported");
    check(desk, &project).await.expect("checked");
    (project, indicator)
}

async fn accepted(desk: &mut Desk) -> (String, String) {
    let (project, indicator) = checked(desk).await;
    let (acceptor, members) = (acceptor(desk).await, desk.acceptance_group().await);
    desk.accept_by(&acceptor, &project, members).await.expect("accepted");
    desk.house.settle().await;
    (project, indicator)
}

#[tokio::test(flavor = "multi_thread")]
async fn c12_only_the_department_that_the_pack_names_accepts_a_road() {
    let mut desk = Desk::open().await;
    let (project, _) = checked(&mut desk).await;
    let members = desk.acceptance_group().await;
    for (role, org) in [(Role::SectorDepartment, ENVIRONMENT), (Role::RevitalizationBureau, BUREAU)] {
        // Another than the one who judged the application, so that only the post can refuse.
        let who = desk.stage.nth(role, org, 1).await.expect("a second one");
        let no = refused(desk.accept_by(&who, &project, members.clone()).await);
        assert_eq!((no.code.as_str(), no.limit), ("SCOPE", format!("C-SEC@{TRANSPORT}")), "{org}");
    }
    let acceptor = acceptor(&mut desk).await;
    let accepted = desk.accept_by(&acceptor, &project, members).await.expect("its own department accepts");
    assert_eq!(accepted.state(), ProjectState::Accepted);
}

#[tokio::test(flavor = "multi_thread")]
async fn c24_an_acceptance_group_is_named_by_person_with_every_side_and_two_villagers() {
    let mut desk = Desk::open().await;
    let (project, _) = checked(&mut desk).await;
    let (acceptor, members) = (acceptor(&mut desk).await, desk.acceptance_group().await);
    for (left_out, missing) in [(0, "DEPARTMENT 0"), (1, "FINANCE 0"), (2, "TOWNSHIP 0"), (4, "VILLAGERS 1")] {
        let mut fewer = members.clone();
        fewer.remove(left_out);
        let no = refused(desk.accept_by(&acceptor, &project, fewer).await);
        let said = (no.code.as_str(), no.actual.as_str(), no.fields);
        assert_eq!(said, ("PANEL_INVALID", missing, vec!["members".to_owned()]));
    }
    let mut by_name = members.clone();
    by_name[0] = GroupMember { display_name: "交通运输局".into(), person_id: String::new(), ..by_name[0].clone() };
    let no = refused(desk.accept_by(&acceptor, &project, by_name).await);
    assert_eq!((no.code.as_str(), no.fields), ("PERSON", vec!["members[0].person_id".to_owned()]));
    let mut stranger = members.clone();
    let environment = desk.player(Role::SectorDepartment, ENVIRONMENT).await;
    stranger[0].person_id = environment.person.id.to_string();
    let no = refused(desk.accept_by(&acceptor, &project, stranger).await);
    assert_eq!((no.code.as_str(), no.fields), ("PANEL_INVALID", vec!["members[0].person_id".to_owned()]));
    desk.accept_by(&acceptor, &project, members).await.expect("all sides sit");
}

#[tokio::test(flavor = "multi_thread")]
async fn c26_nothing_is_checked_accepted_or_registered_while_the_project_is_suspended() {
    let mut desk = Desk::open().await;
    let (project, _) = desk.contracted().await;
    desk.suspend(&project).await;
    let known = desk.works(&project).await;
    assert_eq!(known.suspension_reason, "群众举报,立案核查");
    // That building is complete is a fact of the works.
    report(&mut desk, &project, document("建设前"), document("建设后")).await.expect("reported");
    let no = refused(check(&mut desk, &project).await);
    assert_eq!(no.code, "SUSPENDED");
    assert!(no.zh.contains("立案核查"), "{}", no.zh);
    desk.resume(&project).await;
    check(&mut desk, &project).await.expect("it goes on");

    desk.suspend(&project).await;
    let (acceptor, members) = (acceptor(&mut desk).await, desk.acceptance_group().await);
    assert_eq!(refused(desk.accept_by(&acceptor, &project, members.clone()).await).code, "SUSPENDED");
    // Who may not accept anyway hears only that.
    let stranger = desk.player(Role::TownshipHead, "430921127000").await;
    assert_eq!(refused(desk.accept_by(&stranger, &project, members.clone()).await).code, "SCOPE");
    desk.resume(&project).await;
    desk.accept_by(&acceptor, &project, members).await.expect("it goes on");

    desk.suspend(&project).await;
    assert_eq!(refused(register(&mut desk, &project, TOTAL, true).await).code, "SUSPENDED");
    desk.resume(&project).await;
    register(&mut desk, &project, TOTAL, true).await.expect("it goes on");
}

async fn audit(desk: &mut Desk, project: &str, audited_fen: i64) {
    let auditor = desk.player(Role::Audit, "430921000000-AUD").await;
    desk.audit_by(&auditor, project, audited_fen).await.expect("fixed");
    desk.house.settle().await;
}

async fn settle(desk: &mut Desk, project: &str, indicator: &str) -> Result<Money, Status> {
    desk.ask_for_advance(project, indicator, |request| {
        request.r#type = PaymentType::Settlement.into();
        request.amount_fen = TOTAL / 2;
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn c25_what_is_registered_adds_up_to_the_audited_amount_and_only_that_is_paid_for() {
    let mut desk = Desk::open().await;
    let (project, indicator) = accepted(&mut desk).await;
    let audited = TOTAL / 60 * 59;
    let no = refused(register(&mut desk, &project, TOTAL, false).await);
    assert_eq!((no.code.as_str(), no.fields), ("NOT_AUDITED", vec!["provisional".to_owned()]));
    let made = register(&mut desk, &project, TOTAL, true).await.expect("until the audit");
    assert_eq!((made.state(), made.assets[0].provisional), (ProjectState::ProvisionallyRegistered, true));
    desk.house.settle().await;
    assert!(!desk.money(&project).await.asset_registered, "it opens no payment");

    audit(&mut desk, &project, audited).await;
    assert_eq!(refused(settle(&mut desk, &project, &indicator).await).code, "ASSET_NOT_REGISTERED");
    let no = refused(register(&mut desk, &project, TOTAL, false).await);
    let said = (no.code.as_str(), no.actual.as_str(), no.limit.as_str(), no.fields);
    assert_eq!(said, ("ASSET_SUM", "600000.00", "590000.00", vec!["assets".to_owned()]));
    let made = register(&mut desk, &project, audited, false).await.expect("at the audited amount");
    assert_eq!((made.state(), made.audited_fen), (ProjectState::AssetRegistered, audited));
    desk.house.settle().await;
    settle(&mut desk, &project, &indicator).await.expect("now it may be paid");
}

#[tokio::test(flavor = "multi_thread")]
async fn c33_one_photograph_is_not_before_and_after() {
    let mut desk = Desk::open().await;
    let (project, _) = desk.contracted().await;
    desk.house.settle().await;
    let same = || document("同一张照片");
    let no = refused(report(&mut desk, &project, same(), same()).await);
    assert_eq!((no.code.as_str(), no.fields), ("PHOTO_REUSED", vec!["photos_after[0].sha256".to_owned()]));
    report(&mut desk, &project, same(), document("另一张")).await.expect("two photographs");
}
