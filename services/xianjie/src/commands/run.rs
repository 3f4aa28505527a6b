//! `xianjie run`: serve rooms until told to stop; and the treasury that stands in for a real one.

use std::{net::SocketAddr, path::PathBuf, process::ExitCode};

use anyhow::Context as _;
use runtime::{Clock, lifecycle, options::Options, telemetry};

use simulated_treasury::SimulatedTreasury;

use super::database;
use crate::{demo::clock_file::ClockFile, house};

pub(super) async fn run(rooms: &[String], demo_clock: Option<PathBuf>, options: Options) -> anyhow::Result<ExitCode> {
    let telemetry = telemetry::init(options.otlp_endpoint.as_deref(), &house::service_name(rooms))?;
    let stop = lifecycle::on_signal();
    let clock = match demo_clock {
        None => Clock::system(),
        Some(file) => demo_clock_at(file, options.treasury.as_deref()).await?,
    };
    let (url, private) = database(&options).await?;
    let running = tokio::select! {
        running = house::open(rooms, &options, &url, clock) => running?,
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

/// A clock that is moved, which no treasury that pays may stand beside.
async fn demo_clock_at(file: PathBuf, treasury: Option<&str>) -> anyhow::Result<Clock> {
    if let Some(address) = treasury {
        simulated_treasury::must_be_simulated(address)
            .await
            .with_context(|| format!("--demo-clock is refused beside the treasury {address}"))?;
    }
    ClockFile::at(file.clone()).offset().context("setting --demo-clock")?;
    tracing::warn!(file = %file.display(), "演示时钟,不作为办理依据 / a demo's clock: nothing that is done here counts");
    Ok(Clock::offset_in_file(file))
}

/// Serves a treasury that pays nothing.
pub(super) async fn treasury(listen: SocketAddr) -> anyhow::Result<ExitCode> {
    let telemetry = telemetry::init(None, "xianjie-treasury")?;
    let stop = lifecycle::on_signal();
    let running = SimulatedTreasury::bind(listen).await?;
    stop.cancelled().await;
    running.stop().await;
    telemetry.shutdown().await;
    Ok(ExitCode::SUCCESS)
}
