//! Who may import whom, and what pure files may not name. Each failure says the rule and its reason.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use cargo_metadata::{DependencyKind, MetadataCommand};
use tests::root;

const ROOMS: [&str; 6] = xianjie::house::ROOMS;

/// How many packages may stand in Cargo.lock, ours among them: three of them read the compose files in a test.
const PACKAGES: usize = 407;

/// Crates of ours that are never shipped.
const OF_TESTS: [&str; 2] = ["tests", "play"];

/// Arrows between our crates, at most; what is not listed may import anything of ours.
fn allowed() -> BTreeMap<&'static str, Vec<&'static str>> {
    let mut arrows = BTreeMap::from([
        ("proto", vec![]),
        ("kernel", vec![]),
        ("translation", vec!["kernel", "proto"]),
        ("messaging", vec!["proto"]),
        ("runtime", vec!["kernel", "messaging", "proto"]),
        ("simulated_treasury", vec!["proto"]),
    ]);
    arrows.extend(ROOMS.map(|room| (room, vec!["kernel", "proto", "translation", "messaging", "runtime"])));
    arrows
}

#[test]
fn crates_import_only_what_their_place_allows() {
    let metadata = MetadataCommand::new().no_deps().exec().expect("cargo metadata");
    let ours: Vec<String> = metadata.packages.iter().map(|package| package.name.to_string()).collect();
    for package in &metadata.packages {
        let of_tests = |name: &str| OF_TESTS.contains(&name);
        let shipped = !of_tests(package.name.as_str());
        let imported = package.dependencies.iter().find(|dependency| shipped && of_tests(&dependency.name));
        assert!(imported.is_none(), "{} imports {imported:?}: what is shipped rests on no test", package.name);
        let Some(allowed) = allowed().remove(package.name.as_str()) else { continue };
        for dependency in &package.dependencies {
            let of_ours = ours.contains(&dependency.name) && dependency.kind == DependencyKind::Normal;
            assert!(
                !of_ours || allowed.contains(&dependency.name.as_str()),
                "{} imports {}: rooms know each other only by proto, and shells know no room",
                package.name,
                dependency.name
            );
        }
    }
}

#[test]
fn the_core_is_pure() {
    let impure = ["sqlx", "tonic", "prost", "tokio", "tracing", "std::time", "std::env", "async fn", ".await"];
    for file in rust_files(&["services"]).into_iter().filter(|file| has_folder(file, "domain")) {
        forbid(&file, &["proto::"], "the domain speaks its own words, convert.rs translates");
        forbid(&file, &impure, "the domain decides from what it is given: no I/O, no clock, no async");
    }
    for file in rust_files(&["services/kernel/src"]) {
        forbid(&file, &impure, "the kernel is words: no I/O, no clock, no async");
    }
    for file in
        rust_files(&["services"]).into_iter().filter(|file| ["convert", "publish", "subscribe"].contains(&stem(file)))
    {
        let impure = ["sqlx", "tokio", "std::time", "std::env", "async fn", ".await"];
        forbid(&file, &impure, "translation is pure, so that it can be tested without a server");
    }
}

#[test]
fn the_shell_knows_no_room_s_words() {
    let rooms = ROOMS.map(|room| format!("proto::{room}"));
    let rooms: Vec<&str> = rooms.iter().map(String::as_str).collect();
    for file in rust_files(&["services/runtime/src", "services/messaging/src"]) {
        let text = fs::read_to_string(&file).expect("a source file");
        // Its tests may ask with any room's messages.
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let found = rooms.iter().find(|room| code.contains(**room));
        assert!(
            found.is_none(),
            "{} names {found:?}: of contracts the shell knows what all rooms share",
            file.display()
        );
    }
}

#[test]
fn sql_stands_only_in_stores() {
    for file in rust_files(&ROOMS.map(|room| format!("services/{room}/src"))) {
        if stem(&file) != "store" && !has_folder(&file, "store") {
            forbid(&file, &["sqlx::query"], "SQL stands in store.rs, where a newcomer looks for it");
        }
    }
}

#[test]
fn a_module_stands_in_one_program_and_is_used_whole() {
    // Put together here, so that this file doesn't name them itself.
    let (elsewhere, unused) = (["#[", "path"].concat(), ["dead", "_code"].concat());
    for file in rust_files(&["services", "tests", "proto"]) {
        forbid(&file, &[&elsewhere], "what two programs share is a crate, as tests/play is for tests, bench and drill");
        forbid(&file, &[&unused], "what nobody uses goes; tests that share something are modules of one program");
    }
}

#[test]
fn every_migration_is_in_the_program() {
    for entry in fs::read_dir(root().join("services")).expect("the services") {
        let service = entry.expect("an entry").path();
        let Ok(migrations) = fs::read_dir(service.join("migrations")) else { continue };
        let sources: String = rust_files(&[service.join("src")])
            .iter()
            .map(|file| fs::read_to_string(file).expect("a source file"))
            .collect();
        for migration in migrations {
            let name = migration.expect("an entry").file_name().into_string().expect("UTF-8");
            assert!(sources.contains(&format!("{name:?}")), "no `migrations!` of {} names {name}", service.display());
        }
    }
}

#[test]
fn each_package_more_is_a_choice() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).expect("Cargo.lock");
    let packages = lock.matches("[[package]]").count();
    assert!(packages <= PACKAGES, "{packages} packages: is what the new ones do worth their build and their upkeep?");
}

#[test]
fn a_file_fits_in_a_reader_s_head() {
    for file in rust_files(&["services", "tests", "proto"]) {
        let text = fs::read_to_string(&file).expect("a source file");
        let lines = text.lines().count();
        assert!(lines <= 400, "{} has {lines} lines: beyond 400 it is two files in one", file.display());
        assert!(text.starts_with("//!"), "{} does not begin by saying what it is", file.display());
    }
}

fn forbid(file: &Path, words: &[&str], reason: &str) {
    let text = fs::read_to_string(file).expect("a source file");
    // Tests at a file's foot are held to the same, but comments may speak of anything.
    let code = text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
    for (number, line) in code {
        let found = words.iter().find(|word| names(line, word));
        assert!(found.is_none(), "{}:{} names {}: {reason}", file.display(), number + 1, found.unwrap_or(&""));
    }
}

/// Whether the line has the word itself, not just a longer one that begins with it.
fn names(line: &str, word: &str) -> bool {
    let ends = |rest: &str| !rest.starts_with(|next: char| next.is_alphanumeric() || next == '_');
    line.match_indices(word).any(|(at, _)| ends(&line[at + word.len()..]) || !word.ends_with(char::is_alphanumeric))
}

fn stem(file: &Path) -> &str {
    file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default()
}

fn has_folder(file: &Path, folder: &str) -> bool {
    file.components().any(|component| component.as_os_str() == folder) || stem(file) == folder
}

fn rust_files(folders: &[impl AsRef<Path>]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = folders.iter().map(|folder| root().join(folder)).collect();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of ours") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    assert!(!found.is_empty(), "there are files to look at");
    found
}
