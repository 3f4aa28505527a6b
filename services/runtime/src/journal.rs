//! The only writer. Load, fold, decide; then events, read tables, outbox and receipt in one transaction.
//!
//! Two writers on one stream: the primary key of `events` lets one through, the other starts again from the new state.
//! What a room gives the journal stands in [`machine`], the pure part of a step in [`step`]; what it reads in [`load`], what it
//! need not read again in [`recall`], what it writes in [`write`]; [`rehearsal`] takes none. In one process writers take
//! [`turns`]. Refusals are kept by [`refusals`].

mod load;
mod machine;
mod recall;
mod refusals;
mod rehearsal;
pub mod step;
mod turns;
mod write;

pub use machine::{Change, Machine, Snapshot, Statement};
pub use turns::Turn;

use std::sync::Arc;

use kernel::{Actor, Explanation, Refusal};
use messaging::{Message, Outlet, consumer::HandleError, receipts::Receipt};
use opentelemetry::{KeyValue, metrics::Counter};
use sqlx::PgPool;
use tokio::sync::broadcast;
use tonic::{Code, Status};
use tracing::Instrument as _;
use uuid::Uuid;

use self::{
    load::Loaded,
    recall::{Known, Recall},
    step::{ATTEMPTS, Denied, unheard},
    turns::Turns,
};
use crate::{Call, Clock, postgres, status};

/// What is said when it has started again that often.
const OUTRUN: &str = "it was written by others each time";

/// Where a step's effect is remembered, so that a repeat has none.
struct Key<'a> {
    scope: &'a str,
    id: Uuid,
    body_hash: &'a [u8],
}

/// What a call finds before its step.
pub enum Before<M> {
    /// It is a repeat: the step gives the answer again, or tells that the key was used for something else.
    Answered,
    /// The stream as it stands, at version 0 when nothing has happened to it; and the turn to write it, for
    /// [`Journal::answer_in_turn`], so that what follows from asking elsewhere does not get in before the step.
    Standing(Snapshot<M>, Turn),
}

/// How a step ended.
enum Ended<M: Machine, R> {
    Done(R),
    Repeated {
        body_hash: Vec<u8>,
        reply: Vec<u8>,
    },
    Refused(M::Refusal),
    Stale {
        version: i64,
    },
    /// Others were faster each time: nothing was written, and trying again is right.
    Outrun,
}

impl<M: Machine, R> From<Denied<M::Refusal>> for Ended<M, R> {
    fn from(denied: Denied<M::Refusal>) -> Self {
        match denied {
            Denied::Refused(refusal) => Self::Refused(refusal),
            Denied::Stale { version } => Self::Stale { version },
        }
    }
}

/// The only writer of a room.
#[derive(Clone)]
pub struct Journal {
    room: &'static str,
    pool: PgPool,
    clock: Clock,
    outlet: Outlet,
    changes: broadcast::Sender<Uuid>,
    conflicts: Counter<u64>,
    recall: Arc<Recall>,
    turns: Arc<Turns>,
}

impl Journal {
    pub(crate) fn new(room: &'static str, pool: PgPool, clock: Clock, outlet: Outlet) -> Self {
        let conflicts = opentelemetry::global::meter("xianjie").u64_counter("xianjie.journal.conflicts").build();
        Self {
            room,
            pool,
            clock,
            outlet,
            changes: broadcast::channel(1024).0,
            conflicts,
            recall: Arc::new(Recall::new()),
            turns: Arc::default(),
        }
    }

    /// Streams that changed in this process, as they change. Other replicas' changes are not heard: poll beside it.
    #[must_use]
    pub fn changes(&self) -> broadcast::Receiver<Uuid> {
        self.changes.subscribe()
    }

    /// One step for a person. `reply` makes the answer from the state after it; a repeat gets the same answer. A call that
    /// only tries takes none and is answered as if: see [`rehearsal`].
    ///
    /// # Errors
    /// The refusal with its figures, already recorded; UNAVAILABLE when the store is away or too many write at once.
    pub async fn answer<M, R>(
        &self,
        call: &Call,
        stream: Uuid,
        command: M::Command,
        reply: impl Fn(&Snapshot<M>) -> R + Send + Sync,
    ) -> Result<R, Status>
    where
        M: Machine,
        R: prost::Message + Default,
    {
        self.answer_in_turn(None, call, stream, command, reply).await
    }

