//! The outbox (发件箱): what a room says is written here in the transaction of the fact.
//!
//! Invariant: a row leaves only when the transport has confirmed it. Rows are claimed by row locks, never by a
//! cursor over `position`, because a transaction that commits late would be skipped.
//! See [`crate::relay`] for who empties it.

use std::time::Duration;

use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, FromRow, PgConnection, PgExecutor, PgPool, Postgres, Row};
use uuid::Uuid;

use crate::message::Message;

/// How much waits in an outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backlog {
    /// Messages not yet confirmed.
    pub rows: i64,
    /// Age of the oldest one; `None` when the outbox is empty.
    pub oldest: Option<Duration>,
}

/// How long a fresh row is left to the process that wrote it, which publishes from memory; then any relay takes it.
pub const GRACE: Duration = Duration::from_secs(5);

/// How many arguments [`bind`] adds.
pub const ARGUMENTS: usize = 8;

/// The insert of messages, in their order, as a part of a wider statement: its arguments begin at `$first`.
#[must_use]
pub fn insert_sql(first: usize) -> String {
    let [id, kind, stream, version, payload, at, trace, grace] = std::array::from_fn(|place| first + place);
    format!(
        "INSERT INTO outbox (id, kind, stream, version, payload, occurred_at, traceparent, next_attempt_at)
         SELECT id, kind, stream, version, payload, occurred_at, traceparent, now() + ${grace} * interval '1 millisecond'
         FROM unnest(${id}::uuid[], ${kind}::text[], ${stream}::uuid[], ${version}::bigint[], ${payload}::bytea[],
                     ${at}::timestamptz[], ${trace}::text[])
              AS said(id, kind, stream, version, payload, occurred_at, traceparent)"
    )
}

/// Binds what [`insert_sql`] needs. After `grace` any relay may publish the rows.
pub fn bind<'q>(
    query: Query<'q, Postgres, PgArguments>,
    messages: &[Message],
    grace: Duration,
) -> Query<'q, Postgres, PgArguments> {
    query
        .bind(messages.iter().map(|m| m.id).collect::<Vec<_>>())
        .bind(messages.iter().map(|m| m.kind.as_str()).collect::<Vec<_>>())
        .bind(messages.iter().map(|m| m.stream).collect::<Vec<_>>())
        .bind(messages.iter().map(|m| m.version).collect::<Vec<_>>())
        .bind(messages.iter().map(|m| &m.payload[..]).collect::<Vec<_>>())
        .bind(messages.iter().map(|m| m.occurred_at).collect::<Vec<_>>())
        .bind(messages.iter().map(|m| m.traceparent.as_deref()).collect::<Vec<_>>())
        .bind(i64::try_from(grace.as_millis()).unwrap_or(i64::MAX))
}

/// Writes the messages with one statement, due at once. It belongs in the transaction of the facts they tell.
pub async fn enqueue_in_tx(conn: &mut PgConnection, messages: &[Message]) -> sqlx::Result<()> {
    if messages.is_empty() {
        return Ok(());
    }
    bind(sqlx::query(AssertSqlSafe(insert_sql(1))), messages, Duration::ZERO).execute(conn).await?;
    Ok(())
}

/// Writes messages of the past again, due at once; says how many did not stand there still.
pub async fn enqueue_again(pool: &PgPool, messages: &[Message]) -> sqlx::Result<u64> {
    let insert = format!("{} ON CONFLICT (id) DO NOTHING", insert_sql(1));
    Ok(bind(sqlx::query(AssertSqlSafe(insert)), messages, Duration::ZERO).execute(pool).await?.rows_affected())
}

/// How many messages wait, and for how long the oldest has. It counts rows: for tests and operators, not for loops.
pub async fn backlog(store: impl PgExecutor<'_>) -> sqlx::Result<Backlog> {
    let row = sqlx::query(
        "SELECT count(*) AS rows, (extract(epoch FROM clock_timestamp() - min(enqueued_at)) * 1000)::bigint AS age_ms
         FROM outbox",
    )
    .fetch_one(store)
    .await?;
    Ok(Backlog { rows: row.try_get("rows")?, oldest: row.try_get::<Option<i64>, _>("age_ms")?.map(millis) })
}

