//! S10 to S13, S15: indicators, plan, funding, contract, advance, final account, final payment; three persons a payment.

use anyhow::{Context as _, bail, ensure};
use kernel::{Fen, Role, RuleCode};
use proto::{
    disbursement::v1::{
        Account, ApproveFundingRequest, ApprovePlanRequest, Charge, ClosePlanNoticeRequest, ConfirmIndicatorRequest,
        Contract, FixFinalAccountRequest, GetProjectRequest, Indicator, IssueIndicatorRequest, ListIndicatorsRequest,
        PaymentState, PaymentType, Plan, PostPlanNoticeRequest, Project, ProjectState, ProposePlanRequest,
        RequestPaymentRequest, SignContractRequest,
    },
    intake::v1::Application,
};
use translation::sub_level;

use super::{NOTICE, Places, approve, ask, document, ok};
use crate::demo::{
    stage::{Player, Stage, until},
    telling::Told,
};

/// The plan with its notice, and the project's funding.
pub(super) async fn fund(stage: &mut Stage, places: &Places, application: &Application) -> anyhow::Result<Project> {
    let plan = make_plan(stage, places, application).await?;

    let content = application.content.as_ref().context("an application has content")?;
    let finance = stage.player(Role::FinanceBureau, &places.department("FIN")).await?;
    let project = await_project(&finance, &application.project_id, |_| true).await?;
    let indicators = ask!(
        finance,
        disbursement.list_indicators,
        ListIndicatorsRequest { fiscal_year: content.fiscal_year, page_size: 100, ..ListIndicatorsRequest::default() }
    )?;
    let mut charges = Vec::new();
    for line in &content.budget {
        let public = stage.pack().source_kind(&line.source).is_some_and(|kind| kind.public);
        if public {
            charges.push(charge(&indicators.indicators, &line.source, line.amount_fen)?);
        }
    }
    let approved: Fen = charges.iter().map(|charge| Fen::new(charge.amount_fen)).sum();
    let request = ApproveFundingRequest {
        request_id: stage.key("a:funding"),
        project_id: project.project_id,
        etag: project.etag,
        plan_id: plan.plan_id,
        document_no: "南财农指〔2022〕8号".into(),
        charges,
    };
    let funded = ask!(finance, disbursement.approve_funding, request)?;
    stage.did(
        &finance,
        ok(
            format!("资金安排批复 {} 元,计入各来源指标", approved.grouped()),
            format!("approves {} yuan of funding, charged to indicators by source", approved.grouped()),
        ),
    );
    Ok(funded)
}

/// The first indicator of that source that has enough left.
fn charge(indicators: &[Indicator], source: &str, amount_fen: i64) -> anyhow::Result<Charge> {
    let indicator = indicators
        .iter()
        .find(|indicator| indicator.source == source && indicator.available_fen >= amount_fen)
        .with_context(|| format!("no indicator of {source} has {amount_fen} fen left"))?;
    Ok(Charge { indicator_id: indicator.indicator_id.clone(), amount_fen, ..Charge::default() })
}

/// The indicators of the year: without them the finance bureau can't agree to any project.
pub(super) async fn issue_indicators(stage: &mut Stage, places: &Places) -> anyhow::Result<()> {
    let finance = stage.nth(Role::FinanceBureau, &places.department("FIN"), 0).await?;
    let second = stage.nth(Role::FinanceBureau, &places.department("FIN"), 2).await?;
    let pack = stage.pack().clone();
    let mut total = Fen::ZERO;
    for source in &pack.sources {
        let request = IssueIndicatorRequest {
            request_id: stage.key(&format!("indicator:{}:{:?}:{}", source.code, source.sub_level, source.document_no)),
            document_no: source.document_no.clone(),
            fiscal_year: source.year,
            source: source.code.clone(),
            sub_level: sub_level::to_message(source.sub_level.as_deref()).into(),
            amount_fen: source.amount.fen(),
        };
        let entered = ask!(finance, disbursement.issue_indicator, request)?;
        let request_id = stage.key(&format!("confirm:{}", entered.indicator_id));
        let confirm = ConfirmIndicatorRequest { request_id, indicator_id: entered.indicator_id };
        ask!(second, disbursement.confirm_indicator, confirm)?;
        total = total.saturating_add(source.amount);
    }
    let count = pack.sources.len();
    stage.did(
        &finance,
        ok(
            format!("录入 {count} 笔指标,由另一人对照文件确认,共 {} 元", total.grouped()),
            format!(
                "enters {count} indicators of seven sources, which another person confirms: {} yuan in all",
                total.grouped()
            ),
        ),
    );
    Ok(())
}

