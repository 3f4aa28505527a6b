//! `bench limits`: what this machine can do at all, so that each result of the same sitting is also a ratio.

mod broker;
pub mod nothing;
pub mod postgres;

use std::time::Duration;

use clap::Args;
use play::{broker::Broker, database::Database, say};
use serde_json::json;

use crate::{figures, meters, surroundings};

/// What this machine can do at all: PostgreSQL commits, confirmed publishes to a quorum queue, bare gRPC calls
#[derive(Debug, Args)]
pub struct Options {
    /// Seconds that each is measured for
    #[arg(long, default_value_t = 6)]
    seconds: u64,
    /// Runs; results are their medians
    #[arg(long, default_value_t = 3)]
    runs: usize,
    /// RabbitMQ to use; absent: a private one
    #[arg(long, env = "BENCH_AMQP_URL", hide_env_values = true)]
    amqp_url: Option<String>,
    /// Seconds to wait before each until the machine is 80 % idle
    #[arg(long, default_value_t = 60)]
    patience: u64,
}

/// Runs it.
///
/// # Errors
/// When something can't be started or measured.
pub async fn run(options: &Options) -> anyhow::Result<()> {
    let folder = surroundings::folder();
    std::fs::create_dir_all(&folder)?;
    let database = Database::start(&folder, false).await?;
    let broker = Broker::start(options.amqp_url.as_deref()).await?;
    let nothing = nothing::Process::start()?;
    let measured = measure(options, &database, &broker, &nothing).await;
    nothing.stop()?;
    broker.stop().await?;
    database.stop().await?;
    measured
}

async fn measure(
    options: &Options,
    database: &Database,
    broker: &Broker,
    nothing: &nothing::Process,
) -> anyhow::Result<()> {
    let (seconds, patience) = (Duration::from_secs(options.seconds), Duration::from_secs(options.patience));
    postgres::prepare(database).await?;
    let mut runs: Vec<Vec<figures::Figures>> = Vec::new();
    for _ in 0..options.runs {
        let mut run = Vec::new();
        for clients in [1, 8, 32] {
            let idle = meters::wait_until_quiet(patience).await;
            run.push(noted("postgres_commit", idle, postgres::commits(database, clients, seconds).await?));
        }
        for (publishers, window) in [(1, 1), (32, 1), (4, 256)] {
            let idle = meters::wait_until_quiet(patience).await;
            run.push(noted(
                "rabbitmq_quorum_confirm",
                idle,
                broker::confirms(broker, publishers, window, seconds).await?,
            ));
        }
        for (connections, in_flight, bytes) in [(1, 1, 256), (4, 32, 256), (4, 32, 2048)] {
            let idle = meters::wait_until_quiet(patience).await;
            run.push(noted("grpc_unary", idle, nothing.calls(connections, in_flight, bytes, seconds).await?));
        }
        runs.push(run);
    }
    let results = runs.first().map_or(0, Vec::len);
    for nth in 0..results {
        let of_all: Vec<figures::Figures> = runs.iter().filter_map(|run| run.get(nth).cloned()).collect();
        figures::print(figures::medians(&of_all));
    }
    Ok(())
}

fn noted(what: &str, idle: f64, figures: figures::Figures) -> figures::Figures {
    let mut all = figures::Figures::new();
    all.insert("bench".into(), json!("limits"));
    all.insert("limit".into(), json!(what));
    all.extend(figures);
    all.insert("idle_before_pct".into(), json!(idle));
    say(json!(all));
    all
}
