//! The imperative shell, written once: everything between a socket or a queue and a room's pure functions.
//!
//! A room is a [`Service`]: a name, migrations, and a function from a [`Context`] to a [`Room`] (its rpcs, subscriptions
//! and workers). [`journal`] is the only writer; [`process`] assembles rooms into one process.

pub mod acts;
pub mod address;
mod admission;
pub mod auth;
pub mod calendar;
pub mod call;
mod checkup;
pub mod clock;
pub mod eddsa;
pub mod gateway;
pub mod gathered;
pub mod grpc;
pub mod journal;
pub mod lifecycle;
pub mod limits;
pub mod live;
pub mod measures;
pub mod options;
pub mod outgoing;
pub mod paging;
pub mod peers;
pub mod postgres;
pub mod process;
mod refusals;
mod replay;
mod row;
pub mod scope;
pub mod shell;
pub mod status;
pub mod subscription;
mod survey;
pub mod telemetry;
pub mod testing;
mod watch;
pub mod worker;

use std::{collections::HashMap, future::Future, pin::Pin, sync::Arc};

use kernel::{Actor, Pack};
use sqlx::{PgPool, migrate::Migration};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub use call::Call;
pub use checkup::Checkup;
pub use clock::Clock;
pub use journal::{Before, Change, Journal, Machine, Snapshot, Statement, Turn};
pub use messaging::migrations;
pub use outgoing::Outgoing;
pub use peers::{Peer, Peers};
pub use replay::Redriven;
pub use subscription::{Subscription, Unreadable};
pub use worker::Worker;

/// What a room is given when it starts.
#[derive(Clone)]
pub struct Context {
    /// The room's name, and its schema's.
    pub room: &'static str,
    /// For reads; writes go through the journal.
    pub pool: PgPool,
    /// The only writer.
    pub journal: Journal,
    /// What time it is.
    pub clock: Clock,
    /// The county pack (县级配置包).
    pub pack: Arc<Pack>,
    /// The other rooms.
    pub peers: Peers,
    /// Address of the treasury port, for the room that pays.
    pub treasury: Option<String>,
    /// Cancelled when the process begins to stop: streams that have no end of their own end then.
    pub shutdown: CancellationToken,
}

/// What a room serves.
#[derive(Default)]
pub struct Room {
    pub(crate) public: Vec<grpc::Registration>,
    pub(crate) for_peers: Vec<grpc::Registration>,
    pub(crate) subscriptions: Vec<Subscription>,
    pub(crate) workers: Vec<Worker>,
    pub(crate) readable: Option<watch::Readable>,
}

impl Room {
    /// A room that serves nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a gRPC service for everyone.
    #[must_use]
    pub fn serve<S: grpc::Servable>(mut self, service: S) -> Self {
        self.public.push(grpc::Registration::new(service));
        self
    }

    /// Adds a gRPC service that only other rooms call, such as `TaskSource`: several rooms of one process may have it.
    #[must_use]
    pub fn serve_peers<S: grpc::Servable>(mut self, service: S) -> Self {
        self.for_peers.push(grpc::Registration::new(service));
        self
    }

    /// Subscribes to a message kind.
    #[must_use]
    pub fn on(mut self, subscription: Subscription) -> Self {
        self.subscriptions.push(subscription);
        self
    }

    /// Lets changes of the room's projects be watched: of these streams, each with a version that it has reached, `readable`
    /// names those that the actor reads, with their projects, by the rule of the room's own lists.
    #[must_use]
    pub fn watched<F>(mut self, readable: fn(Context, Actor, Vec<(Uuid, i64)>) -> F) -> Self
    where
        F: Future<Output = sqlx::Result<HashMap<Uuid, Uuid>>> + Send + 'static,
    {
        self.readable = Some(Arc::new(move |context, actor, streams| Box::pin(readable(context, actor, streams))));
        self
    }

    /// Adds background work.
    #[must_use]
    pub fn work(mut self, worker: Worker) -> Self {
        self.workers.push(worker);
        self
    }
}

/// A future that may move between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

type Start = Box<dyn Fn(Context) -> BoxFuture<'static, anyhow::Result<Room>> + Send + Sync>;

/// A room before it starts.
pub struct Service {
    /// Its name: of the room, its schema, its queue.
    pub name: &'static str,
    pub(crate) migrations: Vec<Migration>,
    pub(crate) machines: Vec<replay::Kept>,
    pub(crate) start: Start,
}

impl Service {
    /// A room with its migrations (version 1000 and up) and the function that starts it.
    pub fn new<F>(name: &'static str, migrations: Vec<Migration>, start: fn(Context) -> F) -> Self
    where
        F: Future<Output = anyhow::Result<Room>> + Send + 'static,
    {
        Self {
            name,
            migrations,
            machines: vec![replay::Kept::new::<calendar::HeardYear>()],
            start: Box::new(move |context| Box::pin(start(context))),
        }
    }

    /// Names a machine whose streams the room's journal holds, so that they can be told again.
    #[must_use]
    pub fn keeps<M: Machine>(mut self) -> Self {
        self.machines.push(replay::Kept::new::<M>());
        self
    }

    /// The room's store alone, brought up to date: for operators' commands that need no running room.
    ///
    /// # Errors
    /// When the store can't be reached or a migration fails.
    pub async fn open_store(self, database_url: &str) -> anyhow::Result<PgPool> {
        postgres::open(database_url, options::CONNECTIONS, self.name, self.migrations).await
    }
}
