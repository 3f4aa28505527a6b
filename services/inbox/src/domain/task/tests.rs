//! The task as stories: claims, releases, decisions, every state against every command, its stored events.

use kernel::{
    Actor, Refusal as _,
    decision::Outcome,
    testing::{Given, given},
};
use proptest::prelude::*;
use time::{Duration, OffsetDateTime};

use super::*;
use crate::domain::fixtures::{START, drafter, raised, request, stranger, wu, zhou};
use crate::domain::{Lease, Recounted, Stage};

fn at(minutes: i64) -> OffsetDateTime {
    START + Duration::minutes(minutes)
}

fn claim(actor: Actor, minutes: i64) -> Command {
    Command::ClaimTask { actor, at: at(minutes) }
}

fn claimed(actor: &Actor, token: i64, from: i64) -> Event {
    Event::TaskClaimed {
        lease: Lease { holder: actor.person.clone(), on_behalf_of: None, token, until: at(from + 30) },
    }
}

fn released(actor: &Actor) -> Event {
    Event::TaskReleased { person: actor.person.clone() }
}

fn release(actor: Actor, token: i64) -> Command {
    Command::ReleaseTask { actor, token }
}

fn complete(outcome: Outcome, actor: &Actor) -> Command {
    Command::CompleteTask { outcome, person: actor.person.clone(), on_behalf_of: None }
}

fn completed(outcome: Outcome, actor: &Actor) -> Event {
    Event::TaskCompleted { outcome, person: actor.person.clone(), on_behalf_of: None }
}

fn task(events: impl IntoIterator<Item = Event>) -> Given<Task> {
    given(std::iter::once(raised()).chain(events))
}

#[test]
fn a_request_raises_the_task_once_and_never_with_other_content() {
    let raise = |request| Command::RaiseTask { request: Box::new(request), at: START };
    given::<Task>([]).when(raise(request())).then([raised()]);
    task([]).when(raise(request())).then([]);
    task([claimed(&zhou(), 1, 0)]).when(raise(request())).then([]);
    task([]).when(raise(Request { round: 2, ..request() })).then_refused("EXISTS");
}

#[test]
fn a_claim_is_exclusive_and_each_new_holder_gets_a_greater_token() {
    task([]).when(claim(zhou(), 0)).then([claimed(&zhou(), 1, 0)]);
    let refusal = task([claimed(&zhou(), 1, 0)]).when(claim(wu(), 29)).then_refused("ALREADY_CLAIMED");
    let explanation = refusal.explain();
    assert_eq!((explanation.actual.as_deref(), explanation.limit.as_deref()), (Some("zhou"), Some("2022-03-01 09:30")));
    task([claimed(&zhou(), 1, 0)]).when(claim(wu(), 30)).then([claimed(&wu(), 2, 30)]);
    task([claimed(&zhou(), 1, 0), released(&zhou())]).when(claim(zhou(), 1)).then([claimed(&zhou(), 2, 1)]);
}

#[test]
fn the_holder_renews_under_the_same_token_also_after_the_lease_has_ended() {
    task([claimed(&zhou(), 1, 0)]).when(claim(zhou(), 10)).then([Event::LeaseRenewed { until: at(40) }]);
    let state = task([claimed(&zhou(), 1, 0)]).when(claim(zhou(), 99)).then([Event::LeaseRenewed { until: at(129) }]);
    let Task::Raised(state) = state else { panic!("it is raised") };
    assert_eq!(
        (state.latest_token, &state.stage),
        (1, &Stage::Reserved(Lease { holder: zhou().person, on_behalf_of: None, token: 1, until: at(129) }))
    );
    task([claimed(&zhou(), 1, 0)]).when(claim(zhou(), 0)).then([]);
}

#[test]
fn only_the_candidate_post_claims_and_nobody_with_another_duty() {
    task([]).when(claim(stranger(), 0)).then_refused("SCOPE");
    task([]).when(claim(drafter(), 0)).then_refused("SOD");
    let stand_in = Actor { on_behalf_of: Some(drafter().person), ..wu() };
    task([]).when(claim(stand_in, 0)).then_refused("SOD");
    task([completed(Outcome::Approve, &zhou())]).when(claim(stranger(), 0)).then_refused("SCOPE");
}

