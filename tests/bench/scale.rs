//! `bench scale`: chains and reads while many finished projects are stored, and with replicas of a room.
//!
//! A few chains are played whole; the stored projects are copies of the rows that they left, in every room (see
//! [`play::clones`]). The rooms start anew for each result, so that their start and their memory are seen too.

use std::time::Instant;

use anyhow::{Context as _, ensure};
use clap::Args;
use play::{
    clones::{Mark, Template},
    database, say,
    servers::{Replicas, Rooms},
    timings::{Timings, round},
};
use proto::{
    disbursement::v1::{GetProjectRequest, ListProjectsRequest},
    intake::v1::{ApplicationState, GetApplicationRequest, ListApplicationsRequest},
};
use serde_json::json;
use time::OffsetDateTime;
use xianjie::house::{self, ROOMS};

use crate::{
    figures::{Figures, medians},
    meters,
    sitting::Sitting,
    surroundings::{Form, Surroundings},
};

/// Chains that are played for the template: each village and each indicator takes part.
const TEMPLATE: u64 = 20;

/// Looks at each kind of page.
const LOOKS: usize = 300;

/// Whole chains while many projects are stored, and with replicas of the busiest room
#[derive(Debug, Args)]
pub struct Options {
    /// Numbers of stored projects, rising; each takes about a hundred kilobytes of disk while it is written
    #[arg(long, value_delimiter = ',', default_value = "1000,100000,1000000")]
    projects: Vec<u64>,
    /// Numbers of processes of the room that has several, one result each for each number of projects
    #[arg(long, value_delimiter = ',', default_value = "1")]
    replicas: Vec<usize>,
    /// The room that has several processes; the results' cpu_ms_per_chain_by_room says which is the busiest
    #[arg(long, default_value = "inbox")]
    replicated: String,
    /// Closed loops
    #[arg(long, default_value_t = 8)]
    drivers: usize,
    /// Chains in a run
    #[arg(long, default_value_t = 200)]
    chains: u64,
    /// Runs; results are their medians
    #[arg(long, default_value_t = 3)]
    runs: usize,
    #[command(flatten)]
    form: Form,
}

/// What `--help` teaches about the results.
pub const HELP: &str = "\
The JSON, one line for each number of projects and of replicas; names as of `bench chain`, medians of the runs, and:
  projects               stored when the rooms were started: finished, spread over the county's villages
  kb_per_project         what a copy takes on the disk in all rooms: tables, indexes, events, receipts
  replay_projects_per_s  what `xianjie redrive --dry-run` does, room after room: every stored event is read and folded, and
                         every message that follows from it is made again, but not sent; replay_messages: how many
  start_s                from the start of the processes until every room answers (a sign-in is part of it)
  start_mb               the rooms' memory then (PSS), all processes together
  list_county_           a county reader's first page of 50 applications; list_village_: a village's; list_drafts_: a
                         village's drafts, of which there are none
  list_money_            a county reader's first page of projects' money
  read_application_, read_money_     one project's whole history, of projects taken at random
  page_first_, page_20th_            of the county reader's applications
Reads are one client's, one after the other, while nothing else goes on.

With replicas the driver's eight connections take them in turn. A room's own call to a peer knows one address and always
goes to the first replica; messages are shared by all.

Examples:
  bench scale --projects 1000,10000 --chains 100
  bench scale --projects 1000 --replicas 1,2,4 --replicated inbox --drivers 32";

/// Runs it.
///
/// # Errors
/// When something can't be started, a chain fails, or the records are not as they must be.
pub async fn run(options: &Options) -> anyhow::Result<()> {
    ensure!(options.projects.is_sorted(), "--projects must rise");
    let replicated = options.replicas.iter().any(|replicas| *replicas != 1);
    ensure!(!replicated || options.form.rooms == Rooms::ProcessPerRoom, "replicas need --rooms process-per-room");
    let mut surroundings = Surroundings::open(&options.form, false, Vec::new()).await?;
    let measured = measure(options, &mut surroundings).await;
    surroundings.close().await?;
    measured
}

async fn measure(options: &Options, surroundings: &mut Surroundings) -> anyhow::Result<()> {
    let mut sitting = Sitting::open(surroundings, options.form.patience()).await?;
    let mark = Mark::set(&mut sitting.connection).await?;
    sitting.warm_up(TEMPLATE).await?;
    database::drained(&mut sitting.connection).await?;
    let mut stored = Stored {
        template: mark.since(&mut sitting.connection).await?,
        copies: 0,
        empty: database::size(&mut sitting.connection).await?,
    };
    for projects in &options.projects {
        let kb = stored.fill(&mut sitting, *projects).await?;
        let replayed = replay(&sitting).await?;
        for replicas in &options.replicas {
            let mut result = options.form.label("scale")?;
            result.insert("projects".into(), json!(sitting.ended));
            result.insert("replicas".into(), json!(replicas));
            result.insert("replicated".into(), json!(options.replicated));
            result.insert("drivers".into(), json!(options.drivers));
            result.insert("kb_per_project".into(), json!(kb.map(round)));
            result.extend(replayed.clone());
            result.extend(one_result(options, &mut sitting, *replicas).await?);
            sitting.conclude(result).await?;
        }
    }
    Ok(())
}

