//! What happens in the demo: three applications, one of which goes the whole way.
//!
//! (a) a village collective's own new industry project, from draft to registered asset; (b) the same with too small a
//! village share, refused; (c) a human-settlement project that a department returns and that then passes.
//! The parts: [`village`] (S0–S4), [`county`] (S5–S9), [`money`] (S10–S13), [`asset`] (S14–S16).

mod asset;
mod county;
mod money;
mod village;

use std::path::Path;

use anyhow::{Context as _, ensure};
use kernel::{Fen, Role};
use proto::{
    assets::v1::{GetProjectRequest, ListAssetsRequest, ProjectState},
    common::v1::{Answer, Attachment, Decision, Outcome, QuestionKind},
    disbursement::v1::{self as money_v1, GetTrialBalanceRequest, PaymentState},
    inbox::v1::Task,
    intake::v1::{Application, ApplicationState, Content, GetApplicationRequest},
};
use time::Duration;

use super::{
    application_file,
    stage::{Player, Stage, until},
    telling::{Summary, Told},
};

/// Calls a method of one of a player's clients until there is an answer.
macro_rules! ask {
    ($player:expr, $client:ident.$method:ident, $request:expr) => {{
        let request = $request;
        $crate::demo::stage::insist(|| {
            let (mut client, request) = ($player.$client.clone(), request.clone());
            async move { client.$method(request).await }
        })
        .await
        .map(tonic::Response::into_inner)
    }};
}
use ask;

/// Days that the clock is moved while a notice hangs: ten days, and the day of posting does not count.
const NOTICE: Duration = Duration::days(11);

/// The organisation codes of the story's county.
pub(crate) struct Places {
    county: String,
    township: String,
    village: String,
}

impl Places {
    fn of(content: &Content, county: kernel::Division) -> anyhow::Result<Self> {
        let village: kernel::Division = content.village.parse()?;
        Ok(Self { county: county.to_string(), township: village.township().to_string(), village: village.to_string() })
    }

    fn department(&self, short: &str) -> String {
        format!("{}-{short}", self.county)
    }
}

/// Tells the story; the applications' files stand in `folder`.
///
/// # Errors
/// When something does not happen as it must.
pub async fn tell(stage: &mut Stage, folder: &Path) -> anyhow::Result<Summary> {
    let county = stage.pack().county.division;
    let good = application_file::read(&folder.join("a-collective-new-industry.toml"))?;
    let places = Places::of(&good, county)?;

    stage.telling().part("甲项目:村级集体自主经营新产业", "Project (a): a village collective's own new industry");
    let application = village::apply(stage, &places, good.clone(), "a").await?;
    let application = village::township(stage, &places, application, "a").await?;
    money::issue_indicators(stage, &places).await?;
    let application = county::approve(stage, &places, application, None, "a").await?;
    let application = county::enter_pool(stage, &places, application, "a").await?;

    stage.telling().part("乙项目:村级自筹不足二成", "Project (b): the village's share is too small");
    let short = application_file::read(&folder.join("b-village-share-short.toml"))?;
    village::refuse_short_share(stage, &places, short).await?;

    stage.telling().part("丙项目:部门退回补正", "Project (c): returned by a department, corrected");
    let settlement = application_file::read(&folder.join("c-human-settlement.toml"))?;
    returned_and_corrected(stage, settlement).await?;

    stage.telling().part("甲项目:计划、资金、合同、预付款", "Project (a): plan, funding, contract, advance");
    let funded = money::fund(stage, &places, &application).await?;
    let contracted = money::sign(stage, &places, funded).await?;
    let advanced = money::advance(stage, &places, contracted).await?;

    stage
        .telling()
        .part("甲项目:验收、决算、资产、结算", "Project (a): acceptance, final account, asset, final payment");
    asset::accept(stage, &places, &application.project_id).await?;
    let audited = money::audit(stage, &places, &advanced).await?;
    money::too_early_settlement(stage, &places, &audited).await?;
    asset::register(stage, &places, &application.project_id).await?;
    money::settle(stage, &places, &application.project_id).await?;
    summary(stage, &places, &application).await
}

