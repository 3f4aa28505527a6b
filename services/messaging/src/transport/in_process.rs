//! The wire when all rooms share one process: a publish calls the subscribers' handlers.
//!
//! Invariant: `publish` is `Ok` only when each subscriber has committed or parked the message. There is no queue
//! here to trust; the sender's outbox is the only store. See [`crate::relay`] for the retries.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use futures::future::{BoxFuture, FutureExt, join_all};
use tokio_util::task::TaskTracker;

use super::{Handler, PublishError, SubscribeError, Subscriber, Transport, Verdict};
use crate::message::Message;

/// The in-process transport.
#[derive(Default)]
pub struct InProcess {
    rooms: RwLock<HashMap<String, Subscriber>>,
    in_flight: TaskTracker,
}

impl InProcess {
    /// A transport without subscribers.
    pub fn new() -> Self {
        Self::default()
    }

    fn subscribers(&self, kind: &str) -> Vec<(String, Arc<dyn Handler>)> {
        let rooms = self.rooms.read().unwrap_or_else(PoisonError::into_inner);
        let heard = rooms.values().filter(|subscriber| subscriber.kinds.iter().any(|heard| heard == kind));
        heard.map(|subscriber| (subscriber.room.clone(), subscriber.handler.clone())).collect()
    }

    // A task of its own, so that a sender who stops waiting does not cut a handler off in the middle.
    async fn deliver(&self, room: String, handler: Arc<dyn Handler>, message: Message) -> Result<(), String> {
        match self.in_flight.spawn(async move { handler.handle(message).await }).await {
            Ok(Verdict::Done) => Ok(()),
            Ok(Verdict::Retry(reason)) => Err(format!("{room}: {reason}")),
            Err(died) => Err(format!("{room}: the handler died: {died}")),
        }
    }

    async fn publish_to_all(&self, message: &Message) -> Result<(), PublishError> {
        if self.in_flight.is_closed() {
            return Err(PublishError::Failed("the transport is closed".to_owned()));
        }
        let subscribers = self.subscribers(&message.kind);
        if subscribers.is_empty() {
            return Err(PublishError::Unroutable(message.kind.clone()));
        }
        let deliveries = subscribers.into_iter().map(|(room, handler)| self.deliver(room, handler, message.clone()));
        let failures: Vec<String> = join_all(deliveries).await.into_iter().filter_map(Result::err).collect();
        if failures.is_empty() { Ok(()) } else { Err(PublishError::Failed(failures.join("; "))) }
    }

    fn add(&self, subscriber: Subscriber) -> Result<(), SubscribeError> {
        if self.in_flight.is_closed() {
            return Err(SubscribeError::Closed);
        }
        let mut rooms = self.rooms.write().unwrap_or_else(PoisonError::into_inner);
        if rooms.contains_key(&subscriber.room) {
            return Err(SubscribeError::AlreadySubscribed(subscriber.room));
        }
        rooms.insert(subscriber.room.clone(), subscriber);
        Ok(())
    }
}

impl Transport for InProcess {
    fn publish<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<(), PublishError>> {
        self.publish_to_all(message).boxed()
    }

    fn subscribe(&self, subscriber: Subscriber) -> BoxFuture<'_, Result<(), SubscribeError>> {
        std::future::ready(self.add(subscriber)).boxed()
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.in_flight.close();
        self.in_flight.wait().boxed()
    }
}