async fn make_plan(stage: &mut Stage, places: &Places, application: &Application) -> anyhow::Result<Plan> {
    let fiscal_year = application.content.as_ref().context("an application has content")?.fiscal_year;
    let bureau = stage.nth(Role::RevitalizationBureau, &places.department("RRB"), 0).await?;
    // The pool's word must have reached disbursement before it can be planned.
    await_project(&bureau, &application.project_id, |_| true).await?;
    let propose = ProposePlanRequest {
        request_id: stage.key("plan:propose"),
        fiscal_year,
        title: format!("南县{fiscal_year}年度衔接资金项目实施计划(第一批)"),
        project_ids: vec![application.project_id.clone()],
    };
    let proposed = ask!(bureau, disbursement.propose_plan, propose)?;
    stage.did(&bureau, ok("从项目库提出年度实施计划", "proposes the annual plan from the pool"));

    let group = stage.player(Role::LeadingGroup, &places.county).await?;
    let approve = ApprovePlanRequest {
        request_id: stage.key("plan:approve"),
        plan_id: proposed.plan_id.clone(),
        etag: proposed.etag,
        resolution_no: "南乡振领纪〔2022〕5号".into(),
    };
    let approved = ask!(group, disbursement.approve_plan, approve)?;
    stage.did(&group, ok("领导小组批准年度实施计划", "the leading group approves the plan"));

    let bureau = stage.nth(Role::RevitalizationBureau, &places.department("RRB"), 0).await?;
    let post =
        PostPlanNoticeRequest { request_id: stage.key("plan:post"), plan_id: approved.plan_id, etag: approved.etag };
    let posted = ask!(bureau, disbursement.post_plan_notice, post)?;
    stage.did(&bureau, ok("计划公示", "posts the plan's notice"));
    stage.wait(NOTICE)?;
    let bureau = stage.nth(Role::RevitalizationBureau, &places.department("RRB"), 0).await?;
    let close =
        ClosePlanNoticeRequest { request_id: stage.key("plan:close"), plan_id: posted.plan_id, etag: posted.etag };
    let closed = ask!(bureau, disbursement.close_plan_notice, close)?;
    stage.did(&bureau, ok("计划公示期满", "closes it after its days"));
    Ok(closed)
}

/// The village collective's contract with the builder.
pub(super) async fn sign(stage: &mut Stage, places: &Places, project: Project) -> anyhow::Result<Project> {
    let collective = stage.player(Role::VillageCollective, &collective_of(places)).await?;
    let contract = Contract {
        contract_no: "HT-2022-001".into(),
        contractor: "湖南某某建设工程有限公司".into(),
        payee: Some(payee()),
        price_fen: total(&project).fen(),
        retention_basis_points: 300,
        sign_date: stage.today(),
        scan: Some(document("施工合同")),
    };
    let request = SignContractRequest {
        request_id: stage.key("a:contract"),
        project_id: project.project_id,
        etag: project.etag,
        contract: Some(contract),
    };
    let signed = ask!(collective, disbursement.sign_contract, request)?;
    let price = total(&signed).grouped();
    stage.did(
        &collective,
        ok(format!("签订施工合同 {price} 元,质保金 3%"), format!("signs the contract, {price} yuan, 3% retention")),
    );
    Ok(signed)
}

