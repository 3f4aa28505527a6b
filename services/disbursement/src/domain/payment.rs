//! A payment (支付, §6): asked for, reviewed, released, instructed, and settled at most once.
//!
//! `REQUESTED → REVIEWED → INSTRUCTED → SETTLED | FAILED`, with `REFUSED` by a person and `UNKNOWN` while the treasury's
//! answer is missing. Payments live in their project's stream; what may be paid stands in [`super::gates`],
//! what the treasury's answer means in `project/treasury.rs`.

use kernel::{Duty, Role, decision::Outcome, refusal::Common};

use super::{
    Refusal, decision, gates,
    project::{
        command::{CompleteTask, RequestPayment},
        event::Event,
        state::{Money, Payment},
    },
    record::{Signature, TaskKind},
    refusal::unfielded,
};

/// The village's collective asks for a payment.
pub(super) fn request(money: &Money, command: RequestPayment) -> Result<Vec<Event>, Common> {
    let RequestPayment { payment, request, notice_closed, review, actor, exclusions, rules, at } = command;
    actor.require_over(Role::VillageCollective, money.pooled.village)?;
    if money.payments.contains_key(&payment) {
        return Err(Common::Exists { what: "支付 payment" });
    }
    money.suspensions.permit()?;
    gates::check_state(money, request.payment_type)?;
    money.duties.permit(&actor, Duty::Applicant, &exclusions)?;
    gates::check(money, &request, None, notice_closed, &rules)?;
    Ok(vec![Event::PaymentRequested { payment, request, assignment: review, by: Signature::of(&actor), at }])
}

/// A reviewer or a releaser decides.
pub(super) fn complete(money: &Money, command: CompleteTask) -> Result<Vec<Event>, Refusal> {
    let task_kind = command.task_kind;
    let payment = payment_of(money, &command).ok_or(Common::NotFound { what: "待办 task" })?;
    command.actor.require_over(task_kind.role(), money.pooled.village.county())?;
    money.suspensions.permit()?;
    let awaited = payment.awaits().filter(|(awaited, _)| *awaited == task_kind);
    let (_, assignment) = awaited.ok_or(Common::AlreadyDecided)?;
    command.actor.require(&assignment.post)?;
    money.duties.permit(&command.actor, task_kind.duty(), &command.exclusions)?;
    decision::check(&command.decision, command.subject_revision, &command.rules)?;
    match command.decision.outcome {
        Outcome::Approve => approve(money, payment, command),
        Outcome::Return | Outcome::Reject => {
            let (by, at, decision) = (Signature::of(&command.actor), command.at, command.decision);
            Ok(vec![Event::PaymentRefused { payment: payment.id, task_kind, decision, by, at }])
        }
    }
}

fn approve(money: &Money, payment: &Payment, command: CompleteTask) -> Result<Vec<Event>, Refusal> {
    let CompleteTask { task_kind, decision, notice_closed, release, actor, rules, at, .. } = command;
    let by = Signature::of(&actor);
    match task_kind {
        TaskKind::PaymentReview => {
            Ok(vec![Event::PaymentReviewed { payment: payment.id, decision, assignment: release, by, at }])
        }
        TaskKind::PaymentRelease => {
            // What was true when it was asked for may have changed since: the last gate is the one that counts.
            let asked = &payment.request;
            let state = gates::check_state(money, asked.payment_type);
            state
                .and_then(|()| gates::check(money, asked, Some(payment.id), notice_closed, &rules))
                .map_err(unfielded)?;
            Ok(vec![Event::PaymentInstructed { payment: payment.id, decision, by, at }])
        }
    }
}

/// The payment that a decision is about.
pub(super) fn payment_of<'a>(money: &'a Money, command: &CompleteTask) -> Option<&'a Payment> {
    let project = money.pooled.project.0;
    money.payments.values().find(|payment| command.task_kind.task(project, payment.id) == command.task)
}
