//! Where a reader of a room's facts has come to, so that none is left out that commits late, and what a cursor says of it.
//!
//! Facts are read in the order of the transactions that wrote them (`events.transaction_id`), and only those of
//! transactions below the oldest that is still open: what stands there is final. A long writing transaction so delays all
//! readers and loses them nothing. Ids of transactions mean something on one server alone: a cursor names it, with its
//! timeline, which every recovery changes, and its database.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use sqlx::PgPool;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{Machine as _, calendar::HeardYear};

/// Rows that are numbered anew at a time.
const BATCH: i64 = 10_000;

/// A place among a room's facts: all before it, and the fact there, have been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    transaction: i64,
    stream: Uuid,
    version: i64,
}

impl Position {
    /// Before all facts of this transaction.
    pub(super) fn before(transaction: i64) -> Self {
        Self { transaction, stream: Uuid::nil(), version: 0 }
    }

    /// At this fact.
    pub(super) fn at(fact: &Fact) -> Self {
        Self { transaction: fact.transaction, stream: fact.stream, version: fact.version }
    }
}

/// The ground on which positions stand: how far facts are final, and whose they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ground {
    /// The oldest transaction that is still open.
    pub(super) settled: i64,
    /// The first id that no transaction has had.
    pub(super) next: i64,
    /// Server, timeline and database.
    pub(super) origin: String,
}

crate::from_row!(Ground { settled, next, origin });

impl Ground {
    /// As it is now.
    pub(super) async fn now(pool: &PgPool) -> sqlx::Result<Self> {
        sqlx::query_as(
            "select pg_snapshot_xmin(seen)::text::bigint as settled, pg_snapshot_xmax(seen)::text::bigint as next,
                    system_identifier || '/' || left(pg_walfile_name(pg_current_wal_lsn()), 8) || '/'
                        || (select oid from pg_database where datname = current_database()) as origin
               from pg_current_snapshot() as seen, pg_control_system()",
        )
        .fetch_one(pool)
        .await
    }

    /// The cursor of a position in this room.
    pub(super) fn cursor(&self, room: &str, position: Position) -> String {
        let Position { transaction, stream, version } = position;
        URL_SAFE_NO_PAD.encode(format!("{}:{transaction}:{stream}:{version}", self.mark(room)))
    }

    /// The position that a cursor names; none when it was not given out on this ground for this room.
    pub(super) fn position(&self, room: &str, cursor: &str) -> Option<Position> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
        let mut parts = text.split(':');
        let mark = parts.next()?;
        let position = Position {
            transaction: parts.next()?.parse().ok()?,
            stream: parts.next()?.parse().ok()?,
            version: parts.next()?.parse().ok()?,
        };
        let is_ours = mark == self.mark(room) && parts.next().is_none();
        // What lies ahead of the server was read before somebody put an older copy of its files in their place.
        (is_ours && (0..=self.next).contains(&position.transaction)).then_some(position)
    }

    fn mark(&self, room: &str) -> String {
        URL_SAFE_NO_PAD.encode(&Sha256::digest(format!("{room}:{}", self.origin))[..9])
    }
}

/// A fact, as far as a watcher is told of it.
#[derive(Debug, Clone)]
pub(super) struct Fact {
    transaction: i64,
    /// What it happened to.
    pub(super) stream: Uuid,
    /// Version of that.
    pub(super) version: i64,
    /// Its kind.
    pub(super) kind: String,
    /// When it was recorded.
    pub(super) recorded_at: OffsetDateTime,
}

crate::from_row!(Fact { transaction, stream, version, kind, recorded_at });

/// The next facts after a position, of transactions before `settled`; what a room keeps for the shell is none of its own.
pub(super) async fn facts(pool: &PgPool, after: Position, settled: i64, limit: i64) -> sqlx::Result<Vec<Fact>> {
    sqlx::query_as(
        "select transaction_id::text::bigint as transaction, stream_id as stream, version,
                coalesce(payload ->> 'kind', '') as kind, recorded_at
           from events
          where (transaction_id, stream_id, version) > ($1::text::xid8, $2::uuid, $3::bigint)
            and transaction_id < $4::text::xid8 and machine <> $5
          order by transaction_id, stream_id, version
          limit $6",
    )
    .bind(after.transaction.to_string())
    .bind(after.stream)
    .bind(after.version)
    .bind(settled.to_string())
    .bind(HeardYear::NAME)
    .bind(limit)
    .fetch_all(pool)
    .await
}

/// Brings facts that came from another server (a dump that was read in) into the order of this one: they bear transactions
/// that this server has not come to yet, and would not be final for a long time. Their own order stays.
///
/// # Errors
/// When the store fails.
pub(crate) async fn adopt(pool: &PgPool) -> sqlx::Result<()> {
    // Whoever sees a row of this server sees a transaction that was over before.
    let adopt = "with foreign_rows as (
            select stream_id, version from events
             where transaction_id >= pg_snapshot_xmax(pg_current_snapshot())
             order by transaction_id, stream_id, version limit $1)
         update events set transaction_id = pg_current_xact_id()
           from foreign_rows
          where events.stream_id = foreign_rows.stream_id and events.version = foreign_rows.version";
    while sqlx::query(adopt).bind(BATCH).execute(pool).await?.rows_affected() > 0 {}
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ground(origin: &str) -> Ground {
        Ground { settled: 900, next: 1_000, origin: origin.to_owned() }
    }

    #[test]
    fn a_cursor_is_worth_something_where_it_was_given_out_alone() {
        let here = ground("7/00000001/5");
        let place = Position { transaction: 1_000, stream: Uuid::max(), version: 3 };
        let cursor = here.cursor("intake", place);
        assert_eq!(here.position("intake", &cursor), Some(place));
        assert_eq!(here.position("review", &cursor), None, "another room's");
        for elsewhere in ["8/00000001/5", "7/00000002/5", "7/00000001/6"] {
            assert_eq!(ground(elsewhere).position("intake", &cursor), None, "{elsewhere}");
        }
        assert_eq!(Ground { next: 999, ..here }.position("intake", &cursor), None, "ahead of the server");
    }

    #[test]
    fn what_is_no_cursor_names_no_place() {
        let here = ground("7/00000001/5");
        let mark = here.mark("intake");
        let texts = [
            String::new(),
            mark.clone(),
            format!("{mark}:1:2:3"),
            format!("{mark}:-1:{}:1", Uuid::nil()),
            format!("{mark}:1:{}:1:1", Uuid::nil()),
        ];
        for text in texts {
            assert_eq!(here.position("intake", &URL_SAFE_NO_PAD.encode(&text)), None, "{text}");
        }
        assert_eq!(here.position("intake", "???"), None);
    }
}
