//! A project's chain, one step of each duty after the other, each offered to the person with every post first.

use kernel::{Duty, Role};
use proto::{
    assets::v1::{
        Asset, AssetClass, Project as Works, RecordAcceptanceRequest, RecordTownshipCheckRequest,
        RegisterAssetsRequest, ReportCompletionRequest,
    },
    disbursement::v1::{
        ApproveFundingRequest, ApprovePlanRequest, Charge, Contract, FixFinalAccountRequest, IssueIndicatorRequest,
        PaymentType, Project as Money, ProposePlanRequest, RequestPaymentRequest, SignContractRequest,
    },
    intake::v1::{
        Application, ApplicationState, CreateApplicationRequest, NoticeLevel, RecordSiteCheckRequest,
        ResumeApplicationRequest, SuspendApplicationRequest,
    },
};
use tests::{
    county::{COUNTY, resolution},
    desk::{BUREAU, Desk, FINANCE, TOWNSHIP, VILLAGE, approval, document, key},
    money::{COLLECTIVE, TOTAL, payee, settlement},
    works::TRANSPORT,
};
use time::Duration;
use xianjie::demo::stage::{Player, judge_of};

use crate::play::{Play, Taken};

const AUDIT: &str = "430921000000-AUD";
const DISCIPLINE: &str = "430921000000-DISC";

pub async fn play(play: &mut Play) {
    let project = township(play).await;
    county(play, &project).await;
    discipline(play, &project).await;
    let indicator = funding(play, &project).await;
    payment(play, &project, &indicator, PaymentType::Advance, TOTAL / 10 * 3).await;
    works(play, &project).await;
    payment(play, &project, &indicator, PaymentType::Settlement, TOTAL / 2).await;
    discipline(play, &project).await;
}

async fn township(play: &mut Play) -> String {
    let content = settlement(&play.desk.content());
    let draft = play
        .step(Duty::Applicant, (Role::VillageCommittee, VILLAGE, 0), async |_, player| {
            let request = CreateApplicationRequest { request_id: key(), content: Some(content.clone()) };
            Ok(player.intake.clone().create_application(request).await?.into_inner())
        })
        .await;
    let project = draft.project_id.clone();
    play.desk.hand_in(draft).await;
    let clerk = (Role::TownshipClerk, TOWNSHIP, 0);
    play.decide(Duty::TownshipReviewer, clerk, &project, "TOWNSHIP_COMPLETENESS", |_, task| approval(task)).await;
    site_check(play, &project).await;
    let head = (Role::TownshipHead, TOWNSHIP, 0);
    play.decide(Duty::TownshipReviewer, head, &project, "TOWNSHIP_REVIEW", |_, task| approval(task)).await;
    let approved = play.desk.reaches(&project, ApplicationState::TownshipNotice).await;
    notice(play, Duty::TownshipReviewer, (Role::TownshipClerk, TOWNSHIP, 0), approved, NoticeLevel::Township).await;
    project
}

/// Two were there and say so; who tries is named, and may not be.
async fn site_check(play: &mut Play, project: &str) {
    let second = play.desk.stage.nth(Role::TownshipClerk, TOWNSHIP, 1).await.expect("a clerk");
    let checked = play
        .step(Duty::SiteChecker, (Role::TownshipFinance, TOWNSHIP, 0), async |desk, player| {
            let Application { project_id, etag, .. } = desk.read(project).await;
            let site_check = Some(desk.site_check(&[&second, player], true));
            let request = RecordSiteCheckRequest { request_id: key(), project_id, etag, site_check };
            let recorded = second.intake.clone().record_site_check(request).await?.into_inner();
            desk.confirm_site(&recorded, player).await
        })
        .await;
    assert_eq!(checked.project_id, project);
}

async fn notice(
    play: &mut Play,
    duty: Duty,
    (role, org, nth): (Role, &str, usize),
    known: Application,
    level: NoticeLevel,
) -> Application {
    let posted = play.step(duty, (role, org, nth), async |desk, player| desk.post(player, &known, level).await).await;
    play.desk.wait(Duration::days(11));
    let closed = play.step(duty, (role, org, nth), async |desk, player| desk.close(player, &posted, level).await).await;
    play.desk.house.settle().await;
    closed
}

async fn county(play: &mut Play, project: &str) {
    let content = settlement(&play.desk.content());
    play.desk.guarantee(&content).await;
    for post in play.desk.departments(&content) {
        let org = post.org.to_string();
        let asked = (post.role, org.as_str(), judge_of(post.role));
        play.decide(Duty::DepartmentReviewer, asked, project, "DEPARTMENT_REVIEW", |_, task| approval(task)).await;
    }
    let group = (Role::LeadingGroup, COUNTY, 0);
    let decides = |desk: &Desk, task: &_| resolution(task, &desk.stage.today());
    play.decide(Duty::Decider, group, project, "LEADING_GROUP_DECISION", decides).await;
    let decided = play.desk.reaches(project, ApplicationState::CountyNotice).await;
    let bureau = (Role::RevitalizationBureau, BUREAU, 0);
    let closed = notice(play, Duty::CountyOffice, bureau, decided, NoticeLevel::County).await;
    play.desk.enter_pool(&closed).await;
}

