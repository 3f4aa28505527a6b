//! S10 to S13: a plan of this one project, its funding from one indicator, the contract, one payment by three persons.

use proto::disbursement::v1::{
    ApproveFundingRequest, ApprovePlanRequest, Charge, ClosePlanNoticeRequest, Contract, FixFinalAccountRequest,
    GetProjectRequest, PaymentState, PaymentType, Plan, PostPlanNoticeRequest, Project, ProjectState,
    ProposePlanRequest, RequestPaymentRequest, SignContractRequest,
};

use super::{Chain, TOTAL, until};
use crate::{
    cast::Player,
    county::FISCAL_YEAR,
    papers::{document, key, payee},
};

/// The advance: the 30 % of the price that rule R-ADV allows.
const ADVANCE_FEN: i64 = TOTAL.fen() / 10 * 3;

impl Chain<'_> {
    /// The pool's word must have reached disbursement before the project can be planned.
    pub(super) async fn plan_propose(&mut self) -> anyhow::Result<()> {
        self.read_money(&self.cast.bureau, |_| true).await?;
        let request = ProposePlanRequest {
            request_id: key(),
            fiscal_year: FISCAL_YEAR,
            title: format!("{FISCAL_YEAR}年度项目实施计划第{}批", self.number),
            project_ids: vec![self.application.project_id.clone()],
        };
        self.plan = self.cast.bureau.disbursement.clone().propose_plan(request).await?.into_inner();
        Ok(())
    }

    pub(super) async fn plan_approve(&mut self) -> anyhow::Result<()> {
        let Plan { plan_id, etag, .. } = self.plan.clone();
        let resolution_no = format!("测乡振领纪〔2022〕计{}号", self.number);
        let request = ApprovePlanRequest { request_id: key(), plan_id, etag, resolution_no };
        self.plan = self.cast.group.disbursement.clone().approve_plan(request).await?.into_inner();
        Ok(())
    }

    pub(super) async fn plan_post(&mut self) -> anyhow::Result<()> {
        let Plan { plan_id, etag, .. } = self.plan.clone();
        let request = PostPlanNoticeRequest { request_id: key(), plan_id, etag };
        self.plan = self.cast.bureau.disbursement.clone().post_plan_notice(request).await?.into_inner();
        Ok(())
    }

    pub(super) async fn plan_close(&mut self) -> anyhow::Result<()> {
        let Plan { plan_id, etag, .. } = self.plan.clone();
        let request = ClosePlanNoticeRequest { request_id: key(), plan_id, etag };
        self.plan = self.cast.bureau.disbursement.clone().close_plan_notice(request).await?.into_inner();
        Ok(())
    }

    pub(super) async fn funding(&mut self) -> anyhow::Result<()> {
        let Project { project_id, etag, .. } = self.project.clone();
        let charge = Charge { indicator_id: self.indicator.to_owned(), amount_fen: TOTAL.fen(), ..Charge::default() };
        let request = ApproveFundingRequest {
            request_id: key(),
            project_id,
            etag,
            plan_id: self.plan.plan_id.clone(),
            document_no: format!("测财农指〔2022〕批{}号", self.number),
            charges: vec![charge],
        };
        self.project = self.cast.finance.disbursement.clone().approve_funding(request).await?.into_inner();
        Ok(())
    }

    pub(super) async fn contract(&mut self) -> anyhow::Result<()> {
        let Project { project_id, etag, .. } = self.project.clone();
        let contract = Contract {
            contract_no: format!("HT-{}", self.number),
            contractor: "湖南某某建设工程有限公司".into(),
            payee: Some(payee()),
            price_fen: TOTAL.fen(),
            retention_basis_points: 300,
            sign_date: self.today(),
            scan: Some(document("施工合同")),
        };
        let request = SignContractRequest { request_id: key(), project_id, etag, contract: Some(contract) };
        self.project = self.village.collective.disbursement.clone().sign_contract(request).await?.into_inner();
        Ok(())
    }

    pub(super) async fn payment_request(&mut self) -> anyhow::Result<()> {
        let Project { project_id, etag, .. } = self.project.clone();
        let request = RequestPaymentRequest {
            request_id: key(),
            project_id,
            etag,
            r#type: PaymentType::Advance.into(),
            amount_fen: ADVANCE_FEN,
            indicator_id: self.indicator.to_owned(),
            payee: Some(payee()),
            invoice_nos: vec![format!("0430022{:013}", self.number)],
            vouchers: vec![document("预付款凭证")],
        };
        self.project = self.village.collective.disbursement.clone().request_payment(request).await?.into_inner();
        Ok(())
    }

    pub(super) async fn payment_review(&mut self) -> anyhow::Result<()> {
        let took = self.decide(&self.cast.payment_reviewer, "PAYMENT_REVIEW").await?;
        self.decided(took);
        Ok(())
    }

    pub(super) async fn payment_release(&mut self) -> anyhow::Result<()> {
        let took = self.decide(&self.cast.payment_releaser, "PAYMENT_RELEASE").await?;
        // The step before was a decision, and its answer was just had.
        self.timings.record("next_inbox", took[0]);
        self.decided(took);
        Ok(())
    }

    /// The audit of the final account, at what was accepted; assets must have heard of it.
    pub(super) async fn final_account(&mut self) -> anyhow::Result<()> {
        let auditor = &self.cast.auditor;
        // Until the advance is settled the project may change under the auditor's eyes.
        let quiet = |project: &Project| {
            let settled = project.payments.iter().all(|payment| payment.state() == PaymentState::Settled);
            project.state() != ProjectState::Contracted && settled
        };
        self.read_money(auditor, quiet).await?;
        let Project { project_id, etag, accepted_fen, .. } = self.project.clone();
        let request = FixFinalAccountRequest {
            request_id: key(),
            project_id,
            etag,
            audited_fen: accepted_fen,
            report_no: format!("测审〔2022〕{}号", self.number),
        };
        self.project = auditor.disbursement.clone().fix_final_account(request).await?.into_inner();
        self.audit_is_known().await
    }

    /// The end: the treasury has paid once, and disbursement has heard of the registered asset.
    pub(super) async fn paid_and_registered(&mut self) -> anyhow::Result<()> {
        let ended = |project: &Project| {
            let settled = project.payments.iter().all(|payment| payment.state() == PaymentState::Settled);
            project.asset_registered && settled && project.payments.len() == 1
        };
        self.read_money(&self.cast.finance, ended).await
    }

    async fn read_money(&mut self, player: &Player, is: impl Fn(&Project) -> bool) -> anyhow::Result<()> {
        let read = || {
            let (mut disbursement, project_id) = (player.disbursement.clone(), self.application.project_id.clone());
            async move { disbursement.get_project(GetProjectRequest { project_id }).await }
        };
        self.project = until("the project's money", read, is).await?;
        Ok(())
    }
}
