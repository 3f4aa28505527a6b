//! The bench: what a chain of decisions costs, and what this machine can do at all.
//!
//! Each subcommand brings up what it needs (a private PostgreSQL that flushes to the disk, a private RabbitMQ, the rooms
//! in release processes of their own), measures, checks what was left in the tables, and stops everything again.
//! Progress goes to stderr, one JSON line a result to stdout. Read on: [`chain`] (the workload), [`play::story`] (one chain),
//! [`meters`] (what is read from the system), [`play::clones`] (how a database is filled), [`limits`].
#![allow(clippy::float_arithmetic, reason = "rates and durations; money stays in whole fen")]
#![warn(clippy::print_stdout, clippy::print_stderr, reason = "they panic when nobody reads: `xianjie::output` says it")]

mod chain;
mod decisions;
mod drive;
mod figures;
mod inbox;
mod ledger;
mod limits;
mod meters;
mod open;
mod scale;
mod sitting;
mod steps;
mod surroundings;
mod year;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use xianjie::{commands::Cli, output};

/// Measures the rooms on this machine. Run it with --release; carry ratios from one sitting, never absolute figures.
#[derive(Parser)]
#[command(name = "bench", max_term_width = 110)]
struct Bench {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    #[command(after_long_help = chain::HELP)]
    Chain(chain::Options),
    #[command(after_long_help = steps::HELP)]
    Steps(steps::Options),
    #[command(after_long_help = decisions::HELP)]
    Decisions(decisions::Options),
    #[command(after_long_help = open::HELP)]
    Open(open::Options),
    #[command(after_long_help = inbox::HELP)]
    Inbox(inbox::Options),
    #[command(after_long_help = scale::HELP)]
    Scale(scale::Options),
    #[command(after_long_help = ledger::HELP)]
    Ledger(ledger::Options),
    #[command(after_long_help = year::HELP)]
    Year(year::Options),
    Limits(limits::Options),
    /// The rooms under test, in a process of their own: the code and the settings of `xianjie run`
    #[command(hide = true)]
    Serve {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        settings: Vec<String>,
    },
    /// A gRPC server that does nothing, in a process of its own
    #[command(hide = true)]
    Nothing {
        listen: std::net::SocketAddr,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    play::speak_as("bench");
    output::exit_code("bench", run(Bench::parse().command).await)
}

async fn run(command: Command) -> anyhow::Result<ExitCode> {
    if cfg!(debug_assertions) {
        play::say("this is a debug build; its figures say nothing. Use: cargo run --release -p tests --bin bench");
    }
    let work = async {
        match command {
            Command::Chain(options) => chain::run(&options).await,
            Command::Steps(options) => steps::run(&options).await,
            Command::Decisions(options) => decisions::run(&options).await,
            Command::Open(options) => open::run(&options).await,
            Command::Inbox(options) => inbox::run(&options).await,
            Command::Scale(options) => scale::run(&options).await,
            Command::Ledger(options) => ledger::run(&options).await,
            Command::Year(options) => year::run(&options).await,
            Command::Limits(options) => limits::run(&options).await,
            Command::Serve { settings } => {
                let run = ["xianjie".to_owned(), "run".to_owned()].into_iter().chain(settings);
                return Cli::parse_from(run).run().await;
            }
            Command::Nothing { listen } => limits::nothing::serve(listen).await,
        }
        .map(|()| ExitCode::SUCCESS)
    };
    // Leaving this block drops what was started, and dropping stops it.
    tokio::select! {
        done = work => done,
        () = interrupted() => anyhow::bail!("interrupted"),
        gone = output::nobody_reads() => Err(gone.into()),
    }
}

/// Ends with the first Ctrl-C or SIGTERM. The rooms under test have their own way of stopping and must not be cut short
/// by ours.
async fn interrupted() {
    if std::env::args().nth(1).is_some_and(|command| command == "serve") {
        return std::future::pending().await;
    }
    runtime::lifecycle::on_signal().cancelled().await;
}
