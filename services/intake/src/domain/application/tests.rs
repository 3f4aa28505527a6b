//! Every state against every command, the stored form of every event, and what holds whatever is tried in whatever order.

use std::collections::BTreeMap;

use kernel::{Refusal as _, decision::ReturnStep, testing::given};
use proptest::prelude::*;
use runtime::testing::unpublished;

use super::*;
use crate::domain::{
    Content, NoticeLevel, Occasion,
    fixtures::{
        VILLAGE, and, approval, at, ballot, ballot_of, bureau, clerk, close_notice, complaint, content, county_acts,
        county_approved, county_returns, day, drafted, forwarded, head, holder, pack, photo_of, pooled, post_notice,
        project, proposed, rejection, resolution, resubmitted_to_county, returned_by_county, returned_by_county_to,
        returned_by_township, secretary, site_check, submitted, task, township_approved, township_finance,
        township_rejected, township_return, village_closed, village_posted, voted,
    },
    record::{
        correction::CorrectionAnswer,
        county::CountyDecision,
        objection::Answering,
        pool::{Explained, LeaveReason, Progress},
        readers::Seated,
        site_check::SiteCheck,
        vote::{Ballot, Meeting},
    },
};

/// One history for each state.
fn states() -> Vec<(&'static str, Vec<Event>)> {
    vec![
        ("DRAFT", drafted()),
        ("DELIBERATION", proposed()),
        ("VILLAGE_NOTICE", voted()),
        ("TOWNSHIP_REVIEW", submitted()),
        ("TOWNSHIP_NOTICE", township_approved()),
        ("COUNTY_REVIEW", forwarded()),
        ("COUNTY_NOTICE", county_approved()),
        ("IN_POOL", pooled()),
        ("RETURNED", returned_by_township(1)),
        ("REJECTED", township_rejected()),
        ("WITHDRAWN", and(drafted(), withdraw(5))),
        ("OUT_OF_POOL", and(pooled(), leave(71))),
    ]
}

fn withdraw(now: i64) -> Command {
    Command::WithdrawApplication { reason: "用地条件变化".into(), agreed: true, by: at(now, &secretary()) }
}

fn leave(now: i64) -> Command {
    Command::LeavePool { reason: LeaveReason::Policy, text: "政策调整".into(), by: at(now, &bureau()) }
}

fn raise(now: i64) -> Command {
    let complaint = complaint("名单不实");
    Command::RaiseObjection { complaint, by: at(now, &holder(kernel::Role::VillageSupervision, VILLAGE, 0)) }
}

fn reply(upheld: bool, now: i64, who: &kernel::Actor) -> Command {
    let text = "经核查,名单与会议记录一致".into();
    let said = Answering { upheld, summary: "反映受益名单".into(), text };
    Command::AnswerObjection { id: "1".into(), said, by: at(now, who) }
}

fn suspend(now: i64) -> Command {
    Command::SuspendApplication { reason: "立案核查".into(), by: at(now, &bureau()) }
}

