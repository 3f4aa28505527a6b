//! All that speaks against a decision on a payment at once (一次性告知), for whoever tries it without making it: the decision's own
//! faults, and for a release the gates, each asked for itself.

use kernel::{decision::Outcome, refusal::Common};

use super::{
    Project, Refusal, decision, gates, payment,
    project::{Command, command::CompleteTask, state::Money},
    record::TaskKind,
    refusal::unfielded,
};

/// What speaks against a command besides what was refused `first`.
#[must_use]
pub fn besides(project: &Project, command: &Command, first: &Refusal) -> Vec<Refusal> {
    let (Project::Known(money), Command::CompleteTask(complete)) = (project, command) else { return Vec::new() };
    // Where the step is out of place, mending the rest would not help.
    if matches!(first, Refusal::Common(Common::WrongState { .. } | Common::AlreadyDecided)) {
        return Vec::new();
    }
    of_decision(money, complete).into_iter().map(Into::into).collect()
}

fn of_decision(money: &Money, complete: &CompleteTask) -> Vec<Common> {
    let CompleteTask { decision, subject_revision, task_kind, notice_closed, rules, .. } = complete;
    let said = decision::check(decision, *subject_revision, rules).err();
    let released = *task_kind == TaskKind::PaymentRelease && decision.outcome == Outcome::Approve;
    let payment = payment::payment_of(money, complete).filter(|_| released);
    let gates = payment.into_iter().flat_map(|payment| {
        let asked = &payment.request;
        let gates = [
            gates::check_state(money, asked.payment_type),
            gates::check(money, asked, Some(payment.id), *notice_closed, rules),
        ];
        gates.into_iter().filter_map(|gate| gate.err().map(unfielded))
    });
    said.into_iter().chain(gates).collect()
}
