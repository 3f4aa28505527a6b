//! The meeting as stories: each rule and refusal, every state against every command, and the way of an outcome to its case.

use kernel::{Decider as _, Refusal as _, decision::Outcome};
use time::macros::date;
use uuid::Uuid;

use super::{
    carry_out::{bears, pending},
    story::{
        MEETING, Story, add, attendance, cancel, candidate, conclude, convene, minutes, office, office_of, project,
        record, remove, result, ruling,
    },
    *,
};
use crate::domain::{
    Case, Command as CaseCommand, Complete,
    story::{NOW, PROJECT, Story as CaseStory, departments, forward, holder, pack, person, the_leading_group},
};

const APPROVE: Outcome = Outcome::Approve;

fn states(story: &Story) -> Vec<&'static str> {
    story.state().items().map(|item| item.state.code()).collect()
}

fn fields(refusal: &Common) -> Vec<String> {
    refusal.explain().fields.into_iter().map(|violation| violation.field).collect()
}

/// Every state against every command.
#[test]
fn each_state_answers_each_command() {
    let commands = || {
        [
            ("ConveneMeeting", convene(1)),
            ("AddAgendaItems", add(vec![candidate(3)])),
            ("RemoveAgendaItems", remove(1)),
            ("ConcludeMeeting", conclude(minutes(&[APPROVE, Outcome::Reject]))),
            ("CancelMeeting", cancel("会期调整")),
            ("RecordResults", record(vec![result(1, None)])),
        ]
    };
    let concluded = Story::concluded(2);
    let settled = concluded.clone().with(record(vec![result(1, None), result(2, None)]));
    let table = [
        ("NOT_CONVENED", Story::default(), ["1", "NOT_FOUND", "NOT_FOUND", "NOT_FOUND", "NOT_FOUND", "NOT_FOUND"]),
        ("CONVENED", Story::convened(2), ["EXISTS", "1", "1", "1", "1", "WRONG_STATE"]),
        ("CONCLUDED", concluded, ["EXISTS", "WRONG_STATE", "WRONG_STATE", "ALREADY_DECIDED", "WRONG_STATE", "1"]),
        ("SETTLED", settled, ["EXISTS", "WRONG_STATE", "WRONG_STATE", "ALREADY_DECIDED", "WRONG_STATE", "0"]),
        (
            "CANCELLED",
            Story::convened(2).with(cancel("会期调整")),
            ["EXISTS", "WRONG_STATE", "WRONG_STATE", "WRONG_STATE", "0", "WRONG_STATE"],
        ),
    ];
    for (state, story, answers) in table {
        for ((name, command), expected) in commands().into_iter().zip(answers) {
            let answer = match Meeting::fold(&story.events).decide(command) {
                Ok(events) => events.len().to_string(),
                Err(refusal) => refusal.explain().code.to_owned(),
            };
            assert_eq!(answer, expected, "{name} in {state}");
        }
    }
}

#[test]
fn only_the_leading_group_s_office_holds_a_meeting() {
    let by = || Occasion { actor: holder(&departments()[0]), ..office() };
    let story = Story::convened(1);
    for command in [
        Command::AddAgendaItems { candidates: vec![candidate(2)], by: by() },
        Command::RemoveAgendaItems { projects: vec![project(1)], by: by() },
        Command::ConcludeMeeting { minutes: minutes(&[APPROVE]), by: by() },
        Command::CancelMeeting { reason: "会期调整".into(), by: by() },
    ] {
        story.when(command).then_refused("SCOPE");
    }
    let convene =
        Command::ConveneMeeting { meeting: MEETING, date: date!(2022 - 03 - 05), candidates: Vec::new(), by: by() };
    Story::default().when(convene).then_refused("SCOPE");
}

