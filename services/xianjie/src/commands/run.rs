//! `xianjie run`: serve rooms until told to stop; and the treasury that stands in for a real one.

use std::{net::SocketAddr, process::ExitCode};

use runtime::{Clock, lifecycle, options::Options, telemetry};

use simulated_treasury::SimulatedTreasury;

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

/// Serves a treasury that pays nothing.
pub(super) async fn treasury(listen: SocketAddr) -> anyhow::Result<ExitCode> {
    let telemetry = telemetry::init(None)?;
    let stop = lifecycle::on_signal();
    let running = SimulatedTreasury::bind(listen).await?;
    stop.cancelled().await;
    running.stop().await;
    telemetry.shutdown().await;
    Ok(ExitCode::SUCCESS)
}
