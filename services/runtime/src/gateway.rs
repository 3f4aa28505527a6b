//! The gateway: one address for persons and department systems, where each room has processes of its own behind it.
//!
//! It knows which service is whose and passes each request on as it came; what only rooms may ask each other is not
//! on its list and so not served. Of a service that several rooms serve it reads which room a request names. Nothing is
//! decided here: who acts, and whether that person may, is the room's business.
//! A room's addresses are looked up again and again, so that replicas come and go without a setting.

use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use anyhow::Context as _;
use http::{HeaderName, HeaderValue, Request, Response};
use http_body_util::{BodyExt as _, Full, Limited};
use prost::{Message as _, bytes::Bytes};
use tokio::{net::TcpListener, sync::mpsc::Sender, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use tonic::{
    Status,
    body::Body,
    service::{Routes, RoutesBuilder},
    transport::{
        Channel, Endpoint, Uri,
        channel::Change,
        server::{TcpConnectInfo, TcpIncoming},
    },
};
use tower::{Service, ServiceExt as _};

use crate::{BoxFuture, admission::AdmissionLayer, grpc, peers, status};

/// The address of whoever called the gateway, for the room behind it.
const CLIENT: HeaderName = HeaderName::from_static("xianjie-client");

/// How often a room's addresses are looked up.
const LOOK_UP: Duration = Duration::from_secs(1);
/// How long a request waits for a room that has no address at all.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long requests under way may take once the gateway is asked to stop.
const DRAIN: Duration = Duration::from_secs(10);

/// A request that names its room is a few lines; more is none.
const NAMING: usize = 64 * 1_024;

/// A service that is served to everyone, and where; one that several rooms serve is named once for each.
pub struct Public {
    /// Full name of the gRPC service.
    pub service: &'static str,
    /// The room that serves it.
    pub room: &'static str,
    /// That room's address; its host may stand for several.
    pub uri: Uri,
}

/// A gateway that serves.
pub struct Running {
    address: SocketAddr,
    stop: CancellationToken,
    server: JoinHandle<Result<(), tonic::transport::Error>>,
}

/// Serves these services here; `descriptors` for reflection, where it is wanted.
///
/// # Errors
/// When the address can't be had, or a room's address has no host.
pub async fn start(
    listen: SocketAddr,
    public: Vec<Public>,
    max_in_flight: usize,
    descriptors: Option<&'static [u8]>,
) -> anyhow::Result<Running> {
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("can't listen on {listen} (setting --listen or XIANJIE_LISTEN)"))?;
    let address = listener.local_addr()?;
    let stop = CancellationToken::new();
    let mut doors: BTreeMap<&'static str, Door> = BTreeMap::new();
    let mut by_service: BTreeMap<&'static str, BTreeMap<&'static str, Door>> = BTreeMap::new();
    for Public { service, room, uri } in public {
        let door = match doors.get(room) {
            Some(known) => known.clone(),
            None => Door::open(room, &uri, &stop)?,
        };
        doors.insert(room, door.clone());
        by_service.entry(service).or_default().insert(room, door);
    }
    let (health, health_service) = tonic_health::server::health_reporter();
    for service in by_service.keys() {
        health.set_service_status(*service, tonic_health::ServingStatus::Serving).await;
    }
    let mut own = RoutesBuilder::default();
    own.add_service(health_service);
    if let Some(descriptors) = descriptors {
        let reflection = || grpc::reflection(descriptors);
        own.add_service(reflection().build_v1()?).add_service(reflection().build_v1alpha()?);
    }
    let router = own.routes().into_axum_router().fallback_service(Gateway(Arc::new(by_service)));
    let routes = Routes::from(router.layer(AdmissionLayer::new(max_in_flight))).prepare();
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    let stopped = stop.clone();
    let server = tokio::spawn(grpc::server().add_routes(routes).serve_with_incoming_shutdown(incoming, async move {
        stopped.cancelled().await;
        health.set_service_status("", tonic_health::ServingStatus::NotServing).await;
    }));
    Ok(Running { address, stop, server })
}

impl Running {
    /// Where it serves.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends well: requests under way finish.
    pub async fn stop(self) {
        self.stop.cancel();
        match tokio::time::timeout(DRAIN, self.server).await {
            Ok(Ok(Ok(()))) => {}
            Ok(Ok(Err(error))) => tracing::warn!(%error, "the gateway did not end well"),
            Ok(Err(error)) => tracing::warn!(%error, "the gateway's server broke off"),
            Err(_late) => {
                tracing::warn!(drain_ms = DRAIN.as_millis(), "some connections did not end in time and are cut");
            }
        }
    }
}

/// The way to a room, over as many of its processes as there are.
#[derive(Clone)]
struct Door {
    room: &'static str,
    channel: Channel,
}

impl Door {
    fn open(room: &'static str, uri: &Uri, stop: &CancellationToken) -> anyhow::Result<Self> {
        let host = uri.host().with_context(|| format!("the address {uri} of room {room} names no host"))?.to_owned();
        let port = uri.port_u16().unwrap_or(80);
        let (channel, changes) = Channel::balance_channel(64);
        tokio::spawn(stop.clone().run_until_cancelled_owned(follow(room, host, port, changes)));
        Ok(Self { room, channel })
    }

    async fn pass(self, request: Request<Body>) -> Response<Body> {
        let mut channel = self.channel;
        let ready = tokio::time::timeout(PATIENCE, channel.ready()).await;
        let answered = match ready {
            Ok(Ok(channel)) => channel.call(request).await,
            Ok(Err(error)) => Err(error),
            Err(_late) => return status::from_peer(self.room, &Status::unavailable("it has no address")).into_http(),
        };
        answered
            .unwrap_or_else(|error| status::from_peer(self.room, &Status::unavailable(error.to_string())).into_http())
    }
}

