//! The sure way out: empties a room's outbox into the transport.
//!
//! What [`crate::express`] has published from memory is gone before it is due here, so as a rule there is nothing to do.
//! Invariant: a row is deleted only after the transport has confirmed its message. A crash in between sends it
//! twice, which receipts make harmless. The rows are held by locks, so a relay that dies lets go of them at once.
//! This is the one place that keeps a transaction open over a network wait; [`BATCH_DEADLINE`] bounds it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use opentelemetry::metrics::Gauge;
use opentelemetry::{KeyValue, global};
use sqlx::PgPool;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;
use tracing::warn;
use uuid::Uuid;

use crate::backoff::capped;
use crate::crash;
use crate::outbox::{self, Claimed, Deferred};
use crate::transport::{PublishError, Transport};

/// At most so many messages share a transaction.
pub const BATCH: i64 = 100;
/// A batch is given up after this; what is not confirmed by then is tried again.
pub const BATCH_DEADLINE: Duration = Duration::from_secs(10);

/// The outbox is looked at this often, should a wake-up have been lost.
const POLL: Duration = Duration::from_secs(1);
/// After a failure it is looked at sooner, for most failures pass quickly.
const POLL_AFTER_FAILURE: Duration = Duration::from_millis(200);

/// A wire that failed may be back in a moment; a kind that nobody hears needs a room to start.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE_FAILED: Duration = Duration::from_secs(5);
const LONGEST_PAUSE_UNROUTABLE: Duration = Duration::from_secs(60);

/// Why the outbox could not be worked on. Failures to publish are no error here: the rows stay.
#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    /// The room's database failed.
    #[error("the outbox can't be read or written")]
    Store(#[from] sqlx::Error),
}

/// What one batch came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Drained {
    /// Confirmed by the transport and deleted.
    pub confirmed: usize,
    /// Not confirmed; they stay and are tried again later.
    pub failed: usize,
}

/// Carries the messages of one room from its outbox to the transport.
///
/// It holds one connection of `pool` while it publishes. Over the in-process transport a room's own consumer may
/// want another one at that time, so the pool needs at least two.
pub struct Relay {
    room: String,
    pool: PgPool,
    transport: Arc<dyn Transport>,
    wake: Arc<Notify>,
    age: Gauge<f64>,
}

impl Relay {
    /// A relay for `room`; notify `wake` after each commit that enqueued something.
    pub fn new(room: &str, pool: PgPool, transport: Arc<dyn Transport>, wake: Arc<Notify>) -> Self {
        let age = global::meter("xianjie").f64_gauge("xianjie.outbox.age").with_unit("s").build();
        Self { room: room.to_owned(), pool, transport, wake, age }
    }

    /// Empties the outbox whenever it is woken, and every second, until `shutdown`. A batch that has begun ends.
    pub async fn run(self, shutdown: CancellationToken) {
        // What a process left behind that ended before this one began.
        if let Err(error) = outbox::release_all(&self.pool).await {
            warn!(room = self.room, %error, "messages left behind wait for the end of their grace");
        }
        while !shutdown.is_cancelled() {
            let pause = match self.drain(&shutdown).await {
                Ok(Drained { failed: 0, .. }) => POLL,
                Ok(_) => POLL_AFTER_FAILURE,
                Err(error) => {
                    warn!(room = self.room, error = &error as &dyn std::error::Error, "the relay waits");
                    POLL
                }
            };
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = self.wake.notified() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Publishes one batch in one transaction: claim, publish, delete what was confirmed, defer the rest.
    pub async fn drain_once(&self) -> Result<Drained, RelayError> {
        let mut tx = self.pool.begin().await?;
        let batch = outbox::claim_in_tx(&mut tx, BATCH).await?;
        if batch.is_empty() {
            return Ok(Drained::default());
        }
        let (confirmed, deferred) = self.publish(&batch).await;
        if !confirmed.is_empty() {
            crash::at(crash::CONFIRMED);
            outbox::delete_in_tx(&mut tx, &confirmed).await?;
        }
        if let Some(first) = deferred.first() {
            warn!(room = self.room, failed = deferred.len(), reason = first.reason, "not confirmed, will try again");
            outbox::defer_in_tx(&mut tx, &deferred).await?;
        }
        tx.commit().await?;
        Ok(Drained { confirmed: confirmed.len(), failed: deferred.len() })
    }

    // Goes on while batches are full and something gets through; when nothing does, the wire is away.
    async fn drain(&self, shutdown: &CancellationToken) -> Result<Drained, RelayError> {
        let mut total = Drained::default();
        loop {
            let batch = self.drain_once().await?;
            total.confirmed += batch.confirmed;
            total.failed += batch.failed;
            let full = i64::try_from(batch.confirmed + batch.failed).is_ok_and(|tried| tried >= BATCH);
            if !full || batch.confirmed == 0 || shutdown.is_cancelled() {
                break;
            }
        }
        self.age.record(outbox::age(&self.pool).await?.as_secs_f64(), &[KeyValue::new("room", self.room.clone())]);
        Ok(total)
    }

    // Streams go side by side; within a stream one after the other, so that receivers seldom hear a fact too early.
    async fn publish(&self, batch: &[Claimed]) -> (Vec<i64>, Vec<Deferred>) {
        let deadline = Instant::now() + BATCH_DEADLINE;
        let mut streams: BTreeMap<Uuid, Vec<&Claimed>> = BTreeMap::new();
        for row in batch {
            streams.entry(row.message.stream).or_default().push(row);
        }
        let outcomes = join_all(streams.into_values().map(|rows| self.publish_stream(rows, deadline))).await;
        let (mut confirmed, mut deferred) = (Vec::new(), Vec::new());
        for (row, outcome) in outcomes.into_iter().flatten() {
            match outcome {
                Ok(()) => confirmed.push(row.position),
                Err(error) => deferred.push(defer(row, &error)),
            }
        }
        (confirmed, deferred)
    }

    async fn publish_stream<'a>(
        &self,
        rows: Vec<&'a Claimed>,
        deadline: Instant,
    ) -> Vec<(&'a Claimed, Result<(), PublishError>)> {
        let mut outcomes = Vec::with_capacity(rows.len());
        for row in rows {
            let outcome = timeout_at(deadline, self.transport.publish(&row.message)).await.unwrap_or_else(|_late| {
                Err(PublishError::Failed(format!("no confirmation within {} s", BATCH_DEADLINE.as_secs())))
            });
            outcomes.push((row, outcome));
        }
        outcomes
    }
}

fn defer(row: &Claimed, error: &PublishError) -> Deferred {
    let ceiling = match error {
        PublishError::Unroutable(_) => LONGEST_PAUSE_UNROUTABLE,
        PublishError::Failed(_) => LONGEST_PAUSE_FAILED,
    };
    let attempt = u32::try_from(row.attempts).unwrap_or(0).saturating_add(1);
    Deferred { position: row.position, reason: error.to_string(), pause: capped(FIRST_PAUSE, attempt, ceiling) }
}
