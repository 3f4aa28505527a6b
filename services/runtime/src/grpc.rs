//! The gRPC server: limits, health, reflection, and which service is served where.

use std::{convert::Infallible, time::Duration};

use tonic::{
    body::Body,
    server::NamedService,
    service::{Routes, RoutesBuilder},
    transport::Server,
};
use tower::Service;

use crate::{admission::AdmissionLayer, shell::ShellLayer};

/// A generated tonic server.
pub trait Servable:
    Service<http::Request<Body>, Response = http::Response<Body>, Error = Infallible, Future: Send>
    + NamedService
    + Clone
    + Send
    + Sync
    + 'static
{
}

impl<S> Servable for S where
    S: Service<http::Request<Body>, Response = http::Response<Body>, Error = Infallible, Future: Send>
        + NamedService
        + Clone
        + Send
        + Sync
        + 'static
{
}

/// A service that can be put into several routers.
pub struct Registration {
    pub(crate) name: &'static str,
    add: Box<dyn Fn(&mut RoutesBuilder) + Send + Sync>,
}

impl Registration {
    pub(crate) fn new<S: Servable>(service: S) -> Self {
        Self {
            name: S::NAME,
            add: Box::new(move |routes| {
                routes.add_service(service.clone());
            }),
        }
    }
}

/// Reflection of these contracts, and of the health that every server tells.
pub(crate) fn reflection(descriptors: &'static [u8]) -> tonic_reflection::server::Builder<'static> {
    tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(descriptors)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
}

/// One router of these services, inside the shell; at the socket, where too many may come at once, with an admission.
pub(crate) fn routes<'a>(
    services: impl IntoIterator<Item = &'a Registration>,
    shell: &ShellLayer,
    admission: Option<AdmissionLayer>,
) -> Routes {
    let mut builder = RoutesBuilder::default();
    for service in services {
        (service.add)(&mut builder);
    }
    let router = builder.routes().into_axum_router().layer(shell.clone());
    let router = match admission {
        Some(admission) => router.layer(admission),
        None => router,
    };
    Routes::from(router).prepare()
}

/// A server with limits that a hostile or broken client runs into before we do.
pub(crate) fn server() -> Server {
    Server::builder()
        .timeout(Duration::from_secs(30))
        .max_concurrent_streams(1_024)
        .concurrency_limit_per_connection(512)
        .load_shed(true)
        .http2_max_header_list_size(16 * 1_024)
        .http2_max_pending_accept_reset_streams(Some(64))
        .http2_keepalive_interval(Some(Duration::from_secs(30)))
        .http2_keepalive_timeout(Some(Duration::from_secs(10)))
        .max_connection_age(Duration::from_secs(30 * 60))
        .max_connection_age_grace(Duration::from_secs(30))
}
