//! A project's chain, one step of each duty after the other, each offered to the person with every post first.

use kernel::{Duty, Post, Role};
use proto::{
    common::v1::Decision,
    disbursement::v1::{PaymentType, SubLevel},
    inbox::v1::Task,
    intake::v1::{Application, ApplicationState, CreateApplicationRequest, NoticeLevel, RecordSiteCheckRequest},
    review::v1::{BarredExpert, DrawBar},
};
use tests::{
    county::{COUNTY, resolution},
    desk::{BUREAU, Desk, FINANCE, TOWNSHIP, VILLAGE, approval, document, key},
    money::{COLLECTIVE, TOTAL, settlement},
    plan::{approve_plan_by, enter_indicator_by, propose_plan_by},
    works::TRANSPORT,
};
use time::Duration;
use xianjie::demo::stage::{Player, judge_of};

use crate::play::{Play, REGISTER};

const AUDIT: &str = "430921000000-AUD";
/// Questions to a department whose "no" calls for experts.
const CALLS_EXPERTS: [&str; 2] = ["rrb.fit", "sector.science"];
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
    let calls = play.calls_experts() || play.takes(Duty::DepartmentReviewer);
    let says = move |_: &Desk, task: &Task| if calls { doubting(task) } else { approval(task) };
    for post in play.desk.departments(&content) {
        let org = post.org.to_string();
        let asked = (post.role, org.as_str(), judge_of(post.role));
        play.decide(Duty::DepartmentReviewer, asked, project, "DEPARTMENT_REVIEW", says).await;
    }
    if calls {
        panel(play, project).await;
    }
    let group = (Role::LeadingGroup, COUNTY, 0);
    let decides = |desk: &Desk, task: &_| resolution(task, &desk.stage.today());
    play.decide(Duty::Decider, group, project, "LEADING_GROUP_DECISION", decides).await;
    let decided = play.desk.reaches(project, ApplicationState::CountyNotice).await;
    let bureau = (Role::RevitalizationBureau, BUREAU, 0);
    let closed = notice(play, Duty::CountyOffice, bureau, decided, NoticeLevel::County).await;
    play.desk.enter_pool(&closed).await;
}

/// Agrees, and doubts what only experts can judge.
fn doubting(task: &Task) -> Decision {
    let mut decision = approval(task);
    decision.answers.iter_mut().filter(|answer| CALLS_EXPERTS.contains(&&*answer.question_id)).for_each(|answer| {
        answer.yes = false;
    });
    decision
}

/// The whole register sits on the panel, or all of it that the draw may seat.
async fn panel(play: &mut Play, project: &str) {
    let (size, barred) =
        if play.takes(Duty::Expert) { (REGISTER, 0) } else { (REGISTER - 2, usize::from(play.tries(Duty::Expert))) };
    let convened = move |_: &Desk, task: &Task| {
        let mut decision = approval(task);
        decision.answers.iter_mut().for_each(|answer| answer.number = size.into());
        decision
    };
    play.decide(Duty::CountyOffice, (Role::LeadingGroup, COUNTY, 1), project, "PANEL_CONVENING", convened).await;
    let panel = play.desk.case(project).await.panel.expect("convened");
    let passed_by: Vec<DrawBar> = panel.draws.iter().flat_map(|draw| &draw.barred).map(BarredExpert::reason).collect();
    assert_eq!(passed_by, vec![DrawBar::Duty; barred]);
    if barred > 0 {
        assert!(panel.draws.iter().flat_map(|draw| &draw.barred).all(|barred| Play::is_allround(&barred.person_id)));
        play.was_barred();
    }
    let experts =
        play.desk.house.pack.experts().into_iter().map(|(person, post)| (person.id.to_string(), post.clone()));
    let experts: Vec<(String, Post)> = experts.collect();
    for (nth, (person, post)) in experts.iter().enumerate().filter(|(_, (person, _))| panel.member_ids.contains(person))
    {
        let expert = play.desk.stage.nth(post.role, &post.org.to_string(), nth).await.expect("an expert signs in");
        play.desk.stage.decide(&expert, project, "EXPERT_REVIEW", approval).await.expect("judged");
        if Play::is_allround(person) && play.takes(Duty::Expert) {
            play.took(Duty::Expert);
        }
    }
    play.desk.house.settle().await;
}

