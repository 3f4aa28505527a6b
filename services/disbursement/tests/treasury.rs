//! The chain of a payment through the rpcs and the cashier, with a treasury that pays, refuses, is silent or loses orders.
//!
//! However it behaves, an order is paid once and the books balance.

mod support;

use std::sync::{Arc, atomic::Ordering};

use disbursement::{grpc::Disbursement, pay::Cashier, service, store};
use kernel::{Actor, RuleCode};
use proto::{
    disbursement::v1::{self as own, PaymentState, disbursement_service_server::DisbursementService as _},
    inbox::v1::{CompleteRequest, Decision, Outcome, task_source_server::TaskSource as _},
};
use runtime::{Context, testing::TestDatabase};
use time::Duration;
use tokio::sync::Notify;
use tonic::Code;
use tonic_types::StatusExt as _;
use uuid::Uuid;

use crate::support::{
    Behaviour, Treasury, actor, bureau, by, collective, finance, key, leading_group, pool_project, releaser, reviewer,
};

struct House {
    context: Context,
    money: Disbursement,
    cashier: Arc<Cashier>,
    treasury: Treasury,
    project: String,
    indicator: String,
}

impl House {
    /// A room with a contracted project whose plan is effective.
    async fn open(behaviour: Behaviour) -> Self {
        let (treasury, address) = Treasury::start(behaviour).await;
        let mut context = TestDatabase::create().await.room(service()).await;
        context.treasury = Some(address);
        let project = pool_project(&context, 120_000_000).await.to_string();
        let money = Disbursement::new(context.clone(), Arc::new(Notify::new()));
        let cashier = Arc::new(Cashier::new(context.clone()).expect("an address"));
        let mut house = Self { context, money, cashier, treasury, project, indicator: String::new() };
        house.fund().await;
        house
    }

    async fn fund(&mut self) {
        let issue = own::IssueIndicatorRequest {
            request_id: key(),
            document_no: "南财农指〔2022〕18号".into(),
            fiscal_year: 2022,
            source: "LINK".into(),
            sub_level: "CENTRAL".into(),
            amount_fen: 150_000_000,
        };
        self.indicator =
            self.money.issue_indicator(by(finance(), issue)).await.expect("issued").into_inner().indicator_id;
        let plan_id = self.effective_plan().await;
        let charge =
            own::Charge { indicator_id: self.indicator.clone(), amount_fen: 120_000_000, ..Default::default() };
        let funding = own::ApproveFundingRequest {
            request_id: key(),
            project_id: self.project.clone(),
            etag: "1".into(),
            plan_id,
            document_no: "30号".into(),
            charges: vec![charge],
        };
        self.money.approve_funding(by(finance(), funding)).await.expect("funded");
        let contract = own::Contract {
            contract_no: "HT-1".into(),
            contractor: "南县建设公司".into(),
            payee: Some(payee()),
            price_fen: 120_000_000,
            retention_basis_points: 300,
            sign_date: "2022-01-20".into(),
            scan: None,
        };
        let signing = own::SignContractRequest {
            request_id: key(),
            project_id: self.project.clone(),
            contract: Some(contract),
            ..Default::default()
        };
        self.money.sign_contract(by(collective(), signing)).await.expect("signed");
    }

    async fn effective_plan(&self) -> String {
        let propose = own::ProposePlanRequest {
            request_id: key(),
            fiscal_year: 2022,
            title: "2022年度实施计划".into(),
            project_ids: vec![self.project.clone()],
        };
        let plan = self.money.propose_plan(by(bureau(), propose)).await.expect("proposed").into_inner();
        let plan_id = plan.plan_id;
        let approve = own::ApprovePlanRequest {
            request_id: key(),
            plan_id: plan_id.clone(),
            etag: plan.etag,
            resolution_no: "3号".into(),
        };
        self.money.approve_plan(by(leading_group(), approve)).await.expect("approved");
        let post = own::PostPlanNoticeRequest { request_id: key(), plan_id: plan_id.clone(), etag: String::new() };
        self.money.post_plan_notice(by(bureau(), post)).await.expect("posted");
        let days = self.context.pack.rules(2022).expect("2022").number(RuleCode::NoticeDays);
        self.context.clock.advance(Duration::days(i64::from(days) + 1));
        let close = own::ClosePlanNoticeRequest { request_id: key(), plan_id: plan_id.clone(), etag: String::new() };
        self.money.close_plan_notice(by(bureau(), close)).await.expect("closed");
        plan_id
    }

    fn advance(&self, amount_fen: i64, invoice: &str) -> own::RequestPaymentRequest {
        own::RequestPaymentRequest {
            request_id: key(),
            project_id: self.project.clone(),
            r#type: own::PaymentType::Advance.into(),
            amount_fen,
            indicator_id: self.indicator.clone(),
            payee: Some(payee()),
            invoice_nos: vec![invoice.into()],
            ..Default::default()
        }
    }

