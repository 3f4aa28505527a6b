//! What the tests of the post office share: a room's schema of its own, messages, and handlers that remember.

use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures::future::{BoxFuture, FutureExt};
use messaging::{Handler, Message, Subscriber, Verdict};
use sqlx::PgPool;
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use time::OffsetDateTime;
use tokio::sync::mpsc;
use uuid::Uuid;

/// Nothing here takes that long; a test that would wait for ever fails instead.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub fn environment(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run tests/run"))
}

/// A pool whose `search_path` is a new schema with the post office's tables, as a room has it.
pub async fn room() -> PgPool {
    let schema = format!("messaging_test_{}", Uuid::now_v7().simple());
    let options = PgConnectOptions::from_str(&environment("DATABASE_URL"))
        .expect("DATABASE_URL can be read")
        .options([("search_path", schema.as_str())]);
    let pool = PgPoolOptions::new().max_connections(8).connect_with(options).await.expect("PostgreSQL: run tests/run");
    let mut migrator = Migrator::with_migrations(messaging::schema());
    migrator.create_schema(schema);
    migrator.run(&pool).await.expect("the migrations run");
    pool
}

pub const KIND: &str = "xianjie.test.v1.Happened";

pub fn message(stream: Uuid, version: i64) -> Message {
    Message {
        id: Uuid::now_v7(),
        kind: KIND.to_owned(),
        stream,
        version,
        payload: Bytes::from(format!("version {version}")),
        // PostgreSQL keeps microseconds; what a test compares must survive them.
        occurred_at: OffsetDateTime::from_unix_timestamp_nanos(1_646_096_400_123_456_000).expect("in range"),
        traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned()),
    }
}

pub fn messages(count: i64) -> Vec<Message> {
    (1..=count).map(|version| message(Uuid::now_v7(), version)).collect()
}

pub async fn enqueue(pool: &PgPool, messages: &[Message]) {
    let mut tx = pool.begin().await.unwrap();
    messaging::outbox::enqueue_in_tx(&mut tx, messages).await.unwrap();
    tx.commit().await.unwrap();
}

/// What a handler was given.
#[derive(Debug, Clone, PartialEq)]
pub enum Heard {
    Delivery(Message),
    SetAside(Message, String, Option<Duration>),
}

impl Heard {
    pub fn message(&self) -> &Message {
        match self {
            Heard::Delivery(message) | Heard::SetAside(message, ..) => message,
        }
    }
}

type Script = dyn Fn(usize, Message) -> BoxFuture<'static, Verdict> + Send + Sync;

/// A handler that tells the test what it hears, and answers by a script of (how many before, message).
pub struct Ear {
    heard: mpsc::UnboundedSender<Heard>,
    script: Box<Script>,
    count: AtomicUsize,
}

impl Ear {
    pub fn new(
        script: impl Fn(usize, Message) -> BoxFuture<'static, Verdict> + Send + Sync + 'static,
    ) -> (Arc<Self>, Hearing) {
        let (heard, hearing) = mpsc::unbounded_channel();
        (Arc::new(Self { heard, script: Box::new(script), count: AtomicUsize::new(0) }), Hearing(hearing))
    }

    /// Says `Done` to everything.
    pub fn content() -> (Arc<Self>, Hearing) {
        Self::new(|_, _| std::future::ready(Verdict::Done).boxed())
    }
}

impl Handler for Ear {
    fn handle(&self, message: Message) -> BoxFuture<'_, Verdict> {
        let before = self.count.fetch_add(1, Ordering::SeqCst);
        self.heard.send(Heard::Delivery(message.clone())).ok();
        (self.script)(before, message)
    }

    fn set_aside(&self, message: Message, reason: String, retry_after: Option<Duration>) -> BoxFuture<'_, Verdict> {
        self.heard.send(Heard::SetAside(message, reason, retry_after)).ok();
        std::future::ready(Verdict::Done).boxed()
    }
}

/// The test's end of an [`Ear`].
pub struct Hearing(mpsc::UnboundedReceiver<Heard>);

impl Hearing {
    pub async fn next(&mut self) -> Heard {
        let next = tokio::time::timeout(PATIENCE, self.0.recv()).await;
        next.expect("something was heard in time").expect("the ear still listens")
    }

    /// Everything heard so far.
    pub fn so_far(&mut self) -> Vec<Heard> {
        std::iter::from_fn(|| self.0.try_recv().ok()).collect()
    }
}

pub fn subscriber(room: &str, kinds: &[&str], handler: Arc<dyn Handler>) -> Subscriber {
    Subscriber { room: room.to_owned(), kinds: kinds.iter().map(|&kind| kind.to_owned()).collect(), handler }
}
