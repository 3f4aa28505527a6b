//! A project's story for the machine's tests: who acts, what is said, and the history up to each state.
//!
//! Days count from 2022-01-04 09:00 in China. The histories stand in [`histories`].

mod histories;

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    sync::{Arc, LazyLock},
};

pub use histories::*;
use kernel::{
    Actor, Attachment, Decider as _, Division, Duties, Duty, Fen, Pack, PersonId, Post, ProjectId, Role, TaskId,
    calendar::civil_date,
    decision::{self, Answer, Correction, Outcome, ReturnStep},
    id::sha256_hex,
};
use time::{
    Duration, OffsetDateTime,
    macros::{date, datetime},
};
use uuid::Uuid;

use super::{
    Application, Command, Content, Decision, Event, NoticeLevel, Occasion,
    record::{
        content::{BudgetLine, BudgetUse, Coordinates, Item, Jobs, Linkage, Nature, OperatingMode, PerformanceTarget},
        correction::{CorrectionAnswer, numbered},
        county::{CountyDecision, CountyReturn, Resolution},
        decision::RejectReason,
        notice::NewNotice,
        objection::Complaint,
        original::{Kept, Original, Seal},
        pool::Explained,
        site_check::SiteCheck,
        vote::Ballot,
    },
};

/// A village of 麻河口镇.
pub const VILLAGE: &str = "430921129201";
/// A village of 茅草街镇.
pub const OTHER_VILLAGE: &str = "430921127201";

pub fn pack() -> Arc<Pack> {
    static PACK: LazyLock<Arc<Pack>> = LazyLock::new(runtime::testing::pack);
    Arc::clone(&PACK)
}

/// The county's pack with another value of a rule.
pub fn pack_with(rule: &str, value: &str) -> Pack {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/county/nanxian");
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("the pack").flatten().filter(|entry| entry.path().is_file()) {
        let name = entry.file_name().to_string_lossy().into_owned();
        files.insert(name, fs::read_to_string(entry.path()).expect("a file of the pack"));
    }
    files.retain(|name, _| name.ends_with(".toml"));
    let rules = files.get_mut("rules.toml").expect("rules");
    let (head, entry) = rules.split_once(&format!("code = \"{rule}\"")).expect("the rule");
    let (before, after) = entry.split_once("value = {").expect("its value");
    let (_, after) = after.split_once('}').expect("its end");
    *rules = format!("{head}code = \"{rule}\"{before}value = {{ {value} }}{after}");
    Pack::parse(&files).unwrap_or_else(|faults| panic!("{faults:?}"))
}

pub fn project() -> ProjectId {
    ProjectId(Uuid::from_u128(7))
}

pub fn task(round: u32) -> TaskId {
    TaskId::derive("intake", project().0, &format!("township:round-{round}"))
}

pub fn day(number: i64) -> OffsetDateTime {
    datetime!(2022-01-04 09:00 +8) + Duration::days(number)
}

pub fn at(number: i64, actor: &Actor) -> Occasion {
    moment(day(number), actor)
}

pub fn moment(at: OffsetDateTime, actor: &Actor) -> Occasion {
    Occasion { actor: actor.clone(), elsewhere: Duties::default(), pack: pack(), at }
}

/// The nth person of the pack who holds that role over that place.
pub fn holder(role: Role, place: &str, nth: usize) -> Actor {
    let (pack, place): (_, Division) = (pack(), place.parse().expect("a code"));
    let holds = |post: &&Post| post.role == role && post.org.division().contains(place);
    let mut holders = pack.persons.iter().filter(|person| person.posts.iter().any(|post| holds(&post)));
    let person = holders.nth(nth).unwrap_or_else(|| panic!("the pack has no {role} number {nth} over {place}"));
    Actor { person: person.id.clone(), name: person.name.clone(), posts: person.posts.clone(), on_behalf_of: None }
}

pub fn secretary() -> Actor {
    holder(Role::VillageCommittee, VILLAGE, 0)
}

pub fn secretary_of(village: &str) -> Actor {
    holder(Role::VillageCommittee, village, 0)
}

pub fn clerk() -> Actor {
    holder(Role::TownshipClerk, VILLAGE, 0)
}

/// Who goes to the site; the other looks through the file.
pub fn second_clerk() -> Actor {
    holder(Role::TownshipClerk, VILLAGE, 1)
}

/// Goes to the site, too.
pub fn township_finance() -> Actor {
    holder(Role::TownshipFinance, VILLAGE, 0)
}

pub fn head() -> Actor {
    head_of(VILLAGE)
}

pub fn head_of(village: &str) -> Actor {
    holder(Role::TownshipHead, village, 0)
}

pub fn bureau() -> Actor {
    holder(Role::RevitalizationBureau, VILLAGE, 0)
}

pub fn yuan(text: &str) -> Fen {
    Fen::parse_yuan(text).expect("a test's amount")
}

pub fn photo() -> Attachment {
    photo_of("照片")
}

/// The photograph of that moment.
pub fn photo_of(moment: &str) -> Attachment {
    Attachment { sha256: sha256_hex(moment.as_bytes()), title: moment.into() }
}

