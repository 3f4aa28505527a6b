//! `bench ledger`: transfers a second through the room's own posting path, on one hot account and on many.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use clap::Args;
use play::{
    cast::Cast,
    county::{FISCAL_YEAR, LAST_YEAR},
    database,
    indicators::SOURCE,
    say,
    timings::{Timings, round},
};
use proto::disbursement::v1::{ConfirmIndicatorRequest, IssueIndicatorRequest, SubLevel};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    figures::{self, Figures, medians},
    limits::postgres,
    meters,
    sitting::Sitting,
    surroundings::{Form, Surroundings},
};

/// Transfers a second, on one hot account and on many
#[derive(Debug, Args)]
pub struct Options {
    /// Numbers of accounts that give the money, one result each; at most 50
    #[arg(long, value_delimiter = ',', default_value = "1,50")]
    accounts: Vec<usize>,
    /// Clients at once, closed loops
    #[arg(long, default_value_t = 32)]
    clients: usize,
    /// Seconds that each run lasts
    #[arg(long, default_value_t = 6)]
    seconds: u64,
    /// Runs; results are their medians
    #[arg(long, default_value_t = 3)]
    runs: usize,
    #[command(flatten)]
    form: Form,
}

/// What `--help` teaches about the results.
pub const HELP: &str = "\
A transfer here is one call of ConfirmIndicator by the signed-in finance bureau: the smallest step of the room that posts. Its
one transaction writes one event, one receipt and one new account, and posts one transfer with its two
entries from the year's appropriation (the hot account, whose row each of them changes) to the new account; triggers test
at commit that the entries sum to zero. Another of the bureau enters each indicator just before: that call is not timed,
but its work is in the cost of a transfer, and in how many there are a second. With more accounts each client's next transfer is of the next fiscal year; the
bench's county pack has fifty.

The JSON, one line for each number of accounts, medians of the runs:
  transfers_per_s, transfer_    acknowledged calls
  commits_per_s          of this PostgreSQL in the same sitting, one small row each, as many clients (pgbench)
  of_commit_limit        the one over the other
  pg_cpu_ms_per_transfer, wal_kb_per_transfer, rooms_cpu_ms_per_transfer
  books                  \"ok\" when there is exactly one posted transfer and two entries for each acknowledged call, all
                         entries sum to zero, and each account's sums are those of its entries

Examples:
  bench ledger
  bench ledger --accounts 1 --transport in-process --rooms one-process";

/// Runs it.
///
/// # Errors
/// When something can't be started, a call is refused, or the books are not as they must be.
pub async fn run(options: &Options) -> anyhow::Result<()> {
    let most = usize::try_from(LAST_YEAR - FISCAL_YEAR + 1)?;
    ensure!(options.accounts.iter().all(|accounts| (1..=most).contains(accounts)), "--accounts are 1 to {most}");
    let mut surroundings = Surroundings::open(&options.form, false, Vec::new()).await?;
    let measured = measure(options, &mut surroundings).await;
    surroundings.close().await?;
    measured
}

async fn measure(options: &Options, surroundings: &mut Surroundings) -> anyhow::Result<()> {
    let seconds = Duration::from_secs(options.seconds);
    postgres::prepare(&surroundings.database).await?;
    meters::wait_until_quiet(options.form.patience()).await;
    let limit = postgres::commits(&surroundings.database, options.clients, seconds).await?;
    let limit = limit.get("per_s").and_then(serde_json::Value::as_f64).context("pgbench says no rate")?;
    let mut sitting = Sitting::open(surroundings, options.form.patience()).await?;
    let mut issued = indicators_of(&mut sitting.connection).await?;
    for accounts in &options.accounts {
        let mut runs = Vec::new();
        for _ in 0..options.runs {
            let run = one_run(&mut sitting, options, *accounts, &mut issued).await?;
            say(format_args!("{accounts} accounts: {}", json!(run)));
            runs.push(run);
        }
        let mut result = options.form.label("ledger")?;
        result.insert("accounts".into(), json!(accounts));
        result.insert("clients".into(), json!(options.clients));
        result.extend(medians(&runs));
        let rate = result.get("transfers_per_s").and_then(serde_json::Value::as_f64).unwrap_or_default();
        result.insert("commits_per_s".into(), json!(limit));
        result.insert("of_commit_limit".into(), json!(round(rate / limit)));
        let books = database::books(&mut sitting.connection, issued).await?;
        result.insert("books".into(), json!(books));
        figures::print(result);
        ensure!(books == "ok", "the books are not as {issued} transfers must leave them: {books}");
    }
    Ok(())
}

