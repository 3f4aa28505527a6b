//! What an actor may do with a task now, so that no client hard-codes buttons.
//!
//! The machine itself is asked, so that what is offered and what is allowed can't drift apart. A hint, not a promise:
//! another may be faster, and whether a decision is complete is only seen when it comes.

use kernel::{Actor, PersonId};
use time::OffsetDateTime;

use super::{
    claim::{UNCLAIMED, claim, release},
    completion::may_decide,
    state::State,
};

/// Methods of `TaskService` that would not be refused to this actor now, in the order of a task's way.
#[must_use]
pub fn next_actions(state: &State, actor: &Actor, at: OffsetDateTime) -> Vec<&'static str> {
    let claims = state.is_open() && claim(state, actor, at).is_ok();
    let token = if is_held_by(state, &actor.person, at) { state.latest_token } else { UNCLAIMED };
    let releases = release(state, actor, state.latest_token).is_ok_and(|events| !events.is_empty());
    let completes = may_decide(state, actor, token, at).is_ok();
    let offered = [("ClaimTask", claims), ("ReleaseTask", releases), ("CompleteTask", completes)];
    offered.into_iter().filter_map(|(method, possible)| possible.then_some(method)).collect()
}

fn is_held_by(state: &State, person: &PersonId, at: OffsetDateTime) -> bool {
    state.stage.lease(at).is_some_and(|lease| lease.holder == *person)
}

#[cfg(test)]
mod tests {
    use kernel::{Decider as _, decision::Outcome};
    use time::Duration;

    use super::next_actions;
    use crate::domain::{
        Event, Lease, Task,
        claim::LENGTH,
        fixtures::{START, drafter, raised, stranger, wu, zhou},
    };

    /// What each of the four is offered, so many minutes after the start.
    fn offered(events: impl IntoIterator<Item = Event>, minutes: i64) -> [Vec<&'static str>; 4] {
        let events: Vec<Event> = std::iter::once(raised()).chain(events).collect();
        let Task::Raised(task) = Task::fold(&events) else { panic!("it is raised") };
        [zhou(), wu(), drafter(), stranger()]
            .map(|actor| next_actions(&task, &actor, START + Duration::minutes(minutes)))
    }

    const NOTHING: Vec<&str> = Vec::new();

    #[test]
    fn everyone_is_offered_what_the_machine_would_take() {
        let free = || vec!["ClaimTask", "CompleteTask"];
        let claimed = || Event::TaskClaimed {
            lease: Lease { holder: zhou().person, on_behalf_of: None, token: 1, until: START + LENGTH },
        };
        let release = Event::TaskReleased { person: zhou().person };
        let completed = Event::TaskCompleted { outcome: Outcome::Approve, person: zhou().person, on_behalf_of: None };
        let suspended = Event::TaskSuspended { reason: "举报核查".into() };
        let mine = vec!["ClaimTask", "ReleaseTask", "CompleteTask"];

        assert_eq!(offered([], 1), [free(), free(), NOTHING, NOTHING], "free");
        assert_eq!(offered([claimed()], 1), [mine.clone(), NOTHING, NOTHING, NOTHING], "held");
        assert_eq!(offered([claimed()], 31), [mine, free(), NOTHING, NOTHING], "the lease has ended");
        assert_eq!(offered([claimed(), release], 1), [free(), free(), NOTHING, NOTHING], "given back");
        for closed in [completed, Event::TaskObsoleted, suspended] {
            assert_eq!(offered([claimed(), closed.clone()], 1), [NOTHING; 4], "{closed:?}");
        }
    }
}