#[test]
fn only_the_holder_releases_and_only_the_latest_claim() {
    let held = || task([claimed(&zhou(), 1, 0)]);
    held().when(release(zhou(), 1)).then([released(&zhou())]);
    held().when(release(zhou(), 0)).then_refused("LEASE_LOST");
    held().when(release(wu(), 1)).then_refused("LEASE_LOST");
    held().when(release(stranger(), 1)).then_refused("SCOPE");
    task([claimed(&zhou(), 1, 0), claimed(&wu(), 2, 30)]).when(release(zhou(), 1)).then_refused("LEASE_LOST");
    task([claimed(&zhou(), 1, 0), released(&zhou())]).when(release(zhou(), 1)).then([]);
    task([claimed(&zhou(), 1, 0), released(&zhou())]).when(release(wu(), 1)).then_refused("LEASE_LOST");
}

#[test]
fn what_the_asking_room_says_is_so_whoever_holds_the_task_by_now() {
    let approve = || complete(Outcome::Approve, &zhou());
    task([]).when(approve()).then([completed(Outcome::Approve, &zhou())]);
    task([claimed(&wu(), 1, 0)]).when(approve()).then([completed(Outcome::Approve, &zhou())]);
    task([completed(Outcome::Approve, &zhou())]).when(approve()).then([]);
    task([completed(Outcome::Return, &zhou())]).when(approve()).then_refused("ALREADY_DECIDED");
    task([completed(Outcome::Approve, &wu())]).when(approve()).then_refused("ALREADY_DECIDED");
    task([]).when(Command::CancelTask).then([Event::TaskObsoleted]);
    task([Event::TaskObsoleted]).when(Command::CancelTask).then([]);
    task([]).when(Command::OvertakeTask).then([Event::TaskOvertaken]);
    task([Event::TaskOvertaken]).when(Command::OvertakeTask).then([]);
}

#[test]
fn a_settlement_that_overtakes_its_request_is_heard_again_later() {
    for command in [complete(Outcome::Approve, &zhou()), Command::CancelTask] {
        let refusal = given::<Task>([]).when(command).then_refused("TOO_EARLY");
        assert_eq!(refusal.kind(), kernel::Kind::TooEarly);
    }
}

/// Each command in each state: accepted, or the code of the refusal.
#[test]
fn every_command_in_every_state() {
    let raise = Command::RaiseTask { request: Box::new(request()), at: START };
    let suspend = Command::SuspendTask { number: 1, reason: "立案核查".into() };
    let resume = Command::ResumeTask { number: 1, due_at: at(60), provisional: false };
    let recounted = Recounted { number: 1, suspensions_ended: 0, due_at: at(60), provisional: false };
    let commands = [
        raise,
        claim(wu(), 1),
        release(zhou(), 1),
        complete(Outcome::Approve, &zhou()),
        Command::CancelTask,
        suspend,
        resume,
        Command::RescheduleTask(recounted),
    ];
    let held = claimed(&zhou(), 1, 0);
    let after = |event: Event| vec![raised(), held.clone(), event];
    let (early, resting) = ("TOO_EARLY", Event::TaskSuspended { reason: "立案核查".into() });
    let states = [
        ("UNRAISED", vec![], ["", "NOT_FOUND", "NOT_FOUND", early, early, early, early, early]),
        ("READY", vec![raised()], ["", "", "LEASE_LOST", "", "", "", early, ""]),
        ("RESERVED", vec![raised(), held.clone()], ["", "ALREADY_CLAIMED", "", "", "", "", early, ""]),
        ("RELEASED", after(released(&zhou())), ["", "", "", "", "", "", early, ""]),
        ("SUSPENDED", after(resting), ["", "SUSPENDED", "SUSPENDED", "", "", "", "", ""]),
        (
            "COMPLETED",
            after(completed(Outcome::Approve, &zhou())),
            ["", "ALREADY_DECIDED", "ALREADY_DECIDED", "", "ALREADY_DECIDED", "", "", ""],
        ),
        ("OBSOLETE", after(Event::TaskObsoleted), ["", "WRONG_STATE", "WRONG_STATE", "WRONG_STATE", "", "", "", ""]),
        (
            "OVERTAKEN",
            after(Event::TaskOvertaken),
            ["", "ALREADY_DECIDED", "ALREADY_DECIDED", "WRONG_STATE", "", "", "", ""],
        ),
    ];
    for (name, events, expected) in states {
        let state = Task::fold(&events);
        for (command, expected) in commands.iter().zip(expected) {
            let code = state.decide(command.clone()).err().map_or("", |refusal| refusal.explain().code);
            assert_eq!(code, expected, "{name}: {command:?}");
        }
    }
}

