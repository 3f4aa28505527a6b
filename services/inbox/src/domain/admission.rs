//! Who may work on a task, and who may read it: the holders of the post that was asked, none of whom a duty or the asking room
//! bars; and whoever holds or decided it.

use kernel::{Actor, PersonId, refusal::Common};

use super::{
    record::Lease,
    refusal::Refusal,
    state::{Stage, State},
};

/// The actor holds the candidate post, and no duty of the actor or the person acted for forbids it.
///
/// # Errors
/// `SCOPE`, `SOD`.
pub fn admit(state: &State, actor: &Actor) -> Result<(), Refusal> {
    actor.require(&state.request.candidate)?;
    match bars(state, actor) {
        Some(person) => Err(Refusal::Excluded { person: person.clone() }),
        None => Ok(()),
    }
}

/// The person whose duty, or other reason, keeps this actor from the task; none when nothing does.
#[must_use]
pub fn bars<'a>(state: &State, actor: &'a Actor) -> Option<&'a PersonId> {
    actor.persons().find(|person| state.request.excluded.contains(person))
}

/// Whether this actor may read the task: holds its post, or holds or decided the task itself.
///
/// # Errors
/// `SCOPE`.
pub fn may_read(state: &State, actor: &Actor) -> Result<(), Common> {
    match &state.stage {
        Stage::Reserved(Lease { holder: person, .. }) | Stage::Completed { person, .. } if *person == actor.person => {
            Ok(())
        }
        Stage::Ready { .. } | Stage::Reserved(_) | Stage::Completed { .. } | Stage::Obsolete => {
            actor.require(&state.request.candidate)
        }
    }
}

#[cfg(test)]
mod tests {
    use kernel::decision::Outcome;

    use super::*;
    use crate::domain::{
        Event,
        fixtures::{claimed, drafter, stranger, task, wu, zhou},
    };

    #[test]
    fn a_task_is_read_by_its_post_its_holder_and_who_decided_it() {
        let readers = [zhou(), wu(), drafter(), stranger()];
        let seen = |task: &State| readers.each_ref().map(|reader| may_read(task, reader).is_ok());
        assert_eq!(seen(&task([])), [true, true, true, false]);
        assert_eq!(seen(&task([claimed(&stranger(), 1)])), [true; 4], "the post may have been lost since");
        let decided = Event::TaskCompleted { outcome: Outcome::Approve, person: stranger().person, on_behalf_of: None };
        assert_eq!(seen(&task([decided])), [true; 4]);
    }
}
