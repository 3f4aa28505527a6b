//! What happens when whoever reads goes away, as `| head -1` does: no panic, no backtrace, nothing left running.

use std::{
    fs::{self, Permissions},
    io::{BufRead as _, BufReader, Read as _},
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;
use xianjie::embedded_postgres::EmbeddedPostgres;

fn xianjie(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xianjie"));
    for setting in ["DATABASE_URL", "AMQP_URL", "XIANJIE_LISTEN", "XIANJIE_PACK", "OTEL_EXPORTER_OTLP_ENDPOINT"] {
        command.env_remove(setting);
    }
    command.current_dir(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")).args(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Waits for the end and gives its code and what was said on stderr.
fn end(mut child: Child) -> (Option<i32>, String) {
    let began = Instant::now();
    while child.try_wait().expect("a child of ours").is_none() {
        if began.elapsed() > Duration::from_secs(120) {
            child.kill().expect("a child of ours");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let mut said = String::new();
    if let Some(mut stderr) = child.stderr.take() {
        stderr.read_to_string(&mut said).expect("UTF-8");
    }
    (child.wait().expect("it has ended").code(), said)
}

#[test]
fn a_command_that_nobody_reads_finishes_with_its_own_code() {
    for arguments in [
        &["pack", "check", "deploy/county/nanxian"] as &[&str],
        &["pack", "check", "deploy/county/nanxian", "--json"],
        &["rules", "list", "--year", "2022"],
    ] {
        let mut child = xianjie(arguments).spawn().expect("the binary runs");
        drop(child.stdout.take());
        assert_eq!(end(child), (Some(0), String::new()), "{arguments:?}");
    }
    let mut child = xianjie(&["pack", "check", "no/such/folder", "--json"]).spawn().expect("the binary runs");
    drop(child.stdout.take());
    assert_eq!(end(child), (Some(1), String::new()), "what was found is not forgotten");
}

#[test]
fn a_full_disk_is_no_reader_that_went_away() {
    let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has one");
    let output = xianjie(&["rules", "list", "--year", "2022"]).stdout(full).output().expect("the binary runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("standard output") && !said.contains("panicked"), "{said}");
}

#[test]
fn the_demo_ends_with_its_reader_and_leaves_no_database_running() {
    let folder = folder();
    let data = folder.path().display().to_string();
    let mut child =
        xianjie(&["demo", "--listen", "127.0.0.1:0", "--data-dir", &data]).spawn().expect("the binary runs");
    let mut first = String::new();
    BufReader::new(child.stdout.take().expect("its output")).read_line(&mut first).expect("a line");
    let (code, said) = end(child);
    assert_eq!(code, Some(141), "as if by SIGPIPE:\n{said}");
    assert!(!said.contains("panicked") && !said.contains("xianjie: "), "{said}");
    assert!(nobody_serves(&folder), "its PostgreSQL still runs");
}

#[test]
fn the_demo_ends_even_when_its_logs_have_no_reader_either() {
    let folder = folder();
    let data = folder.path().display().to_string();
    let command = "\"$0\" demo --listen 127.0.0.1:0 --data-dir \"$1\" 2>&1 | head -n 1; echo \"${PIPESTATUS[0]}\"";
    let output = Command::new("bash")
        .args(["-c", command, env!("CARGO_BIN_EXE_xianjie"), &data])
        .current_dir(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../.."))
        .env("RUST_LOG", "info")
        .output()
        .expect("bash runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(said.lines().last(), Some("141"), "{said}");
    assert!(nobody_serves(&folder), "its PostgreSQL still runs");
}

/// One that PostgreSQL's user can reach, also when root runs the tests.
fn folder() -> TempDir {
    let folder = tempfile::tempdir_in("/var/tmp").expect("a folder");
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).expect("its permissions");
    folder
}

fn nobody_serves(data: &TempDir) -> bool {
    EmbeddedPostgres::url_of_another(&data.path().join("postgres")).is_none()
}
