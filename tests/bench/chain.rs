//! `bench chain`: whole chains by concurrent drivers, with what they cost the machine, and what they left in the tables.

use clap::Args;
use play::{database, say};
use serde_json::json;

use crate::{
    figures::medians,
    sitting::Sitting,
    surroundings::{Form, Surroundings},
};

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
    #[command(flatten)]
    form: Form,
    /// Have PostgreSQL time its statements, and say on stderr which cost most; this itself costs a little
    #[arg(long)]
    statements: bool,
}

/// What `--help` teaches about the results.
pub const HELP: &str = "\
A chain goes through the public gRPC API, each step by the signed-in person whose step it is. The workload of the peers
is: submit about 2 KB, one township decision, three parallel county decisions, their join, a disbursement with two ledger
entries, an asset. Ours is the shortest legal way that contains it, and it has these steps more: proposal, village vote,
three notices posted and closed (of no days, by the bench's county pack, which has no check of completeness either), a site
check, the leading group's decision, the pool, a plan with its own notice, funding charged to an indicator (two more ledger
entries), a contract, a payment that two more persons decide and that a treasury is asked to pay, completion, township check,
acceptance, the audit. So it has 7 decisions where the peers' has 4. A decision is one call, without a claim before it, as with the
peers.

The JSON, one line for each number of drivers, medians of the runs:
  chains_per_s, decisions_per_s   ended chains, and their 7 decisions
  chain_                          draft to settled payment and registered asset, both seen by the driver
  create_, submit_                the call that carries the 2 KB; the call that raises the township's task
  see_task_                       from the step before until the task is seen (lists, 1 to 20 ms apart)
  decide_                         the call; a decision is applied when it is acknowledged
  steps_p50_ms                    every step, see_task and decide included where there is one
  rpcs_per_chain                  calls of the drivers, looks included
  cpu_ms_per_chain_               rooms, postgres, broker (a private one), driver (it plays the treasury);
                                  server = all but the driver; by_room: each room's processes
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
    let mut surroundings = Surroundings::open(&options.form, options.statements, Vec::new()).await?;
    let measured = measure(options, &mut surroundings).await;
    surroundings.close().await?;
    measured
}

async fn measure(options: &Options, surroundings: &mut Surroundings) -> anyhow::Result<()> {
    let mut sitting = Sitting::open(surroundings, options.form.patience()).await?;
    sitting.warm_up((options.chains / 10).max(50)).await?;
    for drivers in &options.drivers {
        let mut runs = Vec::new();
        for _ in 0..options.runs {
            let run = sitting.measure(chains(options, *drivers), *drivers).await?;
            say(format_args!("{drivers} drivers: {}", json!(run)));
            runs.push(run);
        }
        let mut result = options.form.label("chain")?;
        result.insert("drivers".into(), json!(drivers));
        let rates: Vec<_> = runs.iter().filter_map(|run| run.get("chains_per_s").cloned()).collect();
        result.extend(medians(&runs));
        result.insert("runs_chains_per_s".into(), rates.into());
        if options.statements {
            say(format_args!("statements over all {} chains so far:", sitting.ended));
            let costliest = database::costliest_statements(&mut sitting.connection, sitting.ended).await?;
            costliest.iter().for_each(say);
        }
        sitting.conclude(result).await?;
    }
    Ok(())
}

fn chains(options: &Options, drivers: usize) -> u64 {
    let eighths = u64::try_from(drivers).unwrap_or(8).min(8);
    (options.chains * eighths / 8).max(options.chains.min(50))
}
