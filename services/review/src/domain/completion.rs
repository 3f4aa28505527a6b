//! A reviewer decides a task (办理): who may, and which rule says what follows. What the decision must contain is
//! [`super::decision`]'s.

use std::sync::Arc;

use kernel::refusal::Common;

use super::{
    command::Complete,
    departments, dispensation,
    event::Event,
    leading_group, office, overdue,
    panel::{convening, sitting},
    record::{Asked, Opinion, TaskKind},
    refusal::Refusal,
    state::{Stage, State},
};

/// A reviewer decides a task.
///
/// # Errors
/// Who may not, what is decided already, and what the decision lacks, in that order.
pub fn complete(state: &State, complete: Complete) -> Result<Vec<Event>, Refusal> {
    let asked = open_task(state, &complete)?;
    let pack = Arc::clone(&complete.pack);
    let rules = pack.rules_of(state.referral.subject.fiscal_year)?;
    match asked.task_kind {
        TaskKind::DepartmentReview => departments::give_opinion(state, asked, rules, complete),
        TaskKind::CountyOfficeDecision => office::decide(state, asked, rules, complete),
        TaskKind::LeadingGroupDecision => leading_group::decide(state, asked, rules, complete),
        TaskKind::OverdueSupervision => overdue::supervise(state, asked, rules, complete),
        TaskKind::OpinionDispensation => dispensation::dispense(state, asked, rules, complete),
        TaskKind::PanelConvening => convening::convene(state, asked, rules, complete),
        TaskKind::ExpertReview => sitting::judge(state, asked, rules, complete),
    }
}

/// The open task that is to be decided, when this actor may decide it.
fn open_task<'a>(state: &'a State, complete: &Complete) -> Result<&'a Asked, Refusal> {
    let Opinion { asked, decision, lapsed, overdue, .. } = state
        .opinions
        .iter()
        .find(|opinion| opinion.asked.task == complete.task && opinion.asked.task_kind == complete.task_kind)
        .ok_or(Common::NotFound { what: "待办 task" })?;
    complete.actor.require(&asked.post)?;
    if let Some(person) = asked.assignee.as_ref().filter(|person| **person != complete.actor.person) {
        return Err(Common::scope(&complete.actor, format!("{}({person})", asked.post)).into());
    }
    state.suspensions.permit()?;
    if decision.is_some() {
        return Err(Common::AlreadyDecided.into());
    }
    if *lapsed && *overdue && !matches!(state.stage, Stage::Withdrawn { .. }) {
        // It was late, and the answers of the others were joined without it.
        return Err(Common::AlreadyDecided.into());
    }
    if *lapsed {
        return Err(Common::WrongState { state: state.stage.code(), command: "CompleteTask" }.into());
    }
    complete.decision.check_revision(asked.content_revision)?;
    state.duties.permit(&complete.actor, asked.task_kind.duty(), &complete.pack.exclusions)?;
    match state.others(asked).find(|(_, decision)| decision.involves(&complete.actor)) {
        Some((held, _)) => Err(Refusal::TwoDepartments {
            person: complete.actor.person.clone(),
            held: held.clone(),
            tried: asked.post.clone(),
        }),
        None => Ok(asked),
    }
}