async fn one_result(options: &Options, sitting: &mut Sitting<'_>, replicas: usize) -> anyhow::Result<Figures> {
    let began = Instant::now();
    sitting.surroundings.restart_rooms(Some(&Replicas { room: options.replicated.clone(), count: replicas }))?;
    let stopped = began.elapsed();
    sitting.find_rooms().await?;
    let start = began.elapsed() - stopped;
    let memory: f64 = sitting.surroundings.servers.pids().into_iter().map(|(_, pid)| meters::pss_mb(pid)).sum();
    let mut result = reads(sitting).await?;
    result.insert("start_s".into(), json!(round(start.as_secs_f64())));
    result.insert("start_mb".into(), json!(round(memory)));
    sitting.warm_up(TEMPLATE).await?;
    let mut runs = Vec::new();
    for _ in 0..options.runs {
        let run = sitting.measure(options.chains, options.drivers).await?;
        say(json!(run));
        runs.push(run);
    }
    result.extend(medians(&runs));
    Ok(result)
}

/// The stored projects.
struct Stored {
    template: Template,
    /// Copies so far of the template's projects.
    copies: i64,
    /// Bytes on the disk before the first copy.
    empty: i64,
}

impl Stored {
    /// Adds copies until there are so many projects. Gives what one takes on the disk.
    async fn fill(&mut self, sitting: &mut Sitting<'_>, projects: u64) -> anyhow::Result<Option<f64>> {
        let missing = projects.saturating_sub(sitting.ended) / TEMPLATE;
        let before = (database::size(&mut sitting.connection).await?, self.copies);
        let to = self.copies + i64::try_from(missing)?;
        self.template.copy(&sitting.surroundings.database.url, self.copies + 1, to).await?;
        self.copies = to;
        sitting.ended += missing * TEMPLATE;
        database::settle_copies(&mut sitting.connection).await?;
        let now = database::size(&mut sitting.connection).await?;
        say(format_args!("{} projects are stored, {} MB", sitting.ended, now / 1_048_576));
        let (base, from) = if before.1 == 0 { (self.empty, 0) } else { before };
        let added = (to - from) as f64 * TEMPLATE as f64;
        Ok((to > from).then(|| (now - base) as f64 / 1024.0 / added))
    }
}

/// Every stream of every room from its first event on, as an operator's `redrive` reads them.
async fn replay(sitting: &Sitting<'_>) -> anyhow::Result<Figures> {
    let (began, mut messages) = (Instant::now(), 0);
    for room in ROOMS {
        let service = house::room(room).context("a room of the house")?;
        let url = &sitting.surroundings.database.url;
        messages += service.redrive(url, OffsetDateTime::UNIX_EPOCH, true).await?.said;
    }
    let mut figures = Figures::new();
    let rate = sitting.ended as f64 / began.elapsed().as_secs_f64();
    figures.insert("replay_projects_per_s".into(), json!(round(rate)));
    figures.insert("replay_messages".into(), json!(messages));
    Ok(figures)
}

async fn reads(sitting: &mut Sitting<'_>) -> anyhow::Result<Figures> {
    let projects = database::some_projects(&mut sitting.connection, i64::try_from(LOOKS)?).await?;
    let casts = sitting.casts(1).await?;
    let (bureau, village) = (&casts[0].bureau, &casts[0].villages[0].secretary);
    let mut timings = Timings::default();
    let first = ListApplicationsRequest::default();
    let drafts = ListApplicationsRequest { states: vec![ApplicationState::Draft.into()], ..Default::default() };
    let mut twentieth = ListApplicationsRequest::default();
    for _ in 1..20 {
        let page = bureau.intake.clone().list_applications(twentieth.clone()).await?.into_inner();
        if page.next_page_token.is_empty() {
            break;
        }
        twentieth.page_token = page.next_page_token;
    }
    for project_id in projects {
        let lists =
            [("list_county", bureau, &first), ("list_village", village, &first), ("list_drafts", village, &drafts)];
        for (what, who, page) in
            lists.into_iter().chain([("page_first", bureau, &first), ("page_20th", bureau, &twentieth)])
        {
            let began = Instant::now();
            who.intake.clone().list_applications(page.clone()).await?;
            timings.since(what, began);
        }
        let began = Instant::now();
        bureau.disbursement.clone().list_projects(ListProjectsRequest::default()).await?;
        timings.since("list_money", began);
        let began = Instant::now();
        bureau.intake.clone().get_application(GetApplicationRequest { project_id: project_id.clone() }).await?;
        timings.since("read_application", began);
        let began = Instant::now();
        bureau.disbursement.clone().get_project(GetProjectRequest { project_id }).await?;
        timings.since("read_money", began);
    }
    let mut figures = Figures::new();
    for what in [
        "list_county",
        "list_village",
        "list_drafts",
        "page_first",
        "page_20th",
        "list_money",
        "read_application",
        "read_money",
    ] {
        timings.quantiles(what, &mut figures);
    }
    Ok(figures)
}
