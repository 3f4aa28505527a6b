//! `xianjie healthcheck`: asks a server by `grpc.health.v1`, as a container's health check does; the exit code is the answer.

use std::{net::SocketAddr, process::ExitCode, time::Duration};

use anyhow::{Context as _, bail};
use tonic::transport::Endpoint;
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};

use crate::output;

/// A container that does not answer in this time is not well.
const PATIENCE: Duration = Duration::from_secs(3);

/// Asks once.
pub(super) async fn ask(address: &str, service: &str) -> anyhow::Result<ExitCode> {
    let status = status(address, service).await?;
    if status != ServingStatus::Serving {
        bail!("{address} answers {}", status.as_str_name());
    }
    output::line(status.as_str_name());
    Ok(ExitCode::SUCCESS)
}

/// What a server says of itself, or of one of its services.
///
/// # Errors
/// When it does not answer in time, or knows no such service.
pub(crate) async fn status(address: &str, service: &str) -> anyhow::Result<ServingStatus> {
    let endpoint = Endpoint::from_shared(address.to_owned()).with_context(|| format!("{address:?} is no address"))?;
    let channel = endpoint.connect_timeout(PATIENCE).timeout(PATIENCE).connect().await;
    let channel = channel.with_context(|| format!("nobody answers at {address}"))?;
    let request = HealthCheckRequest { service: service.to_owned() };
    let answer = HealthClient::new(channel).check(request).await;
    let answer = answer.with_context(|| format!("{address} does not say whether it is well"))?;
    Ok(answer.into_inner().status())
}

/// Where a server that listens there is reached from the same machine.
pub(crate) fn from_here(listen: SocketAddr) -> String {
    let ip = match listen.ip() {
        ip if !ip.is_unspecified() => ip,
        std::net::IpAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
        std::net::IpAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
    };
    format!("http://{}", SocketAddr::new(ip, listen.port()))
}
