//! The wire over RabbitMQ: one topic exchange, one quorum queue a room, confirms one way, acks the other.
//!
//! Invariant: `publish` is `Ok` only when the broker has stored the message in every bound queue; a delivery is
//! acknowledged only when its handler said `Done`. A broker restart shows as failed publishes and repeats.
//! Read on: `link` (connections), `topology` (exchanges, queues), `envelope` (headers), `publishers` (out), `lane` (in).

mod envelope;
mod lane;
mod link;
mod look;
mod publishers;
mod topology;
mod wire;

use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt};
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::warn;

use self::lane::{Lane, Purpose};
use self::link::Link;
pub use self::look::{Queues, look};
use self::publishers::Publishers;
use self::topology::Names;
use super::{PublishError, SubscribeError, Subscriber, Transport};
use crate::message::Message;

/// The broker could not be reached, or it refused us.
#[derive(Debug, Clone, thiserror::Error)]
#[error("can't connect to RabbitMQ: {0}")]
pub struct ConnectError(String);

/// The RabbitMQ transport.
///
/// A broker that runs out of memory stops reading from connections that publish, so acknowledgements have a
/// connection of their own.
pub struct Rabbit {
    names: Names,
    prefetch: u16,
    publishers: Publishers,
    consuming: Arc<Link>,
    rooms: Mutex<Vec<String>>,
    closing: CancellationToken,
    tasks: TaskTracker,
}

impl Rabbit {
    /// Connects to the broker at `amqp_url`; `prefetch` is how many deliveries a room handles at the same time.
    pub async fn connect(amqp_url: &str, prefetch: u16) -> Result<Self, ConnectError> {
        Self::connect_as("xianjie", amqp_url, prefetch).await
    }

    /// Like [`Rabbit::connect`], with another first word in the names of exchanges and queues: tests use one each.
    pub async fn connect_as(prefix: &str, amqp_url: &str, prefetch: u16) -> Result<Self, ConnectError> {
        let rabbit = Self {
            names: Names::new(prefix),
            prefetch,
            publishers: Publishers::new(Link::new(amqp_url, &format!("{prefix} publishing")), Names::new(prefix)),
            consuming: Arc::new(Link::new(amqp_url, &format!("{prefix} consuming"))),
            rooms: Mutex::new(Vec::new()),
            closing: CancellationToken::new(),
            tasks: TaskTracker::new(),
        };
        rabbit.publishers.open().await.map_err(|error| ConnectError(error.to_string()))?;
        Ok(rabbit)
    }

    async fn publish_unless_closed(&self, message: &Message) -> Result<(), PublishError> {
        if self.closing.is_cancelled() {
            return Err(PublishError::Failed("the transport is closed".to_owned()));
        }
        self.publishers.publish(message).await
    }

    async fn open_lanes(&self, subscriber: Subscriber) -> Result<(), SubscribeError> {
        if self.closing.is_cancelled() {
            return Err(SubscribeError::Closed);
        }
        let mut rooms = self.rooms.lock().await;
        if rooms.contains(&subscriber.room) {
            return Err(SubscribeError::AlreadySubscribed(subscriber.room));
        }
        // Both or neither: an attempt that failed half-way can be made again.
        let mut opened = Vec::new();
        for purpose in [Purpose::Live, Purpose::Dead] {
            let lane = Lane {
                link: self.consuming.clone(),
                names: self.names.clone(),
                prefetch: self.prefetch,
                subscriber: subscriber.clone(),
                purpose,
                closing: self.closing.clone(),
                tasks: self.tasks.clone(),
            };
            let open = lane.open().await.map_err(|error| SubscribeError::Failed(error.to_string()))?;
            opened.push((lane, open));
        }
        for (lane, open) in opened {
            self.tasks.spawn(lane.run(open));
        }
        rooms.push(subscriber.room);
        Ok(())
    }

    async fn close_all(&self) {
        self.closing.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        for link in [self.publishers.link(), &*self.consuming] {
            if let Err(error) = link.close().await {
                warn!(%error, "the broker was gone before we could take leave of it");
            }
        }
    }
}

impl Transport for Rabbit {
    fn publish<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<(), PublishError>> {
        self.publish_unless_closed(message).boxed()
    }

    fn subscribe(&self, subscriber: Subscriber) -> BoxFuture<'_, Result<(), SubscribeError>> {
        self.open_lanes(subscriber).boxed()
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.close_all().boxed()
    }
}