/// Each command by someone who may, on that day; none of them repeats what the histories hold.
fn commands(now: i64) -> Vec<(&'static str, Command)> {
    let noted = Content { land_note: "已补充".into(), ..content() };
    let ballot = Ballot { present: 25, yes: 24, ..ballot_of(now) };
    let conclusion = CountyDecision { resolution: Some(resolution()), opinion: "同意".into(), acts: county_acts() };
    let answers = vec![CorrectionAnswer { item: "1".into(), text: "已补充".into() }];
    let meeting = Ballot { minutes: photo_of(&format!("四议 {now}")), ..ballot_of(now) };
    let returned = township_return(1).said;
    let (opinion, corrections) = (returned.opinion, returned.corrections);
    vec![
        ("update", Command::UpdateApplication { content: noted, by: at(now, &secretary()) }),
        ("propose", Command::ProposeApplication { by: at(now, &secretary()) }),
        ("vote", Command::RecordVote { ballot, by: at(now, &secretary()) }),
        ("post village", post_notice(NoticeLevel::Village, at(now, &secretary()))),
        ("post township", post_notice(NoticeLevel::Township, at(now, &clerk()))),
        ("post county", post_notice(NoticeLevel::County, at(now, &bureau()))),
        ("close village", close_notice(NoticeLevel::Village, at(now, &secretary()))),
        ("close township", close_notice(NoticeLevel::Township, at(now, &clerk()))),
        ("close county", close_notice(NoticeLevel::County, at(now, &bureau()))),
        ("submit", Command::SubmitApplication { by: at(now, &secretary()) }),
        (
            "check site",
            Command::RecordSiteCheck {
                site_check: SiteCheck { findings: "再次核查".into(), ..site_check() },
                by: at(now, &clerk()),
            },
        ),
        ("confirm", Command::ConfirmSiteCheck { by: at(now, &township_finance()) }),
        ("reject", Command::CompleteTask { task: task(1), decision: rejection(), by: at(now, &head()) }),
        ("resubmit", Command::ResubmitApplication { answers, by: at(now, &secretary()) }),
        ("enter pool", Command::EnterPool { likeness: Explained::default(), by: at(now, &bureau()) }),
        ("county returns", county_returns(1, now, &[ReturnStep::Application])),
        ("county approves", Command::ConcludeAtCounty(conclusion)),
        (
            "deliberate",
            Command::RecordDeliberation { meeting: Meeting::Branch, ballot: meeting, by: at(now, &secretary()) },
        ),
        ("object", raise(now)),
        ("reply", reply(false, now, &bureau())),
        ("escalate", Command::EscalateObjections { pack: pack(), at: day(now) }),
        ("file", Command::FileObjection { complaint: complaint("名单不实"), pack: pack(), at: day(now) }),
        ("enforce", Command::EnforceCorrection { pack: pack(), at: day(now) }),
        ("clerk returns", Command::ReturnApplication { opinion, corrections, by: at(now, &clerk()) }),
        ("recall", Command::RecallApplication { by: at(now, &secretary()) }),
        ("withdraw", withdraw(now)),
        ("suspend", suspend(now)),
        ("resume", Command::ResumeApplication { by: at(now, &bureau()) }),
        ("rank", Command::SetPoolPriority { priority: 1, by: at(now, &bureau()) }),
        ("roll", Command::RollPoolProject { year: 2023, by: at(now, &bureau()) }),
        ("leave", leave(now)),
        ("progress", Command::HearProgress { progress: Progress::InProgress }),
    ]
}

const WRONG: &str = "WRONG_STATE";
const EARLY: &str = "TOO_EARLY";
const OK: &str = "ok";
const SAME: &str = "[]";
const DONE: &str = "ALREADY_DECIDED";
const NONE: &str = "NOT_FOUND";
const SHORT: &str = "NOTICE_SHORT";
const SCOPE: &str = "SCOPE";

