//! The way in: a room's deliveries, handled once in effect, or parked.
//!
//! Invariant: `Done` is said only of a message whose effect is committed or that is parked. The handler given to
//! [`Consumer::new`] writes the receipt in the transaction of the effect; this file only decides what follows.
//! See [`crate::parked`] for what is set aside.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::{BoxFuture, FutureExt};
use opentelemetry::metrics::{Counter, Histogram};
use opentelemetry::{KeyValue, global};
use sqlx::PgPool;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, Span, debug, info_span, warn};

use crate::backoff::jittered;
use crate::message::Message;
use crate::parked;
use crate::trace;
use crate::transport::{Handler, Verdict};

/// A delivery is tried so often in place before it goes back to the transport.
const TRIES: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// A fact heard too early is tried again after this, doubling up to the ceiling.
const FIRST_RETRY: Duration = Duration::from_millis(200);
const LONGEST_RETRY: Duration = Duration::from_secs(60);

const PARKED_BATCH: i64 = 32;
const PARKED_POLL: Duration = Duration::from_secs(1);

/// Why a message was not handled; the reasons are for operators.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HandleError {
    /// Something is away, say the database: the same message will do later.
    #[error("transient: {0}")]
    Transient(String),
    /// The message tells of a fact whose forerunner hasn't come yet: it is parked and tried again.
    #[error("too early: {0}")]
    TooEarly(String),
    /// The payload can't be read: it is parked for a person.
    #[error("unreadable: {0}")]
    Unreadable(String),
    /// The room refuses it: it is parked for a person.
    #[error("refused: {0}")]
    Refused(String),
}

type Handle = dyn Fn(Message) -> BoxFuture<'static, Result<(), HandleError>> + Send + Sync;

/// Handles the messages of one room.
pub struct Consumer {
    room: String,
    pool: PgPool,
    handle: Box<Handle>,
    newly_parked: Notify,
    handle_time: Histogram<u64>,
    parked_count: Counter<u64>,
}

impl Consumer {
    /// A consumer for `room`, whose parked messages stand in `pool`. `handle` must write its receipt
    /// ([`crate::receipts::record_in_tx`]) in the transaction of the effect.
    pub fn new(
        room: &str,
        pool: PgPool,
        handle: impl Fn(Message) -> BoxFuture<'static, Result<(), HandleError>> + Send + Sync + 'static,
    ) -> Self {
        let meter = global::meter("xianjie");
        Self {
            room: room.to_owned(),
            pool,
            handle: Box::new(handle),
            newly_parked: Notify::new(),
            handle_time: meter.u64_histogram("xianjie.message.handle").with_unit("ms").build(),
            parked_count: meter.u64_counter("xianjie.messages.parked").build(),
        }
    }