    /// Asks, reviews and releases; gives the payment's id.
    async fn instruct(&self) -> Uuid {
        let asked = self.money.request_payment(by(collective(), self.advance(36_000_000, "F1"))).await.expect("asked");
        let payment: Uuid = asked.into_inner().payments[0].payment_id.parse().expect("a UUID");
        self.complete(payment, "PAYMENT_REVIEW", reviewer()).await.expect("reviewed");
        self.complete(payment, "PAYMENT_RELEASE", releaser()).await.expect("released");
        payment
    }

    async fn complete(&self, payment: Uuid, kind: &str, actor: Actor) -> Result<(), tonic::Status> {
        let project: Uuid = self.project.parse().expect("a UUID");
        let task = kernel::TaskId::derive("disbursement", project, &format!("{kind}:{payment}"));
        let decision = Decision {
            outcome: Outcome::Approve.into(),
            opinion: "同意支付".into(),
            subject_revision: 1,
            ..Default::default()
        };
        let request = CompleteRequest {
            request_id: key(),
            task_id: task.to_string(),
            project_id: self.project.clone(),
            kind: kind.into(),
            decision: Some(decision),
        };
        self.money.complete(by(actor, request)).await.map(|_| ())
    }

    /// Runs the cashier until nothing is due, then moves the clock past the next pause.
    async fn work(&self) {
        while self.cashier.clone().run().await.expect("the store answers") {}
        self.context.clock.advance(Duration::minutes(2));
    }

    async fn payment(&self) -> own::Payment {
        let request = own::GetProjectRequest { project_id: self.project.clone() };
        let project = self.money.get_project(by(finance(), request)).await.expect("read").into_inner();
        project.payments.into_iter().next().expect("the payment")
    }

    async fn paid(&self) -> i64 {
        let books = self
            .money
            .get_trial_balance(by(finance(), own::GetTrialBalanceRequest {}))
            .await
            .expect("read")
            .into_inner();
        assert!(books.balanced, "{books:?}");
        let account = books.accounts.iter().find(|account| account.code == format!("paid:{}", self.project));
        account.map_or(0, |account| account.debits_fen)
    }

    fn times_sent(&self) -> i64 {
        self.treasury.calls_to_pay.load(Ordering::SeqCst)
    }
}

fn payee() -> own::Account {
    own::Account {
        holder: "南县建设公司".into(), bank: "南县农商行".into(), number: "6222000000001234".into()
    }
}

fn reason(status: &tonic::Status) -> String {
    status.get_details_error_info().map(|info| info.reason).unwrap_or_default()
}

#[tokio::test]
async fn a_prompt_treasury_pays_once() {
    let house = House::open(Behaviour::Pay).await;
    house.instruct().await;
    house.work().await;
    house.work().await;
    let payment = house.payment().await;
    assert_eq!((payment.state(), payment.treasury_ref.as_str()), (PaymentState::Settled, "ZF-1"));
    assert_eq!((house.paid().await, house.times_sent()), (36_000_000, 1));
    assert_eq!(
        (payment.requested_by.as_str(), payment.reviewed_by.as_str(), payment.released_by.as_str()),
        ("col", "rev", "rel")
    );
}

#[tokio::test]
async fn a_refusal_frees_the_money() {
    let house = House::open(Behaviour::Refuse).await;
    house.instruct().await;
    house.work().await;
    let payment = house.payment().await;
    assert_eq!((payment.state(), payment.reason.as_str()), (PaymentState::Failed, "账户已销户"));
    assert_eq!(house.paid().await, 0);
    house.money.request_payment(by(collective(), house.advance(36_000_000, "F1"))).await.expect("asked again");
}

#[tokio::test]
async fn silence_is_asked_about_and_never_sent_again() {
    let house = House::open(Behaviour::PayInSilence).await;
    house.instruct().await;
    house.work().await;
    assert_eq!(house.payment().await.state(), PaymentState::Unknown);
    house.work().await;
    assert_eq!(house.payment().await.state(), PaymentState::Settled);
    assert_eq!((house.paid().await, house.times_sent()), (36_000_000, 1));
}

#[tokio::test]
async fn a_lost_order_is_asked_about_and_then_sent_under_the_same_id() {
    let house = House::open(Behaviour::Lose).await;
    let id = house.instruct().await;
    house.work().await;
    assert_eq!(house.payment().await.state(), PaymentState::Unknown);
    house.treasury.behave(Behaviour::Pay);
    house.work().await;
    assert_eq!(house.payment().await.state(), PaymentState::Settled);
    let orders = house.treasury.orders.lock().expect("no test panicked here").clone();
    assert_eq!(orders.iter().map(|order| order.payment_id.clone()).collect::<Vec<_>>(), [id.to_string()]);
    assert_eq!(house.paid().await, 36_000_000);
}

