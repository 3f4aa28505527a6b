//! `bench inbox`: what a desk's list, claim and decision cost while many tasks are stored, most of them closed.
//!
//! Tasks are raised, claimed and completed through the room itself, once for each desk; the rest are copies of those rows
//! (see [`play::clones`]). The room that raised them is played by the driver ([`source`]): what is measured is the inbox.

mod source;
mod stored;

use std::{sync::Arc, time::Instant};

use anyhow::{Context as _, ensure};
use clap::Args;
use play::{
    cast::{Office, Player},
    say,
    timings::{Timings, round},
};
use proto::inbox::v1::{ClaimTaskRequest, CompleteTaskRequest, ListTasksRequest, TaskState};
use runtime::Clock;
use serde_json::json;
use uuid::Uuid;

use crate::{
    figures::{self, Figures, medians},
    meters,
    surroundings::{Form, Surroundings},
};
use source::YesRoom;
use stored::Stored;

/// Lists, claims and decisions of many users while many tasks are stored
#[derive(Debug, Args)]
pub struct Options {
    /// Numbers of stored tasks, rising, one result each
    #[arg(long, value_delimiter = ',', default_value = "1000,10000,100000,1000000")]
    tasks: Vec<u64>,
    /// How many of them are open at most; a tenth of them are, and enough to work on
    #[arg(long, default_value_t = 100_000)]
    open: u64,
    /// Users at once, each at a desk of their own, which has its share of the tasks
    #[arg(long, default_value_t = 32)]
    users: usize,
    /// Tasks that each user lists, claims and completes, one after the other, in each run
    #[arg(long, default_value_t = 20)]
    rounds: usize,
    /// Runs; results are their medians
    #[arg(long, default_value_t = 3)]
    runs: usize,
    #[command(flatten)]
    form: Form,
}

/// What `--help` teaches about the results.
pub const HELP: &str = "\
Each user is a closed loop: list the desk's first page (50 open tasks, the soonest due first), claim the first that is free,
complete it. There is no rpc that claims the next task (list and claim is what it takes), and none that counts tasks, so
neither is measured. A decision asks the room that raised the task; that room is the driver's own and says yes at once.

The JSON, one line for each number of tasks, medians of the runs:
  tasks, open            stored when the first run began; open among them
  list_, claim_, complete_      the calls of that loop, all users at once
  page_first_, page_last_       first and last page of the desk's open list, all users at once, nothing else going on
  pages                  how many pages a desk has, on average
  rounds_per_s           tasks listed, claimed and completed
  kb_per_task            what the copies take on the disk, indexes, events and receipts included
  idle_before_pct        how quiet the machine was

Examples:
  bench inbox --tasks 1000,10000,100000 --transport in-process --rooms one-process
  bench inbox --tasks 1000000 --runs 1";

/// Runs it.
///
/// # Errors
/// When something can't be started, or a call is refused.
pub async fn run(options: &Options) -> anyhow::Result<()> {
    ensure!(options.tasks.is_sorted(), "--tasks must rise");
    let room = YesRoom::start().await?;
    let peer = format!("{}={}", source::ROOM, room.address());
    let mut surroundings = Surroundings::open(&options.form, false, vec![peer]).await?;
    let measured = measure(options, &mut surroundings).await;
    surroundings.close().await?;
    measured
}

async fn measure(options: &Options, surroundings: &mut Surroundings) -> anyhow::Result<()> {
    let mut office = Office::open(surroundings.pack.clone(), Clock::system(), &mut surroundings.servers).await?;
    let desks = office.desks(options.users).await?;
    let mut stored = Stored::begin(&surroundings.database, &desks).await?;
    // What each run takes away, at every desk.
    let needed = u64::try_from(options.users * options.rounds * options.runs)?;
    for tasks in &options.tasks {
        let open = (tasks / 10).min(options.open).max(needed);
        stored.fill(tasks.saturating_sub(open), open).await?;
        let mut result = options.form.label("inbox")?;
        result.insert("tasks".into(), json!(stored.tasks()));
        result.insert("open".into(), json!(stored.open()));
        result.insert("users".into(), json!(options.users));
        result.insert("kb_per_task".into(), json!(stored.kb_per_task().map(round)));
        let mut runs = Vec::new();
        for _ in 0..options.runs {
            // Tokens live for half an hour, which loading may take.
            office.sign_out();
            let desks = office.desks(options.users).await?;
            let idle = meters::wait_until_quiet(options.form.patience()).await;
            let mut run = one_run(&desks, options.rounds).await?;
            stored.worked(desks.len() * options.rounds)?;
            run.insert("idle_before_pct".into(), json!(idle));
            surroundings.servers.check()?;
            say(json!(run));
            runs.push(run);
        }
        result.extend(medians(&runs));
        figures::print(result);
    }
    Ok(())
}

