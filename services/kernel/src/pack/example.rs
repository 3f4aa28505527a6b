//! A small sound pack for the tests of the checks, and a way to break it in one place.

use std::collections::BTreeMap;

use super::{Pack, PackError};
use crate::{RuleCode, rules::ValueKind};

const COUNTY: &str = r#"division = "110101000000"
name = "甲县"
name_en = "County A"
fiscal_years = { from = 2022, to = 2023 }
"#;

const DIVISIONS: &str = r#"divisions = [
  { code = "110101000000", name = "甲县" },
  { code = "110101001000", name = "甲镇" },
  { code = "110101001201", name = "甲村", placeholder = true },
]
"#;

const ORGANISATIONS: &str = r#"organisations = [
  { code = "110101000000", name = "甲县人民政府" },
  { code = "110101000000-RRB", name = "甲县乡村振兴局" },
  { code = "110101000000-FIN", name = "甲县财政局" },
  { code = "110101000000-AGR", name = "甲县农业农村局" },
  { code = "110101001000", name = "甲镇人民政府" },
  { code = "110101001201", name = "甲村村民委员会" },
]
"#;

const PERSONS: &str = r#"persons = [
  { id = "a-1", name = "甲一", account = "jia.sec", posts = ["V-SEC@110101001201"] },
  { id = "a-2", name = "甲二", account = "jia.gov", posts = ["T-GOV@110101001000"] },
  { id = "a-3", name = "甲三", account = "rrb.one", posts = ["C-RRB@110101000000-RRB"] },
  { id = "a-4", name = "甲四", account = "fin.one", posts = ["C-FIN@110101000000-FIN"] },
  { id = "a-5", name = "甲五", account = "agr.one", posts = ["C-SEC@110101000000-AGR"] },
  { id = "a-6", name = "甲六", account = "lg.one", posts = ["C-LG@110101000000"] },
]
"#;

const SOURCES: &str = r#"kinds = [
  { code = "LINK", name = "衔接资金", public = true, integrated = true, sub_levels = ["CENTRAL", "PROVINCE"] },
  { code = "ROAD", name = "交通", public = true, integrated = true },
  { code = "VILLAGE", name = "村级自筹", public = false },
]
indicators = [
  { source = "LINK", sub_level = "CENTRAL", name = "甲", department = "110101000000-RRB", document_no = "甲1号", year = 2022, yuan = "1000000.00" },
  { source = "LINK", sub_level = "PROVINCE", name = "乙", department = "110101000000-RRB", document_no = "甲1号", year = 2022, yuan = "250000" },
  { source = "ROAD", name = "丙", department = "110101000000-AGR", document_no = "甲2号", year = 2023, yuan = "500000.00" },
]
"#;

const QUESTIONS: &str = r#"questions = [
  { id = "t.true", zh = "是否真实?", en = "True?", standing = "source", no = "BLOCKS" },
  { id = "rrb.fit", zh = "是否符合?", en = "Fit?", standing = "known", no = "EXPERT_POLICY" },
  { id = "fin.money", zh = "资金有保障?", en = "Money?", standing = "source", no = "EXPERT_LEGAL" },
  { id = "sec.science", zh = "是否科学?", en = "Scientific?", standing = "source", no = "EXPERT_TECHNICAL" },
]
"#;

const DEPARTMENTS: &str = r#"township = { questions = ["t.true"] }
departments = [
  { code = "RRB", post = "C-RRB@110101000000-RRB", questions = ["rrb.fit"] },
  { code = "FIN", post = "C-FIN@110101000000-FIN", questions = ["fin.money"] },
  { code = "AGR", post = "C-SEC@110101000000-AGR", questions = ["sec.science"] },
]
"#;

const CATEGORIES: &str = r#"[[categories]]
code = "INDUSTRY"
name = "产业发展"
reviews = ["RRB", "FIN", "AGR"]
acceptance = "AGR"
sub_types = [
  { code = "NEW", name = "新产业", village_share = true },
  { code = "OLD", name = "老产业" },
]
"#;

const CALENDAR: &str = r#"[provisional]
basis = "甲"
warning_days = 90
holidays = [{ name = "国庆节", month = 10, from = 1, to = 3 }]
[[years]]
year = 2022
notice = "甲〔2021〕1号"
holidays = [{ name = "春节", from = 2022-01-31, to = 2022-02-06 }]
workdays = [2022-01-29, 2022-01-30]
[[years]]
year = 2023
notice = "甲〔2022〕1号"
holidays = [{ name = "元旦", from = 2022-12-31, to = 2023-01-02 }]
"#;

