//! What intake decides about a project reaches the other rooms, on the house with a moved clock, through the public API:
//! withdrawn, suspended and resumed, out of the pool.

use kernel::{Post, Role};
use proto::{
    disbursement::v1::{
        Account, ApproveFundingRequest, ApprovePlanRequest, Charge, ClosePlanNoticeRequest, Contract,
        GetProjectRequest, IssueIndicatorRequest, PaymentState, PaymentType, Plan, PostPlanNoticeRequest, Project,
        ProposePlanRequest, RequestPaymentRequest, SignContractRequest,
    },
    inbox::v1::{ClaimTaskRequest, CompleteTaskRequest, Task, TaskState},
    intake::v1::{ApplicationState, BudgetLine, BudgetUse, Content, Item, LeavePoolRequest},
    review::v1::CaseState,
};
use tests::{
    county::COUNTY,
    desk::{BUREAU, Desk, FINANCE, Refused, TOWNSHIP, approval, code_of, document, key, refused},
};
use time::Duration;
use tonic::Status;
use xianjie::demo::stage::Player;

/// The village collective that builds.
const COLLECTIVE: &str = "430921129201-COL";
/// 600,000 yuan of one source.
const TOTAL: i64 = 60_000_000;

/// A settlement project of linking money alone.
fn settlement(content: &Content) -> Content {
    let budget = BudgetLine { source: "LINK".into(), r#use: BudgetUse::Construction.into(), amount_fen: TOTAL };
    let item = Item {
        title: "沟渠清淤".into(),
        quantity_milli: 3_000,
        unit: "公里".into(),
        amount_fen: TOTAL,
        unit_price_fen: TOTAL / 3,
    };
    Content {
        title: "人居环境整治".into(),
        category: "RURAL_CONSTRUCTION".into(),
        sub_type: "SETTLEMENT_DEMONSTRATION".into(),
        items: vec![item],
        budget: vec![budget],
        total_fen: TOTAL,
        ..content.clone()
    }
}

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
    let request = CompleteTaskRequest { request_id: key(), task_id, fencing_token: 0, decision };
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

/// A plan of this one project.
async fn propose(desk: &mut Desk, project: &str) -> Result<Plan, Status> {
    let request = ProposePlanRequest {
        request_id: key(),
        fiscal_year: 2022,
        title: "2022年度项目实施计划".into(),
        project_ids: vec![project.to_owned()],
    };
    let mut bureau = desk.player(Role::RevitalizationBureau, BUREAU).await;
    Ok(bureau.disbursement.propose_plan(request).await?.into_inner())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_suspended_in_the_pool_or_has_left_it_is_not_planned() {
    let mut desk = Desk::open().await;
    let content = settlement(&desk.content());
    let pooled = desk.pooled(content).await;
    let project = pooled.project_id;
    desk.suspend(&project).await;
    assert_eq!(refused(propose(&mut desk, &project).await).code, "SUSPENDED");
    let resumed = desk.resume(&project).await;
    assert_eq!((resumed.state(), resumed.pool_no), (ApplicationState::InPool, pooled.pool_no));
    propose(&mut desk, &project).await.expect("it is planned");

    let leave = LeavePoolRequest {
        request_id: key(),
        project_id: project.clone(),
        etag: resumed.etag,
        reason_code: "POLICY".into(),
        text: "政策调整,不再安排".into(),
    };
    let mut bureau = desk.player(Role::RevitalizationBureau, BUREAU).await;
    bureau.intake.leave_pool(leave).await.expect("it leaves");
    desk.house.settle().await;
    assert_eq!(refused(propose(&mut desk, &project).await).code, "NOT_IN_POOL");
    let money = money(&mut desk, &project).await;
    assert_eq!((money.unpooled_reason.as_str(), money.suspension_reason.as_str()), ("POLICY", ""));
}

async fn money(desk: &mut Desk, project: &str) -> Project {
    let mut finance = desk.player(Role::FinanceBureau, FINANCE).await;
    let request = GetProjectRequest { project_id: project.to_owned() };
    finance.disbursement.get_project(request).await.expect("finance reads").into_inner()
}

/// The year's plan with this project, its notice closed.
async fn planned(desk: &mut Desk, project: &str) -> String {
    let Plan { plan_id, etag, .. } = propose(desk, project).await.expect("proposed");
    let (mut group, mut bureau) =
        (desk.player(Role::LeadingGroup, COUNTY).await, desk.player(Role::RevitalizationBureau, BUREAU).await);
    let resolution_no = "南乡振领纪〔2022〕9号".to_owned();
    let approve = ApprovePlanRequest { request_id: key(), plan_id, etag, resolution_no };
    let Plan { plan_id, etag, .. } = group.disbursement.approve_plan(approve).await.expect("approved").into_inner();
    let post = PostPlanNoticeRequest { request_id: key(), plan_id, etag };
    let Plan { plan_id, etag, .. } = bureau.disbursement.post_plan_notice(post).await.expect("posted").into_inner();
    desk.wait(Duration::days(11));
    let mut bureau = desk.player(Role::RevitalizationBureau, BUREAU).await;
    let close = ClosePlanNoticeRequest { request_id: key(), plan_id, etag };
    bureau.disbursement.close_plan_notice(close).await.expect("closed").into_inner().plan_id
}

fn payee() -> Account {
    Account {
        holder: "湖南某某建设工程有限公司".into(),
        bank: "南县农村商业银行".into(),
        number: "6222000000000000001".into(),
    }
}

/// The money of a year, from which the project is funded.
async fn indicator(desk: &mut Desk) -> String {
    let request = IssueIndicatorRequest {
        request_id: key(),
        document_no: "南财农指〔2022〕18号".into(),
        fiscal_year: 2022,
        source: "LINK".into(),
        sub_level: "PROVINCE".into(),
        amount_fen: TOTAL,
    };
    let mut finance = desk.player(Role::FinanceBureau, FINANCE).await;
    finance.disbursement.issue_indicator(request).await.expect("issued").into_inner().indicator_id
}

async fn fund(desk: &mut Desk, project: &str, plan_id: &str, indicator_id: &str) -> Result<Project, Status> {
    let Project { project_id, etag, .. } = money(desk, project).await;
    let request = ApproveFundingRequest {
        request_id: key(),
        project_id,
        etag,
        plan_id: plan_id.to_owned(),
        document_no: "南财农〔2022〕30号".into(),
        charges: vec![Charge { indicator_id: indicator_id.to_owned(), amount_fen: TOTAL, ..Charge::default() }],
    };
    let mut finance = desk.player(Role::FinanceBureau, FINANCE).await;
    Ok(finance.disbursement.approve_funding(request).await?.into_inner())
}

async fn sign(desk: &mut Desk, project: &str) -> Result<Project, Status> {
    let Project { project_id, etag, .. } = money(desk, project).await;
    let contract = Contract {
        contract_no: "HT-1".into(),
        contractor: "湖南某某建设工程有限公司".into(),
        payee: Some(payee()),
        price_fen: TOTAL,
        retention_basis_points: 300,
        sign_date: desk.stage.today(),
        scan: Some(document("施工合同")),
    };
    let request = SignContractRequest { request_id: key(), project_id, etag, contract: Some(contract) };
    let mut collective = desk.player(Role::VillageCollective, COLLECTIVE).await;
    Ok(collective.disbursement.sign_contract(request).await?.into_inner())
}

async fn ask_for_an_advance(desk: &mut Desk, project: &str, indicator: &str) -> Result<Project, Status> {
    let Project { project_id, etag, .. } = money(desk, project).await;
    let request = RequestPaymentRequest {
        request_id: key(),
        project_id,
        etag,
        r#type: PaymentType::Advance.into(),
        amount_fen: TOTAL / 10 * 3,
        indicator_id: indicator.to_owned(),
        payee: Some(payee()),
        invoice_nos: vec!["04300220000000000001".into()],
        vouchers: vec![document("预付款凭证")],
    };
    let mut collective = desk.player(Role::VillageCollective, COLLECTIVE).await;
    Ok(collective.disbursement.request_payment(request).await?.into_inner())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_project_gets_no_money_no_contract_and_no_payment() {
    let mut desk = Desk::open().await;
    let content = settlement(&desk.content());
    let project = desk.pooled(content).await.project_id;
    let (plan, indicator) = (planned(&mut desk, &project).await, indicator(&mut desk).await);
    desk.suspend(&project).await;
    assert_eq!(refused(fund(&mut desk, &project, &plan, &indicator).await).code, "SUSPENDED");
    desk.resume(&project).await;
    fund(&mut desk, &project, &plan, &indicator).await.expect("funded");
    desk.suspend(&project).await;
    assert_eq!(refused(sign(&mut desk, &project).await).code, "SUSPENDED");
    desk.resume(&project).await;
    sign(&mut desk, &project).await.expect("signed");
    desk.suspend(&project).await;
    assert_eq!(refused(ask_for_an_advance(&mut desk, &project, &indicator).await).code, "SUSPENDED");
    desk.resume(&project).await;
    ask_for_an_advance(&mut desk, &project, &indicator).await.expect("asked for");
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
    assert_eq!(money(&mut desk, &project).await.payments[0].state(), PaymentState::Reviewed);
    desk.resume(&project).await;
    let released = desk.stage.decide(&releaser, &project, "PAYMENT_RELEASE", approval).await;
    assert!(released.is_ok(), "{:?}", released.err().map(|failure| code_of(&failure)));
    desk.house.settle().await;
    assert_eq!(money(&mut desk, &project).await.payments[0].state(), PaymentState::Settled);
}
