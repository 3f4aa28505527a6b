//! The private PostgreSQL on this machine's real programs: what was committed survives a stop, a killed server and a
//! killed parent, and one process at a time serves a directory.
//! Needs PostgreSQL's programs (`tests/run` installs them), but neither DATABASE_URL nor AMQP_URL.
#![allow(clippy::unwrap_used, reason = "a test that can't go on fails here")]

use std::env;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use sqlx::{Connection, PgConnection};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};
use xianjie::embedded_postgres::{EmbeddedPostgres, EmbeddedPostgresError};

/// Set for the copy of this program that plays the parent that is killed.
const PARENT_OF: &str = "XIANJIE_TEST_EMBEDDED_POSTGRES_PARENT_OF";

/// How long anything here may take, on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(60);

/// A directory that PostgreSQL's user can reach, also when root runs the tests.
fn reachable_directory() -> TempDir {
    let directory = tempfile::tempdir_in("/var/tmp").unwrap();
    fs::set_permissions(directory.path(), Permissions::from_mode(0o755)).unwrap();
    directory
}

async fn start(directory: &TempDir) -> EmbeddedPostgres {
    EmbeddedPostgres::start(directory.path()).await.unwrap()
}

/// Keeps asking, since a server that was killed takes a moment to come back.
async fn connect(url: &str) -> PgConnection {
    let connected = async {
        loop {
            match PgConnection::connect(url).await {
                Ok(connection) => return connection,
                Err(_) => sleep(Duration::from_millis(50)).await,
            }
        }
    };
    timeout(PATIENCE, connected).await.expect("PostgreSQL answers again")
}

async fn note(url: &str, text: &str) {
    let mut connection = connect(url).await;
    sqlx::query("CREATE TABLE IF NOT EXISTS notes (note TEXT NOT NULL)").execute(&mut connection).await.unwrap();
    sqlx::query("INSERT INTO notes (note) VALUES ($1)").bind(text).execute(&mut connection).await.unwrap();
}

async fn notes(url: &str) -> Vec<String> {
    let mut connection = connect(url).await;
    sqlx::query_scalar("SELECT note FROM notes ORDER BY note").fetch_all(&mut connection).await.unwrap()
}

fn pid_in(data: &Path) -> Option<u32> {
    fs::read_to_string(data.join("postmaster.pid")).ok()?.lines().next()?.parse().ok()
}

async fn kill(pid: u32) {
    let killed = Command::new("/bin/sh").args(["-c", &format!("kill -KILL {pid}")]).status().await.unwrap();
    assert!(killed.success());
}

#[tokio::test]
async fn a_stopped_server_starts_again_with_its_data() {
    let directory = reachable_directory();
    let server = start(&directory).await;
    note(server.url(), "before the stop").await;
    let data = server.data_directory().to_owned();
    server.stop().await.unwrap();
    assert_eq!(pid_in(&data), None, "a server that was stopped leaves no pid file");

    let server = start(&directory).await;
    assert_eq!(notes(server.url()).await, ["before the stop"]);
    server.stop().await.unwrap();
}

#[tokio::test]
async fn the_data_are_flushed_checked_and_locked_by_a_password() {
    let directory = reachable_directory();
    let server = start(&directory).await;
    let mut connection = connect(server.url()).await;
    for (setting, wanted) in
        [("fsync", "on"), ("synchronous_commit", "on"), ("data_checksums", "on"), ("listen_addresses", "127.0.0.1")]
    {
        let value: String =
            sqlx::query_scalar("SELECT current_setting($1)").bind(setting).fetch_one(&mut connection).await.unwrap();
        assert_eq!(value, wanted, "{setting}");
    }
    let password = server.url().split([':', '@']).nth(2).unwrap();
    assert!(!format!("{server:?}").contains(password), "the password is not shown");
    assert!(PgConnection::connect(&server.url().replace(password, "guessed")).await.is_err());
    server.stop().await.unwrap();
}

#[tokio::test]
async fn it_is_reached_by_a_socket_file_where_the_path_is_short_enough() {
    let directory = reachable_directory();
    let long = directory.path().join("长".repeat(40));
    for (folder, by_socket) in [(directory.path(), true), (long.as_path(), false)] {
        let server = EmbeddedPostgres::start(folder).await.unwrap();
        let mut connection = connect(server.url()).await;
        let by: bool =
            sqlx::query_scalar("SELECT inet_server_addr() IS NULL").fetch_one(&mut connection).await.unwrap();
        assert_eq!(by, by_socket, "{}", folder.display());
        server.stop().await.unwrap();
    }
}

