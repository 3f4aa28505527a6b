//! A desk's way with money: funding, contract and payment of a project that stands in the pool.

use std::path::Path;

use kernel::Role;
use play::county;
pub use play::papers::payee;
use proto::{
    common::v1::LeaveReason,
    disbursement::v1::{
        ApproveFundingRequest, Charge, Contract, GetProjectRequest, PaymentType, Project, RequestPaymentRequest,
        SignContractRequest,
    },
    intake::v1::{Application, BudgetLine, BudgetUse, Content, Item, LeavePoolRequest, RollPoolProjectRequest},
};
use tonic::Status;
use xianjie::demo::stage::Player;

use crate::desk::{BUREAU, Desk, FINANCE, approval, document, key};

/// The village collective that builds.
pub const COLLECTIVE: &str = "430921129201-COL";
/// 600,000 yuan of one source.
pub const TOTAL: i64 = 60_000_000;

/// A copy of the county's pack in which each of these texts of a file is another.
///
/// # Panics
/// When the copy can't be written, or a text is not there.
pub fn pack_with(folder: &Path, file: &str, changes: &[(&str, &str)]) {
    let changed = |name: &str, mut text: String| {
        for (sound, other) in changes.iter().filter(|_| name == file) {
            assert!(text.contains(sound), "{file} has no {sound}");
            text = text.replacen(sound, other, 1);
        }
        Ok(text)
    };
    county::copy(folder, changed).expect("a copy");
}

