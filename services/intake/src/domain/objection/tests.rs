//! Objections: who raises, reads and answers them, and what stays of them.

use kernel::{Actor, Decider as _, Refusal as _, testing::given};

use super::*;
use crate::domain::{
    Application, Command, Stage,
    fixtures::{
        VILLAGE, and, at, bureau, clerk, close_notice, complaint, county_approved, day, head, holder, kept, pack,
        post_notice, secretary, township_approved, village_posted,
    },
};

fn raise_about(about: Vec<PersonId>, now: i64) -> Command {
    let complaint = Complaint { about, ..complaint("受益户名单不实") };
    Command::RaiseObjection { complaint, by: at(now, &supervisor()) }
}

fn opened(history: &[Event]) -> State {
    let Application::Opened(state) = Application::fold(history) else { panic!("it is open") };
    *state
}

fn supervisor() -> Actor {
    holder(Role::VillageSupervision, VILLAGE, 0)
}

fn answer(upheld: bool, who: &Actor, now: i64) -> Command {
    let text = "经核查,受益户名单与村民代表会议记录一致".into();
    let said = Answering { upheld, summary: "反映受益户名单".into(), text };
    Command::AnswerObjection { id: "1".into(), said, by: at(now, who) }
}

#[test]
fn a_notice_stays_while_an_objection_is_open() {
    let raised = and(village_posted(), raise_about(Vec::new(), 6));
    let close = |now| close_notice(NoticeLevel::Village, at(now, &secretary()));
    let explanation = given::<Application>(raised.clone()).when(close(16)).then_refused("OBJECTION_OPEN").explain();
    assert_eq!((explanation.actual.as_deref(), explanation.limit.as_deref()), (Some("1"), Some("0")));
    let answered = and(raised, answer(false, &supervisor(), 8));
    given::<Application>(answered.clone()).when(answer(false, &supervisor(), 9)).then([]);
    given::<Application>(answered.clone()).when(answer(true, &supervisor(), 9)).then_refused("ALREADY_DECIDED");
    given::<Application>(answered).when(close(16)).then_accepted();
}

#[test]
fn the_person_complained_about_stands_aside_and_others_have_no_business_with_it() {
    let raised = and(village_posted(), raise_about(vec![supervisor().person], 6));
    given::<Application>(raised.clone()).when(answer(false, &supervisor(), 8)).then_refused("SOD");
    for stranger in [head(), secretary()] {
        given::<Application>(raised.clone()).when(answer(false, &stranger, 8)).then_refused("SCOPE");
    }
    let other = and(village_posted(), raise_about(vec![secretary().person], 6));
    given::<Application>(other).when(answer(false, &supervisor(), 8)).then_accepted();
}

#[test]
fn who_is_named_by_name_stands_aside_too() {
    let complaint = Complaint { about_names: vec![supervisor().name, "某".into()], ..complaint("名单不实") };
    let raised = and(village_posted(), Command::FileObjection { complaint, pack: pack(), at: day(6) });
    assert_eq!(opened(&raised).objections[0].complaint.about, [supervisor().person]);
    given::<Application>(raised).when(answer(false, &supervisor(), 8)).then_refused("SOD");
}

#[test]
fn who_answers_and_discipline_read_what_was_filed_and_nobody_else() {
    let discipline = holder(Role::Discipline, VILLAGE, 0);
    let raised = and(village_posted(), raise_about(vec![head().person], 6));
    let reads = |history: &[Event], who: &Actor| {
        read_original(&opened(history), "1", &at(15, who)).map_err(|refusal| refusal.explain().code)
    };
    assert!(reads(&raised, &supervisor()).is_ok() && reads(&raised, &discipline).is_ok());
    for stranger in [secretary(), clerk(), head(), bureau()] {
        assert_eq!(reads(&raised, &stranger).err(), Some("SCOPE"), "{stranger:?}");
    }
    let late = and(raised, Command::EscalateObjections { pack: pack(), at: day(14) });
    assert!(reads(&late, &clerk()).is_ok() && reads(&late, &discipline).is_ok());
    assert_eq!(reads(&late, &head()).err(), Some("SOD"), "it is about the head");
    assert_eq!(reads(&late, &supervisor()).err(), Some("SCOPE"), "it went one level up");
    assert_eq!(read_original(&opened(&late), "2", &at(15, &clerk())).expect_err("none").explain().code, "NOT_FOUND");
}