const DUTIES: &str = r#"duties = [
  { duty = "APPLICANT", excludes = ["TOWNSHIP_REVIEWER", "DECIDER"] },
  { duty = "PAYMENT_REVIEWER", excludes = ["PAYMENT_RELEASER"] },
]
"#;

/// The sound pack's files.
pub(super) fn files() -> BTreeMap<String, String> {
    [
        ("county.toml", COUNTY.to_owned()),
        ("divisions.toml", DIVISIONS.to_owned()),
        ("organisations.toml", ORGANISATIONS.to_owned()),
        ("persons.toml", PERSONS.to_owned()),
        ("sources.toml", SOURCES.to_owned()),
        ("questions.toml", QUESTIONS.to_owned()),
        ("departments.toml", DEPARTMENTS.to_owned()),
        ("categories.toml", CATEGORIES.to_owned()),
        ("rules.toml", rules()),
        ("calendar.toml", CALENDAR.to_owned()),
        ("duties.toml", DUTIES.to_owned()),
    ]
    .into_iter()
    .map(|(name, text)| (name.to_owned(), text))
    .collect()
}

/// Every rule for all years, the advance alone with a value of its own in each year.
fn rules() -> String {
    let rule = |code: RuleCode, value: &str, years: &str| {
        format!(
            "[[rules]]\ncode = \"{code}\"\nname = \"甲\"\nvalue = {{ {value} }}\n{years}\nbasis = \"甲\"\nstanding = \"design\"\n"
        )
    };
    let advance = [
        rule(RuleCode::AdvanceMax, "percent = \"10\"", "from = 2021\nto = 2022"),
        rule(RuleCode::AdvanceMax, "percent = \"30\"", "from = 2023"),
    ];
    let others = RuleCode::ALL.iter().copied().filter(|code| *code != RuleCode::AdvanceMax).map(|code| {
        let value = match (code, code.value_kind()) {
            (RuleCode::VillageShare, _) => "percent = \"20\"",
            (_, ValueKind::Share) => "ratio = \"2/3\"",
            (_, ValueKind::Amount) => "yuan = \"1\"",
            (_, ValueKind::Days) => "days = 10",
            (_, ValueKind::WorkingDays) => "working_days = 10",
            (_, ValueKind::Count) => "count = 2",
        };
        rule(code, value, "from = 2022")
    });
    advance.into_iter().chain(others).collect()
}

/// Everything that is wrong with the pack after `sound` has been replaced in one file.
#[track_caller]
pub(super) fn broken(file: &str, sound: &str, unsound: &str) -> Vec<PackError> {
    let mut files = files();
    let text = files.get_mut(file).expect("the example has the file");
    assert!(text.contains(sound), "{file} has no {sound}");
    *text = text.replacen(sound, unsound, 1);
    Pack::parse(&files).expect_err("the pack is broken")
}

/// Expects a fault of that file whose key contains `key` and whose English reason contains `reason`.
#[track_caller]
pub(super) fn refused(file: &str, sound: &str, unsound: &str, key: &str, reason: &str) {
    let errors = broken(file, sound, unsound);
    let said = |error: &PackError| error.file == file && error.key.contains(key) && error.en.contains(reason);
    assert!(errors.iter().any(said), "no fault of {file} at {key} about {reason:?}: {errors:#?}");
    assert!(errors.iter().all(|error| !error.zh.is_empty() && !error.en.is_empty()), "{errors:#?}");
}

#[test]
fn the_example_is_sound_and_counts_itself() {
    let pack = Pack::parse(&files()).unwrap_or_else(|errors| panic!("{errors:#?}"));
    assert_eq!(pack.summary().first(), Some(&("divisions".to_owned(), 3)));
    assert_eq!(pack.sources.iter().map(|source| source.amount).sum::<crate::Fen>().to_string(), "1750000.00");
    assert!(
        pack.category("INDUSTRY").and_then(|category| category.sub_type("NEW")).is_some_and(|new| new.village_share)
    );
}

#[test]
fn faults_of_many_files_are_all_said() {
    let mut files = files();
    for (file, sound, unsound) in [
        ("divisions.toml", "\"甲村\"", "\"\""),
        ("persons.toml", "jia.gov", "jia.sec"),
        ("sources.toml", "\"500000.00\"", "\"5e5\""),
        ("rules.toml", "from = 2023", "from = 2030"),
    ] {
        let text = files.get_mut(file).expect("the example has the file");
        *text = text.replacen(sound, unsound, 1);
    }
    let errors = Pack::parse(&files).expect_err("four faults");
    let named: Vec<&str> = errors.iter().map(|error| error.file.as_str()).collect();
    assert_eq!(named, ["divisions.toml", "persons.toml", "sources.toml", "rules.toml"]);
}
