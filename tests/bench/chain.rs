//! `bench chain`: whole chains by concurrent drivers, with what they cost the machine, and what they left in the tables.

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, bail};
use clap::Args;
use serde_json::json;
use sqlx::PgConnection;

use crate::{
    cast::{Cast, Office},
    database::{self, Records},
    drive::{self, Run},
    figures::{self, Figures, medians},
    indicators,
    meters::{self, Memory, cpu_ms},
    say,
    servers::{Rooms, Transport},
    story::{DECISIONS, STEPS},
    surroundings::Surroundings,
    timings::round,
};

/// More connections than this bring nothing: a connection carries many calls.
const MOST_CONNECTIONS: usize = 8;

/// Whole chains: from a village's draft to a settled payment and a registered asset
#[derive(Debug, Args)]
pub struct Options {
    /// Numbers of drivers, one result each: closed loops outside the rooms, each with one chain at a time
    #[arg(long, value_delimiter = ',', default_value = "1,8,32,96")]
    drivers: Vec<usize>,
    /// Chains in a run; with fewer than eight drivers, as many eighths of them (but at least 50)
    #[arg(long, default_value_t = 800)]
    chains: u64,
    /// Runs for each number of drivers; results are their medians
    #[arg(long, default_value_t = 3)]
    runs: usize,
    /// How messages travel
    #[arg(long, value_enum, default_value = "rabbitmq")]
    transport: Transport,
    /// Who shares a process
    #[arg(long, value_enum, default_value = "process-per-room")]
    rooms: Rooms,
    /// RabbitMQ to use, with an empty virtual host; absent: a private one
    #[arg(long, env = "BENCH_AMQP_URL", hide_env_values = true)]
    amqp_url: Option<String>,
    /// Seconds to wait before a run until the machine is 80 % idle
    #[arg(long, default_value_t = 60)]
    patience: u64,
    /// Have PostgreSQL time its statements, and say on stderr which cost most; this itself costs a little
    #[arg(long)]
    statements: bool,
}

