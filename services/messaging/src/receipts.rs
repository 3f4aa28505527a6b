//! Receipts (回执): what has taken effect already, by message id or by a call's `request_id`.
//!
//! Invariant: a receipt is written in the transaction of its effect, so both stand or neither does.
//! *Inbox* means the reviewers' inbox here; this table only knows repeats.

use sqlx::postgres::PgArguments;
use sqlx::query::Query;
use sqlx::{PgConnection, PgExecutor, Postgres, Row};
use uuid::Uuid;

/// The scope of receipts for messages; for calls the scope is the calling person's id.
pub const MESSAGE: &str = "message";

/// What was done for an id: the hash of what was asked, and the answer that was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Hash of the request; the same id with another hash must be refused.
    pub body_hash: Vec<u8>,
    /// The answer, to be given again; empty for messages.
    pub reply: Vec<u8>,
}

/// Records that `id` has taken effect. `false`: there was a receipt already, so this is a repeat.
///
/// A concurrent transaction with the same id makes this one wait until that one has ended.
pub async fn record_in_tx(
    conn: &mut PgConnection,
    scope: &str,
    id: Uuid,
    body_hash: &[u8],
    reply: &[u8],
) -> sqlx::Result<bool> {
    let written = sqlx::query(
        "INSERT INTO receipts (scope, id, body_hash, reply) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
    )
    .bind(scope)
    .bind(id)
    .bind(body_hash)
    .bind(reply)
    .execute(conn)
    .await?;
    Ok(written.rows_affected() == 1)
}

/// The insert of one receipt as a part of a wider statement: its arguments begin at `$first`. A repeat violates the
/// table's primary key.
#[must_use]
pub fn insert_sql(first: usize) -> String {
    let [scope, id, body_hash, reply] = std::array::from_fn(|place| first + place);
    format!("INSERT INTO receipts (scope, id, body_hash, reply) VALUES (${scope}, ${id}, ${body_hash}, ${reply})")
}

/// Binds what [`insert_sql`] needs.
pub fn bind<'q>(
    query: Query<'q, Postgres, PgArguments>,
    scope: &str,
    id: Uuid,
    body_hash: &[u8],
    reply: &[u8],
) -> Query<'q, Postgres, PgArguments> {
    query.bind(scope).bind(id).bind(body_hash).bind(reply)
}

/// The receipt of `id`, if it has taken effect.
pub async fn find(executor: impl PgExecutor<'_>, scope: &str, id: Uuid) -> sqlx::Result<Option<Receipt>> {
    let row = sqlx::query("SELECT body_hash, reply FROM receipts WHERE scope = $1 AND id = $2")
        .bind(scope)
        .bind(id)
        .fetch_optional(executor)
        .await?;
    row.map(|row| Ok(Receipt { body_hash: row.try_get("body_hash")?, reply: row.try_get("reply")? })).transpose()
}