#[test]
fn only_what_waits_for_the_leading_group_stands_on_an_agenda_and_on_one() {
    let with = |nth, case| Candidate { case, ..candidate(nth) };
    let opened = |story: CaseStory| Case::fold(&story.events);
    let early = opened(CaseStory::opened());
    let over = opened(CaseStory::opened().all_say(APPROVE).decided(&the_leading_group(), APPROVE));
    let story = Story::convened(1);
    let refusal = story
        .when(add(vec![candidate(2), with(3, early), with(4, over), with(5, Case::Unopened)]))
        .then_refused("WRONG_STATE");
    assert_eq!(fields(&refusal), ["project_ids[1]", "project_ids[2]", "project_ids[3]"]);

    let taken = Candidate { on_agenda_of: Some(Uuid::from_u128(7)), ..candidate(3) };
    let refusal = story.when(add(vec![candidate(2), taken])).then_refused("ON_AGENDA");
    assert_eq!(fields(&refusal), ["project_ids[1]"]);
    // Here it may stand: once more changes nothing.
    let own = Candidate { on_agenda_of: Some(MEETING), ..candidate(1) };
    story.when(add(vec![own])).then([]);
    story.when(remove(9)).then([]);
    let story = story.with(add(vec![candidate(2)])).with(remove(1));
    assert_eq!(story.state().agenda.iter().map(|item| item.project).collect::<Vec<_>>(), [project(2)]);
}

#[test]
fn an_item_comes_to_the_table_as_it_is_now() {
    let mut later = candidate(1);
    let Case::Opened(state) = &mut later.case else { panic!("it is open") };
    let asked = state.opinions.iter_mut().rev().map(|opinion| &mut opinion.asked).next().expect("was asked");
    asked.content_revision += 1;
    let story = Story::convened(1).with(add(vec![later]));
    let [item] = &story.state().agenda[..] else { panic!("it stands there once") };
    assert_eq!(item.content_revision, 11);
}

#[test]
fn an_agenda_has_an_end() {
    let refusal = agenda::check_length(agenda::MOST_ITEMS + 1).expect_err("too many");
    assert_eq!(refusal.explain().code, "TOO_MANY");
    assert_eq!(agenda::check_length(agenda::MOST_ITEMS), Ok(()));
}

#[test]
fn without_resolution_number_day_or_quorum_nothing_is_decided() {
    let story = Story::convened(2);
    let sound = || minutes(&[APPROVE, APPROVE]);
    let refused = |minutes: Minutes, code: &str| story.when(conclude(minutes)).then_refused(code);
    refused(Minutes { resolution_no: "  ".into(), ..sound() }, "NO_RESOLUTION");
    for date in ["2022-03-02", "2022-02-30", "", "三月一日"] {
        refused(Minutes { meeting_date: date.into(), ..sound() }, "BAD_DATE");
    }
    refused(Minutes { meeting_date: "1999-03-01".into(), ..sound() }, "NO_RULES");
    let came = |due, present| Minutes { attendance: attendance(due, present), ..sound() };
    let refusal = refused(came(15, 7), "QUORUM").explain();
    assert_eq!((refusal.actual.as_deref(), refusal.rule), (Some("7/15"), Some("LEADING_GROUP_QUORUM")));
    let of_14 = Command::ConcludeMeeting { minutes: came(14, 7), by: office_of(14) };
    story.when(of_14).then_refused("QUORUM");
    story.when(conclude(came(15, 8))).then_accepted();
    // Who is due, the county pack says.
    refused(came(14, 14), "ATTENDANCE");
    let uncounted = Attendance { due: 0, present: 0, ..attendance(15, 8) };
    story.when(conclude(Minutes { attendance: uncounted, ..sound() })).then_accepted();
    let mut wrong = sound();
    wrong.attendance.persons.pop();
    wrong.attendance.persons[0].person = None;
    wrong.attendance.persons[2].person = wrong.attendance.persons[1].person.clone();
    let refusal = refused(wrong, "ATTENDANCE");
    let (first, third) = ("attendance.persons[0].person_id", "attendance.persons[2].person_id");
    assert_eq!(fields(&refusal), ["attendance.persons", first, third]);
}