async fn returned_and_corrected(stage: &mut Stage, content: Content) -> anyhow::Result<()> {
    let places = Places::of(&content, stage.pack().county.division)?;
    let application = village::apply(stage, &places, content, "c").await?;
    let application = village::township(stage, &places, application, "c").await?;
    let application = county::return_and_correct(stage, &places, application).await?;
    let application = county::approve(stage, &places, application, Some(2), "c").await?;
    county::enter_pool(stage, &places, application, "c").await.map(drop)
}

/// The end, read back from the rooms: nothing here is assumed.
async fn summary(stage: &mut Stage, places: &Places, application: &Application) -> anyhow::Result<Summary> {
    let project_id = application.project_id.clone();
    let finance = stage.player(Role::FinanceBureau, &places.department("FIN")).await?;
    let money =
        ask!(finance, disbursement.get_project, money_v1::GetProjectRequest { project_id: project_id.clone() })?;
    let paid: Fen = money
        .payments
        .iter()
        .filter(|payment| payment.state() == PaymentState::Settled)
        .map(|payment| Fen::new(payment.amount_fen))
        .sum();
    let books = ask!(finance, disbursement.get_trial_balance, GetTrialBalanceRequest {})?;
    let built = ask!(finance, assets.get_project, GetProjectRequest { project_id: project_id.clone() })?;
    let listed = ask!(
        finance,
        assets.list_assets,
        ListAssetsRequest { project_id: project_id.clone(), ..ListAssetsRequest::default() }
    )?;
    ensure!(built.state() == ProjectState::AssetRegistered, "the asset is not registered: {:?}", built.state());
    ensure!(books.balanced && books.debits_fen == books.credits_fen, "the books do not balance: {books:?}");
    let state = built.state().as_str_name();
    let owner = listed.assets.first().map(|asset| asset.owner.clone()).context("no asset is listed")?;
    let mut asset_nos: Vec<String> = listed.assets.into_iter().map(|asset| asset.asset_no).collect();
    asset_nos.sort_unstable();
    Ok(Summary {
        state: state.strip_prefix("PROJECT_STATE_").unwrap_or(state).to_owned(),
        project_id,
        pool_no: application.pool_no.clone(),
        owner,
        asset_nos,
        paid_yuan: paid.to_string(),
        debits_yuan: Fen::new(books.debits_fen).to_string(),
        credits_yuan: Fen::new(books.credits_fen).to_string(),
        balanced: books.balanced,
        steps: stage.telling().steps(),
        refusals: stage.telling().refusals().to_vec(),
    })
}

/// Waits until intake has heard what review decided.
async fn await_state(player: &Player, project_id: &str, state: ApplicationState) -> anyhow::Result<Application> {
    let what = format!("application {project_id} to be {}", state.as_str_name());
    let read = || {
        let (mut intake, project_id) = (player.intake.clone(), project_id.to_owned());
        async move { intake.get_application(GetApplicationRequest { project_id }).await.map(tonic::Response::into_inner) }
    };
    until(&what, read, |application| application.state() == state).await
}

/// A decision that answers every question of the task with yes, as each kind of question wants it.
fn approve(task: &Task, opinion: &str, texts: &[(&str, &str)]) -> Decision {
    let answer = |question: &proto::common::v1::Question| {
        let text = texts.iter().find(|(id, _)| *id == question.question_id).map_or("属实,同意", |(_, text)| *text);
        let number = if question.kind() == QuestionKind::Number { 9 } else { 0 };
        Answer { question_id: question.question_id.clone(), yes: true, text: text.to_owned(), number }
    };
    Decision {
        outcome: Outcome::Approve.into(),
        opinion: opinion.to_owned(),
        answers: task.questions.iter().map(answer).collect(),
        subject_revision: task.subject_revision,
        ..Decision::default()
    }
}

/// A document by the hash of its words: the demo has no scans, but each name has a content of its own.
fn document(title: &str) -> Attachment {
    Attachment { sha256: kernel::id::sha256_hex(title.as_bytes()), title: title.to_owned() }
}

fn ok(zh: impl Into<String>, en: impl Into<String>) -> Told {
    Told::ok(zh, en)
}
