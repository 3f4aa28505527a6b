//! The pack of Nan County is sound, and says what the county's report says.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use kernel::{Fen, Pack, Role, RuleCode, division::Level};
use time::macros::date;

fn files() -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/county/nanxian");
    let entries = fs::read_dir(folder).expect("the pack's folder").map(|entry| entry.expect("an entry").path());
    let toml = entries.filter(|path| path.extension().is_some_and(|extension| extension == "toml"));
    toml.map(|path| {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        (name, fs::read_to_string(path).expect("a text"))
    })
    .collect()
}

fn pack() -> Pack {
    Pack::parse(&files())
        .unwrap_or_else(|errors| panic!("{}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")))
}

/// The faults of the pack after one file's text was changed.
fn faults_after(file: &str, from: &str, to: &str) -> Vec<String> {
    let mut files = files();
    let text = files.get_mut(file).expect("the file");
    assert!(text.contains(from), "{file} holds {from}");
    *text = text.replacen(from, to, 1);
    Pack::parse(&files).expect_err("a fault").iter().map(ToString::to_string).collect()
}

#[test]
fn twelve_towns_of_three_villages_and_a_person_for_every_role() {
    let pack = pack();
    let level = |level| pack.divisions.iter().filter(|entry| entry.code.level() == level).count();
    assert_eq!((level(Level::County), level(Level::Township), level(Level::Village)), (1, 12, 36));
    let held: BTreeSet<Role> = pack.persons.iter().flat_map(|person| &person.posts).map(|post| post.role).collect();
    assert_eq!(held.len(), Role::ALL.len(), "{held:?}");
}

#[test]
fn seven_sources_add_up_to_a_hundred_million_yuan() {
    let pack = pack();
    let codes: BTreeSet<&str> = pack.sources.iter().map(|source| source.code.as_str()).collect();
    assert_eq!(codes, BTreeSet::from(["COUNTY", "FARM", "LINK", "ORG", "REFORM", "ROAD", "WATER"]));
    assert_eq!(pack.sources.iter().map(|source| source.amount).sum::<Fen>().to_string(), "100000000.00");
}

#[test]
fn the_calendar_knows_shifted_workdays() {
    let calendar = pack().calendar;
    assert_eq!(calendar.is_working_day(date!(2022 - 01 - 29)), Ok(true));
    assert_eq!(calendar.is_working_day(date!(2022 - 02 - 04)), Ok(false));
    assert_eq!(calendar.is_working_day(date!(2023 - 05 - 03)), Ok(false));
    assert!(calendar.is_working_day(date!(2035 - 01 - 01)).is_err());
}

#[test]
fn rules_have_their_basis_and_standing() {
    let pack = pack();
    let rules = pack.rules(2022).expect("rules of 2022");
    assert_eq!(rules.number(RuleCode::NoticeDays), 10);
    assert!(rules.rule(RuleCode::VillageShare).basis_with_standing().ends_with("[source]"));
}

#[test]
fn every_fault_names_its_file_and_key() {
    let cases = [
        (
            "persons.toml",
            "posts = [\"C-LG@430921000000\"]",
            "posts = [\"C-XX@430921000000\"]",
            "persons.toml: person[0].posts[0]",
        ),
        ("persons.toml", "C-LG@430921000000", "C-LG@430921000000-NONE", "persons.toml: person[0].posts[0]"),
        ("persons.toml", "id = \"430921-0002\"", "id = \"430921-0001\"", "persons.toml: person[1].id"),
        ("rules.toml", "from = 2021", "from = 2023", "rules.toml: QUORUM_PRESENT"),
        ("rules.toml", "{ ratio = \"2/3\" }", "{ ratio = \"2/0\" }", "rules.toml: rule[0].value"),
        ("rules.toml", "{ ratio = \"2/3\" }", "{ days = 3 }", "rules.toml: QUORUM_PRESENT"),
        ("rules.toml", "code = \"VOTE_YES\"", "code = \"VOTE_NO\"", "rules.toml: rule[1].code"),
        ("rules.toml", "code = \"VOTE_YES\"", "code = \"QUORUM_PRESENT\"", "rules.toml: rule[1].from"),
        ("sources.toml", "amount = \"28000000.00\"", "amount = \"1e6\"", "sources.toml: indicator[0].amount"),
        ("sources.toml", "source = \"LINK\"", "source = \"LOAN\"", "sources.toml: indicator[0].source"),
        ("categories.toml", "-AGR\"]", "-XXX\"]", "categories.toml: category[0].departments[2]"),
        ("county.toml", "name_en", "nmae_en", "county.toml: line 6"),
        ("divisions.toml", "code = \"430921100000\"", "code = \"430921199000\"", "divisions.toml: division[2].code"),
        ("calendar.toml", "\"2021-01-01\"", "\"2021-02-30\"", "calendar.toml: line"),
        (
            "departments.toml",
            "id = \"necessity\"",
            "id = \"authenticity\"",
            "departments.toml: township.question[1].id",
        ),
    ];
    for (file, from, to, expected) in cases {
        let faults = faults_after(file, from, to);
        assert!(faults.iter().any(|fault| fault.starts_with(expected)), "{expected}: {faults:?}");
    }
}
