//! What one step writes, in one transaction: events, read tables, outbox, receipt. All or nothing.

use kernel::Actor;
use messaging::{Message, outbox, receipts};
use sqlx::types::Json;
use uuid::Uuid;

use super::{Change, Journal, Key, Machine, Snapshot};
use crate::Outgoing;

impl Journal {
    /// Writes a step; `false` when its key was recorded meanwhile, and nothing was written.
    pub(super) async fn write<M: Machine>(
        &self,
        key: Option<&Key<'_>>,
        actor: Option<&Actor>,
        before: &Snapshot<M>,
        after: &Snapshot<M>,
        events: &[M::Event],
        reply: &[u8],
    ) -> sqlx::Result<bool> {
        if events.is_empty() && key.is_none() {
            return Ok(true);
        }
        let traceparent = messaging::current_traceparent();
        let mut transaction = self.pool.begin().await?;
        if !events.is_empty() {
            let versions: Vec<i64> = (before.version + 1..=after.version).collect();
            let payloads: Vec<Json<&M::Event>> = events.iter().map(Json).collect();
            sqlx::query(
                "insert into events (stream_id, version, machine, payload, actor_id, recorded_at, traceparent)
                 select $1, version, $2, payload, $3, $4, $5 from unnest($6::bigint[], $7::jsonb[]) as t (version, payload)",
            )
            .bind(after.stream)
            .bind(M::NAME)
            .bind(actor.map(|actor| actor.person.0.as_str()))
            .bind(after.changed_at)
            .bind(&traceparent)
            .bind(&versions)
            .bind(&payloads)
            .execute(&mut *transaction)
            .await?;
            let change = Change {
                stream: after.stream,
                version: after.version,
                before: &before.state,
                state: &after.state,
                events,
                at: after.changed_at,
            };
            M::project(&mut transaction, &change).await?;
            let messages = messages(&change, traceparent.as_deref());
            if !messages.is_empty() {
                outbox::enqueue_in_tx(&mut transaction, &messages).await?;
            }
        }
        if let Some(key) = key
            && !receipts::record_in_tx(&mut transaction, key.scope, key.id, key.body_hash, reply).await?
        {
            transaction.rollback().await?;
            return Ok(false);
        }
        transaction.commit().await?;
        Ok(true)
    }
}

fn messages<M: Machine>(change: &Change<'_, M>, traceparent: Option<&str>) -> Vec<Message> {
    let message = |outgoing: Outgoing| Message {
        id: Uuid::now_v7(),
        kind: outgoing.kind,
        stream: change.stream,
        version: change.version,
        payload: outgoing.payload.into(),
        occurred_at: change.at,
        traceparent: traceparent.map(str::to_owned),
    };
    M::publish(change).into_iter().map(message).collect()
}

/// Whether another writer appended to the stream first.
pub(super) fn is_conflict(error: &sqlx::Error) -> bool {
    constraint(error) == Some("events_pkey")
}

/// The constraint that an error names.
pub(super) fn constraint(error: &sqlx::Error) -> Option<&str> {
    match error {
        sqlx::Error::Database(database) => database.constraint(),
        _ => None,
    }
}