/// Stored events are read for ever: what an earlier version wrote means the same.
#[test]
fn stored_events_stay_readable() {
    let lease = r#"{"holder":"zhou","token":1,"until":"2022-03-01T01:30:00Z"}"#;
    let golden = [
        (include_str!("../../../tests/golden/task_raised.json").to_owned(), raised()),
        (format!(r#"{{"kind":"TaskClaimed","lease":{lease}}}"#), claimed(&zhou(), 1, 0)),
        (r#"{"kind":"LeaseRenewed","until":"2022-03-01T01:40:00Z"}"#.to_owned(), Event::LeaseRenewed { until: at(40) }),
        (r#"{"kind":"TaskReleased","person":"zhou"}"#.to_owned(), released(&zhou())),
        (
            r#"{"kind":"TaskCompleted","outcome":"RETURN","person":"zhou"}"#.to_owned(),
            completed(Outcome::Return, &zhou()),
        ),
        (r#"{"kind":"TaskObsoleted"}"#.to_owned(), Event::TaskObsoleted),
        (r#"{"kind":"TaskOvertaken"}"#.to_owned(), Event::TaskOvertaken),
        (
            r#"{"kind":"TaskSuspended","reason":"立案核查"}"#.to_owned(),
            Event::TaskSuspended { reason: "立案核查".into() },
        ),
        (
            r#"{"kind":"TaskResumed","due_at":"2022-03-01T01:40:00Z"}"#.to_owned(),
            Event::TaskResumed { due_at: at(40), provisional: false },
        ),
        (
            r#"{"kind":"TaskResumed","due_at":"2022-03-01T01:40:00Z","provisional":true}"#.to_owned(),
            Event::TaskResumed { due_at: at(40), provisional: true },
        ),
        (
            r#"{"kind":"TaskRescheduled","number":1,"due_at":"2022-03-01T01:40:00Z"}"#.to_owned(),
            Event::TaskRescheduled { number: 1, due_at: at(40), provisional: false },
        ),
        (
            r#"{"kind":"TaskRescheduled","number":2,"due_at":"2022-03-01T01:40:00Z","provisional":true}"#.to_owned(),
            Event::TaskRescheduled { number: 2, due_at: at(40), provisional: true },
        ),
    ];
    for (stored, event) in golden {
        assert_eq!(serde_json::from_str::<Event>(&stored).expect(&stored), event);
        let written = serde_json::to_value(&event).expect("an event is JSON");
        assert_eq!(written, serde_json::from_str::<serde_json::Value>(&stored).expect("golden JSON"));
    }
}

fn commands() -> impl Strategy<Value = Vec<Command>> {
    let who = prop_oneof![Just(zhou()), Just(wu()), Just(drafter()), Just(stranger())];
    let command = (who, 0_u8..6, 0_i64..4, 0_i64..200).prop_map(|(actor, kind, token, minutes)| match kind {
        0 | 1 => claim(actor, minutes),
        2 => release(actor, token),
        3 => Command::SuspendTask { number: 1 + u32::try_from(token).unwrap_or(0), reason: "立案核查".into() },
        4 => Command::ResumeTask {
            number: 1 + u32::try_from(token).unwrap_or(0),
            due_at: at(minutes),
            provisional: token == 0,
        },
        _ => complete(if token == 0 { Outcome::Return } else { Outcome::Approve }, &actor),
    });
    prop::collection::vec(command, 0..40)
}

proptest! {
    #[test]
    fn tokens_grow_with_each_holder_and_a_decision_is_final(commands in commands()) {
        let mut state = Task::default().evolve(&raised());
        for command in commands {
            let Ok(events) = state.decide(command) else { continue };
            let before = state.clone();
            state = events.iter().fold(state, Task::evolve);
            let (Task::Raised(old), Task::Raised(new)) = (&before, &state) else { panic!("it stays raised") };
            match (&old.stage, &new.stage) {
                (Stage::Reserved(old), Stage::Reserved(new)) if old.holder == new.holder => {
                    prop_assert_eq!(old.token, new.token);
                }
                (_, Stage::Reserved(lease)) => {
                    prop_assert!(lease.token > old.latest_token);
                    prop_assert!(["zhou", "wu"].contains(&lease.holder.0.as_str()));
                }
                (Stage::Completed { .. }, _) => prop_assert_eq!(old, new),
                _ => {}
            }
        }
    }
}