/// Discipline inspection stops the project and lets it go on.
async fn discipline(play: &mut Play, project: &str) {
    let inspector = (Role::Discipline, DISCIPLINE, 0);
    if !play.takes(Duty::Discipline) && !play.tries(Duty::Discipline) {
        return;
    }
    play.step(Duty::Discipline, inspector, async |desk, player| {
        let Application { project_id, etag, .. } = desk.read(project).await;
        let reason = "群众举报,立案核查".to_owned();
        let request = SuspendApplicationRequest { request_id: key(), project_id, etag, reason };
        player.intake.clone().suspend_application(request).await.map(drop)
    })
    .await;
    play.desk.house.settle().await;
    play.step(Duty::Discipline, inspector, async |desk, player| {
        let Application { project_id, etag, .. } = desk.read(project).await;
        let request = ResumeApplicationRequest { request_id: key(), project_id, etag };
        player.intake.clone().resume_application(request).await.map(drop)
    })
    .await;
    play.desk.house.settle().await;
}

async fn funding(play: &mut Play, project: &str) -> String {
    let bureau = (Role::RevitalizationBureau, BUREAU, 0);
    let plan = play
        .step(Duty::CountyOffice, bureau, async |_, player| {
            let (title, project_ids) = ("2022年度项目实施计划".to_owned(), vec![project.to_owned()]);
            let request = ProposePlanRequest { request_id: key(), fiscal_year: 2022, title, project_ids };
            Ok(player.disbursement.clone().propose_plan(request).await?.into_inner())
        })
        .await;
    let approved = play
        .step(Duty::Decider, (Role::LeadingGroup, COUNTY, 0), async |_, player| {
            let (plan_id, etag) = (plan.plan_id.clone(), plan.etag.clone());
            let resolution_no = "南乡振领纪〔2022〕9号".to_owned();
            let request = ApprovePlanRequest { request_id: key(), plan_id, etag, resolution_no };
            Ok(player.disbursement.clone().approve_plan(request).await?.into_inner())
        })
        .await;
    let posted = play.desk.post_plan(&approved).await.expect("posted");
    play.desk.wait(Duration::days(11));
    let plan_id = play.desk.close_plan(&posted).await.expect("closed").plan_id;

    let charged = indicator(play, project, &plan_id).await;
    play.step(Duty::FundingApprover, (Role::FinanceBureau, FINANCE, 0), async |desk, player| {
        fund(desk, player, project, &plan_id, &charged).await
    })
    .await;
    play.step(Duty::ContractSigner, (Role::VillageCollective, COLLECTIVE, 0), async |desk, player| {
        let Money { project_id, etag, .. } = desk.money(project).await;
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
        player.disbursement.clone().sign_contract(request).await.map(drop)
    })
    .await;
    play.desk.house.settle().await;
    charged
}

/// Whose indicator pays for a project acts on it, from its funding on.
async fn indicator(play: &mut Play, project: &str, plan_id: &str) -> String {
    let allround = play.allround(Role::FinanceBureau, FINANCE).await.expect("holds the post");
    let regular = play.desk.stage.nth(Role::FinanceBureau, FINANCE, 0).await.expect("signed in");
    if play.takes(Duty::IndicatorIssuer) {
        let indicator = issued_by(&mut play.desk, &allround).await;
        play.took(Duty::IndicatorIssuer);
        return indicator;
    }
    if play.tries(Duty::IndicatorIssuer) {
        let indicator = issued_by(&mut play.desk, &allround).await;
        let answer = fund(&mut play.desk, &regular, project, plan_id, &indicator).await;
        play.heard(Duty::IndicatorIssuer, answer);
    }
    issued_by(&mut play.desk, &regular).await
}

/// Entered by that person; the third finance official confirms it.
async fn issued_by(desk: &mut Desk, player: &Player) -> String {
    let request = IssueIndicatorRequest {
        request_id: key(),
        document_no: format!("南财农指〔2022〕{}号", key()),
        fiscal_year: 2022,
        source: "LINK".into(),
        sub_level: "PROVINCE".into(),
        amount_fen: TOTAL,
    };
    let entered = player.disbursement.clone().issue_indicator(request).await.expect("entered").into_inner();
    desk.confirm_indicator(&entered.indicator_id).await.expect("confirmed").indicator_id
}

