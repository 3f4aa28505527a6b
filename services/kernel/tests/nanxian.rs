//! The county pack of Nan County (南县) as it stands in `deploy/county/nanxian`: sound, and saying what the county says.
//!
//! The checks themselves are tested beside their code, in `src/pack`.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use kernel::{Division, Due, Duty, Fen, Pack, PersonId, Role, RuleCode, division::Level, money::Share, pack::Category};
use time::macros::{date, datetime};

fn files() -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/county/nanxian");
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .map(|path| {
            let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
            (name, std::fs::read_to_string(&path).expect("a file of the pack can be read"))
        })
        .collect()
}

fn pack() -> Pack {
    Pack::parse(&files())
        .unwrap_or_else(|errors| panic!("{}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")))
}

fn at_level(pack: &Pack, level: Level) -> Vec<Division> {
    pack.divisions.iter().map(|division| division.code).filter(|code| code.level() == level).collect()
}

#[test]
fn the_county_has_twelve_towns_with_three_villages_each() {
    let pack = pack();
    assert_eq!((pack.county.division.as_str(), pack.county.name.as_str()), ("430921000000", "南县"));
    let towns = at_level(&pack, Level::Township);
    assert_eq!(towns.len(), 12);
    for town in towns {
        let villages = at_level(&pack, Level::Village).into_iter().filter(|village| town.contains(*village));
        assert_eq!(villages.count(), 3, "{town}");
    }
    let name = |code: &str| pack.division(code.parse().expect("a code")).map(|division| division.name.as_str());
    assert_eq!(name("430921131000"), Some("浪拔湖镇"));
    assert_eq!(name("430921111000"), Some("中鱼口镇"));
    // What is invented says so.
    assert!(pack.divisions.iter().all(|division| division.placeholder == (division.code.level() == Level::Village)));
}

