//! A project's story for the machine's tests: who acts, what is said, and the history up to each state.
//!
//! Days count from 2022-01-04 09:00 in China. Each history is made by the machine itself, so that it can't be impossible.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    sync::{Arc, LazyLock},
};

use kernel::{
    Actor, Attachment, Decider as _, Division, Duties, Duty, Fen, Pack, PersonId, Post, ProjectId, Role, TaskId,
    calendar::civil_date,
    decision::{self, Answer, Correction, Outcome, ReturnStep},
};
use time::{Duration, OffsetDateTime, macros::datetime};
use uuid::Uuid;

use super::{
    Application, Command, Content, Decision, Event, NoticeLevel, Occasion,
    content::{BudgetLine, BudgetUse, Coordinates, Item, Jobs, Linkage, Nature, OperatingMode, PerformanceTarget},
    correction::{CorrectionAnswer, numbered},
    county::{CountyDecision, CountyReturn, Resolution},
    decision::RejectReason,
    notice_period::Posting,
    pool::Explained,
    site_check::SiteCheck,
    village_vote::Ballot,
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
    Occasion { actor: actor.clone(), pack: pack(), at }
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
    Attachment { sha256: "0a".repeat(32), title: "照片".into() }
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
    let meeting_date = civil_date(day(3));
    Ballot { meeting_date, entitled: 30, present: 26, yes: 25, no: 1, abstain: 0, minutes: photo() }
}