/// What each command meets in each state, in the order of [`states`].
#[rustfmt::skip]
const TABLE: [(&str, [&str; 12]); 32] = [
    //                   DRAFT  DELIB  V_NOT  T_REV  T_NOT  C_REV  C_NOT  POOL   RETURN REJECT WITHDR OUT
    ("update",           [OK,    WRONG, OK,    WRONG, WRONG, WRONG, WRONG, WRONG, OK,    WRONG, WRONG, WRONG]),
    ("propose",          [OK,    SAME,  WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG]),
    ("vote",             [WRONG, OK,    WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG]),
    ("post village",     [WRONG, WRONG, OK,    WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG]),
    ("post township",    [WRONG, WRONG, WRONG, WRONG, OK,    WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG]),
    ("post county",      [WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, OK,    WRONG, WRONG, WRONG, WRONG, WRONG]),
    ("close village",    [WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG]),
    ("close township",   [WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG]),
    ("close county",     [WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG]),
    ("submit",           [WRONG, WRONG, SHORT, SAME,  WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG]),
    ("check site",       [WRONG, WRONG, WRONG, OK,    WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG]),
    ("confirm",          [WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG]),
    ("reject",           [NONE,  NONE,  NONE,  OK,    DONE,  DONE,  DONE,  DONE,  DONE,  SAME,  NONE,  DONE]),
    ("resubmit",         [WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, OK,    WRONG, WRONG, WRONG]),
    ("enter pool",       [WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, SHORT, SAME,  WRONG, WRONG, WRONG, WRONG]),
    ("county returns",   [EARLY, EARLY, EARLY, EARLY, EARLY, OK,    DONE,  DONE,  EARLY, DONE,  SAME,  DONE]),
    ("county approves",  [EARLY, EARLY, EARLY, EARLY, EARLY, OK,    SAME,  SAME,  EARLY, DONE,  SAME,  DONE]),
    ("deliberate",       [WRONG, OK,    WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG]),
    ("object",           [WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG]),
    ("reply",            [NONE,  NONE,  NONE,  NONE,  NONE,  NONE,  NONE,  NONE,  NONE,  NONE,  NONE,  NONE]),
    ("escalate",         [SAME,  SAME,  SAME,  SAME,  SAME,  SAME,  SAME,  SAME,  SAME,  SAME,  SAME,  SAME]),
    ("file",             [WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG]),
    ("enforce",          [SAME,  SAME,  SAME,  SAME,  SAME,  SAME,  SAME,  SAME,  OK,    SAME,  SAME,  SAME]),
    ("clerk returns",    [WRONG, WRONG, WRONG, OK,    WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG]),
    ("recall",           [WRONG, OK,    WRONG, OK,    SCOPE, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG]),
    ("withdraw",         [OK,    OK,    OK,    OK,    OK,    OK,    WRONG, WRONG, OK,    WRONG, SAME,  WRONG]),
    ("suspend",          [OK,    OK,    OK,    OK,    OK,    OK,    OK,    OK,    OK,    WRONG, WRONG, WRONG]),
    ("resume",           [WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG]),
    ("rank",             [WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, OK,    WRONG, WRONG, WRONG, WRONG]),
    ("roll",             [WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, OK,    WRONG, WRONG, WRONG, WRONG]),
    ("leave",            [WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, OK,    WRONG, WRONG, WRONG, SAME]),
    ("progress",         [EARLY, EARLY, EARLY, EARLY, EARLY, EARLY, EARLY, OK,    EARLY, EARLY, EARLY, OK]),
];

fn outcome(history: &[Event], command: Command) -> &'static str {
    match Application::fold(history).decide(command) {
        Ok(events) if events.is_empty() => SAME,
        Ok(_) => OK,
        Err(refusal) => refusal.explain().code,
    }
}

#[test]
fn every_state_against_every_command() {
    for (name, command) in commands(90) {
        let (_, row) = TABLE.iter().find(|(row, _)| *row == name).expect("a row a command");
        for ((state, history), expected) in states().into_iter().zip(row) {
            assert_eq!(Application::fold(&history).stage().map(Stage::code), Some(state));
            assert_eq!(outcome(&history, command.clone()), *expected, "{name} in {state}");
        }
    }
}

#[test]
fn nothing_can_be_done_to_what_nobody_drafted() {
    for (name, command) in commands(90) {
        let expected = if name.starts_with("county") { EARLY } else { NONE };
        assert_eq!(outcome(&[], command), expected, "{name}");
    }
}

