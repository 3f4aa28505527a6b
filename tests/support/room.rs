//! A process of rooms whose clock stands in a file: what the tests kill and restart. `xianjie run` has no such clock.

use std::path::PathBuf;

use clap::Parser;
use runtime::{Clock, lifecycle, options::Options, telemetry};
use secrecy::ExposeSecret as _;

#[derive(Parser)]
struct Room {
    /// File with the clock's offset in milliseconds
    #[arg(long)]
    clock: PathBuf,
    /// Rooms; all of them when none is named
    rooms: Vec<String>,
    #[command(flatten)]
    options: Options,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Room { clock, rooms, options } = Room::parse();
    let telemetry = telemetry::init(options.otlp_endpoint.as_deref())?;
    let stop = lifecycle::on_signal();
    let url = options.database_url.as_ref().expect("a test gives DATABASE_URL").expose_secret().to_owned();
    let running = xianjie::house::open(&rooms, &options, &url, Clock::offset_in_file(clock)).await?;
    stop.cancelled().await;
    running.stop().await;
    telemetry.shutdown().await;
    Ok(())
}
