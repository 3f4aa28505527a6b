//! The bench counts what the rooms send to PostgreSQL, not what it asks there itself.

use std::{fs, os::unix::fs::PermissionsExt as _};

use play::database;
use sqlx::{Connection as _, PgConnection};

#[tokio::test]
async fn the_bench_does_not_count_its_own_statements() {
    // One that PostgreSQL's user can reach, also when root runs the tests.
    let folder = tempfile::tempdir_in("/var/tmp").expect("a folder");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("its permissions");
    let database = database::Database::start(folder.path(), true).await.expect("a PostgreSQL that counts");
    let mut own = database.connect().await.expect("a connection of the bench");
    let before = database::counters_of_step(&mut own).await.expect("the counters");
    let again = database::counters_of_step(&mut own).await.expect("the counters");
    assert_eq!(again.statements, before.statements, "its own looks are not among them");

    let mut other = PgConnection::connect(&database.url).await.expect("a connection of a room");
    sqlx::query("select 1").execute(&mut other).await.expect("a statement");
    let after = database::counters_of_step(&mut own).await.expect("the counters");
    assert_eq!(after.statements, before.statements + 1, "another's statement is");
    assert_eq!(after.transactions, before.transactions, "which began no transaction");
    other.close().await.expect("it closes");
    own.close().await.expect("it closes");
    database.stop().await.expect("it stops");
}
