//! The room with a contracted project, and a payment's way through its rpcs and the cashier.

use std::sync::{Arc, atomic::Ordering};

use disbursement::{grpc::Disbursement, pay::Cashier, service};
use kernel::{Actor, RuleCode};
use proto::{
    common::v1::{Decision, Outcome},
    disbursement::v1::{self as own, SubLevel, disbursement_service_server::DisbursementService as _},
    inbox::v1::{CompleteRequest, task_source_server::TaskSource as _},
};
use runtime::{Context, testing::TestDatabase};
use time::Duration;
use tokio::sync::Notify;
use tonic_types::StatusExt as _;
use uuid::Uuid;

use super::{
    Behaviour, Intake, Treasury, bureau, by, collective, finance, key, leading_group, pool_project, releaser, reviewer,
    second_finance,
};

/// A room with a treasury, an intake, and a contracted project whose plan is effective.
pub struct House {
    pub context: Context,
    pub money: Disbursement,
    pub cashier: Arc<Cashier>,
    pub treasury: Treasury,
    pub intake: Intake,
    pub project: String,
    pub indicator: String,
}

impl House {
    /// A room with a contracted project whose plan is effective.
    pub async fn open(behaviour: Behaviour) -> Self {
        let (treasury, address) = Treasury::start(behaviour).await;
        let mut context = TestDatabase::create().await.room(service()).await;
        context.treasury = Some(address);
        let intake = Intake::start(&mut context).await;
        let project = pool_project(&context, 120_000_000).await.to_string();
        let money = Disbursement::new(context.clone(), Arc::new(Notify::new()));
        let cashier = Arc::new(Cashier::new(context.clone()).expect("an address"));
        let mut house = Self { context, money, cashier, treasury, intake, project, indicator: String::new() };
        house.fund().await;
        house
    }

    pub async fn fund(&mut self) {
        let issue = own::IssueIndicatorRequest {
            request_id: key(),
            document_no: "南财农指〔2022〕18号".into(),
            fiscal_year: 2022,
            source: "LINK".into(),
            sub_level: SubLevel::Central.into(),
            amount_fen: 150_000_000,
        };
        self.indicator =
            self.money.issue_indicator(by(finance(), issue)).await.expect("entered").into_inner().indicator_id;
        let confirm = own::ConfirmIndicatorRequest { request_id: key(), indicator_id: self.indicator.clone() };
        self.money.confirm_indicator(by(second_finance(), confirm)).await.expect("confirmed");
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
            sign_date: "2022-01-15".into(),
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

    pub async fn effective_plan(&self) -> String {
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

    pub fn advance(&self, amount_fen: i64, invoice: &str) -> own::RequestPaymentRequest {
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
    pub async fn instruct(&self) -> Uuid {
        let asked = self.money.request_payment(by(collective(), self.advance(36_000_000, "F1"))).await.expect("asked");
        let payment: Uuid = asked.into_inner().payments[0].payment_id.parse().expect("a UUID");
        self.complete(payment, "PAYMENT_REVIEW", reviewer()).await.expect("reviewed");
        self.complete(payment, "PAYMENT_RELEASE", releaser()).await.expect("released");
        payment
    }

    pub async fn complete(&self, payment: Uuid, kind: &str, actor: Actor) -> Result<(), tonic::Status> {
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
            validate_only: false,
        };
        self.money.complete(by(actor, request)).await.map(|_| ())
    }

    /// Runs the cashier until nothing is due, then moves the clock past the next pause.
    pub async fn work(&self) {
        while self.cashier.clone().run().await.expect("the store answers") {}
        self.context.clock.advance(Duration::minutes(2));
    }

    pub async fn payment(&self) -> own::Payment {
        let request = own::GetProjectRequest { project_id: self.project.clone() };
        let project = self.money.get_project(by(finance(), request)).await.expect("read").into_inner();
        project.payments.into_iter().next().expect("the payment")
    }

    pub async fn paid(&self) -> i64 {
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

    pub fn times_sent(&self) -> i64 {
        self.treasury.calls_to_pay.load(Ordering::SeqCst)
    }
}

pub fn payee() -> own::Account {
    own::Account {
        holder: "南县建设公司".into(), bank: "南县农商行".into(), number: "6222000000001234".into()
    }
}

pub fn reason(status: &tonic::Status) -> String {
    status.get_details_error_info().map(|info| info.reason).unwrap_or_default()
}
