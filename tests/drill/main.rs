//! The drill: whole chains by concurrent drivers on real processes, while a nemesis breaks things from a seed.
//!
//! It brings up what it needs, plays, breaks, heals, waits for quiet, and then has the checkers read every table. Read
//! on: [`load`] and [`wire`] (who plays, and what is noted), [`house`] and [`door`] (what is broken), [`nemesis`] and
//! [`faults`] (how), [`races`] and [`hostile`] (who plays foul), [`checks`] (what must hold), [`report`]. The story of a
//! chain is [`play::story`], as the bench has it.
#![allow(clippy::float_arithmetic, reason = "rates and durations; money stays in whole fen")]
#![warn(clippy::print_stdout, clippy::print_stderr, reason = "they panic when nobody reads: `xianjie::output` says it")]

mod checks;
mod dice;
mod door;
mod faults;
mod flush;
mod history;
mod hostile;
mod house;
mod load;
mod nemesis;
mod post;
mod rabbit;
mod races;
mod report;
mod seeds;
mod wire;

use std::{
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};
use play::{cast::Office, indicators, say};
use tests::serving::Serving;
use xianjie::output;

use crate::{
    dice::Dice,
    house::House,
    load::Load,
    nemesis::{Fault, Ground, Nemesis},
    post::Post,
    report::Report,
};

/// Breaks the rooms while chains are played, and checks what is left. Exit code 0 only without any violation.
#[derive(Parser)]
#[command(name = "drill", max_term_width = 110, args_conflicts_with_subcommands = true)]
struct Drill {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    options: Options,
}

#[derive(Subcommand)]
enum Command {
    /// A room under test, in a process of its own
    #[command(hide = true)]
    Room(Serving),
}

#[derive(Debug, Args)]
struct Options {
    /// How long things are broken
    #[arg(long, default_value_t = 5)]
    minutes: u64,
    /// The same in seconds, instead
    #[arg(long)]
    seconds: Option<u64>,
    /// Chance comes from here; what the machine does in the meantime does not
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Several seeds, one run after the other, each of that length; a line of sums follows
    #[arg(long, value_delimiter = ',', conflicts_with = "seed")]
    seeds: Vec<u64>,
    /// Which faults, each alone and then in random pairs
    #[arg(long, value_delimiter = ',', default_value = "F1,F2,F3,F4,F5,F7,F8,F9,F11,F14,F15,F16")]
    faults: Vec<Fault>,
    /// Concurrent drivers
    #[arg(long, default_value_t = 16)]
    drivers: usize,
    /// Shortest and longest fault, and rest after it, in seconds
    #[arg(long, value_delimiter = ',', num_args = 1, default_value = "5,15")]
    pace: Vec<u64>,
    /// Folder for history and logs
    #[arg(long)]
    folder: Option<PathBuf>,
}

impl Options {
    fn folder(&self) -> PathBuf {
        self.folder.clone().unwrap_or_else(|| play::root().join(".local/drill"))
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    play::speak_as("drill");
    output::exit_code("drill", run(Drill::parse()).await)
}

async fn run(Drill { command, options }: Drill) -> anyhow::Result<ExitCode> {
    if let Some(Command::Room(serving)) = command {
        serving.run().await?;
        return Ok(ExitCode::SUCCESS);
    }
    if !options.seeds.is_empty() {
        return seeds::run(&options).await;
    }
    // Leaving this block drops what was started, and dropping stops it.
    tokio::select! {
        done = drill(&options) => done,
        () = runtime::lifecycle::on_signal().cancelled_owned() => anyhow::bail!("interrupted"),
        gone = output::nobody_reads() => Err(gone.into()),
    }
}

async fn drill(options: &Options) -> anyhow::Result<ExitCode> {
    let folder = options.folder();
    if flush::switch().is_none() {
        if folder.exists() {
            house::Disk::unmount_left_over(&folder);
            std::fs::remove_dir_all(&folder).with_context(|| folder.display().to_string())?;
        }
        std::fs::create_dir_all(&folder)?;
        if options.faults.contains(&Fault::F4) {
            flush::start_over(&std::path::absolute(&folder)?)?;
        }
    }
    let history = history::begin(&folder.join("history.jsonl"))?;
    say(format_args!("seed {}, history and logs in {}", options.seed, folder.display()));
    let house = House::open(&folder, options.faults.contains(&Fault::F4)).await?;
    let mut dice = Dice::new(options.seed);
    let mut office = Office::open(house.pack.clone(), house.rooms_clock(), &*house).await?;
    let mut casts = Vec::new();
    for _ in 0..options.drivers.clamp(1, 4) {
        casts.push(office.cast().await?);
    }
    let load = Load::new(history.clone(), indicators::issue(&casts[0]).await?);
    let mut drivers = load.start(&casts, options.drivers, &mut dice);
    let length = Duration::from_secs(options.seconds.unwrap_or(options.minutes * 60));
    let (cast, post) = (casts[0].clone(), Arc::new(Post::default()));
    let ground = Arc::new(Ground { house: house.clone(), history: history.clone(), cast, load: load.clone(), post });
    let mut nemesis = Nemesis::new(ground.clone(), dice.fork(99), options);
    nemesis.run(length).await?;
    load.stop();
    say("everything is healed; the drivers end their chains");
    let healed = Instant::now();
    while drivers.join_next().await.transpose()?.is_some() {}
    let played = healed.elapsed();
    checks::left::drain(&house, &history, &ground.post.planted()).await?;
    let drained = healed.elapsed().saturating_sub(played);
    say("quiet; the checkers read every table");
    let counts = checks::run(&ground).await?;
    let report = Report { options, ground: &ground, injected: nemesis.injected(), counts: &counts, drained };
    let sound = report.print();
    drop((nemesis, casts, load, ground));
    house.close().await?;
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
