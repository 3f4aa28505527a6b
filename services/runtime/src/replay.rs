//! The journal read again: what each step said, and what it wrote into the read tables (重放).
//!
//! Events are the truth of a room; its messages and its read tables follow from them by the room's own pure functions, ids
//! and all. [`Service::redrive`] says again what a broker has lost; [`Service::rebuild`] fills empty read tables.
//! Invariant: nothing here adds an event; a message told again has the id it had, so its receipt absorbs it.

use std::collections::BTreeMap;

use anyhow::Context as _;
use messaging::{Message, outbox};
use sqlx::{FromRow, PgPool, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{Change, Machine, Service, Statement, journal::messages, options::CONNECTIONS, postgres};

/// Streams that are read at a time.
const STREAMS: i64 = 200;

/// A machine of a room, as replays know it.
#[derive(Clone, Copy)]
pub(crate) struct Kept {
    name: &'static str,
    steps: fn(&str, &[Recorded]) -> anyhow::Result<Vec<Step>>,
}

impl Kept {
    pub(crate) fn new<M: Machine>() -> Self {
        Self { name: M::NAME, steps: steps::<M> }
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
#[derive(FromRow)]
struct Recorded {
    stream_id: Uuid,
    version: i64,
    step: i64,
    machine: String,
    payload: Json<serde_json::Value>,
    recorded_at: OffsetDateTime,
    traceparent: Option<String>,
    written: i64,
}

/// A step told again.
struct Step {
    at: OffsetDateTime,
    /// Order of writing among the room's steps: the id of its transaction.
    written: i64,
    said: Vec<Message>,
    projected: Vec<Statement>,
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
            let steps = steps_of(room, &machines, &pool, &streams).await?;
            let said: Vec<Message> =
                steps.into_iter().filter(|step| step.at >= since).flat_map(|step| step.said).collect();
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
            steps.extend(steps_of(room, &machines, &source, &streams).await?);
        }
        source.close().await;
        // Across streams as it was: a project's money comes after the indicator that it is taken from.
        steps.sort_by_key(|step| step.written);
        let mut transaction = target.begin().await?;
        for statement in steps.into_iter().flat_map(|step| step.projected) {
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

async fn steps_of(room: &str, machines: &[Kept], pool: &PgPool, streams: &[Uuid]) -> anyhow::Result<Vec<Step>> {
    let recorded: Vec<Recorded> = sqlx::query_as(
        "select stream_id, version, step, machine, payload, recorded_at, traceparent, xmin::text::bigint as written
           from events where stream_id = any($1) order by stream_id, version",
    )
    .bind(streams)
    .fetch_all(pool)
    .await?;
    let known: BTreeMap<&str, &Kept> = machines.iter().map(|kept| (kept.name, kept)).collect();
    let mut steps = Vec::new();
    for stream in recorded.chunk_by(|one, next| one.stream_id == next.stream_id) {
        let Recorded { stream_id, machine, .. } = &stream[0];
        let kept = known.get(machine.as_str()).with_context(|| format!("room {room} keeps no machine {machine}"))?;
        steps.extend((kept.steps)(room, stream).with_context(|| format!("stream {stream_id} of room {room}"))?);
    }
    Ok(steps)
}

/// The steps of one stream, from its first event on.
fn steps<M: Machine>(room: &str, stream: &[Recorded]) -> anyhow::Result<Vec<Step>> {
    let mut before = M::default();
    let mut steps = Vec::new();
    for step in stream.chunk_by(|one, next| one.step == next.step) {
        let events = step
            .iter()
            .map(|recorded| serde_json::from_value(recorded.payload.0.clone()))
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
        let said = messages(room, &change, last.traceparent.as_deref());
        let projected = M::project(&change);
        steps.push(Step { at: last.recorded_at, written: last.written, said, projected });
        before = state;
    }
    Ok(steps)
}