/// What `--help` teaches about the results.
pub const HELP: &str = "\
A chain goes through the public gRPC API, each step by the signed-in person whose step it is. The workload of the peers
is: submit about 2 KB, one township decision, three parallel county decisions, their join, a disbursement with two ledger
entries, an asset. Ours is the shortest legal way that contains it, and it has these steps more: proposal, village vote,
three notices posted and closed (of no days, by the bench's county pack), a site check, the leading group's decision, the
pool, a plan with its own notice, funding charged to an indicator (two more ledger entries), a contract, a payment that two
more persons decide and that a treasury is asked to pay, completion, township check, acceptance. So it has 7 decisions where
the peers' has 4, and a decision is two calls: claim and complete.

The JSON, one line for each number of drivers, medians of the runs:
  chains_per_s, decisions_per_s   ended chains, and their 7 decisions
  chain_                          draft to settled payment and registered asset, both seen by the driver
  create_, submit_                the call that carries the 2 KB; the call that raises the township's task
  see_task_                       from the step before until the task is seen (lists, 1 to 20 ms apart)
  decide_, claim_, complete_      both calls; each of them. A decision is applied when it is acknowledged
  steps_p50_ms                    every step, see_task and decide included where there is one
  rpcs_per_chain                  calls of the drivers, looks included
  cpu_ms_per_chain_               rooms, postgres, broker (a private one), driver (it plays the treasury);
                                  server = all but the driver
  peak_mb_                        proportional share of memory (PSS); server = all processes of the rooms together
  pg_transactions_per_chain       reads too; pg_write_transactions_per_chain: transaction ids used
  wal_kb_per_chain, disk_flushes_per_chain     the flushes are those of the whole disk, the broker's among them
  idle_before_pct                 how quiet the machine was
  records                         \"ok\" when, over all chains so far, each has exactly one settled payment from its one
                                  funding line, two entries of it, one asset; all entries sum to zero; no message is left

Examples:
  bench chain --drivers 1,32 --chains 800
  bench chain --transport in-process --rooms one-process --drivers 32 --runs 5";

/// Runs it.
///
/// # Errors
/// When something can't be started, a chain fails, or the records are not as they must be.
pub async fn run(options: &Options) -> anyhow::Result<()> {
    let mut surroundings =
        Surroundings::open(options.transport, options.rooms, options.amqp_url.as_deref(), options.statements).await?;
    let measured = measure_all(options, &mut surroundings).await;
    surroundings.close().await?;
    measured
}

async fn measure_all(options: &Options, surroundings: &mut Surroundings) -> anyhow::Result<()> {
    let mut office = Office::open(surroundings.pack.clone(), &mut surroundings.servers).await?;
    let mut connection = surroundings.database.connect().await?;
    let mut bench = Bench {
        indicators: Arc::new(indicators::issue(&*office.cast().await?).await?),
        office: &mut office,
        surroundings,
        connection: &mut connection,
        ended: 0,
        next: 0,
        patience: Duration::from_secs(options.patience),
    };
    say("warming up");
    let casts = bench.casts(8).await?;
    let warm = bench.play(&casts, (options.chains / 10).max(50), 8).await?;
    if let Some(error) = warm.errors.first() {
        bail!("a chain of the warm-up failed: {error}");
    }
    for drivers in &options.drivers {
        let mut runs = Vec::new();
        for _ in 0..options.runs {
            let run = bench.measure(chains(options, *drivers), *drivers).await?;
            say(format_args!("{drivers} drivers: {}", json!(run)));
            runs.push(run);
        }
        let mut result = Figures::new();
        result.insert("bench".into(), json!("chain"));
        result.insert("drivers".into(), json!(drivers));
        result.insert("transport".into(), json!(format!("{:?}", options.transport)));
        result.insert("rooms".into(), json!(format!("{:?}", options.rooms)));
        result.insert("cores".into(), json!(std::thread::available_parallelism()?.get()));
        let rates: Vec<_> = runs.iter().filter_map(|run| run.get("chains_per_s").cloned()).collect();
        result.extend(medians(&runs));
        result.insert("runs_chains_per_s".into(), rates.into());
        if options.statements {
            say(format_args!("statements over all {} chains so far:", bench.ended));
            database::costliest_statements(bench.connection, bench.ended).await?.iter().for_each(say);
        }
        let records = bench.records().await?;
        result.insert("records".into(), json!(records));
        figures::print(result);
        if records != "ok" {
            bail!("the records are not as {} chains must leave them: {records}", bench.ended);
        }
    }
    Ok(())
}

fn chains(options: &Options, drivers: usize) -> u64 {
    let eighths = u64::try_from(drivers).unwrap_or(8).min(8);
    (options.chains * eighths / 8).max(options.chains.min(50))
}

struct Bench<'a> {
    surroundings: &'a mut Surroundings,
    office: &'a mut Office,
    connection: &'a mut PgConnection,
    indicators: Arc<Vec<String>>,
    /// Chains that ended, over all runs.
    ended: u64,
    /// Number of the next chain.
    next: u64,
    patience: Duration,
}

