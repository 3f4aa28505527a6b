//! What intake decides about a pooled project: suspended (暂停、冻结, X5), resumed, out of the pool (出库, X4). Here it is heard.
//!
//! While it is suspended no person's step is taken, and payment tasks rest. What others say is so all the same: an order that
//! the treasury has is settled when the treasury says so. What left the pool gets no plan, money or contract any more; a
//! contract that was signed before is built and paid.

use kernel::{Duties, SuspensionStep, refusal::Common};

use super::{command::Suspended, event::Event, heard, state::Money};

/// A suspension that is heard before the project is known here.
///
/// # Errors
/// [`Common::TooEarly`] when its pooling is still on the way.
pub(super) fn before_pooling(suspended: &Suspended) -> Result<Vec<Event>, Common> {
    if suspended.pooled { Err(Common::TooEarly { what: "项目入库 pooling" }) } else { Ok(Vec::new()) }
}

/// A suspension of a project that is known, if it is news.
pub(super) fn hear(money: &Money, suspended: Suspended) -> Result<Vec<Event>, Common> {
    let Suspended { number, pooled: _, step, acts } = suspended;
    if !money.suspensions.is_news(number, &step)? {
        return Ok(Vec::new());
    }
    let heard = match step {
        SuspensionStep::Begin { reason } => Event::ProjectSuspended { reason },
        SuspensionStep::End { days } => Event::ProjectResumed { days },
    };
    Ok([heard].into_iter().chain(heard::acts(money, &acts)).collect())
}

/// The project has left the pool.
pub(super) fn unpooled(money: &Money, reason: String, acts: Duties) -> Vec<Event> {
    // A project leaves the pool once; the message may come again.
    if money.unpooled.is_some() { Vec::new() } else { vec![Event::ProjectUnpooled { reason, acts }] }
}

#[cfg(test)]
mod tests {
    use kernel::{Decider as _, Fen, decision::Outcome, testing::given};

    use super::*;
    use crate::domain::{
        PaymentRequest, PaymentType, Project, TaskKind,
        fixtures::{acts, auditor, collective, finance, pooled as approved, releaser, reviewer},
        project::{Command, story::*},
    };

    fn suspended(history: Vec<Event>) -> Vec<Event> {
        [history, vec![Event::ProjectSuspended { reason: "立案核查".into() }]].concat()
    }

    fn resumed(history: Vec<Event>) -> Vec<Event> {
        [suspended(history), vec![Event::ProjectResumed { days: 7 }]].concat()
    }

    fn unpooled(history: Vec<Event>) -> Vec<Event> {
        [history, vec![Event::ProjectUnpooled { reason: "POLICY".into(), acts: acts() }]].concat()
    }

    fn advance() -> PaymentRequest {
        request(PaymentType::Advance, 100, "F1")
    }

    #[test]
    fn no_person_s_step_is_taken_while_it_is_suspended() {
        let asked = [contracted(), vec![requested(FIRST, advance())]].concat();
        let checked = [asked.clone(), vec![reviewed(FIRST)]].concat();
        let review = |outcome| complete(FIRST, TaskKind::PaymentReview, outcome, reviewer());
        let table = [
            (vec![pooled()], approve_funding(finance(), approved_plan(), 120_000_000, 120_000_000)),
            (funded(), sign_contract(collective(), 120_000_000)),
            (contracted(), ask(FIRST, advance(), collective(), true)),
            (asked.clone(), review(Outcome::Approve)),
            (asked.clone(), review(Outcome::Return)),
            (checked, complete(FIRST, TaskKind::PaymentRelease, Outcome::Approve, releaser())),
            (accepted(), fix_final_account(auditor(), 118_000_000)),
        ];
        for (history, command) in table {
            given::<Project>(suspended(history.clone())).when(command.clone()).then_refused("SUSPENDED");
            given::<Project>(resumed(history)).when(command).then_accepted();
        }
        given::<Project>(suspended(asked))
            .when(complete(FIRST, TaskKind::PaymentReview, Outcome::Approve, collective()))
            .then_refused("SCOPE");
    }

    #[test]
    fn what_others_say_is_so_also_while_it_is_suspended() {
        let ordered = [contracted(), paid(FIRST, advance())[..3].to_vec()].concat();
        given::<Project>(suspended(ordered)).when(answer(FIRST, paid_answer())).then([settled(FIRST)]);
        let acceptance = Command::RecordAcceptance { accepted: Fen::new(120_000_000), acts: acts() };
        given::<Project>(suspended(contracted())).when(acceptance).then_accepted();
        let register = Command::RecordAssetRegistration { registration: registration(), acts: acts() };
        given::<Project>(suspended(accepted())).when(register).then_accepted();
    }

    #[test]
    fn a_payment_s_task_goes_on_due_later() {
        let asked = [contracted(), vec![requested(FIRST, advance())]].concat();
        let due = |history: &[Event]| {
            let state = Project::fold(history);
            let payment = &state.money().expect("it is pooled").payments[&FIRST];
            (payment.awaits().expect("it is awaited").1.due, payment.suspended)
        };
        let (before, _) = due(&asked);
        assert_eq!(due(&resumed(asked.clone())), (before.later(7), 1));
        let next = [resumed(asked), vec![reviewed(FIRST)]].concat();
        assert_eq!(due(&next).1, 0, "the release is a task of its own");
    }

    #[test]
    fn what_comes_out_of_order_waits_and_what_comes_twice_has_one_effect() {
        for command in [suspend(1), resume(1), unpool()] {
            given::<Project>([]).when(command).then_refused("TOO_EARLY");
        }
        let never_here =
            Suspended { number: 1, pooled: false, step: SuspensionStep::End { days: 7 }, acts: Duties::default() };
        given::<Project>([]).when(Command::HearSuspension(never_here)).then([]);
        given::<Project>([pooled()]).when(resume(1)).then_refused("TOO_EARLY");
        given::<Project>([pooled()]).when(suspend(2)).then_refused("TOO_EARLY");
        given::<Project>(suspended(vec![pooled()])).when(suspend(1)).then([]);
        given::<Project>(suspended(vec![pooled()])).when(suspend(2)).then_refused("TOO_EARLY");
        given::<Project>(resumed(vec![pooled()])).when(resume(1)).then([]);
        given::<Project>(resumed(vec![pooled()])).when(suspend(2)).then_accepted();
        let mut known = approved(120_000_000, 0);
        known.suspensions = 1;
        let counted = vec![Event::ProjectPooled { pooled: known, acts: acts() }];
        given::<Project>(counted.clone()).when(suspend(1)).then([]);
        given::<Project>(counted).when(suspend(2)).then_accepted();
    }

    #[test]
    fn what_left_the_pool_gets_no_money_and_no_contract() {
        given::<Project>([pooled()]).when(unpool()).then(unpooled(Vec::new()));
        given::<Project>(unpooled(vec![pooled()])).when(unpool()).then([]);
        given::<Project>(unpooled(vec![pooled()]))
            .when(approve_funding(finance(), approved_plan(), 120_000_000, 120_000_000))
            .then_refused("NOT_IN_POOL");
        given::<Project>(unpooled(funded())).when(sign_contract(collective(), 120_000_000)).then_refused("NOT_IN_POOL");
        // The contract was signed before that was heard: it is kept.
        given::<Project>(unpooled(contracted())).when(ask(FIRST, advance(), collective(), true)).then_accepted();
    }
}