pub fn content() -> Content {
    let item = |title: &str, unit: &str, amount| Item {
        title: title.into(),
        quantity_milli: 1_000,
        unit: unit.into(),
        amount,
        unit_price: amount,
    };
    let line = |source: &str, usage, amount| BudgetLine { source: source.into(), usage, amount };
    Content {
        fiscal_year: 2022,
        title: "稻虾加工车间".into(),
        category: "INDUSTRY".into(),
        sub_type: "COLLECTIVE_NEW".into(),
        village: VILLAGE.parse().expect("a code"),
        place: "村部东侧".into(),
        responsible_person: "村支部书记".into(),
        operator: "村股份经济合作社自营".into(),
        items: vec![item("加工车间", "座", yuan("1300000")), item("清洗分级设备", "套", yuan("400000"))],
        budget: vec![
            line("VILLAGE", BudgetUse::Construction, yuan("300000")),
            line("LINK", BudgetUse::Construction, yuan("1200000")),
            line("ROAD", BudgetUse::Ancillary, yuan("200000")),
        ],
        total: yuan("1700000"),
        linkage: Linkage {
            households: 120,
            persons: 386,
            lifted_out_persons: 64,
            monitored_persons: 9,
            ways: vec!["务工".into(), "分红".into()],
            ..Linkage::default()
        },
        performance_targets: vec![target()],
        land_note: "利用村集体存量建设用地".into(),
        environment_note: "清洗废水经沉淀池处理后回用".into(),
        schedule: "2022年4月开工,9月竣工".into(),
        construction_begin_date: Some(date!(2022 - 04 - 01)),
        construction_end_date: Some(date!(2022 - 09 - 30)),
        attachments: vec![photo()],
        nature: Some(Nature::New),
        responsible_unit: "映荷村村民委员会".into(),
        operating_mode: Some(OperatingMode::Own),
        coordinates: Some(Coordinates { latitude_micro: 29_371_000, longitude_micro: 112_403_500 }),
        joint_villages: Vec::new(),
        jobs: Jobs { all: 30, temporary: 12 },
    }
}

fn target() -> PerformanceTarget {
    PerformanceTarget { indicator: "村集体年增收".into(), target: "≥ 120000 元".into() }
}

pub fn with_targets(content: Content) -> Content {
    Content { performance_targets: vec![target()], ..content }
}

pub fn ballot() -> Ballot {
    ballot_of(3)
}

/// What was counted on that day.
pub fn ballot_of(held: i64) -> Ballot {
    let (meeting_date, minutes) = (civil_date(day(held)), photo_of(&format!("会议记录 {held}")));
    Ballot { meeting_date, entitled: 30, present: 26, yes: 25, no: 1, abstain: 0, minutes }
}

pub fn site_check() -> SiteCheck {
    SiteCheck {
        date: civil_date(day(17)),
        checkers: vec![second_clerk().person, township_finance().person],
        place: "N29°22′ E112°24′".into(),
        coordinates: Some(Coordinates { latitude_micro: 29_371_000, longitude_micro: 112_403_500 }),
        photo: Some(photo_of("实地核查")),
        findings: "与申报内容一致".into(),
    }
}

fn decision(outcome: Outcome, opinion: &str) -> Decision {
    let answer = |id: &str| Answer { question: id.into(), yes: true, text: "属实".into(), number: None };
    let said = decision::Decision {
        outcome,
        opinion: opinion.into(),
        answers: pack().township.questions.iter().map(|question| answer(&question.id)).collect(),
        corrections: Vec::new(),
        attachments: Vec::new(),
        subject_revision: 1,
    };
    Decision { said, reason: None }
}

pub fn approval() -> Decision {
    decision(Outcome::Approve, "项目真实、必要,同意上报")
}

pub fn correction(text: &str, step: ReturnStep) -> Correction {
    Correction { field: "environment_note".into(), text: text.into(), step }
}

pub fn township_return(items: u32) -> Decision {
    let correction = |number| correction(&format!("补充说明之{number}"), ReturnStep::Application);
    let mut returned = decision(Outcome::Return, "环境影响说明不完整,请补充");
    returned.said.corrections = (1..=items).map(correction).collect();
    returned
}

pub fn rejection() -> Decision {
    Decision {
        reason: Some(RejectReason::NoLand), ..decision(Outcome::Reject, "用地尚未落实,不具备实施条件")
    }
}

pub fn resolution() -> Resolution {
    Resolution { number: "南乡振领纪〔2022〕3号".into(), meeting_date: "2022-02-18".into() }
}

pub fn county_acts() -> Duties {
    let mut acts = Duties::default();
    acts.record(&holder(Role::RevitalizationBureau, VILLAGE, 1), Duty::DepartmentReviewer);
    acts.record_person(&PersonId("430921-decider".into()), Duty::Decider);
    acts
}

pub fn kept(name: &str, phone: &str, text: &str) -> Kept {
    let original = Original { name: name.into(), phone: phone.into(), text: text.into() };
    Kept { original, seal: Seal { id: Uuid::from_u128(9), salt: [7; 16] } }
}

/// An objection by phone alone.
pub fn complaint(text: &str) -> Complaint {
    Complaint { kept: kept("", "13900000000", text), about: Vec::new(), about_names: Vec::new() }
}

pub fn post_notice(level: NoticeLevel, by: Occasion) -> Command {
    let photo = photo_of(&format!("{} 张贴 {}", level_code(level), days_from_start(&by)));
    Command::PostNotice { notice: NewNotice { level, places: vec!["公示栏".into()], photo: Some(photo) }, by }
}

fn level_code(level: NoticeLevel) -> &'static str {
    match level {
        NoticeLevel::Village => "VILLAGE",
        NoticeLevel::Township => "TOWNSHIP",
        NoticeLevel::County => "COUNTY",
    }
}

fn days_from_start(by: &Occasion) -> i64 {
    (by.at - day(0)).whole_days()
}

pub fn close_notice(level: NoticeLevel, by: Occasion) -> Command {
    let photo = photo_of(&format!("{} 期满 {}", level_code(level), days_from_start(&by)));
    Command::CloseNotice { level, photo: Some(photo), by }
}
