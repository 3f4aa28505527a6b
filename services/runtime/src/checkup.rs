//! A room's store as an operator's look finds it: read only, nothing is migrated.

use std::{collections::BTreeSet, time::Duration};

use anyhow::Context as _;
use messaging::{Backlog, outbox, parked};
use sqlx::{Connection as _, PgConnection};

use crate::{Service, postgres};

/// What a look into a room's store found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checkup {
    /// PostgreSQL's version as one number, 170012 for 17.12.
    pub server_version: i32,
    /// How many seconds its clock is ahead of ours.
    pub clock_ahead_s: i64,
    /// Whether what it has committed survives a power cut.
    pub durable: bool,
    /// Connections that it allows.
    pub max_connections: i64,
    /// Whether our login may do everything there.
    pub superuser: bool,
    /// Migrations that this program knows and the store lacks.
    pub missing: Vec<i64>,
    /// Migrations that the store has and this program doesn't know: a newer one was here.
    pub unknown: Vec<i64>,
    /// Messages on their way out, and for how many seconds the oldest has waited.
    pub outbox: (i64, i64),
    /// Messages that were set aside and wait for a person.
    pub parked: i64,
}

impl Service {
    /// Looks into this room's store.
    ///
    /// # Errors
    /// When it can't be reached.
    pub async fn check_up(&self, database_url: &str) -> anyhow::Result<Checkup> {
        let mut connection = postgres::open_to_read(database_url, self.name).await?;
        let found = self.look(&mut connection).await.context("PostgreSQL answers, and can't be looked into");
        connection.close().await?;
        found
    }

    async fn look(&self, connection: &mut PgConnection) -> anyhow::Result<Checkup> {
        let (server_version, ahead_ms, durable, max_connections, superuser): (i32, i64, bool, i32, bool) =
            sqlx::query_as(
                "select current_setting('server_version_num')::int,
                        (extract(epoch from clock_timestamp()) * 1000)::bigint - $1,
                        current_setting('fsync') = 'on' and current_setting('synchronous_commit') <> 'off'
                            and current_setting('full_page_writes') = 'on',
                        current_setting('max_connections')::int,
                        current_setting('is_superuser') = 'on'",
            )
            .bind(i64::try_from(time::OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000)?)
            .fetch_one(&mut *connection)
            .await?;
        let mut checkup = Checkup {
            server_version,
            clock_ahead_s: ahead_ms / 1_000,
            durable,
            max_connections: max_connections.into(),
            superuser,
            ..Checkup::default()
        };
        let applied: BTreeSet<i64> = if exists(connection, "_sqlx_migrations").await? {
            let applied = "select version from _sqlx_migrations where success";
            sqlx::query_scalar(applied).fetch_all(&mut *connection).await?.into_iter().collect()
        } else {
            BTreeSet::new()
        };
        let known: BTreeSet<i64> =
            postgres::all_migrations(&self.migrations).iter().map(|migration| migration.version).collect();
        checkup.missing = known.difference(&applied).copied().collect();
        checkup.unknown = applied.difference(&known).copied().collect();
        if exists(connection, "outbox").await? {
            let Backlog { rows, oldest } = outbox::backlog(&mut *connection).await?;
            // To the nearest second.
            let age_s = oldest.map_or(0, |age| (age + Duration::from_millis(500)).as_secs());
            checkup.outbox = (rows, i64::try_from(age_s)?);
            checkup.parked = parked::waiting(&mut *connection).await?;
        }
        Ok(checkup)
    }
}

async fn exists(connection: &mut PgConnection, table: &str) -> sqlx::Result<bool> {
    sqlx::query_scalar("select to_regclass(quote_ident($1)) is not null").bind(table).fetch_one(connection).await
}
