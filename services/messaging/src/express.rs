//! The quick way out: what was just committed is published from memory, and its outbox row is deleted once confirmed.
//!
//! Invariant: the row, not the memory, is what is trusted. A message that is not confirmed here, for whatever reason, is
//! still in the outbox, and [`crate::relay`] takes it from there. So this path may lose anything, at any time.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use futures::stream::{FuturesUnordered, StreamExt};
use sqlx::PgPool;
use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};
use uuid::Uuid;

use crate::crash;
use crate::message::Message;
use crate::outbox::{self, GRACE};
use crate::transport::Transport;

/// Steps whose messages may wait here; beyond that the outbox has them alone.
const BACKLOG: usize = 1024;
/// So many steps have messages on their way at the same time.
const IN_FLIGHT: usize = 256;
/// Confirmed rows may stay for so long, well within their grace, so that one statement deletes many.
const GATHER: Duration = Duration::from_millis(200);

/// Where a room hands over what it has just committed.
#[derive(Clone)]
pub struct Outlet(mpsc::Sender<Vec<Message>>);

impl Outlet {
    /// Hands over what one step of a stream has said, its outbox rows being committed. Never waits: when there is no room,
    /// the rows suffice.
    pub fn say(&self, messages: Vec<Message>) {
        if !messages.is_empty() && self.0.try_send(messages).is_err() {
            debug!("no room on the quick way; the relay takes it");
        }
    }
}

/// Publishes from memory; one a room and process.
pub struct Express {
    said: mpsc::Receiver<Vec<Message>>,
}

/// The two ends of the quick way.
#[must_use]
pub fn channel() -> (Outlet, Express) {
    let (sender, said) = mpsc::channel(BACKLOG);
    (Outlet(sender), Express { said })
}

impl Express {
    /// Publishes until `shutdown`; what is on its way then still arrives. Wakes the `relay` when a publish failed.
    pub async fn run(
        self,
        pool: PgPool,
        transport: Arc<dyn Transport>,
        relay: Arc<Notify>,
        shutdown: CancellationToken,
    ) {
        let (ended, outcomes) = mpsc::unbounded_channel();
        tokio::join!(self.publish(transport, ended, shutdown), clean(outcomes, pool, relay));
    }

    // Streams go side by side; within a stream one step after the other, so that receivers seldom hear a fact too early.
    // What one step says is one fact told to several, and goes together.
    async fn publish(
        mut self,
        transport: Arc<dyn Transport>,
        ended: mpsc::UnboundedSender<Outcome>,
        shutdown: CancellationToken,
    ) {
        let mut waiting: HashMap<Uuid, VecDeque<Vec<Message>>> = HashMap::new();
        let mut on_their_way = FuturesUnordered::new();
        loop {
            let room = on_their_way.len() < IN_FLIGHT && !shutdown.is_cancelled();
            tokio::select! {
                Some((stream, outcomes)) = on_their_way.next() => {
                    for outcome in outcomes {
                        // Nobody cleans any more only when the process ends; the rows stay.
                        let _ = ended.send(outcome);
                    }
                    match waiting.get_mut(&stream).and_then(VecDeque::pop_front) {
                        Some(next) => on_their_way.push(send_step(transport.clone(), stream, next)),
                        None => { waiting.remove(&stream); }
                    }
                }
                Some(messages) = self.said.recv(), if room => {
                    let Some(stream) = messages.first().map(|message| message.stream) else { continue };
                    match waiting.entry(stream) {
                        Entry::Occupied(mut line) => line.get_mut().push_back(messages),
                        Entry::Vacant(place) => {
                            place.insert(VecDeque::new());
                            on_their_way.push(send_step(transport.clone(), stream, messages));
                        }
                    }
                }
                () = shutdown.cancelled(), if room => {}
                else => return,
            }
        }
    }
}

/// What became of a message: confirmed, or left to the relay.
struct Outcome {
    id: Uuid,
    confirmed: bool,
}

/// Sends what one step of a stream has said.
async fn send_step(transport: Arc<dyn Transport>, stream: Uuid, said: Vec<Message>) -> (Uuid, Vec<Outcome>) {
    (stream, join_all(said.iter().map(|message| send(&*transport, message))).await)
}

async fn send(transport: &dyn Transport, message: &Message) -> Outcome {
    // Not longer than the relay waits, or both would send it.
    let sent = tokio::time::timeout(GRACE, transport.publish(message)).await;
    let confirmed = match sent {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            debug!(kind = message.kind, %error, "not confirmed; the relay takes it");
            false
        }
        Err(_late) => false,
    };
    Outcome { id: message.id, confirmed }
}

/// Deletes what was confirmed and hands the rest to the relay; one statement for all that ended meanwhile.
async fn clean(mut outcomes: mpsc::UnboundedReceiver<Outcome>, pool: PgPool, relay: Arc<Notify>) {
    let mut batch = Vec::new();
    while outcomes.recv_many(&mut batch, IN_FLIGHT).await > 0 {
        gather(&mut outcomes, &mut batch).await;
        let (confirmed, failed): (Vec<Outcome>, Vec<Outcome>) = batch.drain(..).partition(|outcome| outcome.confirmed);
        let ids = |outcomes: Vec<Outcome>| outcomes.into_iter().map(|outcome| outcome.id).collect::<Vec<_>>();
        let (confirmed, failed) = (ids(confirmed), ids(failed));
        let mut cleaned = Ok(());
        if !confirmed.is_empty() {
            crash::at(crash::CONFIRMED);
            cleaned = outbox::delete(&pool, &confirmed).await;
        }
        if !failed.is_empty() {
            cleaned = cleaned.and(outbox::release(&pool, &failed).await);
            relay.notify_one();
        }
        if let Err(error) = cleaned {
            // The rows stay, are sent once more after their grace, and are known by their receipts.
            warn!(%error, "the outbox could not be cleaned");
        }
    }
}

/// Waits for more, unless something failed, which the relay must take at once, or nothing more can come.
async fn gather(outcomes: &mut mpsc::UnboundedReceiver<Outcome>, batch: &mut Vec<Outcome>) {
    let until = Instant::now() + GATHER;
    while batch.len() < IN_FLIGHT && batch.iter().all(|outcome| outcome.confirmed) {
        match timeout_at(until, outcomes.recv_many(batch, IN_FLIGHT)).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
    }
}
