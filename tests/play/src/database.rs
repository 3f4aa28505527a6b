//! A PostgreSQL for a run: durable, on an empty directory of its own, with its counters and what the chains left in it.
//!
//! Flushing stays on (`fsync`, `synchronous_commit`, `full_page_writes`). More memory and rarer checkpoints than by
//! default, as whoever runs this in earnest would set them.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _, postgres::PgRow};
use xianjie::{embedded_postgres::EmbeddedPostgres, house::ROOMS};

use crate::say;

/// Settings that need a restart, or that outlive one.
const SETTINGS: [&str; 4] = [
    "alter system set shared_buffers = '512MB'",
    "alter system set max_wal_size = '8GB'",
    "alter system set checkpoint_timeout = '15min'",
    // Counts statements; the library comes with PostgreSQL.
    "alter system set shared_preload_libraries = 'pg_stat_statements'",
];

/// A PostgreSQL of our own.
pub struct Database {
    server: EmbeddedPostgres,
    /// The database of the rooms.
    pub url: String,
}

/// What the server has counted so far.
#[derive(Debug, Clone, Copy)]
pub struct Counters {
    /// Transactions, also those that only read.
    pub transactions: i64,
    /// Transactions that wrote: transaction ids used.
    pub writes: i64,
    /// Bytes of the write-ahead log.
    pub wal_bytes: i64,
    /// Statements, `begin` and `commit` among them; 0 where they are not asked for.
    pub statements: i64,
}

impl Counters {
    fn read(row: &PgRow) -> sqlx::Result<Self> {
        Ok(Self {
            transactions: row.try_get("transactions")?,
            writes: row.try_get("writes")?,
            wal_bytes: row.try_get("wal_bytes")?,
            statements: row.try_get("statements")?,
        })
    }
}

/// What is left when chains have ended.
#[derive(Debug, PartialEq, Eq)]
pub struct Records {
    /// Payments that the treasury settled.
    pub settled: i64,
    /// Projects with exactly one posted payment from exactly one funding line.
    pub projects_paid_once: i64,
    /// Ledger entries of payments.
    pub entries: i64,
    /// What all entries add up to.
    pub sum_fen: i64,
    /// Registered assets.
    pub assets: i64,
    /// Projects with exactly one registered asset.
    pub projects_with_one_asset: i64,
}

impl Records {
    /// What `chains` chains must leave.
    pub fn of(chains: i64) -> Self {
        Self {
            settled: chains,
            projects_paid_once: chains,
            entries: 2 * chains,
            sum_fen: 0,
            assets: chains,
            projects_with_one_asset: chains,
        }
    }
}

impl Database {
    /// Starts a server on an emptied directory.
    ///
    /// # Errors
    /// When PostgreSQL can't be started.
    pub async fn start(folder: &Path, count_statements: bool) -> anyhow::Result<Self> {
        say("starting a private PostgreSQL");
        let folder = folder.join("postgres");
        EmbeddedPostgres::erase(&folder).await.context("the PostgreSQL of an earlier run can't be removed")?;
        let server = EmbeddedPostgres::start(&folder).await?;
        let mut connection = PgConnection::connect(server.url()).await?;
        for setting in &SETTINGS[..if count_statements { SETTINGS.len() } else { 3 }] {
            sqlx::query(*setting).execute(&mut connection).await?;
        }
        connection.close().await?;
        server.stop().await?;
        let server = EmbeddedPostgres::start(&folder).await?;
        if count_statements {
            let mut connection = PgConnection::connect(server.url()).await?;
            sqlx::query("create extension pg_stat_statements").execute(&mut connection).await?;
            connection.close().await?;
        }
        Ok(Self { url: server.url().to_owned(), server })
    }

    /// Where its files are.
    pub fn folder(&self) -> &Path {
        self.server.data_directory()
    }

    /// Its first process.
    ///
    /// # Errors
    /// When the server's own note of it can't be read.
    pub fn pid(&self) -> anyhow::Result<u32> {
        let note = std::fs::read_to_string(self.folder().join("postmaster.pid")).context("postmaster.pid")?;
        note.lines().next().unwrap_or_default().trim().parse().context("postmaster.pid")
    }