/// 30 percent in advance: one fen more is refused.
pub(super) async fn advance(stage: &mut Stage, places: &Places, project: Project) -> anyhow::Result<Project> {
    let rules = stage.pack().rules(2022).context("the pack has rules for 2022")?.clone();
    let rule = rules.rule(RuleCode::AdvanceMax);
    let cap = total(&project).share_floor(rules.share(RuleCode::AdvanceMax));
    let link = line(&project, "LINK")?.clone();

    let collective = stage.player(Role::VillageCollective, &collective_of(places)).await?;
    let too_much = payment(
        stage,
        &project,
        "a:advance:too-much",
        PaymentType::Advance,
        cap.saturating_add(Fen::new(1)),
        &link.indicator_id,
    );
    match ask!(collective, disbursement.request_payment, too_much) {
        Err(status) => stage.did(
            &collective,
            Told::refused("申请预付款,超上限一分", "asks for one fen more than the advance allows", &status),
        ),
        Ok(_) => bail!("an advance over its cap was let through"),
    }
    let request = payment(stage, &project, "a:advance", PaymentType::Advance, cap, &link.indicator_id);
    let requested = ask!(collective, disbursement.request_payment, request)?;
    stage.did(
        &collective,
        ok(format!("申请预付款 {} 元", cap.grouped()), format!("asks for the advance, {} yuan", cap.grouped()))
            .under(rule, cap, cap),
    );
    review_and_release(stage, places, &requested.project_id, 1).await
}

/// The audited final account: what was accepted, to the fen.
pub(super) async fn audit(stage: &mut Stage, places: &Places, project: &Project) -> anyhow::Result<Project> {
    let auditor = stage.player(Role::Audit, &places.department("AUD")).await?;
    let accepted =
        await_project(&auditor, &project.project_id, |project| project.state() == ProjectState::Accepted).await?;
    let amount = Fen::new(accepted.accepted_fen).grouped();
    let request = FixFinalAccountRequest {
        request_id: stage.key("a:audit"),
        project_id: accepted.project_id,
        etag: accepted.etag,
        audited_fen: accepted.accepted_fen,
        report_no: "南审投报〔2022〕12号".into(),
    };
    let audited = ask!(auditor, disbursement.fix_final_account, request)?;
    stage.did(&auditor, ok(format!("竣工决算审定 {amount} 元"), format!("fixes the final account at {amount} yuan")));
    Ok(audited)
}

/// Before the asset is registered there is no final payment (gate G4).
pub(super) async fn too_early_settlement(stage: &mut Stage, places: &Places, project: &Project) -> anyhow::Result<()> {
    let link = line(project, "LINK")?.clone();
    let collective = stage.player(Role::VillageCollective, &collective_of(places)).await?;
    let request = payment(
        stage,
        project,
        "a:settlement:early",
        PaymentType::Settlement,
        left(project, "LINK")?,
        &link.indicator_id,
    );
    match ask!(collective, disbursement.request_payment, request) {
        Err(status) => stage.did(
            &collective,
            Told::refused(
                "资产未登记就申请结算款",
                "asks for the final payment before the asset is registered",
                &status,
            ),
        ),
        Ok(_) => bail!("a final payment was let through before the asset was registered"),
    }
    Ok(())
}

/// The final payment, one order a source: what is left of each, within audited less retention less the village's share.
pub(super) async fn settle(stage: &mut Stage, places: &Places, project_id: &str) -> anyhow::Result<()> {
    for (nth, source) in ["LINK", "ROAD"].into_iter().enumerate() {
        let collective = stage.player(Role::VillageCollective, &collective_of(places)).await?;
        let project = await_project(&collective, project_id, |project| project.asset_registered).await?;
        let amount = left(&project, source)?;
        let indicator = line(&project, source)?.indicator_id.clone();
        let request =
            payment(stage, &project, &format!("a:settlement:{source}"), PaymentType::Settlement, amount, &indicator);
        let requested = ask!(collective, disbursement.request_payment, request)?;
        let words = (
            format!("资产登记后申请结算款({source}){} 元", amount.grouped()),
            format!("asks for the final payment from {source}, {} yuan", amount.grouped()),
        );
        stage.did(&collective, ok(words.0, words.1));
        review_and_release(stage, places, &requested.project_id, nth + 2).await?;
    }
    Ok(())
}

