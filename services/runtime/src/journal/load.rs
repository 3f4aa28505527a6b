//! How a stream is read: its events folded, with what an earlier attempt under the same key was answered.

use std::{collections::HashMap, sync::Arc};

use messaging::receipts::Receipt;
use sqlx::{Row as _, postgres::PgRow, types::Json};
use uuid::Uuid;

use super::{
    Before, Journal, Key, Machine, Snapshot, Statement,
    recall::{Known, STREAMS},
};
use crate::{BoxFuture, Call};

// Two statements, for a key that may be null makes the one cheap and the other dear, and PostgreSQL would plan it anew each
// time instead of keeping one plan.
const EVENTS: &str = "select null::bytea as body_hash, null::bytea as reply, version, payload, recorded_at, traceparent
   from events where stream_id = $1 order by version";
const EVENTS_AND_RECEIPT: &str = "select r.body_hash, r.reply, e.version, e.payload, e.recorded_at, e.traceparent
   from (values (1)) as one
   left join receipts r on r.scope = $2 and r.id = $3
   left join events e on e.stream_id = $1
  order by e.version";

const EVENTS_OF_MANY: &str = "select stream_id, version, payload, recorded_at, traceparent
       from events where stream_id = any($1) order by stream_id, version";

/// A stream as loaded for a step.
pub(super) struct Loaded<M> {
    /// What an earlier attempt under the same key was answered.
    pub receipt: Option<Receipt>,
    pub known: Arc<Known<M>>,
}

impl Journal {
    /// A stream as it stands; none when nothing has happened to it.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn load<M: Machine>(&self, stream: Uuid) -> sqlx::Result<Option<Snapshot<M>>> {
        let (_, known) = self.read::<M>(stream, None).await?;
        Ok((known.snapshot.version > 0).then_some(known.snapshot))
    }

    /// What these streams look like, each at the version that a read table gave for it or a later one. What this process has
    /// in memory is not read, and the rest in one round trip; streams to which nothing has happened are left out.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn look_at<M: Machine, T>(
        &self,
        streams: &[(Uuid, i64)],
        look: impl Fn(&M) -> T,
    ) -> sqlx::Result<HashMap<Uuid, T>> {
        let (mut seen, mut unknown) = (HashMap::new(), Vec::new());
        for (stream, version) in streams {
            match self.recall.get::<M>(*stream).filter(|known| known.snapshot.version >= *version) {
                Some(known) => {
                    seen.insert(*stream, look(&known.snapshot.state));
                }
                None => unknown.push(*stream),
            }
        }
        if unknown.is_empty() {
            return Ok(seen);
        }
        let rows = self.rows(sqlx::query(EVENTS_OF_MANY).bind(unknown)).await?;
        let mut read: HashMap<Uuid, Known<M>> = HashMap::new();
        for row in rows {
            let stream = row.try_get("stream_id")?;
            read.entry(stream).or_insert_with(|| Known::new(stream)).append(&row)?;
        }
        seen.extend(read.iter().map(|(stream, known)| (*stream, look(&known.snapshot.state))));
        // A page may be long, and those that are being worked on should stay.
        for known in read.into_values().take(STREAMS / 4) {
            self.recall.keep(Arc::new(known));
        }
        Ok(seen)
    }

    /// What a call finds that must ask elsewhere before its step: its own answer, if this is a repeat, or the stream, and
    /// the turn to write it.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn before<M: Machine>(&self, call: &Call, stream: Uuid) -> sqlx::Result<Before<M>> {
        let key = call.request_id.map(|id| Key { scope: &call.actor.person.0, id, body_hash: &call.body_hash });
        let turn = self.turns.take(stream).await;
        let Loaded { receipt, known } = self.load_with_receipt::<M>(stream, key.as_ref()).await?;
        if receipt.is_some() {
            return Ok(Before::Answered);
        }
        let snapshot = known.snapshot.clone();
        if snapshot.version > 0 {
            self.recall.keep(known);
        }
        Ok(Before::Standing(snapshot, turn))
    }

    pub(super) async fn load_with_receipt<M: Machine>(
        &self,
        stream: Uuid,
        key: Option<&Key<'_>>,
    ) -> sqlx::Result<Loaded<M>> {
        let (receipt, known) = self.read(stream, key).await?;
        Ok(Loaded { receipt, known: Arc::new(known) })
    }

    async fn read<M: Machine>(&self, stream: Uuid, key: Option<&Key<'_>>) -> sqlx::Result<(Option<Receipt>, Known<M>)> {
        let query = match key {
            Some(key) => sqlx::query(EVENTS_AND_RECEIPT).bind(stream).bind(key.scope).bind(key.id),
            None => sqlx::query(EVENTS).bind(stream),
        };
        let rows = self.rows(query).await?;
        let mut receipt = None;
        let mut known = Known::new(stream);
        for row in rows {
            if let (None, Some(body_hash)) = (&receipt, row.try_get::<Option<Vec<u8>>, _>("body_hash")?) {
                receipt = Some(Receipt { body_hash, reply: row.try_get("reply")? });
            }
            if row.try_get::<Option<i64>, _>("version")?.is_some() {
                known.append(&row)?;
            }
        }
        Ok((receipt, known))
    }

    fn rows(&self, query: Statement) -> BoxFuture<'_, sqlx::Result<Vec<PgRow>>> {
        Box::pin(query.fetch_all(&self.pool))
    }
}

impl<M: Machine> Known<M> {
    /// A stream to which nothing has happened.
    pub(super) fn new(stream: Uuid) -> Self {
        Self { snapshot: Snapshot::new(stream), traceparent: None }
    }

    /// Adds the event of a row.
    fn append(&mut self, row: &PgRow) -> sqlx::Result<()> {
        let Json(event) = row.try_get::<Json<M::Event>, _>("payload")?;
        let snapshot = &mut self.snapshot;
        snapshot.state = std::mem::take(&mut snapshot.state).evolve(&event);
        snapshot.version = row.try_get("version")?;
        snapshot.changed_at = row.try_get("recorded_at")?;
        self.traceparent = row.try_get("traceparent")?;
        Ok(())
    }
}