    /// Folder of its programs.
    ///
    /// # Errors
    /// When the server doesn't say.
    pub async fn programs(&self) -> anyhow::Result<PathBuf> {
        let mut connection = PgConnection::connect(&self.url).await?;
        let folder: String = sqlx::query_scalar("select setting from pg_config where name = 'BINDIR'")
            .fetch_one(&mut connection)
            .await?;
        connection.close().await?;
        Ok(folder.into())
    }

    /// A connection for the caller's own looks, whose statements are not counted.
    ///
    /// # Errors
    /// When the server doesn't answer.
    pub async fn connect(&self) -> anyhow::Result<PgConnection> {
        let mut connection = PgConnection::connect(&self.url).await?;
        sqlx::query("set pg_stat_statements.track = 'none'").execute(&mut connection).await?;
        Ok(connection)
    }

    /// Stops it.
    ///
    /// # Errors
    /// When it does not stop.
    pub async fn stop(self) -> anyhow::Result<()> {
        Ok(self.server.stop().await?)
    }
}

/// The counters now. Sessions add what they counted about once a second, so that is waited for.
///
/// # Errors
/// When the server doesn't answer.
pub async fn counters(connection: &mut PgConnection) -> anyhow::Result<Counters> {
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    let row = sqlx::query(
        "select 0::bigint as statements,
                (select sum(xact_commit)::bigint from pg_stat_database where datname = current_database()) as transactions,
                pg_snapshot_xmax(pg_current_snapshot())::text::bigint as writes,
                (pg_current_wal_lsn() - '0/0')::bigint as wal_bytes",
    )
    .fetch_one(connection)
    .await?;
    Ok(Counters::read(&row)?)
}

/// The counters that need no waiting, for a single step.
///
/// # Errors
/// When the server doesn't answer, or doesn't count statements.
pub async fn counters_of_step(connection: &mut PgConnection) -> anyhow::Result<Counters> {
    let row = sqlx::query(
        "select (select coalesce(sum(calls), 0)::bigint from pg_stat_statements) as statements,
                (select coalesce(sum(calls), 0)::bigint from pg_stat_statements
                  where upper(query) = 'BEGIN') as transactions,
                pg_snapshot_xmax(pg_current_snapshot())::text::bigint as writes,
                (pg_current_wal_lsn() - '0/0')::bigint as wal_bytes",
    )
    .fetch_one(connection)
    .await?;
    Ok(Counters::read(&row)?)
}

/// The statements that cost most, one a line: milliseconds and calls a chain, rows a call, text.
///
/// # Errors
/// When the server doesn't answer, or doesn't count statements.
pub async fn costliest_statements(connection: &mut PgConnection, chains: u64) -> anyhow::Result<Vec<String>> {
    let chains = i64::try_from(chains.max(1))?;
    let lines = sqlx::query_scalar(
        "select format('%s ms, %s calls, %s rows: %s', round((total_exec_time / $1)::numeric, 2),
                       round(calls::numeric / $1, 1), round(rows::numeric / calls, 1),
                       left(regexp_replace(query, '\\s+', ' ', 'g'), 160))
           from pg_stat_statements order by total_exec_time desc limit 25",
    )
    .bind(chains)
    .fetch_all(connection)
    .await?;
    Ok(lines)
}

/// What the chains left.
///
/// # Errors
/// When the server doesn't answer.
pub async fn records(connection: &mut PgConnection) -> anyhow::Result<Records> {
    let row = sqlx::query(
        "select (select count(*) from disbursement.payment_orders where state = 'SETTLED') as settled,
                (select count(*) from (select project_id from disbursement.transfers
                  where cause in ('FUND', 'PAY') group by project_id
                 having count(*) filter (where cause = 'PAY') = 1 and count(*) filter (where cause = 'FUND') = 1
                    and bool_and(state = 'POSTED')) as paid) as projects_paid_once,
                (select count(*) from disbursement.entries e join disbursement.transfers t on t.id = e.transfer_id
                  where t.cause = 'PAY') as entries,
                (select coalesce(sum(amount_fen), 0)::bigint from disbursement.entries) as sum_fen,
                (select count(*) from assets.assets) as assets,
                (select count(*) from (select 1 from assets.assets group by project_id having count(*) = 1) as one)
                  as projects_with_one_asset",
    )
    .fetch_one(connection)
    .await?;
    Ok(Records {
        settled: row.try_get("settled")?,
        projects_paid_once: row.try_get("projects_paid_once")?,
        entries: row.try_get("entries")?,
        sum_fen: row.try_get("sum_fen")?,
        assets: row.try_get("assets")?,
        projects_with_one_asset: row.try_get("projects_with_one_asset")?,
    })
}