    /// Tries parked messages again when their time comes, at once after `wake`, until `shutdown`.
    pub async fn run_parked(self: Arc<Self>, wake: Arc<Notify>, shutdown: CancellationToken) {
        while !shutdown.is_cancelled() {
            let pause = self.redrive_until_due().await.unwrap_or_else(|error| {
                warn!(room = self.room, %error, "can't read the parked messages");
                PARKED_POLL
            });
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = wake.notified() => {}
                () = self.newly_parked.notified() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Tries the parked messages that are due, and says how many there were.
    pub async fn redrive_once(&self) -> sqlx::Result<usize> {
        let due = parked::due(&self.pool, PARKED_BATCH).await?;
        let count = due.len();
        // One after the other: within a stream the earlier fact makes way for the later one.
        for (message, attempts) in due {
            let span = self.span(&message);
            self.redrive(message, attempts).instrument(span).await?;
        }
        Ok(count)
    }

    async fn redrive_until_due(&self) -> sqlx::Result<Duration> {
        while self.redrive_once().await? > 0 {}
        let wait = parked::next_due(&self.pool).await?;
        Ok(wait.map_or(PARKED_POLL, |wait| wait.min(PARKED_POLL)))
    }

    async fn redrive(&self, message: Message, attempts: i32) -> sqlx::Result<()> {
        let Err(error) = self.attempt(&message).await else {
            parked::release(&self.pool, message.id).await?;
            debug!("the parked message is handled");
            return Ok(());
        };
        let retry_after = retry_after(&error, u32::try_from(attempts).unwrap_or(1));
        parked::park(&self.pool, &message, &error.to_string(), retry_after).await?;
        match retry_after {
            Some(_) => debug!(attempts, reason = %error, "the parked message stays parked"),
            None => warn!(attempts, reason = %error, "the parked message now waits for a person"),
        }
        Ok(())
    }

    async fn receive(&self, message: Message) -> Verdict {
        match self.attempt(&message).await {
            Ok(()) => Verdict::Done,
            Err(HandleError::Transient(reason)) => Verdict::Retry(reason),
            Err(error) => self.park(&message, &error.to_string(), retry_after(&error, 1)).await,
        }
    }

    /// Handles the message, trying again in place while something is away.
    async fn attempt(&self, message: &Message) -> Result<(), HandleError> {
        let started = Instant::now();
        let mut tries = 1;
        let outcome = loop {
            match self.handle_guarded(message.clone()).await {
                Err(HandleError::Transient(reason)) if tries < TRIES => {
                    debug!(tries, reason, "trying again");
                    tokio::time::sleep(jittered(FIRST_PAUSE, tries, LONGEST_PAUSE)).await;
                    tries += 1;
                }
                outcome => break outcome,
            }
        };
        let elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let labels = [self.room_label(), KeyValue::new("kind", message.kind.clone()), outcome_label(&outcome)];
        self.handle_time.record(elapsed_ms, &labels);
        outcome
    }

    // A panic is a fault of the program that the same message would meet again, so a person looks at it.
    async fn handle_guarded(&self, message: Message) -> Result<(), HandleError> {
        let handled = async { (self.handle)(message).await };
        AssertUnwindSafe(handled)
            .catch_unwind()
            .await
            .unwrap_or_else(|_panic| Err(HandleError::Refused("the handler panicked".to_owned())))
    }

    async fn park(&self, message: &Message, reason: &str, retry_after: Option<Duration>) -> Verdict {
        if let Err(error) = parked::park(&self.pool, message, reason, retry_after).await {
            return Verdict::Retry(format!("can't park ({reason}): {error}"));
        }
        warn!(reason, waits_for_a_person = retry_after.is_none(), "message parked");
        self.parked_count.add(1, &[self.room_label(), KeyValue::new("kind", message.kind.clone())]);
        self.newly_parked.notify_one();
        Verdict::Done
    }

    fn span(&self, message: &Message) -> Span {
        let span = info_span!(
            "handle",
            otel.name = format!("{}.handle", self.room),
            otel.kind = "consumer",
            room = self.room,
            message.id = %message.id,
            message.kind = message.kind,
            stream.id = %message.stream,
            stream.version = message.version,
        );
        trace::adopt(&span, message.traceparent.as_deref());
        span
    }

    fn room_label(&self) -> KeyValue {
        KeyValue::new("room", self.room.clone())
    }
}

impl Handler for Consumer {
    fn handle(&self, message: Message) -> BoxFuture<'_, Verdict> {
        let span = self.span(&message);
        self.receive(message).instrument(span).boxed()
    }

    fn set_aside(&self, message: Message, reason: String, retry_after: Option<Duration>) -> BoxFuture<'_, Verdict> {
        let span = self.span(&message);
        async move { self.park(&message, &reason, retry_after).await }.instrument(span).boxed()
    }
}

fn retry_after(error: &HandleError, attempts: u32) -> Option<Duration> {
    match error {
        HandleError::TooEarly(_) | HandleError::Transient(_) => Some(jittered(FIRST_RETRY, attempts, LONGEST_RETRY)),
        HandleError::Unreadable(_) | HandleError::Refused(_) => None,
    }
}

fn outcome_label(outcome: &Result<(), HandleError>) -> KeyValue {
    let word = match outcome {
        Ok(()) => "handled",
        Err(HandleError::Transient(_)) => "transient",
        Err(HandleError::TooEarly(_)) => "too_early",
        Err(HandleError::Unreadable(_)) => "unreadable",
        Err(HandleError::Refused(_)) => "refused",
    };
    KeyValue::new("outcome", word)
}
