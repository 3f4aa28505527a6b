//! `bench steps`: what each step of a chain costs, alone on the machine: transactions, statements, flushes, bytes.
//!
//! One driver; after each step it is waited until every room has said what it had to say, and then the counters are read.

use anyhow::Context as _;
use clap::Args;
use serde_json::json;
use std::{sync::Arc, time::Duration};

use play::{
    cast::Office,
    database, indicators, say,
    story::{Chain, STEPS},
};

use crate::{
    figures, meters,
    surroundings::{Form, Surroundings},
};
use runtime::Clock;

/// What each step of a chain costs, with nothing else going on
#[derive(Debug, Args)]
pub struct Options {
    /// Chains; each figure is the median over them
    #[arg(long, default_value_t = 21)]
    chains: u64,
    #[command(flatten)]
    form: Form,
}

/// What `--help` teaches about the results.
pub const HELP: &str = "\
One JSON line a step. Everything that the step causes counts, in whichever room: the relay, the consumers, the inbox.
  ms             until the driver has its answers
  rpcs           calls of the driver, looks included
  transactions   that were begun; single statements outside of one are not among them
  writes         transaction ids used
  statements     sent to PostgreSQL, begin and commit among them: the round trips
  flushes        of the whole disk, the broker's among them
  wal_bytes      of the write-ahead log
The bench's own looks at the outboxes are not counted; the rooms' polling, about once a second, is.";

/// Runs it.
///
/// # Errors
/// When something can't be started, or a step fails.
pub async fn run(options: &Options) -> anyhow::Result<()> {
    let mut surroundings = Surroundings::open(&options.form, true, Vec::new()).await?;
    let measured = measure(options, &mut surroundings).await;
    surroundings.close().await?;
    measured
}

async fn measure(options: &Options, surroundings: &mut Surroundings) -> anyhow::Result<()> {
    let mut office = Office::open(surroundings.pack.clone(), Clock::system(), &mut surroundings.servers).await?;
    let cast = office.cast().await?;
    let money = indicators::issue(&cast).await?;
    let mut connection = surroundings.database.connect().await?;
    let disk = surroundings.database.folder().to_owned();
    say("warming up");
    meters::wait_until_quiet(options.form.patience()).await;
    let warm = crate::drive::run(std::slice::from_ref(&cast), &Arc::new(money.clone()), 0, 20, 4).await?;
    anyhow::ensure!(warm.errors.is_empty(), "a chain of the warm-up failed: {:?}", warm.errors.first());
    let mut rows = vec![Vec::new(); STEPS.len()];
    for number in 0..options.chains {
        let mut chain = Chain::new(&cast, 1_000 + number, &money)?;
        say(format_args!("chain {} of {}", number + 1, options.chains));
        for (step, rows) in STEPS.iter().zip(&mut rows) {
            settle(&mut connection).await?;
            sqlx::query("select pg_stat_statements_reset()").execute(&mut connection).await?;
            let (before, flushed) = (database::counters_of_step(&mut connection).await?, meters::flushes(&disk));
            let (calls, began) = (office.calls(), std::time::Instant::now());
            chain.step(step, began).await.with_context(|| format!("step {step}"))?;
            let (took, calls) = (began.elapsed(), office.calls() - calls);
            settle(&mut connection).await?;
            let after = database::counters_of_step(&mut connection).await?;
            let flushes = meters::flushes(&disk).zip(flushed).map(|(after, before)| after - before);
            let mut row = figures::Figures::new();
            row.insert("ms".into(), json!(took.as_secs_f64() * 1_000.0));
            row.insert("rpcs".into(), json!(calls));
            row.insert("transactions".into(), json!(after.transactions - before.transactions));
            row.insert("writes".into(), json!(after.writes - before.writes));
            row.insert("statements".into(), json!(after.statements - before.statements));
            row.insert("flushes".into(), json!(flushes));
            row.insert("wal_bytes".into(), json!(after.wal_bytes - before.wal_bytes));
            rows.push(row);
        }
    }
    for (step, rows) in STEPS.iter().zip(&rows) {
        let mut result = figures::Figures::new();
        result.insert("bench".into(), json!("steps"));
        result.insert("step".into(), json!(step));
        result.extend(figures::medians(rows));
        figures::print(result);
    }
    Ok(())
}

/// Nothing waits in an outbox, and what was delivered last has been handled.
async fn settle(connection: &mut sqlx::PgConnection) -> anyhow::Result<()> {
    database::drained(connection).await?;
    // A message leaves its outbox when the broker has it: the receiver's own step still follows, a few milliseconds
    // later, and may say something itself.
    tokio::time::sleep(Duration::from_millis(40)).await;
    database::drained(connection).await
}