async fn one_run(desks: &[Player], rounds: usize) -> anyhow::Result<Figures> {
    let began = Instant::now();
    let mut timings = at_once(desks, move |desk| work(desk, rounds)).await?;
    let took = began.elapsed().as_secs_f64();
    timings.add(at_once(desks, move |desk| turn_pages(desk, rounds)).await?);
    let mut figures = Figures::new();
    for what in ["list", "claim", "complete", "page_first", "page_last"] {
        timings.quantiles(what, &mut figures);
    }
    figures.insert("pages".into(), json!(timings.count("page").div_ceil(desks.len())));
    figures.insert("rounds_per_s".into(), json!(round((desks.len() * rounds) as f64 / took)));
    Ok(figures)
}

/// All desks do this, at the same time.
async fn at_once<F>(desks: &[Player], what: impl Fn(Arc<Player>) -> F) -> anyhow::Result<Timings>
where
    F: Future<Output = anyhow::Result<Timings>> + Send + 'static,
{
    let loops: Vec<_> = desks.iter().map(|desk| tokio::spawn(what(Arc::new(desk.clone())))).collect();
    let mut timings = Timings::default();
    for one in loops {
        timings.add(one.await??);
    }
    Ok(timings)
}

/// Lists, claims, completes.
async fn work(desk: Arc<Player>, rounds: usize) -> anyhow::Result<Timings> {
    let (mut inbox, mut timings) = (desk.inbox.clone(), Timings::default());
    for _ in 0..rounds {
        let began = Instant::now();
        let page = inbox.list_tasks(ListTasksRequest::default()).await?.into_inner();
        timings.since("list", began);
        let free = page.tasks.into_iter().find(|task| task.state() == TaskState::Ready);
        let task_id = free.with_context(|| format!("{} has no task left", desk.post))?.task_id;
        let began = Instant::now();
        let claim = ClaimTaskRequest { request_id: Uuid::now_v7().to_string(), task_id: task_id.clone() };
        let task = inbox.claim_task(claim).await?.into_inner();
        timings.since("claim", began);
        let began = Instant::now();
        inbox.complete_task(completion(task_id, task.fencing_token)).await?;
        timings.since("complete", began);
    }
    Ok(timings)
}

fn completion(task_id: String, fencing_token: i64) -> CompleteTaskRequest {
    CompleteTaskRequest {
        request_id: Uuid::now_v7().to_string(),
        task_id,
        fencing_token,
        decision: Some(source::approval()),
        validate_only: false,
    }
}

/// Walks to the last page, then reads the first and the last in turn.
async fn turn_pages(desk: Arc<Player>, rounds: usize) -> anyhow::Result<Timings> {
    let (mut inbox, mut timings) = (desk.inbox.clone(), Timings::default());
    let (first, mut last) = (ListTasksRequest::default(), ListTasksRequest::default());
    loop {
        let began = Instant::now();
        let page = inbox.list_tasks(last.clone()).await?.into_inner();
        timings.since("page", began);
        if page.next_page_token.is_empty() {
            break;
        }
        last.page_token = page.next_page_token;
    }
    for _ in 0..rounds {
        for (what, page) in [("page_first", &first), ("page_last", &last)] {
            let began = Instant::now();
            inbox.list_tasks(page.clone()).await?;
            timings.since(what, began);
        }
    }
    Ok(timings)
}