#[tokio::test]
async fn a_killed_server_comes_back_on_the_same_port() {
    let directory = reachable_directory();
    let server = start(&directory).await;
    note(server.url(), "before the kill").await;
    let first = pid_in(server.data_directory()).unwrap();

    kill(first).await;
    assert_eq!(notes(server.url()).await, ["before the kill"]);
    let second = pid_in(server.data_directory()).unwrap();
    assert_ne!(first, second);

    kill(second).await;
    assert_eq!(notes(server.url()).await, ["before the kill"]);
    server.stop().await.unwrap();
}

#[tokio::test]
async fn a_second_process_is_refused() {
    let directory = reachable_directory();
    let server = start(&directory).await;
    let refused = EmbeddedPostgres::start(directory.path()).await.unwrap_err();
    assert!(matches!(refused, EmbeddedPostgresError::InUse { .. }), "{refused}");
    // But it may look in.
    assert_eq!(EmbeddedPostgres::url_of_another(directory.path()).as_deref(), Some(server.url()));
    server.stop().await.unwrap();
    assert_eq!(EmbeddedPostgres::url_of_another(directory.path()), None);
}

#[tokio::test]
async fn a_dropped_server_shuts_down() {
    let directory = reachable_directory();
    let server = start(&directory).await;
    let data = server.data_directory().to_owned();
    drop(server);
    let gone = async {
        while pid_in(&data).is_some() {
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(PATIENCE, gone).await.expect("the server shuts down");
}

#[tokio::test]
async fn an_unfinished_cluster_is_made_anew() {
    let directory = reachable_directory();
    let server = start(&directory).await;
    let data = server.data_directory().to_owned();
    server.stop().await.unwrap();
    // As if initdb had been killed half-way: no `data` yet, and remnants under the other name.
    fs::rename(&data, data.with_file_name("data.unfinished")).unwrap();

    let server = start(&directory).await;
    note(server.url(), "new").await;
    server.stop().await.unwrap();
}

#[tokio::test]
async fn a_directory_that_postgres_cannot_reach_is_replaced_for_root() {
    // mode 0700: only root, or whoever runs this test, can enter.
    let directory = tempfile::tempdir().unwrap();
    let server = start(&directory).await;
    let data = server.data_directory().to_owned();
    note(server.url(), "somewhere").await;
    server.stop().await.unwrap();
    let server = start(&directory).await;
    assert_eq!(notes(server.url()).await, ["somewhere"], "the same place is found again");
    server.stop().await.unwrap();

    EmbeddedPostgres::erase(directory.path()).await.unwrap();
    assert!(!data.exists(), "erase removes the data wherever they are");
}

/// Not a test by itself: the copy of this program that [`killable_parent`] starts, and that is killed.
#[tokio::test]
async fn parent() {
    let Some(directory) = env::var_os(PARENT_OF) else { return };
    let server = EmbeddedPostgres::start(&PathBuf::from(directory)).await.unwrap();
    println!("URL {}", server.url());
    std::future::pending::<()>().await;
}

async fn killable_parent(directory: &TempDir) -> (Child, String) {
    let mut parent = Command::new(env::current_exe().unwrap())
        .args(["--exact", "parent", "--nocapture"])
        .env(PARENT_OF, directory.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(parent.stdout.take().unwrap()).lines();
    while let Some(line) = timeout(PATIENCE, lines.next_line()).await.expect("the parent starts").unwrap() {
        // The test harness may have begun the line.
        if let Some((_, url)) = line.split_once("URL ") {
            return (parent, url.to_owned());
        }
    }
    panic!("the parent ended without a URL");
}

#[tokio::test]
async fn a_server_whose_parent_was_killed_is_adopted_and_watched() {
    let directory = reachable_directory();
    let (mut parent, url) = killable_parent(&directory).await;
    note(&url, "before the parent's end").await;
    parent.kill().await.unwrap();

    let server = start(&directory).await;
    assert_eq!(server.url(), url, "the same server on the same port");
    assert_eq!(notes(server.url()).await, ["before the parent's end"]);

    kill(pid_in(server.data_directory()).unwrap()).await;
    assert_eq!(notes(server.url()).await, ["before the parent's end"], "an adopted server is watched too");
    server.stop().await.unwrap();
}

#[tokio::test]
async fn a_pid_file_of_another_program_does_not_hinder() {
    let directory = reachable_directory();
    let server = start(&directory).await;
    let pid_file = server.data_directory().join("postmaster.pid");
    let content = fs::read_to_string(&pid_file).unwrap();
    server.stop().await.unwrap();
    // As after a container's restart: the number now belongs to this very test.
    let (_, rest) = content.split_once('\n').unwrap();
    fs::write(&pid_file, format!("{}\n{rest}", std::process::id())).unwrap();

    let server = start(&directory).await;
    note(server.url(), "started").await;
    server.stop().await.unwrap();
}
