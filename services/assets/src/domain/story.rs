//! A project in tests: who holds which post, what the contract says, and steps that contain what they must.

use std::{
    collections::BTreeSet,
    sync::{Arc, LazyLock},
};

use kernel::{
    Actor, Attachment, Decider as _, Division, Duties, Duty, Fen, Occasion, OrgCode, Pack, PersonId, Post, ProjectId,
    Role, SuspensionStep,
};
use time::{OffsetDateTime, macros::datetime};
use uuid::Uuid;

use super::{
    AssetClass, Command, Draft, Event, Nominee, Project, Side, Site, Suspended,
    command::{RecordAcceptance, RecordTownshipCheck, RegisterAssets, ReportCompletion},
    registration::collective_of,
};

/// Thursday, 9 o'clock in Nan County.
pub const NOW: OffsetDateTime = datetime!(2022-09-01 09:00 +8);
/// What the county accepts in every story.
pub const ACCEPTED: Fen = Fen::new(115_000_000);
/// What the audit leaves of it.
pub const AUDITED: Fen = Fen::new(113_000_000);

/// The county pack.
pub fn pack() -> Arc<Pack> {
    static PACK: LazyLock<Arc<Pack>> = LazyLock::new(runtime::testing::pack);
    Arc::clone(&PACK)
}

/// The village of every story.
pub fn village() -> Division {
    "430921129201".parse().expect("a village of the pack")
}

/// What the contract says: 1,200,000 yuan.
pub fn site() -> Site {
    Site {
        project: ProjectId(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001)),
        title: "稻虾初加工车间".into(),
        village: village(),
        category: "INDUSTRY".into(),
        fiscal_year: 2022,
        price: Fen::new(120_000_000),
        plan: None,
        asked: Vec::new(),
    }
}

/// Who acted before the contract was signed.
pub fn acts() -> Duties {
    let mut acts = Duties::default();
    acts.record(&secretary(), Duty::Applicant);
    acts.record(&head(), Duty::TownshipReviewer);
    acts.record(&clerk("reviewer"), Duty::DepartmentReviewer);
    acts
}

/// A person without a post.
pub fn clerk(id: &str) -> Actor {
    Actor { person: PersonId(id.into()), name: id.into(), posts: Vec::new(), on_behalf_of: None }
}

/// A person who holds one post.
pub fn holder(id: &str, role: Role, org: OrgCode) -> Actor {
    Actor { posts: vec![Post::new(role, org)], ..clerk(id) }
}

/// The village's secretary.
pub fn secretary() -> Actor {
    holder("secretary", Role::VillageCommittee, OrgCode::of(village()))
}

/// The township's head.
pub fn head() -> Actor {
    holder("head", Role::TownshipHead, OrgCode::of(village().township()))
}

/// A clerk of the agriculture bureau who did not review the application.
pub fn acceptor() -> Actor {
    holder("acceptor", Role::SectorDepartment, OrgCode::department_of(village().county(), "AGR"))
}

/// A photograph or a document.
pub fn document(title: &str) -> Attachment {
    Attachment { sha256: kernel::id::sha256_hex(title.as_bytes()), title: title.into() }
}

/// That person, now, who did nothing elsewhere.
pub fn by(actor: Actor) -> Occasion {
    Occasion { actor, elsewhere: Duties::default(), pack: pack(), at: NOW }
}

/// The contract is signed.
pub fn expect() -> Command {
    Command::Expect { site: site(), acts: acts() }
}

/// A report with so many photographs.
pub fn report(actor: Actor, before: usize, after: usize) -> Command {
    let photos = |when: &str, count: usize| (1..=count).map(|number| document(&format!("{when} {number}"))).collect();
    reported(actor, photos("建设前", before), photos("建设后", after), &[])
}

/// A report of these photographs, some of which serve another project.
pub fn reported(actor: Actor, before: Vec<Attachment>, after: Vec<Attachment>, elsewhere: &[&Attachment]) -> Command {
    let used_elsewhere: BTreeSet<String> = elsewhere.iter().map(|photograph| photograph.sha256.clone()).collect();
    Command::ReportCompletion(ReportCompletion { before, after, used_elsewhere, by: by(actor) })
}

/// The township's check.
pub fn check(actor: Actor, opinion: &str) -> Command {
    Command::RecordTownshipCheck(RecordTownshipCheck { opinion: opinion.into(), by: by(actor) })
}