#[test]
fn every_role_is_held_in_every_place_that_needs_it() {
    let pack = pack();
    let holders = |role: Role, place: Division| {
        let posts = pack.persons.iter().flat_map(|person| &person.posts);
        posts.filter(|post| post.role == role && post.org.division() == place).count()
    };
    for village in at_level(&pack, Level::Village) {
        let roles = [
            Role::VillageCommittee,
            Role::VillageWorkTeam,
            Role::VillageAssembly,
            Role::VillageSupervision,
            Role::VillageCollective,
        ];
        roles.into_iter().for_each(|role| assert_eq!(holders(role, village), 1, "{role}@{village}"));
    }
    for town in at_level(&pack, Level::Township) {
        assert_eq!(holders(Role::TownshipClerk, town), 2, "a site check takes two clerks of {town}");
        let roles = [Role::TownshipHead, Role::TownshipFinance];
        roles.into_iter().for_each(|role| assert_eq!(holders(role, town), 1, "{role}@{town}"));
    }
    let held: BTreeSet<Role> = pack.persons.iter().flat_map(|person| &person.posts).map(|post| post.role).collect();
    let missing: Vec<&Role> = Role::ALL.iter().filter(|role| !held.contains(role)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn money_is_handled_by_three_different_persons() {
    let pack = pack();
    let of = |role: Role| -> BTreeSet<&PersonId> {
        let persons = pack.persons.iter().filter(|person| person.posts.iter().any(|post| post.role == role));
        persons.map(|person| &person.id).collect()
    };
    let roles =
        [Role::VillageCollective, Role::FinanceBureau, Role::PaymentReviewer, Role::PaymentReleaser, Role::Audit];
    for (nth, role) in roles.into_iter().enumerate() {
        assert!(!of(role).is_empty());
        for other in &roles[nth + 1..] {
            assert!(of(role).is_disjoint(&of(*other)), "{role} and {other}");
        }
    }
}

#[test]
fn the_version_names_the_content_of_the_files() {
    let (one, mut changed) = (pack(), files());
    assert_eq!(one.version, pack().version, "the same files");
    changed.entry("county.toml".to_owned()).or_default().push('\n');
    assert_ne!(one.version, Pack::parse(&changed).expect("a blank line more is sound").version);
}

#[test]
fn each_role_s_duties_are_those_of_a_project_s_chain() {
    let duties = pack().duties_by_role();
    let of = |role| duties.get(&role).map(|duties| duties.iter().copied().collect::<Vec<_>>()).unwrap_or_default();
    assert_eq!(of(Role::TownshipHead), [Duty::TownshipReviewer, Duty::TownshipInspector]);
    assert_eq!(of(Role::FinanceBureau), [Duty::DepartmentReviewer, Duty::IndicatorIssuer, Duty::FundingApprover]);
    assert_eq!(of(Role::SectorDepartment), [Duty::DepartmentReviewer, Duty::Acceptor]);
    assert_eq!(of(Role::LeadingGroup), [Duty::CountyOffice, Duty::Decider]);
    assert!(of(Role::Administrator).is_empty() && of(Role::VillageWorkTeam).is_empty());
}

#[test]
fn seven_integrated_sources_of_2022_are_a_hundred_million_yuan() {
    let pack = pack();
    let sources: Vec<_> = pack.sources.iter().filter(|source| source.year == 2022 && source.integrated).collect();
    let total: Fen = sources.iter().map(|source| source.amount).sum();
    assert_eq!(total, Fen::parse_yuan("100000000.00").expect("an amount"));
    let codes: BTreeSet<&str> = sources.iter().map(|source| source.code.as_str()).collect();
    assert_eq!(codes, BTreeSet::from(["LINK", "REFORM", "COUNTY", "FARM", "WATER", "ROAD", "ORG"]));
    let link: Fen = sources.iter().filter(|source| source.code == "LINK").map(|source| source.amount).sum();
    assert!(codes.iter().all(|code| {
        *code == "LINK" || sources.iter().filter(|source| source.code == *code).all(|source| source.amount < link)
    }));
    for private in ["VILLAGE", "SOCIAL", "LOAN"] {
        assert!(pack.source_kind(private).is_some_and(|kind| !kind.public), "{private}");
    }
}

#[test]
fn every_category_is_judged_by_both_bureaus_and_a_sector_department() {
    let pack = pack();
    let names: Vec<&str> = pack.categories.iter().map(|category| category.name.as_str()).collect();
    let eight = "产业发展 就业项目 乡村建设行动 易地搬迁后扶 巩固三保障成果 乡村治理和精神文明建设 项目管理费 其他";
    assert_eq!(names.join(" "), eight);
    let roles = |category: &Category| category.reviews.iter().map(|review| review.post.role).collect::<BTreeSet<_>>();
    for category in &pack.categories {
        let judged = BTreeSet::from([Role::RevitalizationBureau, Role::FinanceBureau, Role::SectorDepartment]);
        assert_eq!(roles(category), judged, "{}", category.code);
    }
    let shared: Vec<&str> = pack
        .categories
        .iter()
        .flat_map(|category| &category.sub_types)
        .filter(|sub_type| sub_type.village_share)
        .map(|sub_type| sub_type.code.as_str())
        .collect();
    assert_eq!(shared, ["COLLECTIVE_NEW"]);
}

#[test]
fn what_the_applications_name_is_in_the_pack() {
    let pack = pack();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/county/nanxian/applications");
    for entry in std::fs::read_dir(folder).expect("the applications' folder") {
        let path = entry.expect("the folder can be read").path();
        let text = std::fs::read_to_string(&path).expect("an application can be read");
        let form: toml::Table = text.parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let word = |key: &str| form[key].as_str().unwrap_or_else(|| panic!("{}: {key}", path.display()));
        let village: Division = word("village").parse().expect("a division's code");
        assert!(village.level() == Level::Village && pack.division(village).is_some(), "{village}");
        let category = pack.category(word("category")).unwrap_or_else(|| panic!("{}", word("category")));
        assert!(category.sub_type(word("sub_type")).is_some(), "{}", word("sub_type"));
    }
}

#[test]
fn the_rules_say_what_the_county_and_the_law_say() {
    let pack = pack();
    assert_eq!(pack.fiscal_years, 2021..=2027);
    let two_thirds = Share::new(2, 3).expect("not zero");
    for year in 2021..=2027 {
        let rules = pack.rules(year).unwrap_or_else(|| panic!("{year}"));
        assert_eq!(rules.share(RuleCode::QuorumPresent), two_thirds);
        assert_eq!(rules.number(RuleCode::NoticeDays), 10);
        assert_eq!(rules.share(RuleCode::VillageShare).to_string(), "20%");
        assert_eq!(rules.share(RuleCode::AdvanceMax).to_string(), "30%");
        assert_eq!(rules.share(RuleCode::RetentionMax).to_string(), "3%");
    }
    let retention = |year| pack.rules(year).map(|rules| rules.rule(RuleCode::RetentionMax).basis_with_standing());
    assert_eq!(retention(2021).as_deref(), Some("建质〔2017〕138号 [known]"));
    assert_eq!(retention(2022).as_deref(), Some("财建〔2022〕183号 [found]"));
    assert_eq!(pack.rules(2028), None);
}

#[test]
fn working_days_follow_the_state_council_s_notices() {
    let pack = pack();
    let works = |day| pack.calendar.is_working_day(day).expect("a known year");
    assert!(works(date!(2021 - 02 - 07)) && !works(date!(2021 - 02 - 17)), "Spring Festival 2021");
    assert!(works(date!(2022 - 01 - 30)) && !works(date!(2022 - 02 - 04)), "Spring Festival 2022");
    assert!(!works(date!(2022 - 12 - 31)) && !works(date!(2023 - 01 - 02)), "New Year 2023 begins in 2022");
    assert!(works(date!(2023 - 10 - 08)) && !works(date!(2023 - 10 - 06)), "National Day 2023");
    assert!(works(date!(2026 - 02 - 28)) && !works(date!(2026 - 02 - 23)), "Spring Festival 2026");
    // Ten working days over the Spring Festival of 2022: 24 to 30 January are seven, 7 to 9 February three.
    let due = pack.calendar.due_after(datetime!(2022-01-21 16:00 +8), 10);
    assert_eq!(due, Ok(Due::certain(datetime!(2022-02-10 00:00 +8))));
    // State offices had 250 working days in 2021, 249 in 2022 and 249 in 2023.
    for (year, days) in [(2021, 250), (2022, 249), (2023, 249)] {
        let first = time::Date::from_ordinal_date(year, 1).expect("a year has a first day");
        let whole = std::iter::successors(Some(first), |day| day.next_day()).take_while(|day| day.year() == year);
        assert_eq!(whole.filter(|day| works(*day)).count(), days, "{year}");
    }
}

#[test]
fn every_file_opens_with_words_to_the_clerk_in_both_languages() {
    for (name, text) in files() {
        let comment: Vec<&str> = text.lines().take_while(|line| line.starts_with('#')).collect();
        let is_chinese = |line: &str| line.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        let is_english = |line: &str| line.chars().any(|c| c.is_ascii_alphabetic()) && !is_chinese(line);
        let (chinese, english) =
            (comment.iter().position(|line| is_chinese(line)), comment.iter().position(|line| is_english(line)));
        assert!(chinese == Some(0) && english.is_some(), "{name}: {comment:?}");
    }
}

#[test]
fn c13_every_village_category_and_source_can_carry_a_project_to_its_end() {
    let vacancies: Vec<String> = pack().vacancies().iter().map(ToString::to_string).collect();
    assert!(vacancies.is_empty(), "{vacancies:#?}");
}

#[test]
fn c13_a_missing_post_is_named() {
    let without = |accounts: &[&str]| {
        let mut files = files();
        let persons = files.get_mut("persons.toml").expect("it is there");
        let kept = |line: &&str| !accounts.iter().any(|account| line.contains(&format!("account = \"{account}\"")));
        *persons = persons.lines().filter(kept).collect::<Vec<_>>().join("\n");
        let pack = Pack::parse(&files).unwrap_or_else(|errors| panic!("{errors:?}"));
        pack.vacancies().into_iter().map(|vacancy| (vacancy.duty, vacancy.posts.join(","))).collect::<Vec<_>>()
    };
    let finance = "C-FIN@430921000000-FIN".to_owned();
    // One gives the opinion, two issue and confirm the indicator, and one of these may approve the funding.
    assert_eq!(without(&["fin.4"]), []);
    assert_eq!(without(&["fin.3", "fin.4"]).first().map(|(_, posts)| posts), Some(&finance));
    let sector = "C-SEC@430921000000-AGR".to_owned();
    assert_eq!(without(&["agr.2"]).first().map(|(_, posts)| posts), Some(&sector), "who judged does not accept");
    let town = "T-OPR@430921129000,T-FIN@430921129000";
    assert_eq!(without(&["mahekou.fin"]), [(Duty::SiteChecker, town.to_owned())]);
}