#[test]
fn each_project_has_one_outcome_and_each_outcome_what_it_needs() {
    let story = Story::convened(2);
    let refused = |rulings: Vec<Ruling>, code: &str| {
        fields(&story.when(conclude(Minutes { rulings, ..minutes(&[]) })).then_refused(code))
    };
    assert_eq!(refused(vec![ruling(1, APPROVE)], "OUTCOME_MISSING"), ["outcomes"]);
    let strange = vec![ruling(1, APPROVE), ruling(2, APPROVE), ruling(3, APPROVE)];
    assert_eq!(refused(strange, "NOT_ON_AGENDA"), ["outcomes[2].project_id"]);
    let twice = vec![ruling(1, APPROVE), ruling(2, APPROVE), ruling(1, Outcome::Reject)];
    assert_eq!(refused(twice, "OUTCOME_TWICE"), ["outcomes[2].project_id"]);

    let vague = Ruling { corrections: Vec::new(), ..ruling(1, Outcome::Return) };
    let silent = Ruling { opinion: "  ".into(), ..ruling(2, APPROVE) };
    assert_eq!(refused(vec![vague, silent], "CORRECTIONS"), ["outcomes[0].corrections", "outcomes[1].opinion"]);
    for outcome in [Outcome::Return, Outcome::Reject] {
        let short = Ruling { opinion: "不同意此项目的实施".into(), ..ruling(2, outcome) };
        assert_eq!(refused(vec![ruling(1, APPROVE), short], "OPINION_LENGTH"), ["outcomes[1].opinion"]);
    }
    Story::convened(0).when(conclude(minutes(&[]))).then_refused("AGENDA_EMPTY");
}

#[test]
fn a_cancellation_says_why() {
    Story::convened(1).when(cancel(" ")).then_refused("REASON");
    let cancelled = Story::convened(1).with(cancel("会期调整"));
    assert_eq!(states(&cancelled), ["DROPPED"]);
    cancelled.when(cancel("另有原因")).then_refused("ALREADY_DECIDED");
}

#[test]
fn the_same_record_again_changes_nothing() {
    Story::concluded(2).when(conclude(minutes(&[APPROVE, APPROVE]))).then([]);
}

#[test]
fn a_decision_that_a_case_bears_outlives_a_refusal_and_not_the_other_way() {
    let concluded = Story::concluded(3);
    assert_eq!(states(&concluded), ["PENDING", "PENDING", "PENDING"]);
    let answered = concluded.with(record(vec![result(1, None), result(2, Some("ALREADY_DECIDED"))]));
    assert_eq!(states(&answered), ["DECIDED", "REFUSED", "PENDING"]);
    answered.when(record(vec![result(1, Some("SOD")), result(2, Some("SOD")), result(9, None)])).then([]);
    let overtaken = answered.with(record(vec![result(2, None)]));
    assert_eq!(states(&overtaken), ["DECIDED", "DECIDED", "PENDING"]);
}

/// The meeting's decision on the project of the case story.
fn decision_on(case: &CaseStory, outcome: Outcome) -> Complete {
    let candidate = Candidate { project: PROJECT, case: Case::fold(&case.events), on_agenda_of: None };
    let ruling = Ruling { project: PROJECT, ..ruling(1, outcome) };
    let story =
        Story::convened(0).with(add(vec![candidate])).with(conclude(Minutes { rulings: vec![ruling], ..minutes(&[]) }));
    let [(project, complete)] = &pending(&story.state(), &office().pack)[..] else { panic!("one is pending") };
    assert_eq!(*project, PROJECT);
    complete.clone()
}

