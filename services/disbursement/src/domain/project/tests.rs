//! The project machine: every state against every command, separate duties, scope, and no sequence pays twice.

use std::collections::BTreeMap;

use kernel::{Actor, Decider, Fen, PersonId, Refusal as _, Role, decision::Outcome, testing::given};
use proptest::prelude::*;
use uuid::Uuid;

use super::{Command, Event, Project, command::Answer, story::*};
use crate::domain::{
    PaymentType, TaskKind,
    fixtures::{actor, acts, auditor, collective, finance, pooled as approved, project, releaser, reviewer},
    posting::{Posting, of_project},
};

fn said(history: &[Event], command: &Command) -> &'static str {
    match Project::fold(history).decide(command.clone()) {
        Ok(events) if events.is_empty() => "[]",
        Ok(_) => "ok",
        Err(refusal) => refusal.explain().code,
    }
}

fn commands() -> Vec<Command> {
    let failed = Answer::Failed { reason: "账户已销户".to_owned() };
    vec![
        Command::RecordPooled { pooled: approved(120_000_000, 0), acts: acts() },
        approve_funding(finance(), approved_plan(), 120_000_000, 120_000_000),
        sign_contract(collective(), 120_000_000),
        ask(SECOND, request(PaymentType::Advance, 100, "F2"), collective(), true),
        ask(SECOND, request(PaymentType::Settlement, 100, "F2"), collective(), true),
        Command::RecordAcceptance { accepted: Fen::new(120_000_000), acts: acts() },
        fix_final_account(auditor(), 118_000_000),
        Command::RecordAssetRegistration { registration: registration(), acts: acts() },
        complete(FIRST, TaskKind::PaymentReview, Outcome::Approve, reviewer()),
        answer(FIRST, failed),
    ]
}

#[test]
fn every_state_against_every_command() {
    let none = [
        "ok",
        "NOT_FOUND",
        "NOT_FOUND",
        "NOT_FOUND",
        "NOT_FOUND",
        "TOO_EARLY",
        "NOT_FOUND",
        "TOO_EARLY",
        "NOT_FOUND",
        "NOT_FOUND",
    ];
    let in_pool = [
        "[]",
        "ok",
        "WRONG_STATE",
        "WRONG_STATE",
        "WRONG_STATE",
        "TOO_EARLY",
        "WRONG_STATE",
        "TOO_EARLY",
        "NOT_FOUND",
        "NOT_FOUND",
    ];
    let with_money = [
        "[]",
        "[]",
        "ok",
        "WRONG_STATE",
        "WRONG_STATE",
        "TOO_EARLY",
        "WRONG_STATE",
        "TOO_EARLY",
        "NOT_FOUND",
        "NOT_FOUND",
    ];
    let with_contract =
        ["[]", "[]", "[]", "ok", "WRONG_STATE", "ok", "WRONG_STATE", "TOO_EARLY", "NOT_FOUND", "NOT_FOUND"];
    let late = "ADVANCE_AFTER_COMPLETION";
    let done = ["[]", "[]", "[]", late, "WRONG_STATE", "[]", "ok", "ok", "NOT_FOUND", "NOT_FOUND"];
    let checked = ["[]", "[]", "[]", late, "ASSET_NOT_REGISTERED", "[]", "[]", "ok", "NOT_FOUND", "NOT_FOUND"];
    let in_register = ["[]", "[]", "[]", late, "ok", "[]", "[]", "[]", "NOT_FOUND", "NOT_FOUND"];
    let table = [
        (Vec::new(), none),
        (vec![pooled()], in_pool),
        (funded(), with_money),
        (contracted(), with_contract),
        (accepted(), done),
        (audited(118_000_000), checked),
        ([audited(118_000_000), vec![registered()]].concat(), in_register),
    ];
    for (history, expected) in table {
        for (command, expected) in commands().iter().zip(expected) {
            assert_eq!(said(&history, command), expected, "after {} facts: {command:?}", history.len());
        }
    }
}