    /// As [`Journal::answer`], for a call that may have its turn since [`Journal::before`].
    ///
    /// # Errors
    /// As [`Journal::answer`].
    pub async fn answer_in_turn<M, R>(
        &self,
        turn: Option<Turn>,
        call: &Call,
        stream: Uuid,
        command: M::Command,
        reply: impl Fn(&Snapshot<M>) -> R + Send + Sync,
    ) -> Result<R, Status>
    where
        M: Machine,
        R: prost::Message + Default,
    {
        if call.validate_only {
            return self.rehearse(call, stream, command, reply).await;
        }
        let id =
            call.request_id.ok_or_else(|| status::internal(anyhow::anyhow!("{} was opened as a read", call.method)))?;
        let key = Key { scope: &call.actor.person.0, id, body_hash: &call.body_hash };
        let answer = |snapshot: &Snapshot<M>| {
            let reply = reply(snapshot);
            (reply.encode_to_vec(), reply)
        };
        let turn = match turn {
            Some(turn) => turn,
            None => self.turns.take(stream).await,
        };
        let ended = self.step(Some(key), call.expected_version, Some(&call.actor), stream, command, answer).await;
        drop(turn);
        match ended {
            Ok(Ended::Done(reply)) => Ok(reply),
            Ok(Ended::Repeated { body_hash, reply }) if body_hash == call.body_hash => {
                R::decode(reply.as_slice()).map_err(status::internal)
            }
            Ok(Ended::Repeated { .. }) => Err(reused_request_id()),
            Ok(Ended::Refused(refusal)) => Err(self.refuse(call, Some(stream), &refusal).await),
            Ok(Ended::Stale { version }) => Err(self.stale(call, stream, version).await),
            Ok(Ended::Outrun) => Err(status::contended()),
            Err(error) => Err(status::store(error)),
        }
    }

    /// One step for a message, under its id: however often it comes, it has one effect.
    ///
    /// # Errors
    /// Whether to try again soon, later, or to park the message for a person.
    pub async fn absorb<M: Machine>(
        &self,
        message: &Message,
        stream: Uuid,
        command: M::Command,
    ) -> Result<(), HandleError> {
        let key = Key { scope: "message", id: message.id, body_hash: &[] };
        let _turn = self.turns.take(stream).await;
        match self.step(Some(key), None, None, stream, command, |_: &Snapshot<M>| (Vec::new(), ())).await {
            Ok(Ended::Done(()) | Ended::Repeated { .. }) => Ok(()),
            Ok(Ended::Stale { .. }) => unreachable!("a message expects no version"),
            Ok(Ended::Outrun) => Err(HandleError::Transient(format!("stream {stream}: {OUTRUN}"))),
            Ok(Ended::Refused(refusal)) => {
                let unheard = unheard(&refusal);
                // What comes too early has not been refused yet.
                if !matches!(unheard, HandleError::TooEarly(_)) {
                    self.keep_refusal(&message.kind, None, None, Some(stream), &refusal.explain())
                        .await
                        .map_err(|error| HandleError::Transient(error.to_string()))?;
                }
                Err(unheard)
            }
            Err(error) if postgres::is_transient(&error) => Err(HandleError::Transient(error.to_string())),
            // The store will never take it: a person must look, and the messages behind it go on.
            Err(error) => Err(HandleError::Refused(format!("the store refuses it: {error}"))),
        }
    }

    /// One step of a worker, which needs no receipt: its command decides to nothing when it is already so.
    ///
    /// # Errors
    /// The refusal, or the store's failure.
    pub async fn advance<M: Machine>(&self, stream: Uuid, command: M::Command) -> anyhow::Result<Snapshot<M>> {
        let _turn = self.turns.take(stream).await;
        match self
            .step(None, None, None, stream, command, |snapshot: &Snapshot<M>| (Vec::new(), snapshot.clone()))
            .await?
        {
            Ended::Done(snapshot) => Ok(snapshot),
            Ended::Refused(refusal) => Err(refusal.into()),
            Ended::Outrun => Err(anyhow::anyhow!("stream {stream}: {OUTRUN}")),
            Ended::Repeated { .. } | Ended::Stale { .. } => unreachable!("a worker has no key and expects no version"),
        }
    }

    /// What a request was read into, or why not, which is recorded and said: see [`Journal::refuse`].
    ///
    /// # Errors
    /// The refusal.
    pub async fn accept<T>(
        &self,
        call: &Call,
        stream: Option<Uuid>,
        value: Result<T, impl Refusal>,
    ) -> Result<T, Status> {
        match value {
            Ok(value) => Ok(value),
            Err(refusal) => Err(self.refuse(call, stream, &refusal).await),
        }
    }

    /// Records a refusal that was decided outside a machine, such as a read beyond the caller's scope, and says it.
    pub async fn refuse(&self, call: &Call, stream: Option<Uuid>, refusal: &dyn Refusal) -> Status {
        self.refuse_with(call, stream, status::code(refusal.kind()), &refusal.explain()).await
    }

    async fn stale(&self, call: &Call, stream: Uuid, version: i64) -> Status {
        let read = call.expected_version.unwrap_or_default();
        let explanation = Explanation::new(
            "STALE_VERSION",
            "项目已变更,请刷新后再办理",
            "it has changed since you read it: read it again",
        );
        self.refuse_with(call, Some(stream), Code::Aborted, &explanation.figures(read, version)).await
    }

