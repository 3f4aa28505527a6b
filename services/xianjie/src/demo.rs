//! `xianjie demo`: one county on this machine, one project the whole way, told as it happens.
//!
//! Everything goes through the public gRPC API, each step by a different signed-in person. The clock is an offset clock
//! that the demo moves forward, for ten days of notice must pass at once. With `--against` the rooms serve elsewhere, on a
//! clock whose file the story moves.
//! [`story`] is what happens, [`stage`] how a person acts, [`telling`] how it is printed, [`database`] where it is kept.

pub mod application_file;
mod bearer;
pub mod clock_file;
pub mod database;
pub mod stage;
pub mod story;
pub mod telling;

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use anyhow::Context as _;
use clap::Args;
use kernel::Pack;
use runtime::{
    Clock, lifecycle,
    options::{CONNECTIONS, MAX_IN_FLIGHT, Options, load_pack},
    process::Running,
    telemetry,
};
use secrecy::SecretString;
use simulated_treasury::SimulatedTreasury;
use sqlx::{Connection as _, PgConnection};
use time::{OffsetDateTime, macros::datetime};

use crate::{
    demo::{clock_file::ClockFile, stage::Stage, telling::Telling},
    embedded_postgres::EmbeddedPostgres,
    house, output,
};

/// The password of every account of the demo and the tests. No other program sets it.
pub const PASSWORD: &str = "xianjie-demo-only";

/// When the story begins, by the rooms' clock.
pub const BEGINS: OffsetDateTime = datetime!(2021-11-01 09:00 +8);

/// Play one project the whole way, then stay up so that you can look around.
#[derive(Debug, Args)]
pub struct Demo {
    /// End after the story; exit code 0 only when the asset is registered and the books balance
    #[arg(long)]
    exit: bool,
    /// Print one JSON object a step on standard output; the last one is the summary
    #[arg(long)]
    json: bool,
    /// Play it once against rooms that serve here already, e.g. http://127.0.0.1:50051, and end; needs --demo-clock
    #[arg(long, value_name = "ADDRESS", requires = "demo_clock")]
    against: Option<String>,
    /// File with the clock of those rooms (`xianjie run --demo-clock`), which the story moves forward
    #[arg(long, value_name = "FILE", env = "XIANJIE_DEMO_CLOCK")]
    demo_clock: Option<PathBuf>,
    /// Folder of the demo's private PostgreSQL
    #[arg(long, env = "XIANJIE_DATA_DIR", default_value = ".local/demo")]
    data_dir: PathBuf,
    /// Folder of the county pack
    #[arg(long, env = "XIANJIE_PACK", default_value = "deploy/county/nanxian")]
    pack: PathBuf,
    /// Address that gRPC is served on; port 0 takes a free one
    #[arg(long, env = "XIANJIE_LISTEN", default_value = "127.0.0.1:50051")]
    listen: std::net::SocketAddr,
    /// OTLP/gRPC endpoint for traces and metrics
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT")]
    otlp_endpoint: Option<String>,
}

/// Plays the demo.
///
/// # Errors
/// When something can't be started, or the story does not end as it must.
pub async fn run(demo: Demo) -> anyhow::Result<ExitCode> {
    if let (Some(address), Some(clock)) = (&demo.against, &demo.demo_clock) {
        return play_against(address, ClockFile::at(clock.clone()), &demo).await;
    }
    let telemetry = telemetry::init(demo.otlp_endpoint.as_deref(), "xianjie-demo")?;
    let stop = lifecycle::on_signal();
    let postgres = EmbeddedPostgres::start(&demo.data_dir.join("postgres")).await?;
    let played = tokio::select! {
        played = play(&demo, &postgres) => played,
        () = stop.cancelled() => Err(anyhow::anyhow!("stopped before the story ended")),
        gone = output::nobody_reads() => Err(gone.into()),
    };
    let outcome = match played {
        Ok((running, treasury, lock)) => {
            if !demo.exit {
                stop.cancelled().await;
            }
            running.stop().await;
            treasury.stop().await;
            lock.close().await.context("the demo's lock can't be given back")
        }
        Err(error) => Err(error),
    };
    postgres.stop().await?;
    telemetry.shutdown().await;
    outcome.map(|()| ExitCode::SUCCESS)
}

/// Plays the story through rooms that serve elsewhere, as a department's system would.
async fn play_against(address: &str, clock: ClockFile, demo: &Demo) -> anyhow::Result<ExitCode> {
    let pack = load_pack(&demo.pack)?;
    let advance = move |by| clock.advance(by);
    let mut stage = Stage::open(address, pack.clone(), Box::new(advance), Telling::new(demo.json, true)).await?;
    let summary = story::tell(&mut stage, &demo.pack.join("applications")).await?;
    stage.telling().summary(&summary, address, &pack);
    Ok(ExitCode::SUCCESS)
}

type Played = (Running, simulated_treasury::Running, PgConnection);

async fn play(demo: &Demo, postgres: &EmbeddedPostgres) -> anyhow::Result<Played> {
    let (lock, url) = database::clean(postgres.url()).await?;
    let pack = load_pack(&demo.pack)?;
    let clock = Clock::starting_at(BEGINS);
    let treasury = SimulatedTreasury::bind("127.0.0.1:0".parse()?).await?;
    let options = Options {
        database_url: None,
        connections: CONNECTIONS,
        amqp_url: None,
        pack: demo.pack.clone(),
        listen: demo.listen,
        max_in_flight: MAX_IN_FLIGHT,
        behind_gateway: false,
        peers: Vec::new(),
        treasury: Some(format!("http://{}", treasury.address())),
        data_dir: demo.data_dir.clone(),
        otlp_endpoint: None,
        reflection: true,
    };
    let running = house::open(&[], &options, &url, clock.clone()).await?;
    open_accounts(&running, &pack).await?;

    let telling = Telling::new(demo.json, demo.exit);
    let advance = move |by| {
        clock.advance(by);
        Ok(())
    };
    let address = format!("http://{}", running.address());
    let mut stage = Stage::open(&address, pack.clone(), Box::new(advance), telling).await?;
    let summary = story::tell(&mut stage, &demo.pack.join("applications")).await?;
    stage.telling().summary(&summary, &address, &pack);
    Ok((running, treasury, lock))
}

/// Gives every person of the pack the demo's password.
///
/// # Errors
/// When the store fails.
pub async fn open_accounts(running: &Running, pack: &Arc<Pack>) -> anyhow::Result<()> {
    let directory = running.room("directory").context("the directory is not in this process")?;
    directory::password::set_for_all(&directory.pool, pack, SecretString::from(PASSWORD)).await
}