#[test]
fn whoever_acts_is_the_only_one_who_may() {
    // The administrator of the county has no business right, whatever the state.
    let mut administrator = bureau();
    administrator.person = kernel::PersonId("430921-admin".into());
    administrator.posts = vec!["ADM@430921000000-ADM".parse().expect("a post")];
    for (_, history) in states() {
        let by = || at(90, &administrator);
        for command in [
            Command::UpdateApplication { content: content(), by: by() },
            Command::ProposeApplication { by: by() },
            Command::RecordVote { ballot: ballot(), by: by() },
            post_notice(NoticeLevel::County, by()),
            close_notice(NoticeLevel::County, by()),
            Command::SubmitApplication { by: by() },
            Command::RecordSiteCheck { site_check: site_check(), by: by() },
            Command::ResubmitApplication { answers: Vec::new(), by: by() },
            Command::EnterPool { likeness: Explained::default(), by: by() },
        ] {
            assert_eq!(outcome(&history, command), "SCOPE");
        }
    }
}

/// One event of each kind, from histories that really happened.
fn one_of_each() -> BTreeMap<String, Event> {
    let noted = Content { land_note: "已补充".into(), ..content() };
    let updated = and(drafted(), Command::UpdateApplication { content: noted, by: at(2, &secretary()) });
    let rejected = crate::domain::fixtures::concluded(None);
    let returned = returned_by_township(2);
    let supervisor = holder(kernel::Role::VillageSupervision, VILLAGE, 0);
    let deliberated =
        Command::RecordDeliberation { meeting: Meeting::Branch, ballot: ballot(), by: at(3, &secretary()) };
    let escalated = and(and(village_posted(), raise(5)), Command::EscalateObjections { pack: pack(), at: day(20) });
    let answered = and(and(village_posted(), raise(5)), reply(false, 6, &supervisor));
    let township_posted = and(township_approved(), post_notice(NoticeLevel::Township, at(20, &clerk())));
    let sent_back = and(and(township_posted, raise(21)), reply(true, 22, &head()));
    let recalled = and(township_approved(), Command::RecallApplication { by: at(20, &head()) });
    let resumed = and(and(submitted(), suspend(17)), Command::ResumeApplication { by: at(20, &bureau()) });
    let ranked = and(pooled(), Command::SetPoolPriority { priority: 1, by: at(71, &bureau()) });
    let rolled = and(ranked, Command::RollPoolProject { year: 2023, by: at(72, &bureau()) });
    let seats = vec!["C-EXP@430921000000-EXP/430921-0034".to_owned()];
    let appraised = and(forwarded(), Command::HearExperts(Seated { number: 1, seats }));
    let building = and(pooled(), Command::HearProgress { progress: Progress::InProgress });
    let enforce = |now| Command::EnforceCorrection { pack: pack(), at: day(now) };
    let lapsed = and(and(returned_by_township(1), enforce(60)), enforce(150));
    let counted = and(
        and(
            village_closed(),
            Command::SubmitApplication { by: Occasion { pack: unpublished(&pack()), ..at(16, &secretary()) } },
        ),
        Command::RecountDues { pack: pack() },
    );
    let histories = [
        updated,
        pooled(),
        returned,
        township_rejected(),
        resubmitted_to_county(),
        rejected,
        and(proposed(), deliberated),
        escalated,
        answered,
        sent_back,
        recalled,
        and(drafted(), withdraw(5)),
        resumed,
        and(rolled, leave(73)),
        building,
        appraised,
        returned_by_county_to(1, 40, &[ReturnStep::TownshipReview]),
        lapsed,
        counted,
    ];
    let kind = |event: &Event| {
        let stored = serde_json::to_value(event).expect("an event encodes");
        stored["kind"].as_str().expect("an event has a kind").to_owned()
    };
    histories.into_iter().flatten().map(|event| (kind(&event), event)).collect()
}

#[test]
fn every_stored_event_is_read_for_ever() {
    let golden: BTreeMap<String, serde_json::Value> =
        serde_json::from_str(include_str!("../../../tests/golden/events.json")).expect("the golden file is JSON");
    assert_eq!(golden.keys().collect::<Vec<_>>(), one_of_each().keys().collect::<Vec<_>>());
    assert_eq!(golden.len(), 37, "one for each variant");
    for (kind, stored) in golden {
        let decoded: Event = serde_json::from_value(stored.clone()).unwrap_or_else(|error| panic!("{kind}: {error}"));
        let written = serde_json::to_value(&decoded).expect("encodes");
        assert!(holds(&written, &stored), "{kind} has lost something: {written:#} was {stored:#}");
    }
}

