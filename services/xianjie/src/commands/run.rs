//! `xianjie run`: serve rooms until told to stop.

use std::process::ExitCode;

use runtime::{Clock, lifecycle, options::Options, telemetry};

use super::database;
use crate::house;

pub(super) async fn run(rooms: &[String], options: Options) -> anyhow::Result<ExitCode> {
    let telemetry = telemetry::init(options.otlp_endpoint.as_deref())?;
    let stop = lifecycle::on_signal();
    let (url, private) = database(&options).await?;
    let running = tokio::select! {
        running = house::open(rooms, &options, &url, Clock::system()) => running?,
        () = stop.cancelled() => return Ok(ExitCode::SUCCESS),
    };
    tracing::info!(address = %running.address(), "serving");
    stop.cancelled().await;
    running.stop().await;
    if let Some(private) = private {
        private.stop().await?;
    }
    telemetry.shutdown().await;
    Ok(ExitCode::SUCCESS)
}
