//! Rooms assembled into one process: whoever shares it, the same rooms, the same SQL.
//!
//! Start with [`start`]. Peers in this process are called through their own router, all others over sockets.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use anyhow::Context as _;
use kernel::Pack;
use messaging::{
    consumer::{Consumer, HandleError},
    express, outbox,
    relay::Relay,
    transport::{SubscribeError, Subscriber, Transport},
};
use proto::common::v1::{refusal_service_server::RefusalServiceServer, watch_service_server::WatchServiceServer};
use sqlx::PgPool;
use tokio::{net::TcpListener, sync::Notify};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tonic::{
    service::Routes,
    transport::{Uri, server::TcpIncoming},
};

use crate::{
    BoxFuture, Clock, Context, Journal, Peer, Peers, Room, Service, Worker,
    admission::AdmissionLayer,
    auth::{FetchKeys, Verifier},
    calendar, grpc, measures, postgres,
    refusals::Refusals,
    shell::ShellLayer,
    subscription::Subscription,
    watch::{self, Watch},
};

/// How long a broker that went away is waited for at the start.
const BROKER_PATIENCE: Duration = Duration::from_secs(60);

/// How long requests under way may take once the process is asked to stop.
const DRAIN: Duration = Duration::from_secs(10);

/// What a process is made of, besides its rooms.
pub struct Assembly {
    /// PostgreSQL.
    pub database_url: String,
    /// How messages travel.
    pub transport: Arc<dyn Transport>,
    /// What time it is.
    pub clock: Clock,
    /// The county pack.
    pub pack: Arc<Pack>,
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Rooms in other processes.
    pub peers: BTreeMap<String, Uri>,
    /// The treasury's port.
    pub treasury: Option<String>,
    /// How to get the directory's public keys.
    pub fetch_keys: fn(Peers) -> FetchKeys,
    /// How a room hears that the calendar of a year was loaded.
    pub calendar: fn(&Context) -> Subscription,
    /// How many connections to the database each room may hold, at least two: the relay keeps one while it publishes.
    pub connections: u16,
    /// How many requests from the socket may be under way at a time.
    pub max_in_flight: usize,
    /// Whether callers come through the gateway, which says their address.
    pub behind_gateway: bool,
    /// Encoded descriptors for reflection; none serves no reflection.
    pub descriptors: Option<&'static [u8]>,
}

/// Rooms that are serving.
pub struct Running {
    address: SocketAddr,
    shutdown: CancellationToken,
    serving: CancellationToken,
    tasks: TaskTracker,
    transport: Arc<dyn Transport>,
    rooms: Vec<Live>,
    /// By which the rooms reach each other.
    neighbours: Vec<Arc<OnceLock<Routes>>>,
}

struct Live {
    context: Context,
    relay: Relay,
    workers: Vec<Arc<Worker>>,
}

/// Starts rooms in this process and serves them on one address.
///
/// Boxed, so that the server is compiled here and not once more in each program that awaits it.
///
/// # Errors
/// When the store, the transport or the address can't be had, or a room can't start; the message names the setting.
pub fn start(services: Vec<Service>, assembly: Assembly) -> BoxFuture<'static, anyhow::Result<Running>> {
    Box::pin(assemble(services, assembly))
}