#[test]
fn a_case_takes_the_meeting_s_decision_as_one_on_its_open_task() {
    let waiting = CaseStory::opened().all_say(APPROVE);
    for (outcome, stage) in [(APPROVE, "APPROVED"), (Outcome::Return, "RETURNED"), (Outcome::Reject, "REJECTED")] {
        let complete = decision_on(&waiting, outcome);
        assert!(!bears(&Case::fold(&waiting.events), &complete));
        let decided = waiting.clone().with(CaseCommand::CompleteTask(complete.clone()));
        assert_eq!(decided.stage().code(), stage);
        assert_eq!(decided.state().awaited().count(), 0, "the open task is closed");
        assert!(bears(&Case::fold(&decided.events), &complete));
        // Brought again after a crash it is refused, but known.
        decided.when(CaseCommand::CompleteTask(complete.clone())).then_refused("ALREADY_DECIDED");
        let other = Complete { at: NOW + time::Duration::SECOND, ..complete };
        assert!(!bears(&Case::fold(&decided.events), &other));
    }
    let approved = waiting.clone().with(CaseCommand::CompleteTask(decision_on(&waiting, APPROVE)));
    let crate::domain::Stage::Approved(resolution) = approved.stage() else { panic!("approved") };
    let expected = ("南振组〔2022〕3号", "2022-03-01", 11);
    assert_eq!((resolution.number.as_str(), resolution.meeting_date.as_str(), resolution.attendance), expected);
}

#[test]
fn a_case_refuses_the_meeting_what_it_refuses_a_person() {
    let waiting = CaseStory::opened().all_say(APPROVE);
    let complete = decision_on(&waiting, APPROVE);
    let refused = |story: &CaseStory, complete: &Complete| {
        let refusal = Case::fold(&story.events).decide(CaseCommand::CompleteTask(complete.clone()));
        ItemRefusal::from(&refusal.expect_err("refused")).code
    };
    let alone = waiting.clone().decided(&the_leading_group(), Outcome::Return);
    assert_eq!(refused(&alone, &complete), "ALREADY_DECIDED");
    let again = alone.with(forward(2));
    assert_eq!(refused(&again, &complete), "ALREADY_DECIDED", "the next round is a task of its own");
    let applicant = Complete { actor: person("applicant", &the_leading_group()), ..complete.clone() };
    assert_eq!(refused(&waiting, &applicant), "SOD");
    let mut stale = complete;
    stale.decision.subject_revision -= 1;
    assert_eq!(refused(&waiting, &stale), "STALE_VERSION");
}

#[test]
fn what_is_possible_is_offered_and_nothing_else() {
    let actors = [holder(&the_leading_group()), holder(&departments()[0])];
    let histories =
        [Story::convened(0), Story::convened(2), Story::concluded(2), Story::convened(2).with(cancel("会期调整"))];
    for story in histories {
        let state = story.state();
        for actor in &actors {
            let by = || Occasion { actor: actor.clone(), ..office() };
            let outcomes = vec![APPROVE; state.agenda.len()];
            let changed = Minutes { resolution_no: "南振组〔2022〕4号".into(), ..minutes(&outcomes) };
            let methods = [
                ("AddAgendaItems", Command::AddAgendaItems { candidates: vec![candidate(9)], by: by() }),
                ("RemoveAgendaItems", Command::RemoveAgendaItems { projects: vec![project(1)], by: by() }),
                ("ConcludeMeeting", Command::ConcludeMeeting { minutes: changed, by: by() }),
                ("CancelMeeting", Command::CancelMeeting { reason: "会期调整".into(), by: by() }),
            ];
            let offered = next_actions::next_actions(state.stage.code(), state.agenda.len(), actor, &pack());
            for (method, command) in methods {
                let answer = Meeting::fold(&story.events).decide(command);
                let possible = answer.is_ok_and(|events| !events.is_empty());
                assert_eq!(offered.contains(&method), possible, "{method} in {} by {}", state.stage.code(), actor.name);
            }
        }
    }
}
