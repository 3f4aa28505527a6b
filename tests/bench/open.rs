//! `bench open`: chains that begin at a fixed rate, whether or not the rooms keep up (open loop).
//!
//! Closed loops wait for the rooms, so they never show a queue; arrivals that are timed up front do.

use std::time::Duration;

use anyhow::ensure;
use clap::Args;
use play::{say, timings::round};
use serde_json::json;

use crate::{
    figures::{Figures, medians},
    sitting::Sitting,
    surroundings::{Form, Surroundings},
};

/// Whole chains at a fixed rate: their latency, queues included
#[derive(Debug, Args)]
pub struct Options {
    /// Chains a second; absent: a share of what closed loops reach, measured first
    #[arg(long)]
    rate: Option<f64>,
    /// The share of what closed loops reach
    #[arg(long, default_value_t = 0.5, conflicts_with = "rate")]
    share: f64,
    /// Closed loops that the share is measured with
    #[arg(long, default_value_t = 32)]
    drivers: usize,
    /// Chains that the share is measured with
    #[arg(long, default_value_t = 400)]
    chains: u64,
    /// Seconds for which chains begin, in each run
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// Runs; results are their medians
    #[arg(long, default_value_t = 3)]
    runs: usize,
    #[command(flatten)]
    form: Form,
}

/// What `--help` teaches about the results.
pub const HELP: &str = "\
The chain is that of `bench chain`. Each begins when it is due, over eight connections, and nothing bounds how many are
under way: when the rooms do not keep up, chains pile up and their times grow. The first call's time, and the chain's,
count from when the chain was due, not from when the driver came to it; any other call is due when the call before it has
its answer, and counts from there.

One JSON line, medians of the runs; names as of `bench chain`, and:
  closed_loop_per_s      chains a second by closed loops in the same sitting (with --share)
  rate                   chains a second that began
  create_, submit_, decide_     as of chain
  next_inbox_            from a decision's answer until the task that it causes is seen in the next person's list: of the
                         last department's to the leading group, of the payment's review to its release. Lists are 1 to
                         20 ms apart, so a figure holds the pause before the look that found it
  late_                  how late the driver began a chain: the driver's own fault when it is more than a few ms
  most_under_way         chains at the same time
  chains_per_s           chains that ended, over the seconds in which chains began

Examples:
  bench open --share 0.5
  bench open --rate 10 --seconds 30 --transport in-process --rooms one-process";

/// Runs it.
///
/// # Errors
/// When something can't be started, a chain fails, or the records are not as they must be.
pub async fn run(options: &Options) -> anyhow::Result<()> {
    ensure!(options.rate.unwrap_or(options.share) > 0.0, "the rate must be more than nothing");
    let mut surroundings = Surroundings::open(&options.form, false, Vec::new()).await?;
    let measured = measure(options, &mut surroundings).await;
    surroundings.close().await?;
    measured
}

async fn measure(options: &Options, surroundings: &mut Surroundings) -> anyhow::Result<()> {
    let mut sitting = Sitting::open(surroundings, options.form.patience()).await?;
    sitting.warm_up(50).await?;
    let mut result = options.form.label("open")?;
    let rate = match options.rate {
        Some(rate) => rate,
        None => {
            let closed = sitting.measure(options.chains, options.drivers).await?;
            let most = closed.get("chains_per_s").and_then(serde_json::Value::as_f64).unwrap_or_default();
            say(format_args!("{} closed loops reach {most} chains a second", options.drivers));
            result.insert("closed_loop_per_s".into(), json!(most));
            most * options.share
        }
    };
    ensure!(rate > 0.0, "closed loops reach nothing");
    let gap = Duration::from_secs_f64(1.0 / rate);
    let chains = Duration::from_secs(options.seconds).div_duration_f64(gap).ceil();
    let mut runs: Vec<Figures> = Vec::new();
    for _ in 0..options.runs {
        let run = sitting.measure_paced(whole(chains), gap).await?;
        say(json!(run));
        runs.push(run);
    }
    result.insert("rate".into(), json!(round(rate)));
    result.extend(medians(&runs));
    sitting.conclude(result).await?;
    Ok(())
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small number of chains")]
fn whole(number: f64) -> u64 {
    number as u64
}
