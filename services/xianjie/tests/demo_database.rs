//! The demo's database on a real private PostgreSQL: dropped and made anew by the next demo, never by mistake.
#![allow(clippy::unwrap_used, reason = "a test that can't go on fails here")]

use std::{fs, fs::Permissions, os::unix::fs::PermissionsExt as _};

use sqlx::{Connection as _, PgConnection};
use xianjie::{demo::database, embedded_postgres::EmbeddedPostgres};

async fn tell(url: &str, statement: &'static str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::query(statement).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn a_demo_drops_what_a_demo_left_and_never_what_run_keeps() {
    let directory = tempfile::tempdir_in("/var/tmp").unwrap();
    fs::set_permissions(directory.path(), Permissions::from_mode(0o755)).unwrap();
    let postgres = EmbeddedPostgres::start(directory.path()).await.unwrap();

    let (lock, url) = database::clean(postgres.url()).await.unwrap();
    assert_eq!(url, postgres.url(), "the folder's own: `rules simulate --data-dir` and `parked` look there");
    let second = database::clean(postgres.url()).await.unwrap_err();
    assert!(second.to_string().contains("another demo"), "{second}");
    tell(&url, "create schema intake").await;
    lock.close().await.unwrap();
    let (lock, _) = database::clean(postgres.url()).await.expect("a demo left it");
    lock.close().await.unwrap();
    tell(&url, "create schema intake").await;

    // As `xianjie run` leaves it: no demo made it.
    tell(&url, "comment on database xianjie is null").await;
    let kept = database::clean(postgres.url()).await.unwrap_err();
    assert!(kept.to_string().contains("--data-dir"), "{kept}");
    tell(&url, "drop schema intake").await;
    postgres.stop().await.unwrap();
}
