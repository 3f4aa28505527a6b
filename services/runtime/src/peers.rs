//! The other rooms: a socket or the neighbour's own router. The type is the same, so callers cannot tell.
//!
//! A call carries the trace context of the span that it is made in; the bearer token is put in by [`crate::Call::to_peer`].

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock, Weak},
    task::{Poll, ready},
    time::Duration,
};

use opentelemetry_http::HeaderInjector;
use tonic::{
    body::Body,
    service::Routes,
    transport::{Channel, Endpoint, Uri},
};
use tower::Service;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use crate::BoxFuture;

/// Where each room is.
#[derive(Clone, Default)]
pub struct Peers(Arc<BTreeMap<String, Peer>>);

impl Peers {
    /// Rooms by name.
    #[must_use]
    pub fn new(peers: BTreeMap<String, Peer>) -> Self {
        Self(Arc::new(peers))
    }

    /// These and one more.
    #[must_use]
    pub fn with(&self, room: &str, peer: Peer) -> Self {
        let mut peers = BTreeMap::clone(&self.0);
        peers.insert(room.to_owned(), peer);
        Self::new(peers)
    }

    /// The room of that name; none when it is neither in this process nor configured.
    #[must_use]
    pub fn get(&self, room: &str) -> Option<Peer> {
        self.0.get(room).cloned()
    }
}

/// One other room, ready to be given to a generated client.
#[derive(Clone)]
pub enum Peer {
    /// In another process. Connects when first called, and again when the connection is lost.
    Remote(Channel),
    /// In this process; set once all rooms have started. The process owns the routes: they hold rooms that hold their peers,
    /// and a room that kept its neighbours alive would never end.
    Neighbour(Weak<OnceLock<Routes>>),
}

/// Why a peer could not be called.
#[derive(Debug, thiserror::Error)]
pub enum PeerError {
    /// The connection failed.
    #[error("the room can't be reached: {0}")]
    Transport(#[from] tonic::transport::Error),
    /// The neighbour has not started yet, or has ended.
    #[error("the room has not started yet, or has ended")]
    NotStarted,
}

impl Peer {
    /// A room at an address such as `http://review:50051`.
    #[must_use]
    pub fn at(uri: Uri) -> Self {
        Self::Remote(endpoint(uri).timeout(Duration::from_secs(10)).connect_lazy())
    }

    /// A room of this process that has not started yet; it is reached as long as the slot is kept.
    #[must_use]
    pub fn neighbour() -> (Self, Arc<OnceLock<Routes>>) {
        let slot = Arc::new(OnceLock::new());
        (Self::Neighbour(Arc::downgrade(&slot)), slot)
    }
}

/// The way to a room in another process: one that has gone silent is noticed.
pub(crate) fn endpoint(uri: Uri) -> Endpoint {
    Endpoint::from(uri)
        .connect_timeout(Duration::from_secs(2))
        .http2_keep_alive_interval(Duration::from_secs(20))
        .keep_alive_while_idle(true)
        .tcp_nodelay(true)
}

fn routes(slot: &Weak<OnceLock<Routes>>) -> Result<Routes, PeerError> {
    slot.upgrade().and_then(|slot| slot.get().cloned()).ok_or(PeerError::NotStarted)
}

impl Service<http::Request<Body>> for Peer {
    type Response = http::Response<Body>;
    type Error = PeerError;
    type Future = BoxFuture<'static, Result<Self::Response, PeerError>>;

    fn poll_ready(&mut self, context: &mut std::task::Context<'_>) -> Poll<Result<(), PeerError>> {
        match self {
            Self::Remote(channel) => Poll::Ready(ready!(channel.poll_ready(context)).map_err(PeerError::from)),
            Self::Neighbour(slot) => Poll::Ready(routes(slot).map(drop)),
        }
    }

    fn call(&mut self, mut request: http::Request<Body>) -> Self::Future {
        let trace = tracing::Span::current().context();
        opentelemetry::global::get_text_map_propagator(|propagator| {
            propagator.inject_context(&trace, &mut HeaderInjector(request.headers_mut()));
        });
        match self {
            Self::Remote(channel) => {
                let answer = channel.call(request);
                Box::pin(async move { Ok(answer.await?) })
            }
            Self::Neighbour(slot) => {
                let routes = routes(slot);
                Box::pin(async move {
                    let mut routes = routes?;
                    let answer = Service::<http::Request<Body>>::call(&mut routes, request).await;
                    Ok(answer.unwrap_or_else(|never| match never {}))
                })
            }
        }
    }
}