/// Whether all of `stored` is still in `written`, which may have grown.
fn holds(written: &serde_json::Value, stored: &serde_json::Value) -> bool {
    use serde_json::Value::{Array, Object};
    match (written, stored) {
        (Object(written), Object(stored)) => {
            stored.iter().all(|(key, value)| written.get(key).is_some_and(|found| holds(found, value)))
        }
        (Array(written), Array(stored)) => {
            written.len() == stored.len() && written.iter().zip(stored).all(|(written, stored)| holds(written, stored))
        }
        // The county's duties had one name before they were told apart.
        (written, stored) if stored == "COUNTY_REVIEWER" => written == "DEPARTMENT_REVIEWER",
        (written, stored) => written == stored,
    }
}

#[test]
fn histories_fold_to_their_last_words() {
    let Application::Opened(state) = Application::fold(&pooled()) else { panic!("it is open") };
    assert_eq!((state.votes.len(), state.notices.len(), state.township.len()), (1, 3, 2));
    assert_eq!(state.township_opinion(), approval().said.opinion);
    assert_eq!(state.stage.resolution(), Some(&resolution()));
    let Application::Opened(state) = Application::fold(&returned_by_county()) else { panic!("it is open") };
    assert_eq!((state.content_revision, state.returns.len()), (1, 1));
    given::<Application>(village_closed())
        .when(Command::SubmitApplication { by: at(16, &secretary()) })
        .then_accepted();
    assert_eq!(project(), state.project);
}

proptest! {
    /// Whatever is tried in whatever order: nobody has two duties, revisions only grow, and no level has two notices;
    /// a project that came to the county was voted on, checked and posted before.
    #[test]
    fn no_order_of_commands_breaks_a_promise(choices in proptest::collection::vec((0..34_usize, 0..2_i64), 1..60)) {
        let mut state = Application::default();
        let mut now = 1;
        for (choice, days) in choices {
            now += days * 11;
            let mut tried: Vec<Command> = commands(now.min(340)).into_iter().map(|(_, command)| command).collect();
            tried.push(Command::CreateApplication { project: project(), content: content(), by: at(now.min(340), &secretary()) });
            let decision = if days == 0 { approval() } else { township_return(1) };
            tried.push(Command::CompleteTask { task: task(1), decision, by: at(now.min(340), &head()) });
            let before = revision(&state);
            let Ok(events) = state.decide(tried.swap_remove(choice)) else { continue };
            state = events.iter().fold(state, Application::evolve);
            prop_assert!(revision(&state) >= before);
            let Application::Opened(state) = &state else { continue };
            for level in [NoticeLevel::Village, NoticeLevel::Township, NoticeLevel::County] {
                prop_assert!(state.notices.iter().filter(|notice| notice.level == level && !notice.superseded).count() <= 1);
            }
            for act in &state.duties.0 {
                prop_assert!(state.duties.0.iter().all(|other| other.person != act.person || other.duty == act.duty));
            }
            if matches!(state.stage, Stage::CountyReview { .. } | Stage::CountyNotice { .. } | Stage::InPool { .. }) {
                prop_assert!(state.votes.last().is_some_and(|vote| vote.passed) && state.site_check.is_some());
                let closed = |level| state.notice(level).is_some_and(|notice| notice.closed.is_some());
                prop_assert!(closed(NoticeLevel::Village) && closed(NoticeLevel::Township));
                prop_assert!(state.township.iter().any(|round| round.record.as_ref().is_some_and(|record| record.decision.said.outcome == kernel::decision::Outcome::Approve)));
            }
        }
    }
}

fn revision(state: &Application) -> i64 {
    match state {
        Application::Unopened => 0,
        Application::Opened(state) => state.content_revision,
    }
}
