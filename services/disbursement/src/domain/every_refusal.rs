//! All that speaks against a decision on a payment at once (一次性告知), for whoever tries it without making it: the decision's own
//! faults, and for a release the gates, each asked for itself.

use kernel::{decision::Outcome, refusal::Common};

use super::{
    Project, Refusal, gates,
    payment::TaskKind,
    project::{Command, File, command::CompleteTask},
    refusal::unfielded,
};

/// What speaks against a command besides what was refused `first`.
#[must_use]
pub fn besides(project: &Project, command: &Command, first: &Refusal) -> Vec<Refusal> {
    let (Project::Known(file), Command::CompleteTask(complete)) = (project, command) else { return Vec::new() };
    // Where the step is out of place, mending the rest would not help.
    if matches!(first, Refusal::Common(Common::WrongState { .. } | Common::AlreadyDecided)) {
        return Vec::new();
    }
    of_decision(file, complete).into_iter().map(Into::into).collect()
}

fn of_decision(file: &File, complete: &CompleteTask) -> Vec<Common> {
    let CompleteTask { decision, subject_revision, task_kind, notice_closed, rules, .. } = complete;
    let said = decision.check(*subject_revision, rules).err();
    let released = *task_kind == TaskKind::PaymentRelease && decision.outcome == Outcome::Approve;
    let payment = file.payment_of(complete).filter(|_| released);
    let gates = payment.into_iter().flat_map(|payment| {
        let asked = &payment.request;
        let gates = [
            gates::check_state(file, asked.payment_type),
            gates::check(file, asked, Some(payment.id), *notice_closed, rules),
        ];
        gates.into_iter().filter_map(|gate| gate.err().map(unfielded))
    });
    said.into_iter().chain(gates).collect()
}