    async fn refuse_with(&self, call: &Call, stream: Option<Uuid>, code: Code, explanation: &Explanation) -> Status {
        if call.validate_only {
            return status::explained(code, explanation);
        }
        match self.keep_refusal(&call.method, Some(&call.actor), call.request_id, stream, explanation).await {
            Ok(()) => status::explained(code, explanation),
            // A refusal that can't be recorded is not given: the caller tries again.
            Err(error) => status::store(error),
        }
    }

    async fn step<M, R>(
        &self,
        key: Option<Key<'_>>,
        expected: Option<i64>,
        actor: Option<&Actor>,
        stream: Uuid,
        command: M::Command,
        reply: impl Fn(&Snapshot<M>) -> (Vec<u8>, R),
    ) -> sqlx::Result<Ended<M, R>>
    where
        M: Machine,
    {
        let span = tracing::info_span!(
            "step",
            otel.name = format!("{}.{}", self.room, M::NAME),
            room = self.room,
            stream = %stream,
            stream.version = tracing::field::Empty,
        );
        self.attempts(key, expected, actor, stream, command, reply).instrument(span).await
    }

    async fn attempts<M, R>(
        &self,
        key: Option<Key<'_>>,
        expected: Option<i64>,
        actor: Option<&Actor>,
        stream: Uuid,
        command: M::Command,
        reply: impl Fn(&Snapshot<M>) -> (Vec<u8>, R),
    ) -> sqlx::Result<Ended<M, R>>
    where
        M: Machine,
    {
        for attempt in 1..=ATTEMPTS {
            let supposed = if attempt == 1 { self.supposed::<M>(stream, &command) } else { None };
            let unread = supposed.is_some();
            let Loaded { receipt, known } = match supposed {
                Some(known) => Loaded { receipt: None, known },
                None => self.load_with_receipt::<M>(stream, key.as_ref()).await?,
            };
            if let Some(Receipt { body_hash, reply }) = receipt {
                return Ok(Ended::Repeated { body_hash, reply });
            }
            if let (1, Some(traceparent)) = (attempt, &known.traceparent) {
                messaging::link_to(traceparent);
            }
            let before = &known.snapshot;
            let events = match before.decide(expected, command.clone()) {
                // Another process may have written since: only a write finds that out.
                Ok(events) if unread && events.is_empty() => continue,
                Err(_) if unread => continue,
                Ok(events) => events,
                Err(denied) => return Ok(denied.into()),
            };
            let after = before.after(&events, self.clock.now());
            let (encoded, answer) = reply(&after);
            match self.write(key.as_ref(), actor, before, &after, &events, &encoded).await {
                Ok(()) => {
                    tracing::Span::current().record("stream.version", after.version);
                    self.told(after, &events);
                    return Ok(Ended::Done(answer));
                }
                Err(error) => {
                    self.recall.forget::<M>(stream);
                    match self.lost_to_another::<M>(&error, key.as_ref(), before).await? {
                        // The next round finds the other's version, or the receipt.
                        true => self.conflicts.add(1, &[KeyValue::new("room", self.room)]),
                        false => match constraint(&error).and_then(|name| M::refused_by(name, &command)) {
                            Some(refusal) => return Ok(Ended::Refused(refusal)),
                            None => return Err(error),
                        },
                    }
                }
            }
        }
        Ok(Ended::Outrun)
    }

    /// Where the stream stands, as far as that can be told without reading it.
    fn supposed<M: Machine>(&self, stream: Uuid, command: &M::Command) -> Option<Arc<Known<M>>> {
        let new = || M::begins(command).then(|| Arc::new(Known::new(stream)));
        self.recall.get::<M>(stream).or_else(new)
    }

    /// Whether a violated constraint only means that another writer of this stream was faster: of all that one statement
    /// inserts, any part may be the first to meet the other's.
    async fn lost_to_another<M: Machine>(
        &self,
        error: &sqlx::Error,
        key: Option<&Key<'_>>,
        before: &Snapshot<M>,
    ) -> sqlx::Result<bool> {
        if constraint(error).is_none() {
            return Ok(false);
        }
        let now = self.load_with_receipt::<M>(before.stream, key).await?;
        Ok(now.receipt.is_some() || now.known.snapshot.version != before.version)
    }

    fn told<M: Machine>(&self, after: Snapshot<M>, events: &[M::Event]) {
        if !events.is_empty() {
            let stream = after.stream;
            self.recall.keep(Arc::new(Known { snapshot: after, traceparent: messaging::current_traceparent() }));
            // Nobody listening is no fault.
            let _ = self.changes.send(stream);
        }
    }
}

/// The constraint that an error names.
fn constraint(error: &sqlx::Error) -> Option<&str> {
    match error {
        sqlx::Error::Database(database) => database.constraint(),
        _ => None,
    }
}

/// The refusal of a `request_id` that came before with another request.
fn reused_request_id() -> Status {
    status::plain(
        Code::AlreadyExists,
        "REQUEST_ID_REUSED",
        "该请求编号已用于内容不同的请求",
        "this request_id was used before with another request",
    )
}
