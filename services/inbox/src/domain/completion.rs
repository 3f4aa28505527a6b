//! A decision on a task (办理), before and after the room that asked: [`may_complete`] is asked before that room is, what it
//! accepted is then recorded by [`complete`].
//!
//! A decision counts under the latest claim, or while nobody holds the task, without one: whoever reads long claims first,
//! whoever knows decides at once.

use kernel::{Actor, PersonId, decision::Outcome, refusal::Common};
use time::OffsetDateTime;

use super::{
    admission::admit,
    claim::{UNCLAIMED, already_claimed, lease_lost},
    event::Event,
    refusal::Refusal,
    state::{Stage, State},
};

/// Whether the asking room may be asked to take this decision: scope, duty, then claim. What the decision contains is that
/// room's to judge, by its rules.
///
/// A task that this person has already decided so may be asked about again: the room knows a repeat by its receipt.
///
/// # Errors
/// `SCOPE`, `SOD`, `SUSPENDED`, `ALREADY_CLAIMED`, `LEASE_LOST` or `ALREADY_DECIDED`.
pub fn may_complete(
    state: &State,
    actor: &Actor,
    token: i64,
    outcome: Outcome,
    at: OffsetDateTime,
) -> Result<(), Refusal> {
    if let Stage::Completed { outcome: decided, person, .. } = &state.stage
        && (*decided, person) == (outcome, &actor.person)
    {
        return Ok(());
    }
    may_decide(state, actor, token, at)
}

/// Whether this actor may decide it at all, under this token.
///
/// # Errors
/// As [`may_complete`].
pub fn may_decide(state: &State, actor: &Actor, token: i64, at: OffsetDateTime) -> Result<(), Refusal> {
    admit(state, actor)?;
    state.permit()?;
    match &state.stage {
        Stage::Reserved(lease) if lease.is_held(&actor.person, token, at) => Ok(()),
        // Without a claim a free task is decided at once: of several, the asking room takes the first.
        Stage::Ready { .. } if token == UNCLAIMED => Ok(()),
        Stage::Reserved(lease) if token == UNCLAIMED && !lease.stands(at) => Ok(()),
        // Somebody holds it, whoever that is: without the claim's token it is not for others to decide.
        Stage::Reserved(lease) if token == UNCLAIMED => Err(already_claimed(lease)),
        Stage::Reserved(_) | Stage::Ready { .. } => Err(lease_lost(state, token)),
        Stage::Completed { .. } => Err(Common::AlreadyDecided.into()),
        Stage::Obsolete => Err(state.closed("CompleteTask").into()),
    }
}

/// The asking room has taken the decision, whoever holds the task by now: what it says is so.
///
/// # Errors
/// `ALREADY_DECIDED` for another decision, `WRONG_STATE` for a task that ended without one.
pub fn complete(
    state: &State,
    outcome: Outcome,
    person: PersonId,
    on_behalf_of: Option<PersonId>,
) -> Result<Vec<Event>, Refusal> {
    match &state.stage {
        Stage::Ready { .. } | Stage::Reserved(_) => Ok(vec![Event::TaskCompleted { outcome, person, on_behalf_of }]),
        Stage::Completed { outcome: decided, person: by, .. } if (*decided, by) == (outcome, &person) => Ok(Vec::new()),
        Stage::Completed { .. } => Err(Common::AlreadyDecided.into()),
        Stage::Obsolete => Err(state.wrong_state("CompleteTask").into()),
    }
}

/// It ends so, without a decision.
///
/// # Errors
/// `ALREADY_DECIDED`.
pub fn cancel(state: &State, end: Event) -> Result<Vec<Event>, Refusal> {
    match &state.stage {
        Stage::Ready { .. } | Stage::Reserved(_) => Ok(vec![end]),
        Stage::Obsolete => Ok(Vec::new()),
        Stage::Completed { .. } => Err(Common::AlreadyDecided.into()),
    }
}

#[cfg(test)]
mod tests {
    use kernel::Refusal as _;
    use time::Duration;

    use super::*;
    use crate::domain::fixtures::{START, claimed, drafter, stranger, task, wu, zhou};

    use Outcome::{Approve, Reject};

    fn code(task: &State, actor: &Actor, token: i64, outcome: Outcome, minutes: i64) -> &'static str {
        let verdict = may_complete(task, actor, token, outcome, START + Duration::minutes(minutes));
        verdict.err().map_or("", |refusal| refusal.explain().code)
    }

    #[test]
    fn only_the_holder_decides_under_a_claim_that_stands() {
        let held = task([claimed(&zhou(), 1)]);
        assert_eq!(code(&held, &zhou(), 1, Approve, 29), "");
        assert_eq!(code(&held, &zhou(), 1, Approve, 30), "LEASE_LOST", "the lease has ended");
        assert_eq!(code(&held, &zhou(), 2, Approve, 1), "LEASE_LOST", "not this claim");
        assert_eq!(code(&held, &wu(), 1, Approve, 1), "LEASE_LOST", "someone else holds it");
        assert_eq!(code(&task([]), &zhou(), 1, Approve, 1), "LEASE_LOST", "never claimed");
        assert_eq!(code(&held, &stranger(), 1, Approve, 1), "SCOPE");
        assert_eq!(code(&held, &drafter(), 1, Approve, 1), "SOD");
        let released = task([claimed(&zhou(), 1), Event::TaskReleased { person: zhou().person }]);
        assert_eq!(code(&released, &zhou(), 1, Approve, 1), "LEASE_LOST", "given back");
    }

    #[test]
    fn a_free_task_is_decided_without_a_claim_by_whoever_might_claim_it() {
        let held = task([claimed(&zhou(), 1)]);
        assert_eq!(code(&task([]), &zhou(), UNCLAIMED, Approve, 1), "");
        assert_eq!(code(&held, &wu(), UNCLAIMED, Approve, 29), "ALREADY_CLAIMED", "someone holds it");
        assert_eq!(code(&held, &zhou(), UNCLAIMED, Approve, 29), "ALREADY_CLAIMED", "and it needs the token");
        assert_eq!(code(&held, &wu(), UNCLAIMED, Approve, 30), "", "that lease has ended");
        assert_eq!(code(&task([]), &stranger(), UNCLAIMED, Approve, 1), "SCOPE");
        assert_eq!(code(&task([]), &drafter(), UNCLAIMED, Approve, 1), "SOD");
    }

    #[test]
    fn the_room_may_be_asked_again_about_the_same_decision_only() {
        let decided = task([Event::TaskCompleted { outcome: Approve, person: zhou().person, on_behalf_of: None }]);
        assert_eq!(code(&decided, &zhou(), 1, Approve, 99), "", "the room knows the repeat by its receipt");
        assert_eq!(code(&decided, &zhou(), 1, Reject, 1), "ALREADY_DECIDED");
        assert_eq!(code(&decided, &wu(), 1, Approve, 1), "ALREADY_DECIDED");
        assert_eq!(code(&decided, &stranger(), 1, Approve, 1), "SCOPE");
        assert_eq!(code(&task([Event::TaskObsoleted]), &zhou(), 1, Approve, 1), "WRONG_STATE");
    }
}