#[tokio::test]
async fn a_slow_treasury_is_asked_until_it_has_paid() {
    let house = House::open(Behaviour::Wait).await;
    house.instruct().await;
    house.work().await;
    house.work().await;
    assert_eq!(house.payment().await.state(), PaymentState::Instructed);
    house.treasury.pay_all();
    house.work().await;
    assert_eq!(house.payment().await.state(), PaymentState::Settled);
    assert_eq!((house.paid().await, house.times_sent()), (36_000_000, 1));
}

#[tokio::test]
async fn a_worker_that_died_after_sending_pays_nothing_twice() {
    let house = House::open(Behaviour::Pay).await;
    house.instruct().await;
    // It took the order and sent it, and was killed before it could record the answer.
    let now = house.context.clock.now();
    let order = store::orders::lease(&house.context.pool, now, now + Duration::MINUTE, 8).await.expect("leased")[0];
    let sent = proto::treasury::v1::PayRequest {
        payment_id: order.payment_id.to_string(),
        amount_fen: 36_000_000,
        ..Default::default()
    };
    proto::treasury::v1::treasury_service_server::TreasuryService::pay(&house.treasury, tonic::Request::new(sent))
        .await
        .expect("paid");
    house.context.clock.advance(Duration::minutes(2));
    house.work().await;
    assert_eq!(house.payment().await.state(), PaymentState::Settled);
    assert_eq!((house.paid().await, house.times_sent()), (36_000_000, 1));
}

#[tokio::test]
async fn without_a_treasury_payments_wait() {
    let house = House::open(Behaviour::Pay).await;
    house.instruct().await;
    let mut context = house.context.clone();
    context.treasury = None;
    let idle = Arc::new(Cashier::new(context).expect("no address is no fault"));
    assert!(!idle.run().await.expect("the store answers"));
    assert_eq!(house.payment().await.state(), PaymentState::Instructed);
}

#[tokio::test]
async fn the_rpcs_refuse_with_code_and_figures_and_record_it() {
    let house = House::open(Behaviour::Pay).await;
    let refused = house
        .money
        .request_payment(by(collective(), house.advance(36_000_001, "F1")))
        .await
        .expect_err("a fen too much");
    let info = refused.get_details_error_info().expect("details");
    assert_eq!((refused.code(), info.reason.as_str()), (Code::FailedPrecondition, "ADVANCE_CAP"));
    assert_eq!((info.metadata["actual"].as_str(), info.metadata["limit"].as_str()), ("360000.01", "360000.00"));

    let elsewhere = actor("x", kernel::Role::VillageCollective, "430921129202-COL");
    let read = own::GetProjectRequest { project_id: house.project.clone() };
    let refused = house.money.get_project(by(elsewhere.clone(), read)).await.expect_err("another village's");
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::PermissionDenied, "SCOPE"));
    let listed =
        house.money.list_projects(by(elsewhere.clone(), own::ListProjectsRequest::default())).await.expect("listed");
    assert_eq!(listed.into_inner().projects, []);
    let refused = house
        .money
        .list_indicators(by(elsewhere.clone(), own::ListIndicatorsRequest::default()))
        .await
        .expect_err("county's");
    assert_eq!(reason(&refused), "SCOPE");
    let year = own::GetIndicatorBalancesRequest { fiscal_year: 2022 };
    let refused = house.money.get_indicator_balances(by(elsewhere, year)).await.expect_err("county's");
    assert_eq!(reason(&refused), "SCOPE");

    let mut stale = house.advance(100, "F2");
    stale.etag = "1".into();
    let refused = house.money.request_payment(by(collective(), stale)).await.expect_err("an old version");
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Aborted, "STALE_VERSION"));

    let recorded: i64 =
        sqlx::query_scalar("select count(*) from refusals").fetch_one(&house.context.pool).await.expect("counted");
    assert_eq!(recorded, 5);
}

#[tokio::test]
async fn the_same_request_gets_the_same_answer() {
    let house = House::open(Behaviour::Pay).await;
    let asked = house.advance(36_000_000, "F1");
    let first = house.money.request_payment(by(collective(), asked.clone())).await.expect("asked").into_inner();
    let again = house.money.request_payment(by(collective(), asked.clone())).await.expect("asked").into_inner();
    assert_eq!(first, again);
    assert_eq!(
        first.contract.and_then(|contract| contract.payee).map(|payee| payee.number).as_deref(),
        Some("****1234")
    );
    let other = own::RequestPaymentRequest { amount_fen: 1, ..asked };
    let refused =
        house.money.request_payment(by(collective(), other)).await.expect_err("the same key, another request");
    assert_eq!(reason(&refused), "REQUEST_ID_REUSED");
}