/// Discipline inspection stops the project and lets it go on.
async fn discipline(play: &mut Play, project: &str) {
    let inspector = (Role::Discipline, DISCIPLINE, 0);
    if !play.takes(Duty::Discipline) && !play.tries(Duty::Discipline) {
        return;
    }
    play.step(Duty::Discipline, inspector, async |desk, player| desk.suspend_by(player, project).await).await;
    play.desk.house.settle().await;
    play.step(Duty::Discipline, inspector, async |desk, player| desk.resume_by(player, project).await).await;
    play.desk.house.settle().await;
}

async fn funding(play: &mut Play, project: &str) -> String {
    let bureau = (Role::RevitalizationBureau, BUREAU, 0);
    let plan =
        play.step(Duty::CountyOffice, bureau, async |_, player| propose_plan_by(player, 2022, &[project]).await).await;
    let approved = play
        .step(Duty::Decider, (Role::LeadingGroup, COUNTY, 0), async |_, player| approve_plan_by(player, &plan).await)
        .await;
    let posted = play.desk.post_plan(&approved).await.expect("posted");
    play.desk.wait(Duration::days(11));
    let plan_id = play.desk.close_plan(&posted).await.expect("closed").plan_id;

    let charged = indicator(play, project, &plan_id).await;
    play.step(Duty::FundingApprover, (Role::FinanceBureau, FINANCE, 0), async |desk, player| {
        desk.fund_by(player, project, &plan_id, &charged).await
    })
    .await;
    play.step(Duty::ContractSigner, (Role::VillageCollective, COLLECTIVE, 0), async |desk, player| {
        desk.sign_by(player, project, |_| ()).await
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
        let answer = play.desk.fund_by(&regular, project, plan_id, &indicator).await;
        play.heard(Duty::IndicatorIssuer, answer);
    }
    issued_by(&mut play.desk, &regular).await
}

/// Entered by that person; the third finance official confirms it.
async fn issued_by(desk: &mut Desk, player: &Player) -> String {
    let document_no = format!("南财农指〔2022〕{}号", key());
    let entered =
        enter_indicator_by(player, ("LINK", SubLevel::Province), 2022, &document_no, TOTAL).await.expect("entered");
    desk.confirm_indicator(&entered.indicator_id).await.expect("confirmed").indicator_id
}

async fn payment(play: &mut Play, project: &str, indicator: &str, kind: PaymentType, amount_fen: i64) {
    if play.is_over() {
        return;
    }
    play.step(Duty::Applicant, (Role::VillageCollective, COLLECTIVE, 0), async |desk, player| {
        desk.ask_by(player, project, indicator, |request| {
            (request.r#type, request.amount_fen) = (kind.into(), amount_fen);
            request.invoice_nos = vec![format!("{amount_fen:020}")];
        })
        .await
    })
    .await;
    let reviewer = (Role::PaymentReviewer, FINANCE, 0);
    play.decide(Duty::PaymentReviewer, reviewer, project, "PAYMENT_REVIEW", |_, task| approval(task)).await;
    let releaser = (Role::PaymentReleaser, FINANCE, 0);
    play.decide(Duty::PaymentReleaser, releaser, project, "PAYMENT_RELEASE", |_, task| approval(task)).await;
}

async fn works(play: &mut Play, project: &str) {
    play.step(Duty::Applicant, (Role::VillageCommittee, VILLAGE, 0), async |desk, player| {
        desk.report_by(player, project, document("建设前"), document("建设后")).await
    })
    .await;
    play.step(Duty::TownshipInspector, (Role::TownshipHead, TOWNSHIP, 0), async |desk, player| {
        desk.first_check_by(player, project).await
    })
    .await;
    let members = play.desk.acceptance_group().await;
    play.step(Duty::Acceptor, (Role::SectorDepartment, TRANSPORT, 1), async |desk, player| {
        desk.accept_by(player, project, members.clone()).await
    })
    .await;
    play.desk.house.settle().await;
    register(play, project, true).await;
    play.step(Duty::Auditor, (Role::Audit, AUDIT, 0), async |desk, player| desk.audit_by(player, project, TOTAL).await)
        .await;
    play.desk.house.settle().await;
    register(play, project, false).await;
}

/// The township enters what was built: until the audit, or for good.
async fn register(play: &mut Play, project: &str, provisional: bool) {
    play.step(Duty::TownshipInspector, (Role::TownshipHead, TOWNSHIP, 0), async |desk, player| {
        desk.register_by(player, project, TOTAL, provisional).await
    })
    .await;
    play.desk.house.settle().await;
}
