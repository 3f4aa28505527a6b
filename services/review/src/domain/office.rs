//! The county office decides what becomes of a project that a department or the panel rejected (处理部门否决意见): it rejects
//! or returns, and never turns a no into a yes.

use kernel::{YearRules, decision::Outcome};

use super::{
    command::Complete,
    decision::{check, not_offered},
    event::Event,
    record::{Asked, DecisionRecord},
    refusal::Refusal,
    returns::returned,
    state::State,
};

/// The office rejects or returns.
///
/// # Errors
/// `OUTCOME`, and what the decision lacks.
pub fn decide(state: &State, asked: &Asked, rules: &YearRules, complete: Complete) -> Result<Vec<Event>, Refusal> {
    let Complete { task, decision, actor, at, .. } = complete;
    check(&decision, asked, rules)?;
    let outcome = decision.outcome;
    let decided = Event::OfficeDecided { task, decision: DecisionRecord::of(decision, &actor, at) };
    match outcome {
        Outcome::Approve => Err(not_offered(asked.task_kind, outcome).into()),
        Outcome::Return => Ok(returned(state, decided)),
        Outcome::Reject => Ok(vec![decided, Event::CaseRejected]),
    }
}
