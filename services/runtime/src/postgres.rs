//! A room's PostgreSQL: its pool, its schema, its migrations.
//!
//! SQL uses unqualified names; each pool's `search_path` is its room's schema, so one database or several make no difference.

use std::{borrow::Cow, str::FromStr, time::Duration};

use anyhow::Context as _;
use sqlx::{
    ConnectOptions, Connection as _, PgConnection, PgPool,
    migrate::{Migration, Migrator},
    postgres::{PgConnectOptions, PgPoolOptions},
};

use crate::address;

/// A connection that lay idle for so long is looked at before it is used: the server may have gone meanwhile.
const IDLE: Duration = Duration::from_secs(1);

/// Connects a room to its schema, by so many connections at most, and brings the schema up to date.
///
/// # Errors
/// When the URL is malformed, the server can't be reached, or a migration fails.
pub async fn open(
    database_url: &str,
    connections: u16,
    room: &'static str,
    migrations: Vec<Migration>,
) -> anyhow::Result<PgPool> {
    let pool = PgPoolOptions::new()
        .max_connections(connections.into())
        .acquire_timeout(Duration::from_secs(5))
        // A look at each connection before each use would double the round trips of a small statement.
        .test_before_acquire(false)
        .before_acquire(|connection, met| {
            Box::pin(async move { Ok(met.idle_for < IDLE || connection.ping().await.is_ok()) })
        })
        .connect_with(connection(database_url, room)?)
        .await
        .context(AWAY)?;
    migrate(&pool, room, migrations).await.with_context(|| format!("migrations of room {room} failed"))?;
    Ok(pool)
}

/// Connects to a room's schema as it is, for reading alone: the database refuses every write.
///
/// # Errors
/// When the URL is malformed or the server can't be reached.
pub(crate) async fn open_to_read(database_url: &str, room: &'static str) -> anyhow::Result<PgConnection> {
    let options = connection(database_url, room)?.options([("default_transaction_read_only", "on")]);
    PgConnection::connect_with(&options).await.context(AWAY)
}

const AWAY: &str = "can't connect to PostgreSQL: check DATABASE_URL and that the server runs";

fn connection(database_url: &str, room: &'static str) -> anyhow::Result<PgConnectOptions> {
    let database_url = address::of_room(database_url, room).context("DATABASE_URL")?;
    Ok(PgConnectOptions::from_str(&database_url)
        .context("DATABASE_URL is not a PostgreSQL URL (postgres://user:password@host:port/database)")?
        .application_name(&format!("xianjie-{room}"))
        .options([("search_path", room), ("lock_timeout", "5s"), ("statement_timeout", "15s")])
        // Statement logs would drop the first span after each query from the trace (tokio-rs/tracing#2519).
        .disable_statement_logging())
}

async fn migrate(pool: &PgPool, room: &'static str, own: Vec<Migration>) -> Result<(), sqlx::migrate::MigrateError> {
    let mut migrator = Migrator::with_migrations(all_migrations(&own));
    // A room's own login may own a schema that was made for it, without the right to make any.
    let there = "select exists (select from pg_namespace where nspname = $1)";
    if !sqlx::query_scalar::<_, bool>(there).bind(room).fetch_one(pool).await? {
        migrator.create_schemas = Cow::Owned(vec![Cow::Borrowed(room)]);
    }
    migrator.run(pool).await
}

/// A room's migrations, and those that every room has.
pub(crate) fn all_migrations(own: &[Migration]) -> Vec<Migration> {
    let mut all = messaging::schema();
    all.extend(messaging::migrations![
        "0100_journal.sql",
        "0101_calendar.sql",
        "0102_watch.sql",
        "0103_refusals_listed.sql"
    ]);
    all.extend(own.iter().cloned());
    all
}

/// Whether an error means that the store is away for now, not that the statement is wrong.
#[must_use]
pub fn is_transient(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => true,
        // A server that dies while it greets us: sqlx reads a zero where the answer should stand, and says only this.
        sqlx::Error::Protocol(text) => text.starts_with("unexpected response from SSLRequest"),
        // Classes 08 (connection), 40 (rolled back), 53 (resources), 55 (not available), 57 (operator intervention),
        // 58 (the system below: a disk that fails has PostgreSQL panic and recover from its log).
        sqlx::Error::Database(database) => database
            .code()
            .is_some_and(|code| ["08", "40", "53", "55", "57", "58"].iter().any(|class| code.starts_with(class))),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn a_server_that_dies_while_it_greets_is_away_for_now() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                // Read, so that its end is an end and no reset.
                connection.readable().await.expect("the client asks");
                let mut asked = [0; 8];
                connection.try_read(&mut asked).expect("the client's first words");
            }
        });
        let error = PgConnection::connect(&format!("postgres://nobody:nothing@{address}/none")).await;
        let error = error.expect_err("nobody serves there");
        assert!(is_transient(&error), "{error}");
    }
}
