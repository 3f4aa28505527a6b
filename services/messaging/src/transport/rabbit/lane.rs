//! One queue's deliveries, from the broker to the room's handler.
//!
//! Invariant: a delivery is acknowledged only after `Done`, and a lane never ends before the transport is closed:
//! whatever breaks, it is opened again. The live lane handles, the dead lane sets aside what the broker gave up on.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use lapin::message::Delivery;
use lapin::options::{BasicAckOptions, BasicCancelOptions, BasicConsumeOptions, BasicQosOptions, BasicRejectOptions};
use lapin::types::FieldTable;
use lapin::{Channel, Consumer};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{debug, info, warn};

use super::envelope;
use super::link::{Link, LinkError, answered};
use super::topology::{self, DELIVERY_LIMIT, Names};
use crate::backoff::jittered;
use crate::crash;
use crate::transport::{Subscriber, Verdict};

const FIRST_REOPEN: Duration = Duration::from_millis(200);
const LONGEST_REOPEN: Duration = Duration::from_secs(5);

/// A rejected delivery comes back at once, so it waits here first: a database's restart must not use up its tries.
const FIRST_REJECT: Duration = Duration::from_millis(50);
const LONGEST_REJECT: Duration = Duration::from_secs(10);

/// A silent channel is looked at this often.
const WATCH: Duration = Duration::from_secs(5);
/// Opening a lane takes a dozen questions to the broker; none may hang for ever.
const OPEN_TIMEOUT: Duration = Duration::from_secs(30);

/// A message that the broker gave up on is tried again after this, from the room's own table.
const DEAD_RETRY: Duration = Duration::from_secs(30);

/// Which of a room's two queues a lane serves.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Live,
    Dead,
}

/// What it takes to open a lane, and to open it again.
#[derive(Clone)]
pub(super) struct Lane {
    pub(super) link: Arc<Link>,
    pub(super) names: Names,
    pub(super) prefetch: u16,
    pub(super) subscriber: Subscriber,
    pub(super) purpose: Purpose,
    pub(super) closing: CancellationToken,
    pub(super) tasks: TaskTracker,
}

/// A lane on which deliveries come.
pub(super) struct Open {
    channel: Channel,
    deliveries: Consumer,
}

impl Lane {
    /// Declares the queues and begins to consume.
    pub(super) async fn open(&self) -> Result<Open, LinkError> {
        tokio::time::timeout(OPEN_TIMEOUT, self.declare_and_consume()).await.map_err(|_late| LinkError::Silent)?
    }

    async fn declare_and_consume(&self) -> Result<Open, LinkError> {
        let room = &self.subscriber.room;
        topology::declare_queues(&self.link, &self.names, room, &self.subscriber.kinds).await?;
        let queue = match self.purpose {
            Purpose::Live => self.names.queue(room),
            Purpose::Dead => self.names.dead_queue(room),
        };
        let channel = self.link.channel().await?;
        channel.basic_qos(self.prefetch, BasicQosOptions::default()).await?;
        // The broker chooses the consumer's tag, so that several processes of one room can share its queue.
        let options = BasicConsumeOptions::default();
        let deliveries = channel.basic_consume(queue, "".into(), options, FieldTable::default()).await?;
        Ok(Open { channel, deliveries })
    }

    /// Handles what comes until the transport is closed.
    pub(super) async fn run(self, mut open: Open) {
        loop {
            self.consume(&mut open).await;
            drop(open);
            match self.reopen().await {
                Some(opened) => open = opened,
                None => return,
            }
        }
    }

    /// Opens the lane again, however long it takes. `None`: the transport is closed.
    async fn reopen(&self) -> Option<Open> {
        for attempt in 1.. {
            if self.closing.is_cancelled() {
                return None;
            }
            match self.open().await {
                Ok(open) => {
                    info!(room = self.subscriber.room, "consuming again");
                    return Some(open);
                }
                Err(error) => debug!(room = self.subscriber.room, attempt, %error, "can't consume yet"),
            }
            tokio::select! {
                () = self.closing.cancelled() => {}
                () = tokio::time::sleep(jittered(FIRST_REOPEN, attempt, LONGEST_REOPEN)) => {}
            }
        }
        None
    }