#[test]
fn every_state_against_what_intake_decides() {
    let register = [audited(118_000_000), vec![registered()]].concat();
    let known = [vec![pooled()], funded(), contracted(), accepted(), audited(118_000_000), register];
    let suspended = |history: &Vec<Event>| {
        [history.clone(), vec![Event::ProjectSuspended { reason: "立案核查".to_owned() }]].concat()
    };
    let left = |history: &Vec<Event>| {
        [history.clone(), vec![Event::ProjectUnpooled { reason: "POLICY".to_owned(), acts: acts() }]].concat()
    };
    let said = |history: &[Event]| [suspend(1), resume(1), unpool()].map(|command| said(history, &command));
    assert_eq!(said(&[]), ["TOO_EARLY"; 3]);
    for history in known {
        assert_eq!(said(&history), ["ok", "TOO_EARLY", "ok"], "after {} facts", history.len());
        assert_eq!(said(&suspended(&history)), ["[]", "ok", "ok"], "after {} facts", history.len());
        assert_eq!(said(&left(&history)), ["ok", "TOO_EARLY", "[]"], "after {} facts", history.len());
    }
}

#[test]
fn c20_no_advance_once_completion_is_reported_nor_the_release_of_one() {
    let completion = Command::RecordCompletion { acts: acts() };
    let advance = || request(PaymentType::Advance, 100, "F1");
    for history in [vec![pooled()], funded()] {
        given::<Project>(history).when(completion.clone()).then_refused("TOO_EARLY");
    }
    let reported = |history: Vec<Event>| [history, vec![Event::CompletionReported { acts: acts() }]].concat();
    given::<Project>(contracted()).when(completion.clone()).then([Event::CompletionReported { acts: acts() }]);
    for known in [reported(contracted()), accepted()] {
        given::<Project>(known).when(completion.clone()).then([]);
    }
    let refusal = given::<Project>(reported(contracted()))
        .when(ask(FIRST, advance(), collective(), true))
        .then_refused("ADVANCE_AFTER_COMPLETION");
    assert_eq!(refusal.explain().fields[0].field, "type");
    let asked = reported([contracted(), vec![requested(FIRST, advance()), reviewed(FIRST)]].concat());
    let refusal = given::<Project>(asked)
        .when(complete(FIRST, TaskKind::PaymentRelease, Outcome::Approve, releaser()))
        .then_refused("ADVANCE_AFTER_COMPLETION");
    assert!(refusal.explain().fields.is_empty(), "a release has no such field");
}

#[test]
fn every_payment_state_against_every_decision_and_answer() {
    let chain = paid(FIRST, request(PaymentType::Advance, 100, "F1"));
    let uncertain = Event::PaymentUnknown { payment: FIRST, reason: "超时".to_owned(), at: AT };
    let failed = Event::PaymentFailed { payment: FIRST, reason: "账户已销户".to_owned(), at: AT };
    let back = given::<Project>([contracted(), chain[..1].to_vec()].concat())
        .when(complete(FIRST, TaskKind::PaymentReview, Outcome::Reject, reviewer()))
        .then_accepted()
        .0;
    let commands = [
        complete(FIRST, TaskKind::PaymentReview, Outcome::Approve, reviewer()),
        complete(FIRST, TaskKind::PaymentRelease, Outcome::Approve, releaser()),
        answer(FIRST, paid_answer()),
        answer(FIRST, Answer::Failed { reason: "账户已销户".to_owned() }),
        answer(FIRST, Answer::Unknown { reason: "超时".to_owned() }),
    ];
    let (wrong, decided) = ("WRONG_STATE", "ALREADY_DECIDED");
    let table = [
        (chain[..1].to_vec(), ["ok", decided, wrong, wrong, wrong]),
        (chain[..2].to_vec(), [decided, "ok", wrong, wrong, wrong]),
        (chain[..3].to_vec(), [decided, decided, "ok", "ok", "ok"]),
        ([chain[..3].to_vec(), vec![uncertain]].concat(), [decided, decided, "ok", "ok", "[]"]),
        (chain.clone(), [decided, decided, "[]", decided, "[]"]),
        ([chain[..3].to_vec(), vec![failed]].concat(), [decided, decided, decided, "[]", "[]"]),
        ([chain[..1].to_vec(), back].concat(), [decided, decided, wrong, wrong, wrong]),
    ];
    for (facts, expected) in table {
        let history = [contracted(), facts].concat();
        for (command, expected) in commands.iter().zip(expected) {
            assert_eq!(said(&history, command), expected, "after {:?}: {command:?}", history.last());
        }
    }
}