/// The age of the oldest row, read from the head of the primary key without counting the rest.
pub(crate) async fn age(pool: &PgPool) -> sqlx::Result<Duration> {
    let age_ms: Option<i64> = sqlx::query_scalar(
        "SELECT (extract(epoch FROM clock_timestamp() - enqueued_at) * 1000)::bigint
         FROM outbox ORDER BY position LIMIT 1",
    )
    .fetch_optional(pool)
    .await?;
    Ok(age_ms.map_or(Duration::ZERO, millis))
}

/// A claimed row: the message, where it stands, and how often it has failed.
pub(crate) struct Claimed {
    pub position: i64,
    pub attempts: i32,
    pub message: Message,
}

impl FromRow<'_, PgRow> for Claimed {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        Ok(Self {
            position: row.try_get("position")?,
            attempts: row.try_get("attempts")?,
            message: Message::from_row(row)?,
        })
    }
}

/// What is to be remembered of a row that could not be published.
pub(crate) struct Deferred {
    pub position: i64,
    pub reason: String,
    pub pause: Duration,
}

/// Locks the next rows that are due. A relay that dies lets go of them at once, for its transaction dies with it.
pub(crate) async fn claim_in_tx(conn: &mut PgConnection, limit: i64) -> sqlx::Result<Vec<Claimed>> {
    sqlx::query_as(
        "SELECT position, id, kind, stream, version, payload, occurred_at, traceparent, attempts
         FROM outbox
         WHERE next_attempt_at <= clock_timestamp()
         ORDER BY position
         LIMIT $1
         FOR UPDATE SKIP LOCKED",
    )
    .bind(limit)
    .fetch_all(conn)
    .await
}

/// Removes rows that were published from memory. The commit need not reach the disk: a row that a crash brings back is
/// published once more, and its receipts make that harmless.
pub(crate) async fn delete(pool: &PgPool, messages: &[Uuid]) -> sqlx::Result<()> {
    sqlx::query(
        "DELETE FROM outbox USING (SELECT set_config('synchronous_commit', 'off', true)) AS unhurried
         WHERE id = ANY($1)",
    )
    .bind(messages)
    .execute(pool)
    .await?;
    Ok(())
}

/// Ends the grace of rows that could not be published from memory.
pub(crate) async fn release(pool: &PgPool, messages: &[Uuid]) -> sqlx::Result<()> {
    sqlx::query("UPDATE outbox SET next_attempt_at = now() WHERE id = ANY($1) AND attempts = 0")
        .bind(messages)
        .execute(pool)
        .await?;
    Ok(())
}

/// Ends the grace of all rows: at the start of a process, which has nothing in memory.
pub(crate) async fn release_all(pool: &PgPool) -> sqlx::Result<()> {
    sqlx::query("UPDATE outbox SET next_attempt_at = now() WHERE attempts = 0 AND next_attempt_at > now()")
        .execute(pool)
        .await?;
    Ok(())
}

/// Removes the confirmed rows.
pub(crate) async fn delete_in_tx(conn: &mut PgConnection, positions: &[i64]) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM outbox WHERE position = ANY($1)").bind(positions).execute(conn).await?;
    Ok(())
}

/// Leaves the failed rows where they are, to be tried again after their pause.
pub(crate) async fn defer_in_tx(conn: &mut PgConnection, deferred: &[Deferred]) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE outbox
         SET attempts = attempts + 1,
             last_error = failed.reason,
             next_attempt_at = clock_timestamp() + failed.pause_ms * interval '1 millisecond'
         FROM unnest($1::bigint[], $2::text[], $3::bigint[]) AS failed(position, reason, pause_ms)
         WHERE outbox.position = failed.position",
    )
    .bind(deferred.iter().map(|d| d.position).collect::<Vec<_>>())
    .bind(deferred.iter().map(|d| d.reason.as_str()).collect::<Vec<_>>())
    .bind(deferred.iter().map(|d| i64::try_from(d.pause.as_millis()).unwrap_or(i64::MAX)).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}

// A negative age means that the database's clock was set back in between: nothing is older than "now".
fn millis(ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}
