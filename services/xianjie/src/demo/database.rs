//! The demo's database: a fresh one, so that each demo starts clean. It is its folder's own database, so that an operator's
//! commands find what the demo left; what `xianjie run` keeps in such a folder is never dropped.

use anyhow::{Context as _, bail};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use crate::house::ROOMS;

/// Makes the database anew; as long as the connection lives, no second demo does so.
///
/// # Errors
/// When the server does not answer, another demo is at work, or what `xianjie run` keeps is there.
pub async fn clean(url: &str) -> anyhow::Result<(PgConnection, String)> {
    let (server, name) = url.rsplit_once('/').context("the private PostgreSQL's URL names no database")?;
    let mut connection = PgConnection::connect(&format!("{server}/postgres")).await.context(NO_ANSWER)?;
    let alone: bool = sqlx::query_scalar("select pg_try_advisory_lock(4309210)").fetch_one(&mut connection).await?;
    if !alone {
        bail!("another demo runs on this folder: stop it, or choose another with --data-dir");
    }
    let mark = "select coalesce(shobj_description(oid, 'pg_database'), '') from pg_database where datname = $1";
    let mark: String = sqlx::query_scalar(mark).bind(name).fetch_one(&mut connection).await?;
    if mark != DEMO && is_served(url).await? {
        bail!("this folder holds the data of `xianjie run`, which a demo would drop: choose another with --data-dir");
    }
    for statement in [
        format!("drop database {name} with (force)"),
        format!("create database {name}"),
        format!("comment on database {name} is '{DEMO}'"),
    ] {
        sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await?;
    }
    Ok((connection, url.to_owned()))
}

const NO_ANSWER: &str = "the private PostgreSQL does not answer";

/// Marks a database as one that the next demo may drop.
const DEMO: &str = "xianjie demo";

/// Whether rooms have kept anything in that database.
async fn is_served(url: &str) -> anyhow::Result<bool> {
    let mut connection = PgConnection::connect(url).await.context(NO_ANSWER)?;
    let schemas = "select exists (select from pg_namespace where nspname = any($1))";
    let served = sqlx::query_scalar(schemas).bind(&ROOMS[..]).fetch_one(&mut connection).await?;
    connection.close().await?;
    Ok(served)
}
