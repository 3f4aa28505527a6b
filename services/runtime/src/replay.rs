//! The journal read again: what each step said, and what it wrote into the read tables (重放).
//!
//! Events are the truth of a room; its messages and its read tables follow from them by the room's own pure functions, ids
//! and all. [`Service::redrive`] says again what a broker has lost; [`Service::rebuild`] fills empty read tables.
//! Invariant: nothing here adds an event; a message told again has the id it had, so its receipt absorbs it.

use std::collections::BTreeMap;

use anyhow::Context as _;
use messaging::{Message, outbox};
use sqlx::PgPool;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{Change, Machine, Service, Statement, journal::step::messages, options::CONNECTIONS, postgres};

/// Streams that are read at a time.
const STREAMS: i64 = 200;

/// A machine of a room, as replays know it.
#[derive(Clone, Copy)]
pub(crate) struct Kept {
    name: &'static str,
    said: Of<Said>,
    written: Of<Written>,
}

/// What is made of one stream of a room.
type Of<T> = fn(&str, &[Recorded]) -> anyhow::Result<Vec<T>>;

impl Kept {
    pub(crate) fn new<M: Machine>() -> Self {
        Self { name: M::NAME, said: said::<M>, written: written::<M> }
    }
}

/// What telling again came to.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Redriven {
    /// Messages that the steps said.
    pub said: u64,
    /// Those put into the outbox; the others stood there still. None in a dry run.
    pub enqueued: u64,
}

/// An event as it is kept.
struct Recorded {
    stream_id: Uuid,
    version: i64,
    step: i64,
    machine: String,
    /// JSON.
    payload: String,
    recorded_at: OffsetDateTime,
    traceparent: Option<String>,
    written: i64,
}

crate::from_row!(Recorded { stream_id, version, step, machine, payload, recorded_at, traceparent, written });

/// What a step said.
struct Said {
    at: OffsetDateTime,
    messages: Vec<Message>,
}

/// What a step wrote into the read tables.
struct Written {
    /// Order of writing among the room's steps: the id of its transaction.
    order: i64,
    statements: Vec<Statement>,
}

impl Service {
    /// Puts what the steps since then said into the outbox again, for the relay of a running room to send; `dry_run` only
    /// counts. What has taken effect is known to its receivers by its receipt.
    ///
    /// # Errors
    /// When the store fails, or holds an event that this program doesn't know.
    pub async fn redrive(self, database_url: &str, since: OffsetDateTime, dry_run: bool) -> anyhow::Result<Redriven> {
        let (room, machines) = (self.name, self.machines.clone());
        let pool = self.open_store(database_url).await?;
        let (mut redriven, mut after) = (Redriven::default(), Uuid::nil());
        loop {
            let streams = streams(&pool, since, after).await?;
            let Some(last) = streams.last() else { break };
            after = *last;
            let steps = replay(room, &machines, &pool, &streams, |kept| kept.said).await?;
            let said: Vec<Message> =
                steps.into_iter().filter(|step| step.at >= since).flat_map(|step| step.messages).collect();
            redriven.said += u64::try_from(said.len())?;
            if !dry_run {
                redriven.enqueued += outbox::enqueue_again(&pool, &said).await?;
            }
        }
        pool.close().await;
        Ok(redriven)
    }

    /// Writes the read tables again, from the events alone, into a schema of this name, which must be new; returns its
    /// pool. All steps are held in memory: this is for checks, not for a county of years.
    ///
    /// # Errors
    /// When the store fails, or a step of the past can't be written again.
    pub async fn rebuild(self, database_url: &str, schema: &'static str) -> anyhow::Result<PgPool> {
        let target = postgres::open(database_url, CONNECTIONS, schema, self.migrations.clone()).await?;
        let (room, machines) = (self.name, self.machines.clone());
        let source = self.open_store(database_url).await?;
        let (mut steps, mut after) = (Vec::new(), Uuid::nil());
        loop {
            let streams = streams(&source, OffsetDateTime::UNIX_EPOCH, after).await?;
            let Some(last) = streams.last() else { break };
            after = *last;
            steps.extend(replay(room, &machines, &source, &streams, |kept| kept.written).await?);
        }
        source.close().await;
        // Across streams as it was: a project's money comes after the indicator that it is taken from.
        steps.sort_by_key(|step| step.order);
        let mut transaction = target.begin().await?;
        for statement in steps.into_iter().flat_map(|step| step.statements) {
            statement.execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
        Ok(target)
    }
}

/// The next streams to which something has happened since then.
async fn streams(pool: &PgPool, since: OffsetDateTime, after: Uuid) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar(
        "select distinct stream_id from events where stream_id > $1 and recorded_at >= $2 order by stream_id limit $3",
    )
    .bind(after)
    .bind(since)
    .bind(STREAMS)
    .fetch_all(pool)
    .await
}

/// What is made of each step of these streams.
async fn replay<T>(
    room: &str,
    machines: &[Kept],
    pool: &PgPool,
    streams: &[Uuid],
    what: impl Fn(&Kept) -> Of<T>,
) -> anyhow::Result<Vec<T>> {
    let recorded: Vec<Recorded> = sqlx::query_as(
        "select stream_id, version, step, machine, payload::text as payload, recorded_at, traceparent,
                xmin::text::bigint as written
           from events where stream_id = any($1) order by stream_id, version",
    )
    .bind(streams)
    .fetch_all(pool)
    .await?;
    let known: BTreeMap<&str, &Kept> = machines.iter().map(|kept| (kept.name, kept)).collect();
    let mut made = Vec::new();
    for stream in recorded.chunk_by(|one, next| one.stream_id == next.stream_id) {
        let Recorded { stream_id, machine, .. } = &stream[0];
        let kept = known.get(machine.as_str()).with_context(|| format!("room {room} keeps no machine {machine}"))?;
        let of_stream = what(kept)(room, stream).with_context(|| format!("stream {stream_id} of room {room}"))?;
        made.extend(of_stream);
    }
    Ok(made)
}

fn said<M: Machine>(room: &str, stream: &[Recorded]) -> anyhow::Result<Vec<Said>> {
    steps::<M, _>(stream, |change, last| Said {
        at: change.at,
        messages: messages(room, change, last.traceparent.as_deref()),
    })
}

fn written<M: Machine>(_room: &str, stream: &[Recorded]) -> anyhow::Result<Vec<Written>> {
    steps::<M, _>(stream, |change, last| Written { order: last.written, statements: M::project(change) })
}

/// The steps of one stream, from its first event on; `each` is told the last event of each, too.
fn steps<M: Machine, T>(stream: &[Recorded], each: impl Fn(&Change<'_, M>, &Recorded) -> T) -> anyhow::Result<Vec<T>> {
    let (mut before, mut steps) = (M::default(), Vec::new());
    for step in stream.chunk_by(|one, next| one.step == next.step) {
        let events = step
            .iter()
            .map(|recorded| serde_json::from_str(&recorded.payload))
            .collect::<Result<Vec<M::Event>, _>>()?;
        let state = events.iter().fold(before.clone(), M::evolve);
        let last = step.last().context("a step has an event")?;
        let change = Change {
            stream: last.stream_id,
            version: last.version,
            before: &before,
            state: &state,
            events: &events,
            at: last.recorded_at,
        };
        steps.push(each(&change, last));
        before = state;
    }
    Ok(steps)
}
