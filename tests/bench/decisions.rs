//! `bench decisions`: decisions alone. Their tasks were raised and seen before the clock starts.
//!
//! Chains are played until their departments are asked; what is measured is only the three departments' decisions of
//! each. Afterwards the leading group must have been asked about every one of them, or the run is worth nothing.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use anyhow::ensure;
use clap::Args;
use play::{
    cast::Cast,
    say,
    story::{Chain, DepartmentTask, STEPS},
    timings::{Timings, round},
};
use serde_json::json;

use crate::{
    figures::{self, Figures, medians},
    sitting::{Before, Sitting},
    surroundings::{Form, Surroundings},
};

/// The last thing that is asked about a project before this bench's clock starts is the step before this one.
const FIRST_MEASURED: &str = "department_decisions";

/// Decisions on tasks that wait already
#[derive(Debug, Args)]
pub struct Options {
    /// Numbers of drivers, one result each: closed loops, each with one decision at a time
    #[arg(long, value_delimiter = ',', default_value = "1,8,32")]
    drivers: Vec<usize>,
    /// Projects in a run; each has three decisions
    #[arg(long, default_value_t = 200)]
    chains: u64,
    /// Runs for each number of drivers; results are their medians
    #[arg(long, default_value_t = 3)]
    runs: usize,
    #[command(flatten)]
    form: Form,
}

/// What `--help` teaches about the results.
pub const HELP: &str = "\
Each decision is one call of a signed-in department without a claim before it, with the answers to all its questions; it is
applied, durably, when it is acknowledged. What follows from it counts too: the message that closes the task, and after the
third decision of a project the leading group's task.

The JSON, one line for each number of drivers, medians of the runs:
  decisions_per_s        decisions over the time until the last was answered
  decide_                the call
  ..._per_decision       as of `bench chain`, divided by decisions
  followed               projects about which the leading group was asked in the end; it must be all

Example:
  bench decisions --drivers 1,32 --transport in-process --rooms one-process";

/// Runs it.
///
/// # Errors
/// When something can't be started, a decision is refused, or what must follow does not.
pub async fn run(options: &Options) -> anyhow::Result<()> {
    let mut surroundings = Surroundings::open(&options.form, false, Vec::new()).await?;
    let measured = measure(options, &mut surroundings).await;
    surroundings.close().await?;
    measured
}

async fn measure(options: &Options, surroundings: &mut Surroundings) -> anyhow::Result<()> {
    let mut sitting = Sitting::open(surroundings, options.form.patience()).await?;
    sitting.warm_up(50).await?;
    for drivers in &options.drivers {
        let mut runs = Vec::new();
        for _ in 0..options.runs {
            let run = one_run(&mut sitting, options.chains, *drivers).await?;
            say(format_args!("{drivers} drivers: {}", json!(run)));
            runs.push(run);
        }
        let mut result = options.form.label("decisions")?;
        result.insert("drivers".into(), json!(drivers));
        result.extend(medians(&runs));
        figures::print(result);
    }
    Ok(())
}

async fn one_run(sitting: &mut Sitting<'_>, chains: u64, drivers: usize) -> anyhow::Result<Figures> {
    say(format_args!("{chains} projects until their departments are asked"));
    let casts = sitting.casts(drivers).await?;
    let (numbers, money) = sitting.take_numbers(chains);
    let numbers = Arc::new(Mutex::new(numbers));
    let mut waiting = Vec::new();
    for ended in at_once(drivers.max(8), &casts, |cast| prepare(cast, money.clone(), numbers.clone())).await? {
        waiting.extend(ended);
    }
    // One project's departments decide at different times, as strangers to each other do.
    waiting.sort_by_key(|task: &DepartmentTask| task.department);
    let (decisions, tasks) = (waiting.len(), Arc::new(Mutex::new(waiting)));

    let before = Before::of(sitting).await?;
    let began = Instant::now();
    let loops = at_once(drivers, &casts, |cast| decide(cast, tasks.clone())).await?;
    let took = began.elapsed().as_secs_f64();
    let spent = before.after(sitting, u64::try_from(decisions)?).await?;

    let mut timings = Timings::default();
    let mut chains_decided = Vec::new();
    for (times, decided) in loops {
        timings.add(times);
        chains_decided.extend(decided);
    }
    ensure!(chains_decided.len() == decisions, "{} of {decisions} were decided", chains_decided.len());
    chains_decided.sort_unstable();
    chains_decided.dedup();
    for project in &chains_decided {
        Chain::leading_group_is_asked(&casts[0], project).await?;
    }
    let mut figures = Figures::new();
    figures.insert("decisions".into(), json!(decisions));
    figures.insert("decisions_per_s".into(), json!(round(decisions as f64 / took)));
    figures.insert("followed".into(), json!(chains_decided.len()));
    timings.quantiles("decide", &mut figures);
    figures.extend(spent.into_iter().map(|(name, value)| (name.replace("_per_chain", "_per_decision"), value)));
    Ok(figures)
}

/// So many loops of one kind, side by side, and what each came to.
async fn at_once<T, F>(loops: usize, casts: &[Arc<Cast>], one: impl Fn(Arc<Cast>) -> F) -> anyhow::Result<Vec<T>>
where
    T: Send + 'static,
    F: Future<Output = anyhow::Result<T>> + Send + 'static,
{
    let running: Vec<_> = casts.iter().cycle().take(loops).map(|cast| tokio::spawn(one(cast.clone()))).collect();
    let mut ended = Vec::new();
    for one in running {
        ended.push(one.await??);
    }
    Ok(ended)
}

/// Plays chains until there is no number left, and sees their departments' tasks.
async fn prepare(
    cast: Arc<Cast>,
    indicators: Arc<Vec<String>>,
    numbers: Arc<Mutex<Vec<u64>>>,
) -> anyhow::Result<Vec<DepartmentTask>> {
    let mut tasks = Vec::new();
    while let Some(number) = taken(&numbers) {
        let mut chain = Chain::new(&cast, number, &indicators)?;
        for step in STEPS.into_iter().take_while(|step| *step != FIRST_MEASURED) {
            chain.step(step, Instant::now()).await?;
        }
        tasks.extend(chain.department_tasks().await?);
    }
    Ok(tasks)
}

/// Decides until no task is left; gives the times, and the projects decided on.
async fn decide(cast: Arc<Cast>, tasks: Arc<Mutex<Vec<DepartmentTask>>>) -> anyhow::Result<(Timings, Vec<String>)> {
    let (mut timings, mut decided) = (Timings::default(), Vec::new());
    while let Some(DepartmentTask { department, task, decision }) = taken(&tasks) {
        let (began, project) = (Instant::now(), task.project_id.clone());
        Chain::complete(&cast.departments[department], task, decision).await?;
        timings.since("decide", began);
        decided.push(project);
    }
    Ok((timings, decided))
}

fn taken<T>(from: &Mutex<Vec<T>>) -> Option<T> {
    from.lock().unwrap_or_else(PoisonError::into_inner).pop()
}