#[test]
fn a_contradiction_is_no_repeat() {
    let other_sum = approve_funding(finance(), approved_plan(), 1, 120_000_000);
    given::<Project>(funded()).when(other_sum).then_refused("ALREADY_DECIDED");
    given::<Project>(contracted()).when(sign_contract(collective(), 1)).then_refused("ALREADY_DECIDED");
    let acceptance = Command::RecordAcceptance { accepted: Fen::new(1), acts: acts() };
    given::<Project>(accepted()).when(acceptance).then_refused("ALREADY_DECIDED");
    given::<Project>(audited(118_000_000)).when(fix_final_account(auditor(), 1)).then_refused("ALREADY_DECIDED");
    given::<Project>(accepted()).when(fix_final_account(auditor(), 120_000_001)).then_refused("AUDIT_OVER_ACCEPTED");
    let mut registration = registration();
    registration.owner = "X".to_owned();
    let other_owner = Command::RecordAssetRegistration { registration, acts: acts() };
    given::<Project>([accepted(), vec![registered()]].concat()).when(other_owner).then_refused("ALREADY_DECIDED");
}

#[test]
fn money_rules_refuse_with_their_codes() {
    given::<Project>([pooled()])
        .when(approve_funding(finance(), approved_plan(), 119_999_999, i64::MAX))
        .then_refused("SUM_MISMATCH");
    let short = approve_funding(finance(), approved_plan(), 120_000_000, 119_999_999);
    given::<Project>([pooled()]).when(short).then_refused("INDICATOR_BALANCE");
    given::<Project>(funded()).when(sign_contract(collective(), 120_000_001)).then_refused("PRICE_OVER_APPROVAL");
}

#[test]
fn sod_2_applicant_reviewer_and_releaser_are_three_persons() {
    let advance = || request(PaymentType::Advance, 100, "F1");
    let both = |person: &str| -> Actor {
        let mut both = actor(person, Role::PaymentReviewer, "430921000000-FIN");
        both.posts.extend(releaser().posts);
        both.posts.extend(collective().posts);
        both
    };
    let asked = [contracted(), vec![requested(FIRST, advance())]].concat();
    let review = |actor| complete(FIRST, TaskKind::PaymentReview, Outcome::Approve, actor);
    let release = |actor| complete(FIRST, TaskKind::PaymentRelease, Outcome::Approve, actor);
    // Whoever asked may not review; whoever reviewed may not release; whoever judged the application or approved the
    // funding may do neither.
    given::<Project>(asked.clone()).when(review(both("col"))).then_refused("SOD");
    given::<Project>([asked.clone(), vec![reviewed(FIRST)]].concat()).when(release(both("rev"))).then_refused("SOD");
    for held in ["fin", "opinion"] {
        given::<Project>(asked.clone()).when(review(both(held))).then_refused("SOD");
    }
    given::<Project>(contracted()).when(ask(FIRST, advance(), both("lg"), true)).then_refused("SOD");
    // Nor on behalf of someone else (SOD-5).
    let mut stand_in = reviewer();
    stand_in.person = PersonId("x".to_owned());
    stand_in.on_behalf_of = Some(PersonId("col".to_owned()));
    given::<Project>(asked).when(review(stand_in)).then_refused("SOD");
}

#[test]
fn only_the_right_post_may() {
    let elsewhere = actor("y", Role::VillageCollective, "430921105202-COL");
    let advance = request(PaymentType::Advance, 100, "F1");
    given::<Project>([pooled()])
        .when(approve_funding(reviewer(), approved_plan(), 120_000_000, i64::MAX))
        .then_refused("SCOPE");
    given::<Project>(funded()).when(sign_contract(elsewhere.clone(), 100)).then_refused("SCOPE");
    given::<Project>(contracted()).when(ask(FIRST, advance.clone(), elsewhere, true)).then_refused("SCOPE");
    given::<Project>(accepted()).when(fix_final_account(finance(), 100)).then_refused("SCOPE");
    let asked = [contracted(), vec![requested(FIRST, advance)]].concat();
    given::<Project>(asked.clone())
        .when(complete(FIRST, TaskKind::PaymentReview, Outcome::Approve, releaser()))
        .then_refused("SCOPE");
    let other_office = actor("z", Role::PaymentReviewer, "430921000000-AGR");
    given::<Project>(asked)
        .when(complete(FIRST, TaskKind::PaymentReview, Outcome::Approve, other_office))
        .then_refused("SCOPE");
    let head = actor("town", Role::TownshipHead, "430921105000");
    given::<Project>(funded()).when(sign_contract(head, 100)).then_accepted();
}

