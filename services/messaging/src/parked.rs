//! Parked messages (搁置): what could not be handled, with its reason, and a time or a person it waits for.
//!
//! Invariant: a message is parked or handled, never dropped. An attempt is counted before it begins, so a
//! message that kills the process is handed to a person after [`UNFINISHED_LIMIT`] deaths.
//! See [`crate::consumer`] for who parks and who tries again.

use std::time::Duration;

use sqlx::postgres::PgRow;
use sqlx::{FromRow, PgExecutor, PgPool, Row};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::message::Message;

/// After so many attempts in a row that never ended, a message waits for a person.
pub const UNFINISHED_LIMIT: i32 = 5;

/// A message that was set aside.
#[derive(Debug, Clone, PartialEq)]
pub struct Parked {
    /// The message, as it came.
    pub message: Message,
    /// Why it could not be handled.
    pub reason: String,
    /// How often it has been tried.
    pub attempts: i32,
    /// When it was first parked.
    pub parked_at: OffsetDateTime,
    /// When it is tried again; `None`: it waits for a person.
    pub retry_at: Option<OffsetDateTime>,
}

impl FromRow<'_, PgRow> for Parked {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        Ok(Self {
            message: Message::from_row(row)?,
            reason: row.try_get("reason")?,
            attempts: row.try_get("attempts")?,
            parked_at: row.try_get("parked_at")?,
            retry_at: row.try_get("retry_at")?,
        })
    }
}

/// Sets a message aside; `retry_after` is when it is tried again, `None` means that it waits for a person.
/// A message that is parked already keeps its place and its attempts, which [`due`] counts.
pub async fn park(pool: &PgPool, message: &Message, reason: &str, retry_after: Option<Duration>) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO parked (id, kind, stream, version, payload, occurred_at, traceparent, reason, retry_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, clock_timestamp() + $9 * interval '1 millisecond')
         ON CONFLICT (id) DO UPDATE
         SET reason = excluded.reason, retry_at = excluded.retry_at, unfinished_attempts = 0",
    )
    .bind(message.id)
    .bind(&message.kind)
    .bind(message.stream)
    .bind(message.version)
    .bind(&message.payload[..])
    .bind(message.occurred_at)
    .bind(&message.traceparent)
    .bind(reason)
    .bind(retry_after.map(|pause| i64::try_from(pause.as_millis()).unwrap_or(i64::MAX)))
    .execute(pool)
    .await?;
    Ok(())
}

/// Takes the messages whose time has come, each with its attempts, this one included.
///
/// They are lent for a minute or more: a process that dies leaves them to the next. Whoever takes a message must
/// [`release`] it or [`park`] it again.
pub async fn due(pool: &PgPool, limit: i64) -> sqlx::Result<Vec<(Message, i32)>> {
    let rows = sqlx::query(
        "UPDATE parked
         SET attempts = attempts + 1,
             unfinished_attempts = unfinished_attempts + 1,
             retry_at = CASE WHEN unfinished_attempts + 1 < $2
                             THEN clock_timestamp() + (unfinished_attempts + 1) * interval '1 minute' END
         WHERE id IN (SELECT id FROM parked WHERE retry_at <= clock_timestamp()
                      ORDER BY retry_at, version LIMIT $1 FOR UPDATE SKIP LOCKED)
         RETURNING id, kind, stream, version, payload, occurred_at, traceparent, attempts",
    )
    .bind(limit)
    .bind(UNFINISHED_LIMIT)
    .fetch_all(pool)
    .await?;
    let mut taken = rows
        .iter()
        .map(|row| Ok((Message::from_row(row)?, row.try_get("attempts")?)))
        .collect::<sqlx::Result<Vec<(Message, i32)>>>()?;
    // RETURNING keeps no order; within a stream the lower version goes first.
    taken.sort_by_key(|(message, _)| (message.stream, message.version));
    Ok(taken)
}

/// How long until the next parked message is due; `None` when none waits for a time.
pub async fn next_due(pool: &PgPool) -> sqlx::Result<Option<Duration>> {
    let wait_ms: Option<i64> = sqlx::query_scalar(
        "SELECT ceil(extract(epoch FROM min(retry_at) - clock_timestamp()) * 1000)::bigint
         FROM parked WHERE retry_at IS NOT NULL",
    )
    .fetch_one(pool)
    .await?;
    Ok(wait_ms.map(|ms| Duration::from_millis(u64::try_from(ms).unwrap_or(0))))
}

/// The parked messages, the longest waiting first; those that wait for a person come before the others.
pub async fn list(pool: &PgPool, limit: i64) -> sqlx::Result<Vec<Parked>> {
    sqlx::query_as(
        "SELECT id, kind, stream, version, payload, occurred_at, traceparent, reason, attempts, parked_at, retry_at
         FROM parked ORDER BY retry_at IS NOT NULL, parked_at, id LIMIT $1",
    )
    .bind(limit)
    .fetch_all(pool)
    .await
}

/// How many messages wait for a person: those that are not tried again by themselves.
pub async fn waiting(store: impl PgExecutor<'_>) -> sqlx::Result<i64> {
    sqlx::query_scalar("SELECT count(*) FROM parked WHERE retry_at IS NULL").fetch_one(store).await
}

/// Removes a message that has been handled. `false`: it was not parked.
pub async fn release(pool: &PgPool, id: Uuid) -> sqlx::Result<bool> {
    let removed = sqlx::query("DELETE FROM parked WHERE id = $1").bind(id).execute(pool).await?;
    Ok(removed.rows_affected() == 1)
}

/// Has a message tried again now; wake the consumer to see it at once. `false`: it is not parked.
pub async fn replay(pool: &PgPool, id: Uuid) -> sqlx::Result<bool> {
    let marked = sqlx::query("UPDATE parked SET retry_at = clock_timestamp(), unfinished_attempts = 0 WHERE id = $1")
        .bind(id)
        .execute(pool)
        .await?;
    Ok(marked.rows_affected() == 1)
}