/// Waits until all outboxes are empty.
///
/// # Errors
/// When they are not within a minute, or a message was set aside.
pub async fn drained(connection: &mut PgConnection) -> anyhow::Result<()> {
    let count = |table: &str| {
        let counts: Vec<String> = ROOMS.iter().map(|room| format!("(select count(*) from {room}.{table})")).collect();
        format!("select {}", counts.join(" + "))
    };
    let (outbox, parked) = (count("outbox"), count("parked"));
    let started = Instant::now();
    loop {
        // Names of rooms are ours: an identifier can't be bound.
        let waiting: i64 = sqlx::query_scalar(AssertSqlSafe(outbox.clone())).fetch_one(&mut *connection).await?;
        let aside: i64 = sqlx::query_scalar(AssertSqlSafe(parked.clone())).fetch_one(&mut *connection).await?;
        match (waiting, aside) {
            (0, 0) => return Ok(()),
            _ if started.elapsed() < Duration::from_secs(60) => tokio::time::sleep(Duration::from_millis(2)).await,
            _ => bail!("after a minute {waiting} messages wait in outboxes and {aside} are set aside"),
        }
    }
}

/// Brings what copies share up to date (sums of the accounts that the template took from), and lets PostgreSQL know how
/// much there is.
///
/// # Errors
/// When the server doesn't answer.
pub async fn settle_copies(connection: &mut PgConnection) -> anyhow::Result<()> {
    sqlx::query(
        "update disbursement.accounts a set debits_posted = e.debits, credits_posted = e.credits
           from (select account, coalesce(sum(amount_fen) filter (where amount_fen > 0), 0)::bigint as debits,
                        coalesce(-sum(amount_fen) filter (where amount_fen < 0), 0)::bigint as credits
                   from disbursement.entries group by account) e
          where e.account = a.code and (a.debits_posted, a.credits_posted) <> (e.debits, e.credits)",
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query("vacuum (analyze)").execute(&mut *connection).await?;
    sqlx::query("checkpoint").execute(connection).await?;
    Ok(())
}

/// Bytes of the database on the disk.
///
/// # Errors
/// When the server doesn't answer.
pub async fn size(connection: &mut PgConnection) -> anyhow::Result<i64> {
    Ok(sqlx::query_scalar("select pg_database_size(current_database())").fetch_one(connection).await?)
}

/// Some projects, at random.
///
/// # Errors
/// When the server doesn't answer.
pub async fn some_projects(connection: &mut PgConnection, number: i64) -> anyhow::Result<Vec<String>> {
    let random = "select project_id::text from intake.applications order by md5(project_id::text) limit $1";
    Ok(sqlx::query_scalar(random).bind(number).fetch_all(connection).await?)
}

/// `ok`, or what is wrong with books that hold `transfers` transfers, all of them posted.
///
/// # Errors
/// When the server doesn't answer.
pub async fn books(connection: &mut PgConnection, transfers: i64) -> anyhow::Result<String> {
    let row = sqlx::query(
        "select (select count(*) from disbursement.transfers where state = 'POSTED') as posted,
                (select count(*) from disbursement.entries) as entries,
                (select coalesce(sum(amount_fen), 0)::bigint from disbursement.entries) as sum_fen,
                (select count(*) from disbursement.accounts a
                   left join (select account, sum(amount_fen) as balance from disbursement.entries group by account) e
                     on e.account = a.code
                  where a.debits_posted - a.credits_posted <> coalesce(e.balance, 0)) as wrong_accounts",
    )
    .fetch_one(connection)
    .await?;
    let have: [i64; 4] =
        [row.try_get("posted")?, row.try_get("entries")?, row.try_get("sum_fen")?, row.try_get("wrong_accounts")?];
    let [posted, entries, sum_fen, wrong] = have;
    Ok(match have == [transfers, 2 * transfers, 0, 0] {
        true => "ok".to_owned(),
        false => format!("{posted} transfers, {entries} entries, sum {sum_fen}, {wrong} accounts that disagree"),
    })
}