async fn fund(desk: &mut Desk, player: &Player, project: &str, plan_id: &str, indicator: &str) -> Taken<()> {
    let Money { project_id, etag, .. } = desk.money(project).await;
    let request = ApproveFundingRequest {
        request_id: key(),
        project_id,
        etag,
        plan_id: plan_id.to_owned(),
        document_no: "南财农〔2022〕30号".into(),
        charges: vec![Charge { indicator_id: indicator.to_owned(), amount_fen: TOTAL, ..Charge::default() }],
    };
    player.disbursement.clone().approve_funding(request).await.map(drop)
}

async fn payment(play: &mut Play, project: &str, indicator: &str, kind: PaymentType, amount_fen: i64) {
    if play.is_over() {
        return;
    }
    play.step(Duty::Applicant, (Role::VillageCollective, COLLECTIVE, 0), async |desk, player| {
        let Money { project_id, etag, .. } = desk.money(project).await;
        let request = RequestPaymentRequest {
            request_id: key(),
            project_id,
            etag,
            r#type: kind.into(),
            amount_fen,
            indicator_id: indicator.to_owned(),
            payee: Some(payee()),
            invoice_nos: vec![format!("{:020}", amount_fen)],
            vouchers: vec![document("付款凭证")],
        };
        player.disbursement.clone().request_payment(request).await.map(drop)
    })
    .await;
    let reviewer = (Role::PaymentReviewer, FINANCE, 0);
    play.decide(Duty::PaymentReviewer, reviewer, project, "PAYMENT_REVIEW", |_, task| approval(task)).await;
    let releaser = (Role::PaymentReleaser, FINANCE, 0);
    play.decide(Duty::PaymentReleaser, releaser, project, "PAYMENT_RELEASE", |_, task| approval(task)).await;
}

async fn works(play: &mut Play, project: &str) {
    play.step(Duty::Applicant, (Role::VillageCommittee, VILLAGE, 0), async |desk, player| {
        let Works { project_id, etag, .. } = desk.works(project).await;
        let (photos_before, photos_after) = (vec![document("建设前")], vec![document("建设后")]);
        let request = ReportCompletionRequest { request_id: key(), project_id, etag, photos_before, photos_after };
        player.assets.clone().report_completion(request).await.map(drop)
    })
    .await;
    play.step(Duty::TownshipInspector, (Role::TownshipHead, TOWNSHIP, 0), async |desk, player| {
        let Works { project_id, etag, .. } = desk.works(project).await;
        let request =
            RecordTownshipCheckRequest { request_id: key(), project_id, etag, opinion: "初验合格".into() };
        player.assets.clone().record_township_check(request).await.map(drop)
    })
    .await;
    let members = play.desk.acceptance_group().await;
    play.step(Duty::Acceptor, (Role::SectorDepartment, TRANSPORT, 1), async |desk, player| {
        let Works { project_id, etag, .. } = desk.works(project).await;
        let (members, opinion) = (members.clone(), "验收合格".into());
        let request =
            RecordAcceptanceRequest { request_id: key(), project_id, etag, members, accepted_fen: TOTAL, opinion };
        player.assets.clone().record_acceptance(request).await.map(drop)
    })
    .await;
    play.desk.house.settle().await;
    register(play, project, true).await;
    play.step(Duty::Auditor, (Role::Audit, AUDIT, 0), async |desk, player| {
        let Money { project_id, etag, .. } = desk.money(project).await;
        let report_no = "南审投报〔2022〕12号".into();
        let request = FixFinalAccountRequest { request_id: key(), project_id, etag, audited_fen: TOTAL, report_no };
        player.disbursement.clone().fix_final_account(request).await.map(drop)
    })
    .await;
    play.desk.house.settle().await;
    register(play, project, false).await;
}

/// The township enters what was built: until the audit, or for good.
async fn register(play: &mut Play, project: &str, provisional: bool) {
    play.step(Duty::TownshipInspector, (Role::TownshipHead, TOWNSHIP, 0), async |desk, player| {
        let Works { project_id, etag, .. } = desk.works(project).await;
        let asset = Asset {
            title: "沟渠".into(),
            asset_class: AssetClass::Public.into(),
            place: "一至四组".into(),
            value_fen: TOTAL,
            owner: COLLECTIVE.into(),
            care_person: "理事长".into(),
            ..Asset::default()
        };
        let request = RegisterAssetsRequest {
            request_id: key(),
            project_id,
            etag,
            assets: vec![asset],
            transfer_sheet: Some(document("移交单")),
            provisional,
            ..RegisterAssetsRequest::default()
        };
        player.assets.clone().register_assets(request).await.map(drop)
    })
    .await;
    play.desk.house.settle().await;
}