/// The reviewer and the releaser decide; then the treasury pays. Gives the project once `payments` are settled.
async fn review_and_release(
    stage: &mut Stage,
    places: &Places,
    project_id: &str,
    payments: usize,
) -> anyhow::Result<Project> {
    let reviewer = stage.player(Role::PaymentReviewer, &places.department("FIN")).await?;
    stage
        .decide(&reviewer, project_id, "PAYMENT_REVIEW", |task| approve(task, "凭证齐全,额度内,同意支付", &[]))
        .await?;
    stage.did(&reviewer, ok("支付复核同意", "the payment reviewer agrees"));
    let releaser = stage.player(Role::PaymentReleaser, &places.department("FIN")).await?;
    stage.decide(&releaser, project_id, "PAYMENT_RELEASE", |task| approve(task, "同意放款", &[])).await?;
    let settled = |project: &Project| {
        project.payments.iter().filter(|payment| payment.state() == PaymentState::Settled).count() == payments
    };
    let paid = await_project(&releaser, project_id, settled).await?;
    let last = paid
        .payments
        .iter()
        .rfind(|payment| payment.state() == PaymentState::Settled)
        .context("a payment was settled")?;
    stage.did(
        &releaser,
        ok(
            format!("审批放款,国库已支付 {} 元,凭证 {}", Fen::new(last.amount_fen).grouped(), last.treasury_ref),
            format!(
                "releases it; the treasury has paid {} yuan, {}",
                Fen::new(last.amount_fen).grouped(),
                last.treasury_ref
            ),
        ),
    );
    Ok(paid)
}

fn payment(
    stage: &Stage,
    project: &Project,
    key: &str,
    kind: PaymentType,
    amount: Fen,
    indicator_id: &str,
) -> RequestPaymentRequest {
    RequestPaymentRequest {
        request_id: stage.key(key),
        project_id: project.project_id.clone(),
        etag: project.etag.clone(),
        r#type: kind.into(),
        amount_fen: amount.fen(),
        indicator_id: indicator_id.to_owned(),
        payee: Some(payee()),
        invoice_nos: vec![format!(
            "04300220{}",
            kernel::id::sha256_hex(format!("{}{key}", project.project_id).as_bytes())[..8].to_uppercase()
        )],
        vouchers: vec![document(key)],
    }
}

/// What may still be paid of a source: its charge, held to what the final account allows over all sources.
fn left(project: &Project, source: &str) -> anyhow::Result<Fen> {
    let contract = project.contract.as_ref().context("there is a contract")?;
    let audited = Fen::new(project.audited_fen);
    let retention = kernel::money::Share::new(u32::try_from(contract.retention_basis_points)?, 10_000)
        .map(|share| audited.share_floor(share))
        .context("a retention is a share")?;
    let paid: Fen = project.charges.iter().map(|charge| Fen::new(charge.paid_fen)).sum();
    let all =
        audited.saturating_sub(retention).saturating_sub(Fen::new(project.village_share_fen)).saturating_sub(paid);
    let charge = line(project, source)?;
    let own = Fen::new(charge.amount_fen).saturating_sub(Fen::new(charge.paid_fen));
    let amount = own.min(all);
    ensure!(amount.is_positive(), "nothing is left to pay from {source}");
    Ok(amount)
}

fn line<'a>(project: &'a Project, source: &str) -> anyhow::Result<&'a Charge> {
    project.charges.iter().find(|charge| charge.source == source).with_context(|| format!("no charge to {source}"))
}

/// All the money of the project: public funding and the village's own.
fn total(project: &Project) -> Fen {
    let public: Fen = project.charges.iter().map(|charge| Fen::new(charge.amount_fen)).sum();
    public.saturating_add(Fen::new(project.village_share_fen))
}

fn payee() -> Account {
    Account {
        holder: "湖南某某建设工程有限公司".into(),
        bank: "南县农村商业银行".into(),
        number: "6222000000000000001".into(),
    }
}

/// The organisation of the village's collective: `<village>-COL`.
fn collective_of(places: &Places) -> String {
    format!("{}-COL", places.village)
}

async fn await_project(player: &Player, project_id: &str, is: impl Fn(&Project) -> bool) -> anyhow::Result<Project> {
    let read = || {
        let (mut disbursement, project_id) = (player.disbursement.clone(), project_id.to_owned());
        async move { disbursement.get_project(GetProjectRequest { project_id }).await.map(tonic::Response::into_inner) }
    };
    until("the project's money to be so", read, is).await
}
