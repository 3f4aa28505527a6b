//! `xianjie gateway`: one address for persons and department systems, where each room has processes of its own.

use std::{net::SocketAddr, num::NonZeroU16, process::ExitCode};

use anyhow::Context as _;
use runtime::{
    gateway::{self, Public},
    lifecycle, telemetry,
};
use tonic::transport::Uri;

use crate::house::ROOMS;

/// The services for everyone, and whose they are. What rooms ask each other (`TaskSource`, `CaseSource`, `PoolService`,
/// `StandingService`, `ActService`) is not among them.
pub const PUBLIC: [(&str, &str); 11] = [
    ("xianjie.directory.v1.SessionService", "directory"),
    ("xianjie.directory.v1.DirectoryService", "directory"),
    ("xianjie.directory.v1.CalendarService", "directory"),
    ("xianjie.directory.v1.ReferenceService", "directory"),
    ("xianjie.intake.v1.ApplicationService", "intake"),
    ("xianjie.intake.v1.ObjectionFormService", "intake"),
    ("xianjie.review.v1.ReviewService", "review"),
    ("xianjie.review.v1.MeetingService", "review"),
    ("xianjie.inbox.v1.TaskService", "inbox"),
    ("xianjie.disbursement.v1.DisbursementService", "disbursement"),
    ("xianjie.assets.v1.AssetService", "assets"),
];

/// The services for everyone that every room serves: a request names its room.
pub const SHARED: [&str; 2] = ["xianjie.common.v1.RefusalService", "xianjie.common.v1.WatchService"];

pub(super) async fn run(
    listen: SocketAddr,
    peers: &[(String, Uri)],
    max_in_flight: NonZeroU16,
    reflection: bool,
    otlp_endpoint: Option<&str>,
) -> anyhow::Result<ExitCode> {
    let telemetry = telemetry::init(otlp_endpoint, "xianjie-gateway")?;
    let stop = lifecycle::on_signal();
    let descriptors = reflection.then_some(proto::DESCRIPTORS);
    let running = gateway::start(listen, public(peers)?, max_in_flight.get().into(), descriptors).await?;
    tracing::info!(address = %running.address(), "the gateway serves");
    stop.cancelled().await;
    running.stop().await;
    telemetry.shutdown().await;
    Ok(ExitCode::SUCCESS)
}

/// Every public service with its room's address.
///
/// # Errors
/// When a room has none; the message names the setting.
pub fn public(peers: &[(String, Uri)]) -> anyhow::Result<Vec<Public>> {
    let of = |(service, room): (&'static str, &'static str)| {
        let peer = peers.iter().find(|(peer, _)| peer == room);
        let (_, uri) = peer.with_context(|| {
            format!("where is the room {room}? Set --peer {room}=http://HOST:PORT (or XIANJIE_PEERS)")
        })?;
        Ok(Public { service, room, uri: uri.clone() })
    };
    let shared = SHARED.iter().flat_map(|service| ROOMS.map(|room| (*service, room)));
    PUBLIC.into_iter().chain(shared).map(of).collect()
}
