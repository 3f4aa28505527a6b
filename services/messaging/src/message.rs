//! One message between rooms: a fact that happened, with the id that makes a repeat harmless.
//!
//! Invariant: every copy of a message, on whatever wire, carries the same `id`.
//! See [`crate::outbox`] for how it leaves a room and [`crate::receipts`] for how a repeat is known.

use bytes::Bytes;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, Row};
use time::OffsetDateTime;
use uuid::Uuid;

/// A fact that one room tells the others (消息).
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// The message's own id; receivers keep it as their receipt.
    pub id: Uuid,
    /// Full proto name of the payload, which is the routing key too, e.g. `xianjie.intake.v1.ApplicationSubmitted`.
    pub kind: String,
    /// The stream that the fact belongs to.
    pub stream: Uuid,
    /// The stream's version at the fact: order within one stream; there is none across streams.
    pub version: i64,
    /// The encoded proto message.
    pub payload: Bytes,
    /// When the fact happened, by the clock of the room that says it.
    pub occurred_at: OffsetDateTime,
    /// W3C trace context of the work that said it, so that one trace follows a project through all rooms.
    pub traceparent: Option<String>,
}

// The tables `outbox` and `parked` name their message columns alike, so one reading serves both.
impl FromRow<'_, PgRow> for Message {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.try_get("id")?,
            kind: row.try_get("kind")?,
            stream: row.try_get("stream")?,
            version: row.try_get("version")?,
            payload: Bytes::from(row.try_get::<Vec<u8>, _>("payload")?),
            occurred_at: row.try_get("occurred_at")?,
            traceparent: row.try_get("traceparent")?,
        })
    }
}