#[test]
fn what_was_filed_stays_out_of_the_history() {
    let (events, _) = given::<Application>(village_posted()).when(raise_about(Vec::new(), 6)).then_accepted();
    let [Event::ObjectionRaised { original: Some(filed), objection, .. }] = &events[..] else { panic!("{events:?}") };
    assert_eq!(
        (filed, &objection.complaint.original),
        (&kept("", "13900000000", "受益户名单不实"), &Some(filed.sealed()))
    );
    let stored = serde_json::to_string(&events[0]).expect("an event encodes");
    assert!(!stored.contains("13900000000") && !stored.contains("受益户名单不实"), "{stored}");
    let Event::ObjectionRaised { original, .. } = serde_json::from_str(&stored).expect("it is read back") else {
        panic!("the same kind")
    };
    assert_eq!(original, None, "a replay writes nothing");
    let before = r#"{"kind":"ObjectionRaised","objection":{"id":"1","level":"VILLAGE","complaint":{"name":"某","phone":"",
        "text":"名单不实","about":[]},"desk":"VILLAGE","raised_at":"2022-01-09T09:00:00Z","due":"2022-01-17T16:00:00Z",
        "reply":null}}"#;
    serde_json::from_str::<Event>(before).expect("what an earlier version stored is read, too");
}

#[test]
fn an_answer_has_a_summary_for_those_who_may_not_read_it() {
    let raised = and(village_posted(), raise_about(Vec::new(), 6));
    let said =
        Answering { upheld: false, summary: " ".into(), text: "经核查,受益户名单与会议记录一致".into() };
    let bare = Command::AnswerObjection { id: "1".into(), said, by: at(8, &supervisor()) };
    let explanation = given::<Application>(raised).when(bare).then_refused("REQUIRED").explain();
    assert_eq!(explanation.fields[0].field, "summary");
}

#[test]
fn five_working_days_and_it_goes_one_level_up() {
    let raised = and(village_posted(), raise_about(Vec::new(), 6));
    let escalate = |now| Command::EscalateObjections { pack: pack(), at: day(now) };
    given::<Application>(raised.clone()).when(escalate(13)).then([]);
    let late = and(raised, escalate(14));
    given::<Application>(late.clone()).when(answer(false, &supervisor(), 14)).then_refused("SCOPE");
    given::<Application>(late.clone()).when(answer(false, &head(), 14)).then_accepted();
    let county = and(late, escalate(24));
    given::<Application>(county).when(answer(false, &bureau(), 25)).then_accepted();
}

#[test]
fn one_that_is_right_undoes_the_notice() {
    let raised = and(village_posted(), raise_about(Vec::new(), 6));
    let upheld = and(raised, answer(true, &supervisor(), 8));
    assert_eq!(Application::fold(&upheld).stage(), Some(&Stage::Draft));
    for (history, level, who) in
        [(township_approved(), NoticeLevel::Township, head()), (county_approved(), NoticeLevel::County, bureau())]
    {
        let posted = and(history, post_notice(level, at(46, &who)));
        let upheld = and(and(posted, raise_about(Vec::new(), 47)), answer(true, &who, 48));
        assert_eq!(Application::fold(&upheld).stage(), Some(&Stage::Returned));
    }
}

#[test]
fn only_a_hanging_notice_is_objected_to_and_in_words() {
    given::<Application>(township_approved()).when(raise_about(Vec::new(), 30)).then_refused("WRONG_STATE");
    let complaint = Complaint { kept: kept("", "x", " "), ..complaint("") };
    let bad = Command::RaiseObjection { complaint, by: at(6, &supervisor()) };
    let explanation = given::<Application>(village_posted()).when(bad).then_refused("REQUIRED").explain();
    assert_eq!(explanation.fields.len(), 2);
}
