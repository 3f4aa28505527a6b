//! The wire between rooms, as a trait with three forms: in one process, over RabbitMQ, and chaotic for tests.
//!
//! Invariant: `publish` says `Ok` only when every subscriber has the message for good: committed, parked, or in a
//! durable queue of its own. Anything else is an error, and the sender's outbox keeps the row.

pub mod chaos;
pub mod in_process;
pub mod rabbit;

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;

use crate::message::Message;

/// Why a message was not taken. The sender keeps it and tries again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// Nobody subscribes to its kind: a configuration fault, or a room that hasn't started yet.
    #[error("nobody subscribes to {0}")]
    Unroutable(String),
    /// The wire or a subscriber failed; whether the message arrived is unknown.
    #[error("not confirmed: {0}")]
    Failed(String),
}

/// Why a subscription could not begin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubscribeError {
    /// The room has subscribed before; it would get everything twice.
    #[error("room {0} is subscribed already")]
    AlreadySubscribed(String),
    /// The transport is closed.
    #[error("the transport is closed")]
    Closed,
    /// The wire failed.
    #[error("can't subscribe: {0}")]
    Failed(String),
}

/// What a handler says of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Its effect is committed, or it is parked: it need not come again.
    Done,
    /// It must come again, and why.
    Retry(String),
}

/// Whoever handles the deliveries of a room; in production a [`crate::Consumer`].
pub trait Handler: Send + Sync + 'static {
    /// Handles one delivery. The same message may come several times and concurrently.
    fn handle(&self, message: Message) -> BoxFuture<'_, Verdict>;

    /// Keeps a message that the transport gave up on, without handling it: one that can't be read (`retry_after`
    /// is `None`), or one that was delivered too often. A handler without such a place asks for it again.
    fn set_aside(&self, message: Message, reason: String, retry_after: Option<Duration>) -> BoxFuture<'_, Verdict> {
        let _ = (message, retry_after);
        Box::pin(async move { Verdict::Retry(format!("this handler can't set messages aside: {reason}")) })
    }
}

/// A room and the kinds of messages that it hears.
#[derive(Clone)]
pub struct Subscriber {
    /// The room's name; one durable queue bears it.
    pub room: String,
    /// Full proto names.
    pub kinds: Vec<String>,
    /// Who handles what comes.
    pub handler: Arc<dyn Handler>,
}

/// A way to carry messages from room to room, at least once.
pub trait Transport: Send + Sync + 'static {
    /// Hands a message to every subscriber of its kind.
    fn publish<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<(), PublishError>>;

    /// Begins deliveries. When it has said `Ok`, the room's kinds are routable.
    fn subscribe(&self, subscriber: Subscriber) -> BoxFuture<'_, Result<(), SubscribeError>>;

    /// Takes no more deliveries and lets the handlers in flight finish.
    fn close(&self) -> BoxFuture<'_, ()>;
}