pub fn site_check() -> SiteCheck {
    SiteCheck {
        date: civil_date(day(17)),
        checkers: vec![clerk().person, holder(Role::TownshipClerk, VILLAGE, 1).person],
        place: "N29°22′ E112°24′".into(),
        photo: Some(photo()),
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
    acts.record(&holder(Role::RevitalizationBureau, VILLAGE, 1), Duty::CountyReviewer);
    acts.record_person(&PersonId("430921-decider".into()), Duty::Decider);
    acts
}

pub fn post_notice(level: NoticeLevel, by: Occasion) -> Command {
    Command::PostNotice { posting: Posting { level, places: vec!["公示栏".into()], photo: Some(photo()) }, by }
}

pub fn close_notice(level: NoticeLevel, by: Occasion) -> Command {
    Command::CloseNotice { level, photo: Some(photo()), by }
}

/// The history with what this command adds.
pub fn and(mut history: Vec<Event>, command: Command) -> Vec<Event> {
    let events = Application::fold(&history).decide(command);
    history.extend(events.unwrap_or_else(|refusal| panic!("the story goes on: {refusal}")));
    history
}

fn drafted_with(content: Content) -> Vec<Event> {
    and(Vec::new(), Command::CreateApplication { project: project(), content, by: at(1, &secretary()) })
}

pub fn drafted() -> Vec<Event> {
    drafted_with(content())
}

fn proposed_with(content: Content) -> Vec<Event> {
    and(drafted_with(content), Command::ProposeApplication { by: at(2, &secretary()) })
}

pub fn proposed() -> Vec<Event> {
    proposed_with(content())
}

fn voted_with(content: Content) -> Vec<Event> {
    and(proposed_with(content), Command::RecordVote { ballot: ballot(), by: at(3, &secretary()) })
}

pub fn voted() -> Vec<Event> {
    voted_with(content())
}

fn village_posted_with(content: Content) -> Vec<Event> {
    and(voted_with(content), post_notice(NoticeLevel::Village, at(4, &secretary())))
}

pub fn village_posted() -> Vec<Event> {
    village_posted_with(content())
}

fn village_closed_with(content: Content) -> Vec<Event> {
    and(village_posted_with(content), close_notice(NoticeLevel::Village, at(15, &secretary())))
}

pub fn village_closed() -> Vec<Event> {
    village_closed_with(content())
}

fn handed_in_with(content: Content) -> Vec<Event> {
    and(village_closed_with(content), Command::SubmitApplication { by: at(16, &secretary()) })
}

/// Submitted, and not looked through yet.
pub fn handed_in() -> Vec<Event> {
    handed_in_with(content())
}

/// What the clerk says of the papers: this outcome, without a question.
pub fn of_papers(decision: Decision) -> Decision {
    let said = decision::Decision { answers: Vec::new(), ..decision.said };
    Decision { said, ..decision }
}

/// The papers of that round are found complete, and the head is asked.
pub fn complete(history: Vec<Event>, round: u32, day: i64) -> Vec<Event> {
    let task = TaskId::derive("intake", project().0, &format!("township:completeness-{round}"));
    and(history, Command::CompleteTask { task, decision: of_papers(approval()), by: at(day, &clerk()) })
}

fn submitted_with(content: Content) -> Vec<Event> {
    complete(handed_in_with(content), 1, 16)
}

pub fn submitted() -> Vec<Event> {
    submitted_with(content())
}

fn checked_with(content: Content) -> Vec<Event> {
    and(submitted_with(content), Command::RecordSiteCheck { site_check: site_check(), by: at(17, &clerk()) })
}

pub fn checked() -> Vec<Event> {
    checked_with(content())
}

fn decided(history: Vec<Event>, decision: Decision) -> Vec<Event> {
    and(history, Command::CompleteTask { task: task(1), decision, by: at(18, &head()) })
}

pub fn township_approved() -> Vec<Event> {
    decided(checked(), approval())
}

pub fn township_rejected() -> Vec<Event> {
    decided(submitted(), rejection())
}

pub fn returned_by_township(items: u32) -> Vec<Event> {
    decided(checked(), township_return(items))
}

fn forwarded_with(content: Content) -> Vec<Event> {
    let approved = decided(checked_with(content), approval());
    let posted = and(approved, post_notice(NoticeLevel::Township, at(19, &clerk())));
    and(posted, close_notice(NoticeLevel::Township, at(31, &clerk())))
}

pub fn forwarded() -> Vec<Event> {
    forwarded_with(content())
}

pub fn returned_by_county() -> Vec<Event> {
    returned_by_county_to(1, 40, &[ReturnStep::Application])
}

/// The county returns that round, one item to each of these steps.
pub fn returned_by_county_to(round: u32, on: i64, steps: &[ReturnStep]) -> Vec<Event> {
    and(forwarded(), county_returns(round, on, steps))
}

/// What the county returned to the vote is answered: the village votes again.
pub fn voting_again() -> Vec<Event> {
    let answers = vec![CorrectionAnswer { item: "1".into(), text: "重新召开村民会议".into() }];
    let returned = returned_by_county_to(1, 40, &[ReturnStep::VillageVote]);
    and(returned, Command::ResubmitApplication { answers, by: at(42, &secretary()) })
}

pub fn county_returns(round: u32, on: i64, steps: &[ReturnStep]) -> Command {
    let asked_by = || "C-SEC@430921000000-ENV".to_owned();
    let items = numbered(steps.iter().map(|step| (correction("补充生活污水去向", *step), asked_by())));
    Command::ReturnFromCounty(CountyReturn { round, items, acts: county_acts(), pack: pack(), at: day(on) })
}

pub fn resubmitted_to_county() -> Vec<Event> {
    let answers = vec![CorrectionAnswer { item: "1".into(), text: "已补充".into() }];
    and(returned_by_county(), Command::ResubmitApplication { answers, by: at(42, &secretary()) })
}

fn concluded_with(content: Content, resolution: Option<Resolution>) -> Vec<Event> {
    let heard = CountyDecision { resolution, opinion: "会议审定".into(), acts: county_acts() };
    and(forwarded_with(content), Command::ConcludeAtCounty(heard))
}

pub fn concluded(resolution: Option<Resolution>) -> Vec<Event> {
    concluded_with(content(), resolution)
}

pub fn county_approved() -> Vec<Event> {
    concluded(Some(resolution()))
}

pub fn county_closed_with(content: Content, resolution: Resolution) -> Vec<Event> {
    let posted = and(concluded_with(content, Some(resolution)), post_notice(NoticeLevel::County, at(46, &bureau())));
    and(posted, close_notice(NoticeLevel::County, at(58, &bureau())))
}

pub fn county_closed() -> Vec<Event> {
    county_closed_with(content(), resolution())
}

pub fn pooled() -> Vec<Event> {
    and(county_closed(), Command::EnterPool { likeness: Explained::default(), by: at(70, &bureau()) })
}
