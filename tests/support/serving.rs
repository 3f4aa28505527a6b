//! A process of rooms whose clock stands in a file: what the tests kill and restart. `xianjie run` has no such clock.

use std::path::PathBuf;

use clap::Args;
use runtime::{Clock, lifecycle, options::Options, telemetry};
use secrecy::ExposeSecret as _;

/// Settings of such a process.
#[derive(Debug, Args)]
pub struct Serving {
    /// File with the clock's offset in milliseconds
    #[arg(long)]
    clock: PathBuf,
    /// Rooms; all of them when none is named
    rooms: Vec<String>,
    #[command(flatten)]
    options: Options,
}

impl Serving {
    /// Serves until told to stop.
    ///
    /// # Errors
    /// When a room can't start.
    ///
    /// # Panics
    /// When no database is named.
    pub async fn run(self) -> anyhow::Result<()> {
        let Self { clock, rooms, options } = self;
        let telemetry = telemetry::init(options.otlp_endpoint.as_deref(), &xianjie::house::service_name(&rooms))?;
        let stop = lifecycle::on_signal();
        let url = options.database_url.as_ref().expect("a test gives DATABASE_URL").expose_secret().to_owned();
        let running = xianjie::house::open(&rooms, &options, &url, Clock::offset_in_file(clock)).await?;
        stop.cancelled().await;
        running.stop().await;
        telemetry.shutdown().await;
        Ok(())
    }
}