impl Bench<'_> {
    async fn casts(&mut self, drivers: usize) -> anyhow::Result<Vec<Arc<Cast>>> {
        self.office.sign_out();
        let mut casts = Vec::new();
        for _ in 0..drivers.clamp(1, MOST_CONNECTIONS) {
            casts.push(self.office.cast().await?);
        }
        Ok(casts)
    }

    async fn play(&mut self, casts: &[Arc<Cast>], chains: u64, drivers: usize) -> anyhow::Result<Run> {
        let run = drive::run(casts, &self.indicators, self.next, chains, drivers).await?;
        self.next += chains;
        self.ended += run.chains;
        self.surroundings.servers.check()?;
        Ok(run)
    }

    async fn measure(&mut self, chains: u64, drivers: usize) -> anyhow::Result<Figures> {
        let casts = self.casts(drivers).await?;
        let idle = meters::wait_until_quiet(self.patience).await;
        let (roles, disk) = (self.surroundings.roles()?, self.surroundings.database.folder().to_owned());
        let cpu_of = |pids: &[u32]| pids.iter().map(|pid| cpu_ms(*pid)).sum::<f64>();
        let before = database::counters(self.connection).await?;
        let cpu: Vec<(&str, f64)> = roles.iter().map(|(role, pids)| (*role, cpu_of(pids))).collect();
        let (own, calls, memory) = (meters::own_cpu_ms(), self.office.calls(), Memory::watch(roles.clone()));
        let flushed = meters::flushes(&disk);
        let run = self.play(&casts, chains, drivers).await?;
        let flushes = meters::flushes(&disk).zip(flushed).map(|(after, before)| after - before);
        let peaks = memory.peaks().await?;
        let own = meters::own_cpu_ms() - own - peaks.cpu_ms;
        let spent: Vec<(&str, f64)> =
            cpu.into_iter().map(|(role, was)| (role, roles.get(role).map_or(0.0, |pids| cpu_of(pids)) - was)).collect();
        let after = database::counters(self.connection).await?;

        let each = |value: f64| json!(round(value / run.chains.max(1) as f64));
        let mut figures = rates(&run);
        figures.insert("rpcs_per_chain".into(), each((self.office.calls() - calls) as f64));
        let server: f64 = spent.iter().map(|(_, ms)| ms).sum();
        for (role, ms) in spent.iter().copied().chain([("driver", own), ("server", server)]) {
            figures.insert(format!("cpu_ms_per_chain_{role}"), each(ms));
        }
        for (role, peak) in peaks.mb {
            figures.insert(format!("peak_mb_{}", if role == "rooms" { "server" } else { role }), json!(round(peak)));
        }
        figures.insert("pg_transactions_per_chain".into(), each((after.transactions - before.transactions) as f64));
        figures.insert("pg_write_transactions_per_chain".into(), each((after.writes - before.writes) as f64));
        figures.insert("wal_kb_per_chain".into(), each((after.wal_bytes - before.wal_bytes) as f64 / 1024.0));
        figures.insert("disk_flushes_per_chain".into(), flushes.map_or(json!(null), |flushes| each(flushes as f64)));
        figures.insert("idle_before_pct".into(), json!(idle));
        Ok(figures)
    }

    /// `ok`, or what is there and what should be.
    async fn records(&mut self) -> anyhow::Result<String> {
        if let Err(error) = database::drained(self.connection).await {
            return Ok(error.to_string());
        }
        let (have, want) = (
            database::records(self.connection).await?,
            Records::of(i64::try_from(self.ended).context("fewer chains")?),
        );
        Ok(if have == want { "ok".to_owned() } else { format!("have {have:?}, want {want:?}") })
    }
}

fn rates(run: &Run) -> Figures {
    let (chains, seconds) = (run.chains as f64, run.took.as_secs_f64());
    let mut figures = Figures::new();
    figures.insert("chains".into(), json!(run.chains));
    figures.insert("seconds".into(), json!(round(seconds)));
    figures.insert("chains_per_s".into(), json!(round(chains / seconds)));
    figures.insert("decisions_per_s".into(), json!(round(chains * f64::from(DECISIONS) / seconds)));
    figures.insert("decisions_per_chain".into(), json!(DECISIONS));
    figures.insert("steps_per_chain".into(), json!(STEPS.len()));
    for what in ["chain", "create", "submit", "see_task", "decide", "claim", "complete"] {
        run.timings.quantiles(what, &mut figures);
    }
    figures.insert("steps_p50_ms".into(), run.timings.medians_ms());
    figures.insert("errors".into(), json!(run.errors.len()));
    figures.insert("first_error".into(), json!(run.errors.first()));
    figures
}
