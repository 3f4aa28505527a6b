//! Read tables against the events that they follow from: each room's are written again into a new schema and compared.
//!
//! What a worker keeps about its own tries stands in no event and is left out, and so are positions that the database
//! counts, which have gaps where a step was rolled back.

use anyhow::Context as _;
use sqlx::{AssertSqlSafe, PgPool};
use xianjie::house::room;

/// Rooms that keep a journal, and the schemas into which theirs are written again.
const ROOMS: [(&str, &str); 5] = [
    ("intake", "rebuilt_intake"),
    ("review", "rebuilt_review"),
    ("inbox", "rebuilt_inbox"),
    ("disbursement", "rebuilt_disbursement"),
    ("assets", "rebuilt_assets"),
];

/// The shell's own tables.
const SHELL: [&str; 6] = ["events", "refusals", "outbox", "receipts", "parked", "_sqlx_migrations"];

/// Personal data and who read them follow from no event.
const APART: [&str; 2] = ["objection_originals", "objection_reads"];

/// A worker's own columns.
const TRIES: [&str; 3] = ["attempts", "leased_until", "next_attempt_at"];

/// Tables whose rows differ from what the events say, with the number of rows; empty when all is well.
///
/// # Errors
/// When a room's tables can't be written again at all.
pub async fn differences(database_url: &str) -> anyhow::Result<Vec<String>> {
    let mut differences = Vec::new();
    for (name, schema) in ROOMS {
        let service = room(name).context("a room")?;
        let rebuilt = service.rebuild(database_url, schema).await.with_context(|| format!("room {name}"))?;
        for table in tables(&rebuilt, name).await? {
            let differing = differing(&rebuilt, name, schema, &table).await?;
            if differing > 0 {
                differences.push(format!("{name}.{table}: {differing} rows"));
            }
        }
        sqlx::query(AssertSqlSafe(format!("drop schema {schema} cascade"))).execute(&rebuilt).await?;
        rebuilt.close().await;
    }
    Ok(differences)
}

async fn tables(pool: &PgPool, room: &str) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar(
        "select table_name::text from information_schema.tables
          where table_schema = $1 and table_type = 'BASE TABLE' and table_name::text <> all($2) order by table_name",
    )
    .bind(room)
    .bind([SHELL.as_slice(), &APART].concat())
    .fetch_all(pool)
    .await
}

async fn differing(pool: &PgPool, room: &str, schema: &str, table: &str) -> sqlx::Result<i64> {
    let columns: String = sqlx::query_scalar(
        "select string_agg(quote_ident(column_name::text), ', ' order by ordinal_position)
           from information_schema.columns
          where table_schema = $1 and table_name = $2 and is_identity = 'NO' and column_name::text <> all($3)",
    )
    .bind(room)
    .bind(table)
    .bind(TRIES)
    .fetch_one(pool)
    .await?;
    let [kept, rebuilt] = [room, schema].map(|schema| format!("select {columns} from {schema}.{table}"));
    let differing =
        format!("select count(*) from (({kept} except {rebuilt}) union all ({rebuilt} except {kept})) as differing");
    sqlx::query_scalar(AssertSqlSafe(differing)).fetch_one(pool).await
}