async fn one_run(
    sitting: &mut Sitting<'_>,
    options: &Options,
    accounts: usize,
    issued: &mut i64,
) -> anyhow::Result<Figures> {
    let casts = sitting.casts(options.clients).await?;
    let idle = meters::wait_until_quiet(options.form.patience()).await;
    let roles = sitting.surroundings.roles()?;
    let cpu = |role: &str| -> f64 { roles[role].iter().map(|pid| meters::cpu_ms(*pid)).sum() };
    let (postgres, rooms) = (cpu("postgres"), cpu("rooms"));
    let before = database::counters(&mut sitting.connection).await?;
    let (next, began) = (Arc::new(AtomicU64::new(0)), Instant::now());
    let until = began + Duration::from_secs(options.seconds);
    let loops: Vec<_> = casts
        .iter()
        .cycle()
        .take(options.clients)
        .map(|cast| tokio::spawn(issue(cast.clone(), accounts, next.clone(), until)))
        .collect();
    let mut timings = Timings::default();
    for one in loops {
        timings.add(one.await??);
    }
    let took = began.elapsed().as_secs_f64();
    let transfers = timings.count("transfer");
    *issued += i64::try_from(transfers)?;
    let (postgres, rooms) = (cpu("postgres") - postgres, cpu("rooms") - rooms);
    let after = database::counters(&mut sitting.connection).await?;
    let each = |value: f64| json!(round(value / transfers.max(1) as f64));
    let mut figures = Figures::new();
    figures.insert("transfers_per_s".into(), json!(round(transfers as f64 / took)));
    timings.quantiles("transfer", &mut figures);
    figures.insert("pg_cpu_ms_per_transfer".into(), each(postgres));
    figures.insert("rooms_cpu_ms_per_transfer".into(), each(rooms));
    figures.insert("wal_kb_per_transfer".into(), each((after.wal_bytes - before.wal_bytes) as f64 / 1024.0));
    figures.insert("idle_before_pct".into(), json!(idle));
    Ok(figures)
}

/// Issues indicators until the time is up.
async fn issue(cast: Arc<Cast>, accounts: usize, next: Arc<AtomicU64>, until: Instant) -> anyhow::Result<Timings> {
    let mut timings = Timings::default();
    while Instant::now() < until {
        let year = next.fetch_add(1, Ordering::Relaxed) % u64::try_from(accounts)?;
        let request = IssueIndicatorRequest {
            request_id: Uuid::now_v7().to_string(),
            document_no: format!("测财农指{}", Uuid::now_v7()),
            fiscal_year: FISCAL_YEAR + i32::try_from(year)?,
            source: SOURCE.into(),
            sub_level: SubLevel::County.into(),
            amount_fen: 1,
        };
        let entered = cast.finance.disbursement.clone().issue_indicator(request).await?.into_inner();
        let (request_id, indicator_id) = (Uuid::now_v7().to_string(), entered.indicator_id);
        let confirm = ConfirmIndicatorRequest { request_id, indicator_id };
        let began = Instant::now();
        cast.second_finance.disbursement.clone().confirm_indicator(confirm).await?;
        timings.since("transfer", began);
    }
    Ok(timings)
}

async fn indicators_of(connection: &mut PgConnection) -> anyhow::Result<i64> {
    Ok(sqlx::query_scalar("select count(*) from disbursement.indicators where state = 'CONFIRMED'")
        .fetch_one(connection)
        .await?)
}