/// A work-relief project of that number, of so many fen of linking funds and no other money.
#[must_use]
pub fn work_relief(content: &Content, fen: i64, number: u32) -> Content {
    let item = Item {
        title: format!("{number}号机耕路"),
        quantity_milli: 1_000,
        unit: "条".into(),
        amount_fen: fen,
        unit_price_fen: fen,
    };
    let line = BudgetLine { source: "LINK".into(), r#use: BudgetUse::Construction.into(), amount_fen: fen };
    Content {
        title: format!("{number}号机耕路"),
        place: format!("{number}号田块"),
        category: "EMPLOYMENT".into(),
        sub_type: "WORK_RELIEF".into(),
        items: vec![item],
        budget: vec![line],
        total_fen: fen,
        ..content.clone()
    }
}

/// A settlement project of linking money alone.
#[must_use]
pub fn settlement(content: &Content) -> Content {
    settlement_of(content, TOTAL)
}

/// A settlement project of so many fen of linking money, a number that three divides.
#[must_use]
pub fn settlement_of(content: &Content, fen: i64) -> Content {
    let budget = BudgetLine { source: "LINK".into(), r#use: BudgetUse::Construction.into(), amount_fen: fen };
    let item = Item {
        title: "沟渠清淤".into(),
        quantity_milli: 3_000,
        unit: "公里".into(),
        amount_fen: fen,
        unit_price_fen: fen / 3,
    };
    Content {
        title: "人居环境整治".into(),
        category: "RURAL_CONSTRUCTION".into(),
        sub_type: "SETTLEMENT_DEMONSTRATION".into(),
        items: vec![item],
        budget: vec![budget],
        total_fen: fen,
        ..content.clone()
    }
}

impl Desk {
    /// A settlement project in the pool.
    ///
    /// # Panics
    /// When a step is refused.
    pub async fn pooled_settlement(&mut self) -> Application {
        let content = settlement(&self.content());
        self.pooled(content).await
    }

    /// What is known of a project's money.
    ///
    /// # Panics
    /// When it can't be read.
    pub async fn money(&mut self, project: &str) -> Project {
        let mut finance = self.player(Role::FinanceBureau, FINANCE).await;
        let request = GetProjectRequest { project_id: project.to_owned() };
        finance.disbursement.get_project(request).await.expect("finance reads").into_inner()
    }

    /// The project's funding, all of it charged to one indicator.
    ///
    /// # Errors
    /// The refusal.
    pub async fn fund(&mut self, project: &str, plan_id: &str, indicator_id: &str) -> Result<Project, Status> {
        let finance = self.player(Role::FinanceBureau, FINANCE).await;
        self.fund_by(&finance, project, plan_id, indicator_id).await
    }

    /// The same by that person.
    ///
    /// # Errors
    /// The refusal.
    pub async fn fund_by(
        &mut self,
        who: &Player,
        project: &str,
        plan_id: &str,
        indicator_id: &str,
    ) -> Result<Project, Status> {
        let Project { project_id, etag, .. } = self.money(project).await;
        let request = ApproveFundingRequest {
            request_id: key(),
            project_id,
            etag,
            plan_id: plan_id.to_owned(),
            document_no: "南财农〔2022〕30号".into(),
            charges: vec![Charge { indicator_id: indicator_id.to_owned(), amount_fen: TOTAL, ..Charge::default() }],
        };
        Ok(who.disbursement.clone().approve_funding(request).await?.into_inner())
    }

    /// The contract, signed today over the whole amount, as `with` changes it.
    ///
    /// # Errors
    /// The refusal.
    pub async fn sign(&mut self, project: &str, with: impl FnOnce(&mut Contract)) -> Result<Project, Status> {
        let collective = self.player(Role::VillageCollective, COLLECTIVE).await;
        self.sign_by(&collective, project, with).await
    }

    /// The same by that person.
    ///
    /// # Errors
    /// The refusal.
    pub async fn sign_by(
        &mut self,
        who: &Player,
        project: &str,
        with: impl FnOnce(&mut Contract),
    ) -> Result<Project, Status> {
        let Project { project_id, etag, .. } = self.money(project).await;
        let mut contract = Contract {
            contract_no: "HT-1".into(),
            contractor: "湖南某某建设工程有限公司".into(),
            payee: Some(payee()),
            price_fen: TOTAL,
            retention_basis_points: 300,
            sign_date: self.stage.today(),
            scan: Some(document("施工合同")),
        };
        with(&mut contract);
        let request = SignContractRequest { request_id: key(), project_id, etag, contract: Some(contract) };
        Ok(who.disbursement.clone().sign_contract(request).await?.into_inner())
    }

    /// A project whose contract is signed, and the indicator that pays for it.
    ///
    /// # Panics
    /// When a step is refused.
    pub async fn contracted(&mut self) -> (String, String) {
        let project = self.pooled_settlement().await.project_id;
        let plan = self.planned(&project).await;
        let indicator = self.indicator(2022).await;
        self.fund(&project, &plan, &indicator).await.expect("funded");
        self.sign(&project, |_| ()).await.expect("signed");
        (project, indicator)
    }

    /// An advance of 30 percent, as `with` changes the request.
    ///
    /// # Errors
    /// The refusal.
    pub async fn ask_for_advance(
        &mut self,
        project: &str,
        indicator: &str,
        with: impl FnOnce(&mut RequestPaymentRequest),
    ) -> Result<Project, Status> {
        let collective = self.player(Role::VillageCollective, COLLECTIVE).await;
        self.ask_by(&collective, project, indicator, with).await
    }

    /// The same by that person.
    ///
    /// # Errors
    /// The refusal.
    pub async fn ask_by(
        &mut self,
        who: &Player,
        project: &str,
        indicator: &str,
        with: impl FnOnce(&mut RequestPaymentRequest),
    ) -> Result<Project, Status> {
        let Project { project_id, etag, .. } = self.money(project).await;
        let mut request = RequestPaymentRequest {
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
        with(&mut request);
        Ok(who.disbursement.clone().request_payment(request).await?.into_inner())
    }

    /// The reviewer and the releaser agree to what waits for them.
    ///
    /// # Panics
    /// When one is refused.
    pub async fn review_and_release(&mut self, project: &str) {
        let reviewer = self.player(Role::PaymentReviewer, FINANCE).await;
        self.stage.decide(&reviewer, project, "PAYMENT_REVIEW", approval).await.expect("reviewed");
        let releaser = self.player(Role::PaymentReleaser, FINANCE).await;
        self.stage.decide(&releaser, project, "PAYMENT_RELEASE", approval).await.expect("released");
    }

    /// The bureau takes the project out of the pool.
    ///
    /// # Errors
    /// The refusal.
    pub async fn leave_pool(&mut self, project: &str, text: &str) -> Result<Application, Status> {
        let Application { project_id, etag, .. } = self.read(project).await;
        let (request_id, reason, text) = (key(), LeaveReason::Policy.into(), text.to_owned());
        let request = LeavePoolRequest { request_id, project_id, etag, reason, text };
        let mut bureau = self.player(Role::RevitalizationBureau, BUREAU).await;
        Ok(bureau.intake.leave_pool(request).await?.into_inner())
    }

    /// The bureau lets the project wait for this plan year.
    ///
    /// # Errors
    /// The refusal.
    pub async fn roll(&mut self, project: &str, year: i32) -> Result<Application, Status> {
        let Application { project_id, etag, .. } = self.read(project).await;
        let request = RollPoolProjectRequest { request_id: key(), project_id, etag, year };
        let mut bureau = self.player(Role::RevitalizationBureau, BUREAU).await;
        Ok(bureau.intake.roll_pool_project(request).await?.into_inner())
    }
}
