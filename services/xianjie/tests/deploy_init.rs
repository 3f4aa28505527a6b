//! `deploy/init` step by step, on a copy of the folder: what it makes, that it keeps what is there, and what it refuses.
#![allow(clippy::unwrap_used, reason = "a test that can't go on fails here")]

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use tempfile::TempDir;
use xianjie::house::ROOMS;

/// A copy of what `deploy/init` needs, as a clean clone has it.
fn clone() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let deploy = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../deploy");
    for part in ["init", "init.d", "county"] {
        let copied = Command::new("cp").arg("-r").arg(deploy.join(part)).arg(folder.path()).status().unwrap();
        assert!(copied.success());
    }
    folder
}

fn init(folder: &TempDir, arguments: &[&str]) -> Output {
    Command::new(folder.path().join("init")).args(arguments).output().unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Every file of the folder that init made, with what is in it.
fn made(folder: &Path) -> BTreeMap<String, String> {
    let secrets = fs::read_dir(folder.join("secrets")).unwrap().map(|entry| entry.unwrap().path());
    let files = secrets.chain([folder.join(".env")]);
    files.map(|path| (path.display().to_string(), fs::read_to_string(path).unwrap())).collect()
}

#[test]
fn a_clean_clone_gets_secrets_that_only_the_operator_can_reach() {
    let folder = clone();
    let output = init(&folder, &[]);
    assert!(output.status.success(), "{}", said(&output));
    let secrets = folder.path().join("secrets");
    assert_eq!(fs::metadata(&secrets).unwrap().permissions().mode() & 0o777, 0o700);
    let mut different = std::collections::BTreeSet::new();
    for name in ROOMS.iter().flat_map(|room| [format!("database_{room}"), format!("broker_{room}")]) {
        let secret = fs::read_to_string(secrets.join(&name)).unwrap();
        assert_eq!(secret.len(), 48, "{name}");
        assert!(different.insert(secret.clone()), "{name} is like no other");
        assert!(!said(&output).contains(&secret), "{name} is not shown");
    }
}

#[test]
fn once_more_changes_nothing_and_shows_no_password_again() {
    let folder = clone();
    let first = said(&init(&folder, &[]));
    let before = made(folder.path());
    let password = first.split("password ").nth(1).unwrap().split_whitespace().next().unwrap();
    let again = init(&folder, &[]);
    assert!(again.status.success());
    assert_eq!(made(folder.path()), before);
    assert!(!said(&again).contains(password), "{}", said(&again));
}

#[test]
fn the_first_accounts_are_the_pack_s_administrators() {
    let folder = clone();
    let shown = said(&init(&folder, &[]));
    let kept = fs::read_to_string(folder.path().join("secrets/first_accounts")).unwrap();
    let (account, password) = kept.trim().split_once(' ').unwrap();
    assert_eq!(account, "admin");
    assert!(password.len() >= 12, "as long as the directory asks for");
    assert!(shown.contains(&format!("account {account}   password {password}")), "{shown}");
}

#[test]
fn the_broker_s_definitions_give_each_room_its_own_user_and_rights() {
    let folder = clone();
    init(&folder, &[]);
    let text = fs::read_to_string(folder.path().join("secrets/rabbitmq_definitions")).unwrap();
    let definitions: serde_json::Value = serde_json::from_str(&text).unwrap();
    let named = |list: &str| -> Vec<String> {
        let list = definitions[list].as_array().unwrap();
        list.iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(named("users"), ROOMS, "no user but the rooms: no guest, no administrator");
    for user in definitions["users"].as_array().unwrap() {
        assert_eq!(user["tags"].as_array().unwrap().len(), 0);
        assert_eq!(user["password_hash"].as_str().unwrap().len(), 48, "base64 of 4 + 32 bytes");
    }
    for room in ROOMS {
        let secret = fs::read_to_string(folder.path().join(format!("secrets/broker_{room}"))).unwrap();
        assert!(!text.contains(&secret), "a hash is kept, not the password");
        let rights = definitions["permissions"].as_array().unwrap();
        let rights = rights.iter().find(|rights| rights["user"] == room).unwrap();
        for right in ["configure", "write", "read"] {
            let pattern = rights[right].as_str().unwrap();
            let others = ROOMS.iter().filter(|other| **other != room);
            assert!(others.into_iter().all(|other| !pattern.contains(other)), "{room}: {pattern}");
        }
    }
    let queues = definitions["queues"].as_array().unwrap();
    assert!(queues.iter().all(|queue| queue["arguments"]["x-queue-type"] == "quorum"));
    assert_eq!(definitions["policies"][0]["pattern"], r"^xianjie\.[a-z]+$");
}

#[test]
fn what_is_there_is_kept_and_what_is_missing_is_made() {
    let folder = clone();
    init(&folder, &[]);
    let review = folder.path().join("secrets/database_review");
    let intake = folder.path().join("secrets/database_intake");
    let kept = fs::read_to_string(&intake).unwrap();
    fs::remove_file(&review).unwrap();
    let output = init(&folder, &[]);
    assert!(said(&output).contains("made database_review\n"), "{}", said(&output));
    assert_eq!(fs::read_to_string(&intake).unwrap(), kept);
    assert!(review.exists());
}

#[test]
fn a_county_without_a_pack_and_an_unknown_secret_are_refused_by_name() {
    let folder = clone();
    init(&folder, &[]);
    let settings = folder.path().join(".env");
    let text = fs::read_to_string(&settings).unwrap().replace("XIANJIE_COUNTY=nanxian", "XIANJIE_COUNTY=elsewhere");
    fs::write(&settings, text).unwrap();
    let refused = init(&folder, &[]);
    assert!(!refused.status.success());
    assert!(
        said(&refused).contains("deploy/county/elsewhere") && said(&refused).contains("nanxian"),
        "{}",
        said(&refused)
    );
    let unknown = init(&folder, &["rotate", "database_kitchen"]);
    assert!(!unknown.status.success());
    assert!(said(&unknown).contains("no secret database_kitchen"), "{}", said(&unknown));
}

/// Where nothing runs, the next start brings the new one into force.
#[test]
fn a_secret_is_renewed_alone_and_what_follows_from_it_with_it() {
    let folder = clone();
    init(&folder, &[]);
    let names = said(&init(&folder, &["rotate"]));
    assert_eq!(names.lines().count(), 3 + 2 * ROOMS.len(), "{names}");
    let secret = |name: &str| fs::read_to_string(folder.path().join("secrets").join(name)).unwrap();
    let definitions = secret("rabbitmq_definitions");
    let before = made(folder.path());
    for (name, follows) in [("database_intake", None), ("broker_intake", Some("rabbitmq_definitions"))] {
        let old = made(folder.path());
        let output = init(&folder, &["rotate", name]);
        assert!(output.status.success(), "{}", said(&output));
        let changed: Vec<String> = made(folder.path())
            .into_iter()
            .filter(|(path, text)| old.get(path) != Some(text))
            .map(|(path, _)| path.rsplit('/').next().unwrap().to_owned())
            .collect();
        let wanted: Vec<&str> = [name].into_iter().chain(follows).collect();
        assert_eq!(changed, wanted);
    }
    assert_ne!(secret("rabbitmq_definitions"), definitions);
    assert_eq!(made(folder.path()).len(), before.len(), "no file is left beside");
    let running = init(&folder, &["rotate", "postgres_admin"]);
    assert!(!running.status.success(), "the server itself must be told");
    assert!(said(&running).contains("must run"), "{}", said(&running));
}

#[test]
fn every_step_says_what_it_is_for() {
    let steps = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../deploy/init.d");
    for step in fs::read_dir(steps).unwrap() {
        let text = fs::read_to_string(step.unwrap().path()).unwrap();
        let (shell, words) = (text.lines().next().unwrap(), text.lines().nth(1).unwrap());
        assert!(shell.starts_with("# shellcheck shell=bash") && words.len() > 40, "{text}");
    }
}