async fn assemble(services: Vec<Service>, assembly: Assembly) -> anyhow::Result<Running> {
    let listener = TcpListener::bind(assembly.listen)
        .await
        .with_context(|| format!("can't listen on {} (setting --listen or XIANJIE_LISTEN)", assembly.listen))?;
    let address = listener.local_addr()?;
    let mut peers: BTreeMap<String, Peer> =
        assembly.peers.iter().map(|(room, uri)| (room.clone(), Peer::at(uri.clone()))).collect();
    let mut slots = Vec::new();
    for service in &services {
        let (peer, slot) = Peer::neighbour();
        peers.insert(service.name.to_owned(), peer);
        slots.push(slot);
    }
    let peers = Peers::new(peers);
    let verifier = Verifier::new((assembly.fetch_keys)(peers.clone()), assembly.clock.clone(), assembly.pack.clone());
    let shell = ShellLayer::new(verifier, assembly.clock.clone(), assembly.behind_gateway);

    let mut running = Running {
        address,
        shutdown: CancellationToken::new(),
        serving: CancellationToken::new(),
        tasks: TaskTracker::new(),
        transport: assembly.transport.clone(),
        rooms: Vec::new(),
        neighbours: slots.clone(),
    };
    let (days, clock) = (assembly.pack.calendar.clone(), assembly.clock.clone());
    running.tasks.spawn(calendar::watch(days, clock, running.shutdown.clone()));
    let mut public = Vec::new();
    let mut for_peers = Vec::new();
    let mut watched = Vec::new();
    for (service, slot) in services.into_iter().zip(slots) {
        let name = service.name;
        let mut room = running.start_room(service, &assembly, &peers).await?;
        let context = running.room(name).context("a room that has started is there")?;
        watched.extend(room.readable.take().map(|readable| (context.clone(), readable)));
        let own = grpc::routes(room.public.iter().chain(&room.for_peers), &shell, None);
        slot.set(own).map_err(|_| anyhow::anyhow!("a room was started twice"))?;
        public.extend(room.public);
        for_peers.push(room.for_peers);
    }
    // Alone in its process a room serves its peers on the socket; together, they call each other's routers.
    if let [alone] = for_peers.as_mut_slice() {
        public.append(alone);
    }
    // What every room serves alike is one service, whose requests name the room.
    public.push(grpc::Registration::new(WatchServiceServer::new(Watch::new(watched))));
    let contexts = running.rooms.iter().map(|live| live.context.clone());
    public.push(grpc::Registration::new(RefusalServiceServer::new(Refusals::new(contexts))));
    let admission = AdmissionLayer::new(assembly.max_in_flight);
    running.serve(listener, public, &shell, admission, assembly.descriptors).await?;
    Ok(running)
}

impl Running {
    /// Where gRPC is served.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The context of a room of this process.
    #[must_use]
    pub fn room(&self, name: &str) -> Option<&Context> {
        self.rooms.iter().map(|live| &live.context).find(|context| context.room == name)
    }

    async fn start_room(&mut self, service: Service, assembly: &Assembly, peers: &Peers) -> anyhow::Result<Room> {
        let name = service.name;
        let pool = postgres::open(&assembly.database_url, assembly.connections, name, service.migrations).await?;
        let (outlet, express) = express::channel();
        let context = Context {
            room: name,
            journal: Journal::new(name, pool.clone(), assembly.clock.clone(), outlet),
            pool: pool.clone(),
            clock: assembly.clock.clone(),
            pack: assembly.pack.clone(),
            peers: peers.clone(),
            treasury: assembly.treasury.clone(),
            shutdown: self.serving.clone(),
        };
        watch::position::adopt(&pool).await.context("facts of another server can't be brought into order")?;
        calendar::refresh(&pool, &context.pack.calendar).await.context("the years that were loaded can't be read")?;
        let mut room = (service.start)(context.clone()).await.with_context(|| format!("room {name} can't start"))?;
        // The room that loads the years hears nothing, and needs no queue.
        if !room.subscriptions.is_empty() {
            room.subscriptions.push((assembly.calendar)(&context));
        }
        room.workers.push(calendar::worker(&context));
        room.workers.push(measures::of_room(&context));
        self.subscribe(name, pool.clone(), std::mem::take(&mut room.subscriptions)).await?;
        let wake = Arc::new(Notify::new());
        let relay = || Relay::new(name, pool.clone(), assembly.transport.clone(), wake.clone());
        self.tasks.spawn(relay().run(self.shutdown.clone()));
        self.tasks.spawn(express.run(pool.clone(), assembly.transport.clone(), wake.clone(), self.shutdown.clone()));
        let workers: Vec<Arc<Worker>> = std::mem::take(&mut room.workers).into_iter().map(Arc::new).collect();
        for worker in &workers {
            self.tasks.spawn(worker.clone().run(self.shutdown.clone()));
        }
        self.rooms.push(Live { context, relay: relay(), workers });
        Ok(room)
    }