/// Who sits for each side: officials by id, villagers by name.
const SEATS: [(Side, [&str; 3]); 4] = [
    (Side::Department, ["430921-0018", "430921-0019", ""]),
    (Side::Finance, ["430921-0012", "430921-0013", "430921-0014"]),
    (Side::Township, ["430921-0003", "430921-0001", "430921-0002"]),
    (Side::Villagers, ["", "", ""]),
];

/// A group of these sides, each member another person.
pub fn group(sides: &[Side]) -> Vec<Nominee> {
    let member = |(number, side): (usize, &Side)| {
        let before = sides[..number].iter().filter(|other| *other == side).count();
        let (_, ids) = SEATS.iter().find(|(seat, _)| seat == side).expect("every side has seats");
        match ids[before] {
            "" => Nominee { person: None, name: format!("村民代表{number}"), side: *side },
            id => Nominee { person: Some(PersonId(id.into())), name: String::new(), side: *side },
        }
    };
    sides.iter().enumerate().map(member).collect()
}

/// The sides that must sit.
pub const FULL: [Side; 5] = [Side::Department, Side::Finance, Side::Township, Side::Villagers, Side::Villagers];

/// An acceptance by this group for so much.
pub fn acceptance(actor: Actor, members: Vec<Nominee>, accepted: Fen) -> Command {
    let opinion = "验收合格".into();
    Command::RecordAcceptance(RecordAcceptance { members, accepted, opinion, by: by(actor) })
}

/// An acceptance as it should be.
pub fn sound_acceptance() -> Command {
    acceptance(acceptor(), group(&FULL), ACCEPTED)
}

/// An asset of that value in the village collective's name.
pub fn draft(value: Fen) -> Draft {
    Draft {
        title: "加工车间".into(),
        class: AssetClass::Operating,
        place: "村部东侧".into(),
        value,
        owner: collective_of(village()).to_string(),
        care_person: "理事长".into(),
        operator: "自营".into(),
    }
}

/// The audit fixed the final account.
pub fn audit(audited: Fen) -> Command {
    Command::HearFinalAccount { audited, acts: Duties::default() }
}

/// The project is suspended for that time.
pub fn suspend(number: u32) -> Command {
    let step = SuspensionStep::Begin { reason: "立案核查".into() };
    Command::HearSuspension(Suspended { number, step, acts: Duties::default() })
}

/// That suspension has ended.
pub fn resume(number: u32) -> Command {
    Command::HearSuspension(Suspended { number, step: SuspensionStep::End { days: 7 }, acts: Duties::default() })
}

/// A registration of these assets.
pub fn registration(actor: Actor, assets: Vec<Draft>) -> Command {
    let transfer_sheet = document("移交单");
    let (non_capital, provisional) = (None, false);
    Command::RegisterAssets(RegisterAssets { assets, non_capital, provisional, transfer_sheet, by: by(actor) })
}

/// The same, until the audit.
pub fn provisional(actor: Actor, assets: Vec<Draft>) -> Command {
    let Command::RegisterAssets(made) = registration(actor, assets) else { unreachable!("it was just made") };
    Command::RegisterAssets(RegisterAssets { provisional: true, ..made })
}

/// A registration as it should be: a workshop and its road.
pub fn sound_registration() -> Command {
    let road = Fen::new(13_000_000);
    let road =
        Draft { title: "进出道路".into(), class: AssetClass::Public, operator: String::new(), ..draft(road) };
    registration(head(), vec![draft(Fen::new(100_000_000)), road])
}

/// Every step of a project, in order.
pub fn steps() -> [Command; 6] {
    [
        expect(),
        report(secretary(), 1, 1),
        check(head(), "初验合格"),
        sound_acceptance(),
        audit(AUDITED),
        sound_registration(),
    ]
}

/// What happens in those steps: one fact each.
pub fn story() -> Vec<Event> {
    facts(steps())
}

/// What happens in these steps.
pub fn facts(steps: impl IntoIterator<Item = Command>) -> Vec<Event> {
    let mut project = Project::default();
    let mut story = Vec::new();
    for command in steps {
        let events = project.decide(command).expect("a sound step");
        project = events.iter().fold(project, Project::evolve);
        story.extend(events);
    }
    story
}