    /// Hands out deliveries until the channel is gone or the transport is closed.
    async fn consume(&self, open: &mut Open) {
        let room = self.subscriber.room.as_str();
        loop {
            tokio::select! {
                () = self.closing.cancelled() => return self.stop(open).await,
                next = open.deliveries.next() => match next {
                    // No limit of ours is needed: the broker sends no more than the prefetch without an answer.
                    Some(Ok(delivery)) => { self.tasks.spawn(self.clone().answer(open.channel.clone(), delivery)); }
                    Some(Err(error)) => return warn!(room, %error, "the broker went away"),
                    None => return warn!(room, "the broker ended the deliveries"),
                },
                () = tokio::time::sleep(WATCH) => if !open.channel.status().connected() {
                    return warn!(room, "the channel was lost unseen");
                }
            }
        }
    }

    async fn stop(&self, open: &Open) {
        let cancelled = open.channel.basic_cancel(open.deliveries.tag(), BasicCancelOptions::default());
        match tokio::time::timeout(WATCH, cancelled).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => debug!(room = self.subscriber.room, %error, "the broker had gone already"),
            Err(_late) => debug!(room = self.subscriber.room, "the broker did not answer the cancel"),
        }
    }

    // A task of its own for each delivery, so that a slow one holds up no other.
    async fn answer(self, channel: Channel, delivery: Delivery) {
        let room = self.subscriber.room.as_str();
        let outcome = match self.judge(&delivery).await {
            Verdict::Done => {
                crash::at(crash::HANDLED);
                answered(&channel, delivery.acker.ack(BasicAckOptions::default())).await
            }
            Verdict::Retry(reason) => {
                let earlier = envelope::earlier_deliveries(&delivery);
                warn!(room, earlier, reason, "the delivery goes back");
                self.pause_before_reject(earlier).await;
                // Reject, not nack: newer brokers count only rejects towards the delivery limit.
                answered(&channel, delivery.acker.reject(BasicRejectOptions { requeue: true })).await
            }
        };
        match outcome {
            Ok(true) => {}
            // Without an answer the broker delivers it again, and the receipt makes that harmless.
            Ok(false) => debug!(room, "the channel was gone before the answer"),
            Err(error) => debug!(room, %error, "the answer did not reach the broker"),
        }
    }

    async fn judge(&self, delivery: &Delivery) -> Verdict {
        let handler = self.subscriber.handler.clone();
        let purpose = self.purpose;
        let read = envelope::read(delivery).map_err(|wrong| (envelope::salvage(delivery), wrong));
        // A task of its own once more: a handler that panics must not leave its delivery without an answer.
        let handled = self.tasks.spawn(async move {
            match (read, purpose) {
                (Ok(message), Purpose::Live) => handler.handle(message).await,
                (Ok(message), Purpose::Dead) => {
                    let reason = format!("the broker gave up after {DELIVERY_LIMIT} deliveries");
                    handler.set_aside(message, reason, Some(DEAD_RETRY)).await
                }
                (Err((rest, wrong)), _) => handler.set_aside(rest, format!("unreadable delivery: {wrong}"), None).await,
            }
        });
        handled.await.unwrap_or_else(|died| Verdict::Retry(format!("the handler died: {died}")))
    }

    async fn pause_before_reject(&self, earlier_deliveries: u32) {
        tokio::select! {
            () = self.closing.cancelled() => {}
            () = tokio::time::sleep(jittered(FIRST_REJECT, earlier_deliveries.saturating_add(1), LONGEST_REJECT)) => {}
        }
    }
}
