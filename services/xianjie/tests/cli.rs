//! The command line as an operator meets it: help that teaches, errors that name the setting, exit codes.

use std::{
    path::PathBuf,
    process::{Command, Output},
};

use messaging::{Message, parked};
use runtime::testing::TestDatabase;
use time::OffsetDateTime;
use uuid::Uuid;

fn xianjie(arguments: &[&str]) -> Output {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut command = Command::new(env!("CARGO_BIN_EXE_xianjie"));
    for setting in ["AMQP_URL", "XIANJIE_PEERS", "XIANJIE_LISTEN", "XIANJIE_PACK", "OTEL_EXPORTER_OTLP_ENDPOINT"] {
        command.env_remove(setting);
    }
    command.current_dir(root).args(arguments).output().expect("the binary runs")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn help_names_every_setting() {
    let help = xianjie(&["run", "--help"]);
    assert!(help.status.success());
    for setting in
        ["DATABASE_URL", "AMQP_URL", "XIANJIE_PACK", "XIANJIE_LISTEN", "XIANJIE_PEERS", "OTEL_EXPORTER_OTLP_ENDPOINT"]
    {
        assert!(stdout(&help).contains(setting), "{setting} is documented:\n{}", stdout(&help));
    }
    assert!(stdout(&xianjie(&["--help"])).contains("demo"));
}

#[test]
fn a_room_alone_without_rabbitmq_is_a_start_up_error() {
    let url = std::env::var("DATABASE_URL").expect("DATABASE_URL is not set: run tests/run");
    let alone = xianjie(&[
        "run",
        "intake",
        "--listen",
        "127.0.0.1:0",
        "--peer",
        "directory=http://127.0.0.1:1",
        "--peer",
        "review=http://127.0.0.1:1",
        "--peer",
        "disbursement=http://127.0.0.1:1",
        "--database-url",
        &url,
    ]);
    assert_eq!(alone.status.code(), Some(1));
    assert!(stderr(&alone).contains("AMQP_URL is not set"), "{}", stderr(&alone));
}

#[test]
fn a_missing_peer_and_an_unknown_room_are_named() {
    let url = std::env::var("DATABASE_URL").expect("DATABASE_URL is not set: run tests/run");
    let missing = xianjie(&["run", "intake", "--database-url", &url]);
    assert!(stderr(&missing).contains("--peer directory=http://HOST:PORT"), "{}", stderr(&missing));
    let unknown = xianjie(&["run", "kitchen", "--database-url", &url]);
    assert!(stderr(&unknown).contains("\"kitchen\" is no room"), "{}", stderr(&unknown));
    let bad = xianjie(&["run", "--peer", "review"]);
    assert_eq!(bad.status.code(), Some(2));
    assert!(stderr(&bad).contains("ROOM=ADDRESS"), "{}", stderr(&bad));
}

#[test]
fn an_unreachable_database_names_its_setting_and_no_password() {
    let away = xianjie(&["run", "--database-url", "postgres://u:secret-word@127.0.0.1:1/x", "--listen", "127.0.0.1:0"]);
    assert_eq!(away.status.code(), Some(1));
    assert!(stderr(&away).contains("DATABASE_URL"), "{}", stderr(&away));
    assert!(!stderr(&away).contains("secret-word"), "{}", stderr(&away));
}

#[test]
fn a_pack_is_checked_whole() {
    let sound = xianjie(&["pack", "check", "deploy/county/nanxian", "--json"]);
    assert!(sound.status.success(), "{}", stderr(&sound));
    let counts: serde_json::Value = serde_json::from_str(&stdout(&sound)).expect("JSON");
    assert_eq!(counts["ok"], true);
    let missing = xianjie(&["pack", "check", "no/such/folder"]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(stderr(&missing).contains("no/such/folder"), "{}", stderr(&missing));
}

#[tokio::test]
async fn a_parked_message_is_listed_with_its_reason_and_replayed() {
    let database = TestDatabase::create().await;
    let pool = review::service().open_store(&database.url).await.expect("the room's store");
    let message = Message {
        id: Uuid::now_v7(),
        kind: "xianjie.intake.v1.ApplicationForwarded".into(),
        stream: Uuid::now_v7(),
        version: 7,
        payload: Vec::new().into(),
        occurred_at: OffsetDateTime::now_utc(),
        traceparent: None,
    };
    parked::park(&pool, &message, "no such category", None).await.expect("parked");

    let listed = xianjie(&["parked", "list", "review", "--json", "--database-url", &database.url]);
    assert!(listed.status.success(), "{}", stderr(&listed));
    let line: serde_json::Value = serde_json::from_str(&stdout(&listed)).expect("one JSON object");
    assert_eq!((&line["reason"], &line["waits_for_a_person"]), (&"no such category".into(), &true.into()));

    let id = message.id.to_string();
    let replayed = xianjie(&["parked", "replay", "review", &id, "--database-url", &database.url]);
    assert!(replayed.status.success(), "{}", stderr(&replayed));
    assert!(parked::next_due(&pool).await.expect("the store answers").is_some(), "it is due now");
    let unknown = xianjie(&["parked", "replay", "inbox", &id, "--database-url", &database.url]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(stderr(&unknown).contains("xianjie parked list inbox"), "{}", stderr(&unknown));
}

#[tokio::test]
async fn a_redrive_says_what_it_does_by_room() {
    let database = TestDatabase::create().await;
    let counted = xianjie(&["redrive", "--dry-run", "--json", "--database-url", &database.url]);
    assert!(counted.status.success(), "{}", stderr(&counted));
    let rooms: Vec<serde_json::Value> =
        stdout(&counted).lines().map(|line| serde_json::from_str(line).expect("one JSON object a room")).collect();
    assert_eq!(rooms.len(), xianjie::house::ROOMS.len());
    assert_eq!(
        (&rooms[1]["room"], &rooms[1]["said"], &rooms[1]["dry_run"]),
        (&"intake".into(), &0.into(), &true.into())
    );
    let unknown = xianjie(&["redrive", "--room", "kitchen", "--database-url", &database.url]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(stderr(&unknown).contains("\"kitchen\" is no room"), "{}", stderr(&unknown));
    let bad = xianjie(&["redrive", "--since", "yesterday"]);
    assert_eq!(bad.status.code(), Some(2));
    assert!(stderr(&bad).contains("2022-03-01T09:00:00+08:00"), "{}", stderr(&bad));
}

#[tokio::test]
async fn a_simulation_teaches_and_ends_with_a_code_that_says_what_it_found() {
    let help = stdout(&xianjie(&["rules", "simulate", "--help"]));
    assert!(
        help.contains("Nothing is written") && help.contains("Exit code") && help.contains("XIANJIE_PACK"),
        "{help}"
    );
    let database = TestDatabase::create().await;
    let simulate = |more: &[&str]| {
        let all = ["rules", "simulate", "--database-url", &database.url, "--pack"];
        xianjie(&[&all, more].concat())
    };
    let no_store = simulate(&["deploy/county/nanxian"]);
    assert_eq!(no_store.status.code(), Some(1));
    assert!(stderr(&no_store).contains("no store of room intake"), "{}", stderr(&no_store));
    intake::service().open_store(&database.url).await.expect("the room's store").close().await;
    let nothing = simulate(&["deploy/county/nanxian", "--json"]);
    assert_eq!(nothing.status.code(), Some(0), "{}", stderr(&nothing));
    let told: serde_json::Value = serde_json::from_str(&stdout(&nothing)).expect("JSON");
    assert_eq!(told["judged"], 0);
    let missing = simulate(&["no/such/draft"]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(stderr(&missing).contains("no/such/draft"), "{}", stderr(&missing));
    let year = simulate(&["deploy/county/nanxian", "--year", "1999"]);
    assert!(stderr(&year).contains("--year"), "{}", stderr(&year));
}