    async fn subscribe(&self, room: &'static str, pool: PgPool, table: Vec<Subscription>) -> anyhow::Result<()> {
        if table.is_empty() {
            return Ok(());
        }
        let kinds: Vec<String> = table.iter().map(|subscription| subscription.kind.clone()).collect();
        let table: BTreeMap<String, Subscription> =
            table.into_iter().map(|subscription| (subscription.kind.clone(), subscription)).collect();
        let consumer = Arc::new(Consumer::new(room, pool, move |message| match table.get(&message.kind) {
            Some(subscription) => (subscription.handle)(message),
            None => {
                let reason = format!("room {room} does not subscribe to {}", message.kind);
                Box::pin(std::future::ready(Err(HandleError::Unreadable(reason))))
            }
        }));
        let parked = Arc::new(Notify::new());
        self.tasks.spawn(consumer.clone().run_parked(parked, self.shutdown.clone()));
        let subscriber = Subscriber { room: room.to_owned(), kinds, handler: consumer };
        let started = Instant::now();
        loop {
            match self.transport.subscribe(subscriber.clone()).await {
                Ok(()) => return Ok(()),
                // The broker may die in the very moment of our start; it comes back.
                Err(SubscribeError::Failed(reason)) if started.elapsed() < BROKER_PATIENCE => {
                    tracing::warn!(room, reason, "can't subscribe yet (setting AMQP_URL), trying again");
                    tokio::time::sleep(Duration::from_secs(2)).await;
                }
                Err(error) => {
                    return Err(error).with_context(|| format!("room {room} can't subscribe (setting AMQP_URL)"));
                }
            }
        }
    }

    async fn serve(
        &mut self,
        listener: TcpListener,
        public: Vec<grpc::Registration>,
        shell: &ShellLayer,
        admission: AdmissionLayer,
        descriptors: Option<&'static [u8]>,
    ) -> anyhow::Result<()> {
        let (health, health_service) = tonic_health::server::health_reporter();
        for service in &public {
            health.set_service_status(service.name, tonic_health::ServingStatus::Serving).await;
        }
        let mut registrations = public;
        registrations.push(grpc::Registration::new(health_service));
        if let Some(descriptors) = descriptors {
            registrations.push(grpc::Registration::new(grpc::reflection(descriptors).build_v1()?));
            // Many tools still ask by the older name.
            registrations.push(grpc::Registration::new(grpc::reflection(descriptors).build_v1alpha()?));
        }
        let routes = grpc::routes(&registrations, shell, Some(admission));
        // The server's own setting does not reach a listener that it is given: without this, small answers wait 40 ms.
        let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
        let serving = self.serving.clone();
        self.tasks.spawn(async move {
            let stopped = async {
                serving.cancelled().await;
                // Load balancers look away before connections end.
                for service in &registrations {
                    health.set_service_status(service.name, tonic_health::ServingStatus::NotServing).await;
                }
                health.set_service_status("", tonic_health::ServingStatus::NotServing).await;
            };
            let served = grpc::server().add_routes(routes).serve_with_incoming_shutdown(incoming, stopped);
            if let Err(error) = served.await {
                tracing::error!(%error, "the gRPC server ended");
            }
        });
        Ok(())
    }

    /// Waits until no room has anything to say, to hear again, or to do: for the demo and tests.
    ///
    /// # Errors
    /// When a store fails, or a worker does.
    pub async fn settle(&self) -> anyhow::Result<()> {
        loop {
            let mut moved = false;
            for live in &self.rooms {
                for worker in live.workers.iter().filter(|worker| worker.does_something()) {
                    moved |= worker.run_once().await?;
                }
                moved |= live.relay.drain_once().await?.confirmed > 0;
                // Rows that the running relay holds are still there: look again once it has let go.
                moved |= outbox::backlog(&live.context.pool).await?.rows > 0;
                moved |= messaging::parked::next_due(&live.context.pool).await?.is_some();
            }
            if !moved {
                return Ok(());
            }
            tokio::task::yield_now().await;
        }
    }

    /// Ends well: no new requests, those under way finish, messages under way too.
    pub async fn stop(self) {
        self.serving.cancel();
        self.transport.close().await;
        self.shutdown.cancel();
        self.tasks.close();
        if tokio::time::timeout(DRAIN, self.tasks.wait()).await.is_err() {
            tracing::warn!(drain_ms = DRAIN.as_millis(), "some connections did not end in time and are cut");
        }
        for live in &self.rooms {
            live.context.pool.close().await;
        }
        drop(self.neighbours);
    }
}