/// A step of the treasury or of a person, chosen by chance.
fn any_command() -> impl Strategy<Value = Command> {
    let payment = || (0u128..4).prop_map(|n| Uuid::from_u128(0x31 + n));
    let amount = || 1i64..60_000_000;
    prop_oneof![
        (payment(), amount(), any::<bool>(), 0u8..6).prop_map(|(payment, amount, advance, invoice)| {
            let payment_type = if advance { PaymentType::Advance } else { PaymentType::Settlement };
            ask(payment, request(payment_type, amount, &format!("F{invoice}")), collective(), true)
        }),
        payment().prop_map(|payment| complete(payment, TaskKind::PaymentReview, Outcome::Approve, reviewer())),
        payment().prop_map(|payment| complete(payment, TaskKind::PaymentRelease, Outcome::Approve, releaser())),
        payment().prop_map(|payment| complete(payment, TaskKind::PaymentReview, Outcome::Return, reviewer())),
        payment().prop_map(|payment| answer(payment, paid_answer())),
        payment().prop_map(|payment| answer(payment, Answer::Failed { reason: "x".to_owned() })),
        payment().prop_map(|payment| answer(payment, Answer::Unknown { reason: "x".to_owned() })),
        (1u32..3).prop_map(suspend),
        (1u32..3).prop_map(resume),
        Just(Command::RecordAcceptance { accepted: Fen::new(120_000_000), acts: acts() }),
        Just(fix_final_account(auditor(), 118_000_000)),
        Just(Command::RecordAssetRegistration { registration: registration(), acts: acts() }),
    ]
}

proptest! {
    #[test]
    fn no_sequence_pays_twice_or_too_much(commands in prop::collection::vec(any_command(), 1..80)) {
        let mut state = Project::fold(&contracted());
        let (mut held, mut ended) = (BTreeMap::new(), BTreeMap::new());
        for command in commands {
            let Ok(events) = state.decide(command) else { continue };
            for event in &events {
                state = state.evolve(event);
                let money = state.money().expect("pooled");
                for posting in of_project(project().0, money, event) {
                    let transfer = posting.transfer().clone();
                    match posting {
                        Posting::Hold(_) => prop_assert!(held.insert(transfer.id, transfer.amount).is_none(), "held twice"),
                        Posting::Settle(_) | Posting::Void(_) => {
                            prop_assert_eq!(held.get(&transfer.id), Some(&transfer.amount));
                            prop_assert!(ended.insert(transfer.id, posting).is_none(), "ended twice");
                        }
                        Posting::Post(_) => prop_assert!(false, "a payment is held first"),
                    }
                }
            }
            let paid: Fen = ended.values().filter(|end| matches!(end, Posting::Settle(_))).map(|end| end.transfer().amount).sum();
            prop_assert!(paid <= Fen::new(120_000_000), "paid {}", paid);
        }
        let money = state.money().expect("pooled");
        let settled: Fen = money.payments.values().filter(|payment| payment.is_settled()).map(|payment| payment.request.amount).sum();
        let booked: Fen = ended.values().filter(|end| matches!(end, Posting::Settle(_))).map(|end| end.transfer().amount).sum();
        prop_assert_eq!(settled, booked);
        if money.payments.values().any(|payment| payment.counts() && payment.request.payment_type == PaymentType::Settlement) {
            let counted: Fen = money.payments.values().filter(|payment| payment.counts()).map(|payment| payment.request.amount).sum();
            prop_assert!(counted <= Fen::new(114_460_000), "counted {}", counted);
        }
    }
}
