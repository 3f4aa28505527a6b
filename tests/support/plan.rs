//! A desk's way with the year's plan and with the indicators that pay for it, by the first of those who may, or by anybody.

use kernel::Role;
use proto::disbursement::v1::{
    ApprovePlanRequest, ClosePlanNoticeRequest, ConfirmIndicatorRequest, Indicator, IssueIndicatorRequest, Plan,
    PostPlanNoticeRequest, ProposePlanRequest, SubLevel, WithdrawPlanRequest,
};
use time::Duration;
use tonic::Status;
use xianjie::demo::stage::Player;

use crate::{
    county::COUNTY,
    desk::{BUREAU, Desk, FINANCE, key},
    money::TOTAL,
};

impl Desk {
    /// A plan of this year with these projects.
    ///
    /// # Errors
    /// The refusal.
    pub async fn propose_plan(&mut self, fiscal_year: i32, projects: &[&str]) -> Result<Plan, Status> {
        let bureau = self.player(Role::RevitalizationBureau, BUREAU).await;
        propose_plan_by(&bureau, fiscal_year, projects).await
    }

    /// The leading group's approval.
    ///
    /// # Errors
    /// The refusal.
    pub async fn approve_plan(&mut self, plan: &Plan) -> Result<Plan, Status> {
        let group = self.player(Role::LeadingGroup, COUNTY).await;
        approve_plan_by(&group, plan).await
    }

    /// The bureau takes the plan back.
    ///
    /// # Errors
    /// The refusal.
    pub async fn withdraw_plan(&mut self, plan: &Plan) -> Result<Plan, Status> {
        let Plan { plan_id, etag, .. } = plan.clone();
        let mut bureau = self.player(Role::RevitalizationBureau, BUREAU).await;
        let request = WithdrawPlanRequest { request_id: key(), plan_id, etag };
        Ok(bureau.disbursement.withdraw_plan(request).await?.into_inner())
    }

    /// The plan's notice is hung out.
    ///
    /// # Errors
    /// The refusal.
    pub async fn post_plan(&mut self, plan: &Plan) -> Result<Plan, Status> {
        let Plan { plan_id, etag, .. } = plan.clone();
        let mut bureau = self.player(Role::RevitalizationBureau, BUREAU).await;
        let request = PostPlanNoticeRequest { request_id: key(), plan_id, etag };
        Ok(bureau.disbursement.post_plan_notice(request).await?.into_inner())
    }

    /// The plan's notice is taken down.
    ///
    /// # Errors
    /// The refusal.
    pub async fn close_plan(&mut self, plan: &Plan) -> Result<Plan, Status> {
        let Plan { plan_id, etag, .. } = plan.clone();
        let mut bureau = self.player(Role::RevitalizationBureau, BUREAU).await;
        let request = ClosePlanNoticeRequest { request_id: key(), plan_id, etag };
        Ok(bureau.disbursement.close_plan_notice(request).await?.into_inner())
    }

    /// An approved plan of 2022 with this project, its notice closed; its id.
    ///
    /// # Panics
    /// When a step is refused.
    pub async fn planned(&mut self, project: &str) -> String {
        let proposed = self.propose_plan(2022, &[project]).await.expect("proposed");
        let approved = self.approve_plan(&proposed).await.expect("approved");
        let posted = self.post_plan(&approved).await.expect("posted");
        self.wait(Duration::days(11));
        self.close_plan(&posted).await.expect("closed").plan_id
    }

    /// An indicator as the first finance official enters it; the source's level is UNSPECIFIED where it has none.
    ///
    /// # Errors
    /// The refusal.
    pub async fn enter_indicator(
        &mut self,
        (source, sub_level): (&str, SubLevel),
        fiscal_year: i32,
        document_no: &str,
        amount_fen: i64,
    ) -> Result<Indicator, Status> {
        let finance = self.player(Role::FinanceBureau, FINANCE).await;
        enter_indicator_by(&finance, (source, sub_level), fiscal_year, document_no, amount_fen).await
    }

    /// An indicator of the province's linking money that pays for one project.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn indicator(&mut self, fiscal_year: i32) -> String {
        let document_no = format!("南财农指〔{fiscal_year}〕{}号", key());
        let entered = self.enter_indicator(("LINK", SubLevel::Province), fiscal_year, &document_no, TOTAL).await;
        let indicator = entered.expect("entered").indicator_id;
        self.confirm_indicator(&indicator).await.expect("confirmed");
        indicator
    }

    /// The second finance official's confirmation.
    ///
    /// # Errors
    /// The refusal.
    pub async fn confirm_indicator(&mut self, indicator_id: &str) -> Result<Indicator, Status> {
        let mut finance = self.stage.nth(Role::FinanceBureau, FINANCE, 2).await.expect("another of finance");
        let request = ConfirmIndicatorRequest { request_id: key(), indicator_id: indicator_id.to_owned() };
        Ok(finance.disbursement.confirm_indicator(request).await?.into_inner())
    }
}

/// A plan of that year with these projects, proposed by that person.
///
/// # Errors
/// The refusal.
pub async fn propose_plan_by(who: &Player, fiscal_year: i32, projects: &[&str]) -> Result<Plan, Status> {
    let title = format!("{fiscal_year}年度项目实施计划");
    let project_ids = projects.iter().map(|project| (*project).to_owned()).collect();
    let request = ProposePlanRequest { request_id: key(), fiscal_year, title, project_ids };
    Ok(who.disbursement.clone().propose_plan(request).await?.into_inner())
}

/// That person's approval of a plan.
///
/// # Errors
/// The refusal.
pub async fn approve_plan_by(who: &Player, plan: &Plan) -> Result<Plan, Status> {
    let Plan { plan_id, etag, .. } = plan.clone();
    let resolution_no = "南乡振领纪〔2022〕9号".to_owned();
    let request = ApprovePlanRequest { request_id: key(), plan_id, etag, resolution_no };
    Ok(who.disbursement.clone().approve_plan(request).await?.into_inner())
}

/// An indicator as that person enters it; the source's level is UNSPECIFIED where it has none.
///
/// # Errors
/// The refusal.
pub async fn enter_indicator_by(
    who: &Player,
    (source, sub_level): (&str, SubLevel),
    fiscal_year: i32,
    document_no: &str,
    amount_fen: i64,
) -> Result<Indicator, Status> {
    let request = IssueIndicatorRequest {
        request_id: key(),
        document_no: document_no.into(),
        fiscal_year,
        source: source.into(),
        sub_level: sub_level.into(),
        amount_fen,
    };
    Ok(who.disbursement.clone().issue_indicator(request).await?.into_inner())
}
