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
        "--peer",
        "assets=http://127.0.0.1:1",
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

#[test]
fn a_health_check_says_by_its_exit_code_whether_anyone_serves() {
    let nobody = xianjie(&["healthcheck", "--address", "http://127.0.0.1:1"]);
    assert_eq!(nobody.status.code(), Some(1));
    assert!(stderr(&nobody).contains("nobody answers at http://127.0.0.1:1"), "{}", stderr(&nobody));
}

#[tokio::test]
async fn a_health_check_asks_for_the_whole_server_or_one_service() {
    let (reporter, service) = tonic_health::server::health_reporter();
    reporter.set_service_status("xianjie.test.v1.Draining", tonic_health::ServingStatus::NotServing).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let incoming = tonic::transport::server::TcpIncoming::from(listener);
    tokio::spawn(tonic::transport::Server::builder().add_service(service).serve_with_incoming(incoming));
    let ask = |arguments: Vec<String>| {
        tokio::task::spawn_blocking(move || {
            let all: Vec<&str> = ["healthcheck"].into_iter().chain(arguments.iter().map(String::as_str)).collect();
            xianjie(&all)
        })
    };
    let well = ask(vec!["--address".into(), address.clone()]).await.expect("it ran");
    assert!(well.status.success() && stdout(&well).contains("SERVING"), "{}", stderr(&well));
    let of = |service: &str| vec!["--address".into(), address.clone(), "--service".into(), service.into()];
    let draining = ask(of("xianjie.test.v1.Draining")).await.expect("it ran");
    assert_eq!(draining.status.code(), Some(1));
    assert!(stderr(&draining).contains("NOT_SERVING"), "{}", stderr(&draining));
    let unknown = ask(of("xianjie.test.v1.Unknown")).await.expect("it ran");
    assert_eq!(unknown.status.code(), Some(1));
}

#[test]
fn a_moved_clock_is_refused_beside_a_treasury_that_may_pay() {
    let url = std::env::var("DATABASE_URL").expect("DATABASE_URL is not set: run tests/run");
    let arguments = ["run", "--database-url", &url, "--demo-clock", "/dev/null", "--treasury", "http://127.0.0.1:1"];
    let refused = xianjie(&arguments);
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("--demo-clock is refused beside the treasury"), "{}", stderr(&refused));
}

#[tokio::test]
async fn migrating_opens_the_first_accounts_once_and_keeps_what_they_became() {
    let database = TestDatabase::create().await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("first_accounts");
    std::fs::write(&file, "admin first-password-1\n").expect("written");
    let path = file.display().to_string();
    let migrate = || xianjie(&["migrate", "--first-accounts", &path, "--database-url", &database.url]);
    let first = migrate();
    assert!(first.status.success(), "{}", stderr(&first));
    assert!(stderr(&first).contains("admin: 已开通 / opened"), "{}", stderr(&first));
    assert!(!stderr(&first).contains("first-password-1"), "no password is logged");
    std::fs::write(&file, "admin second-password-2\n").expect("written");
    let again = migrate();
    assert!(stderr(&again).contains("has a password, left alone"), "{}", stderr(&again));
    std::fs::write(&file, "no.one some-long-password\n").expect("written");
    let unknown = migrate();
    assert_eq!(unknown.status.code(), Some(1));
    assert!(stderr(&unknown).contains("no.one") && !stderr(&unknown).contains("some-long-password"));
}

#[tokio::test]
async fn the_doctor_finds_what_was_seeded_in_a_real_store_and_says_the_cure() {
    let database = TestDatabase::create().await;
    let doctor = || {
        let output = xianjie(&["doctor", "--json", "--disk-mb", "0", "--database-url", &database.url]);
        let lines: Vec<serde_json::Value> =
            stdout(&output).lines().map(|line| serde_json::from_str(line).expect("one JSON object a line")).collect();
        (output.status.code(), lines)
    };
    let found = |lines: &[serde_json::Value], code: &str, room: &str| {
        lines.iter().any(|line| line["code"] == code && line["en"].as_str().is_some_and(|text| text.contains(room)))
    };
    let (code, lines) = doctor();
    assert_eq!(code, Some(1));
    assert!(found(&lines, "MIGRATIONS", "review"), "an empty database: {lines:?}");
    assert!(xianjie(&["migrate", "--database-url", &database.url]).status.success());
    let (_, lines) = doctor();
    assert!(!lines.iter().any(|line| line["code"] == "MIGRATIONS"), "{lines:?}");

    let pool = review::service().open_store(&database.url).await.expect("the room's store");
    for seeded in [
        "insert into outbox (id, kind, stream, version, payload, occurred_at, enqueued_at)
         values (gen_random_uuid(), 'k', gen_random_uuid(), 1, '', now(), now() - interval '2 minutes')",
        "insert into parked (id, kind, stream, version, payload, occurred_at, reason)
         values (gen_random_uuid(), 'k', gen_random_uuid(), 1, '', now(), 'seeded')",
        "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
         values (9999, 'from the future', true, '', 0)",
    ] {
        sqlx::query(seeded).execute(&pool).await.expect("seeded");
    }
    let (code, lines) = doctor();
    assert_eq!(code, Some(1));
    for code in ["OUTBOX", "PARKED", "NEWER_DATA"] {
        assert!(found(&lines, code, "review") && !found(&lines, code, "intake"), "{code}: {lines:?}");
    }
    let summary = lines.last().expect("a summary");
    assert_eq!(summary["well"], false);
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut unset = Command::new(env!("CARGO_BIN_EXE_xianjie"));
    unset.arg("doctor").env_remove("DATABASE_URL").current_dir(root);
    assert!(stdout(&unset.output().expect("the binary runs")).contains("DATABASE_UNSET"));
    let away = xianjie(&["doctor", "--database-url", "postgres://u:secret-word@127.0.0.1:1/x", "--pack", "no/such"]);
    assert!(stdout(&away).contains("DATABASE_AWAY") && stdout(&away).contains("PACK "), "{}", stdout(&away));
    assert!(!stdout(&away).contains("secret-word") && stdout(&away).contains(" → "), "{}", stdout(&away));
}