/// Keeps the channel at what the room's name stands for. A name that is gone for a moment leaves the addresses as they are.
async fn follow(room: &'static str, host: String, port: u16, changes: Sender<Change<SocketAddr, Endpoint>>) {
    let mut known = BTreeSet::new();
    loop {
        match tokio::net::lookup_host((host.as_str(), port)).await {
            Ok(found) => {
                let found: BTreeSet<SocketAddr> = found.collect();
                let gone = known.difference(&found).map(|gone| Change::Remove(*gone));
                let come = found.difference(&known).map(|come| Change::Insert(*come, endpoint(*come)));
                for change in gone.chain(come) {
                    if changes.send(change).await.is_err() {
                        return;
                    }
                }
                known = found;
            }
            Err(error) if known.is_empty() => tracing::debug!(room, host, %error, "the room has no address yet"),
            Err(_) => {}
        }
        tokio::time::sleep(LOOK_UP).await;
    }
}

fn endpoint(address: SocketAddr) -> Endpoint {
    let uri = Uri::try_from(format!("http://{address}")).expect("an address and a scheme are a URI");
    peers::endpoint(uri)
}

/// Passes a request to the room whose service it names, or which it names itself where several rooms serve it.
#[derive(Clone)]
struct Gateway(Arc<BTreeMap<&'static str, BTreeMap<&'static str, Door>>>);

/// What every request begins with that may go to several rooms.
#[derive(Clone, PartialEq, prost::Message)]
struct Naming {
    #[prost(string, tag = "1")]
    room: String,
}

/// The only door, or that of the room which the request names.
async fn chosen(
    mut doors: BTreeMap<&'static str, Door>,
    request: Request<Body>,
) -> Result<(Door, Request<Body>), Status> {
    if doors.len() == 1
        && let Some((_, only)) = doors.pop_first()
    {
        return Ok((only, request));
    }
    let (request, Naming { room }) = naming(request).await?;
    Ok((doors.remove(room.as_str()).ok_or_else(status::no_room)?, request))
}

/// The request as it came, and the room that it names.
async fn naming(request: Request<Body>) -> Result<(Request<Body>, Naming), Status> {
    /// Before a message: whether it is compressed, which ours never are, and its length.
    const FRAME: usize = 5;
    let (parts, body) = request.into_parts();
    let read = Limited::new(body, NAMING).collect().await.map_err(|_| status::malformed())?.to_bytes();
    let naming = read.get(FRAME..).and_then(|message| Naming::decode(message).ok()).ok_or_else(status::malformed)?;
    Ok((Request::from_parts(parts, Body::new(Full::new(read))), naming))
}

impl<B> Service<Request<B>> for Gateway
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let service = request.uri().path().trim_start_matches('/').split('/').next().unwrap_or_default();
        let Some(doors) = self.0.get(service).cloned() else {
            return Box::pin(std::future::ready(Ok(Status::unimplemented("").into_http())));
        };
        let mut request = request.map(Body::new);
        name_caller(&mut request);
        Box::pin(async move {
            Ok(match chosen(doors, request).await {
                Ok((door, request)) => door.pass(request).await,
                Err(refused) => refused.into_http(),
            })
        })
    }
}

/// Says whose address the request came from. What a caller says of itself is not passed on.
fn name_caller<B>(request: &mut Request<B>) {
    request.headers_mut().remove(CLIENT);
    let caller = request.extensions().get::<TcpConnectInfo>().and_then(TcpConnectInfo::remote_addr);
    if let Some(ip) = caller.and_then(|address| HeaderValue::try_from(address.ip().to_string()).ok()) {
        request.headers_mut().insert(CLIENT, ip);
    }
}

/// Takes the caller's address from what the gateway says of it.
pub(crate) fn believe<B>(request: &mut Request<B>) {
    let said = request.headers().get(CLIENT).and_then(|value| value.to_str().ok());
    if let Some(ip) = said.and_then(|text| text.parse::<IpAddr>().ok()) {
        let remote_addr = Some(SocketAddr::new(ip, 0));
        request.extensions_mut().insert(TcpConnectInfo { local_addr: None, remote_addr });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(ip: &str) -> Request<()> {
        let mut request = Request::new(());
        let remote_addr = Some(SocketAddr::new(ip.parse().expect("an address"), 4_000));
        request.extensions_mut().insert(TcpConnectInfo { local_addr: None, remote_addr });
        request
    }

    fn caller(request: &Request<()>) -> IpAddr {
        let info = request.extensions().get::<TcpConnectInfo>().expect("somebody called");
        info.remote_addr().expect("from somewhere").ip()
    }

    #[test]
    fn the_room_hears_the_caller_s_address_and_not_the_gateway_s() {
        let mut request = from("192.0.2.7");
        request.headers_mut().insert(CLIENT, HeaderValue::from_static("198.51.100.1"));
        name_caller(&mut request);
        let mut arrived = from("10.0.0.2");
        arrived.headers_mut().clone_from(request.headers());
        believe(&mut arrived);
        assert_eq!(caller(&arrived).to_string(), "192.0.2.7", "and not what the caller said of itself");
    }

    #[test]
    fn who_came_past_the_gateway_keeps_the_address_that_was_seen() {
        for said in [None, Some("no address")] {
            let mut request = from("10.0.0.9");
            if let Some(said) = said {
                request.headers_mut().insert(CLIENT, HeaderValue::from_static(said));
            }
            believe(&mut request);
            assert_eq!(caller(&request).to_string(), "10.0.0.9");
        }
    }
}
