//! `xianjie rules simulate`: which stored applications a draft county pack would judge otherwise, by village and amount.

use std::{
    io::{IsTerminal as _, Write as _},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::bail;
use clap::Args;
use intake::{
    domain::rejudge::Verdict,
    simulation::{Affected, Simulated, simulate},
};
use kernel::{Explanation, Fen, Pack};
use runtime::options::load_pack;
use secrecy::SecretString;

use super::{Store, database_to_look_into};

/// Exit code when the draft would change something: 1 is an error's, 2 a wrong setting's.
const SOMETHING_CHANGES: u8 = 3;

/// Settings of a simulation.
#[derive(Args)]
pub struct Simulate {
    /// Folder of the draft pack
    #[arg(long, value_name = "DRAFT_DIR")]
    pub pack: PathBuf,
    /// Folder of the pack in force, with which the draft is compared
    #[arg(long, env = "XIANJIE_PACK", default_value = "deploy/county/nanxian", value_name = "FOLDER")]
    pub current: PathBuf,
    /// Only applications of this plan year, e.g. 2022; all when absent
    #[arg(long)]
    pub year: Option<i32>,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    /// PostgreSQL, `postgres://user:password@host:port/database`. Absent: the private PostgreSQL under --data-dir
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<SecretString>,
    /// Folder of the private PostgreSQL, when there is no DATABASE_URL
    #[arg(long, env = "XIANJIE_DATA_DIR", default_value = ".local/xianjie")]
    pub data_dir: PathBuf,
}

/// What a simulation tells.
pub struct Told {
    /// The report, as text or JSON.
    pub report: String,
    /// Whether the draft would change anything.
    pub changes: bool,
}

pub(super) async fn run(settings: &Simulate) -> anyhow::Result<ExitCode> {
    let Told { report, changes } = tell(settings).await?;
    crate::output::line(report);
    Ok(if changes { ExitCode::from(SOMETHING_CHANGES) } else { ExitCode::SUCCESS })
}

/// Compares the two packs on what is stored.
///
/// # Errors
/// When a pack has faults, the draft has no rules for the year, or the store can't be read.
pub async fn tell(settings: &Simulate) -> anyhow::Result<Told> {
    let Simulate { pack, current, year, json, database_url, data_dir } = settings;
    let (current, draft) = (load_pack(current)?, load_pack(pack)?);
    if let Some(year) = year.filter(|year| draft.rules(*year).is_none()) {
        bail!("草案没有 {year} 年的规则 / the draft pack has no rules for {year} (setting --year)");
    }
    let (url, private) = database_to_look_into(Store { database_url: database_url.as_ref(), data_dir }).await?;
    let simulated = simulate(&url, (&current, &draft), *year, tell_progress).await;
    if let Some(private) = private {
        private.stop().await?;
    }
    let simulated = simulated?;
    let report = if *json { as_json(&draft, &simulated).to_string() } else { as_text(&draft, &simulated) };
    Ok(Told { report, changes: !simulated.affected.is_empty() })
}

/// On a terminal only: a log of it would help nobody.
fn tell_progress(done: u64, all: u64) {
    let mut stderr = std::io::stderr();
    if stderr.is_terminal() {
        let end = if done >= all { "\n" } else { "" };
        // Nobody to read it is no reason to stop.
        write!(stderr, "\r{done}/{all}{end}").ok();
    }
}

fn name(pack: &Pack, affected: &Affected) -> String {
    let own = pack.division(affected.village).map_or("", |entry| entry.name.as_str());
    let township = pack.division(affected.village.township()).map_or("", |entry| entry.name.as_str());
    format!("{township}{own}")
}

fn sum(affected: &[Affected]) -> Fen {
    affected.iter().map(|affected| affected.total).sum()
}

fn as_text(pack: &Pack, simulated: &Simulated) -> String {
    let Simulated { judged, affected } = simulated;
    let mut text = String::new();
    for village in affected.chunk_by(|one, next| one.village == next.village) {
        let (name, total) = (name(pack, &village[0]), sum(village).grouped());
        text += &format!("{name} {}: {} 件 applications, {total} 元 yuan\n", village[0].village, village.len());
        village.iter().for_each(|affected| text += &line(affected));
    }
    let total = sum(affected).grouped();
    let (refused, admitted) = counts(affected);
    text += &format!(
        "已评 {judged} 件,结论改变 {} 件,{total} 元:改为不予受理 {refused} 件,改为可受理 {admitted} 件\n",
        affected.len()
    );
    text += &format!(
        "{judged} judged, {} would change, {total} yuan: {refused} would be refused, {admitted} admitted",
        affected.len()
    );
    text
}

fn line(affected: &Affected) -> String {
    let Affected { fiscal_year, title, state, total, project, .. } = affected;
    let (mark, explanation) = verdict(affected);
    let Explanation { code, rule, actual, limit, zh, .. } = explanation;
    let rule = rule.unwrap_or("-");
    let figures = match (actual, limit) {
        (Some(actual), Some(limit)) => format!(" 实际 actual {actual}, 限额 limit {limit}"),
        _ => String::new(),
    };
    format!(
        "  {mark} {fiscal_year} {title} {state} {} 元 {project}\n      {code} ({rule}){figures}\n      {zh}\n",
        total.grouped()
    )
}

fn verdict(affected: &Affected) -> (&'static str, &Explanation) {
    match &affected.verdict {
        Verdict::Refused(explanation) => ("✗ 改为不予受理 refused:", explanation),
        Verdict::Admitted(explanation) => ("✓ 改为可受理 admitted:", explanation),
    }
}

fn counts(affected: &[Affected]) -> (usize, usize) {
    let refused = affected.iter().filter(|affected| matches!(affected.verdict, Verdict::Refused(_))).count();
    (refused, affected.len() - refused)
}

fn as_json(pack: &Pack, simulated: &Simulated) -> serde_json::Value {
    let Simulated { judged, affected } = simulated;
    let application = |affected: &Affected| {
        let (_, explanation) = verdict(affected);
        serde_json::json!({
            "project_id": affected.project.to_string(),
            "title": affected.title,
            "year": affected.fiscal_year,
            "state": affected.state,
            "total_fen": affected.total.fen(),
            "becomes": match affected.verdict { Verdict::Refused(_) => "REFUSED", Verdict::Admitted(_) => "ADMITTED" },
            "code": explanation.code,
            "rule": explanation.rule,
            "actual": explanation.actual,
            "limit": explanation.limit,
            "zh": explanation.zh,
            "en": explanation.en,
        })
    };
    let villages = affected.chunk_by(|one, next| one.village == next.village).map(|village| {
        serde_json::json!({
            "village": village[0].village.to_string(),
            "name": name(pack, &village[0]),
            "total_fen": sum(village).fen(),
            "applications": village.iter().map(application).collect::<Vec<_>>(),
        })
    });
    let (refused, admitted) = counts(affected);
    serde_json::json!({
        "judged": judged,
        "refused": refused,
        "admitted": admitted,
        "total_fen": sum(affected).fen(),
        "villages": villages.collect::<Vec<_>>(),
    })
}
