//! What the room hears: a room needs a person, or needs none any more.
//!
//! Pure: message in, command out. A message that can't be read is parked for a person, never guessed at.

use kernel::PersonId;
use proto::inbox::v1::{TaskRequested, TaskSettled};
use runtime::{Unreadable, subscription::Facts};
use uuid::Uuid;

use crate::{convert, domain::Command};

/// A room needs a person.
pub fn task_requested(message: TaskRequested, facts: &Facts<'_>) -> Result<(Uuid, Command), Unreadable> {
    let request = convert::request(message).map_err(Unreadable::new)?;
    Ok((request.task.0, Command::RaiseTask { request: Box::new(request), at: facts.now }))
}

/// A person has decided, or the ground of the task is gone.
pub fn task_settled(message: TaskSettled, _facts: &Facts<'_>) -> Result<(Uuid, Command), Unreadable> {
    let task = convert::task_id(&message.task_id).map_err(Unreadable::new)?;
    let command = match (convert::outcome(message.outcome()), message.person_id.is_empty()) {
        (Some(outcome), false) => Command::CompleteTask { outcome, person: PersonId(message.person_id) },
        (None, true) => Command::CancelTask,
        (Some(_), true) => return Err(Unreadable::new("an outcome, but person_id is empty")),
        (None, false) => return Err(Unreadable::new("person_id, but no outcome")),
    };
    Ok((task.0, command))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kernel::decision::Outcome;
    use proto::inbox::v1::Outcome as OutcomeMessage;
    use runtime::testing::pack;

    use super::*;
    use crate::domain::fixtures::START;

    fn settled(outcome: OutcomeMessage, person: &str) -> Result<Command, String> {
        let pack = pack();
        let facts = Facts { now: START, pack: &Arc::clone(&pack) };
        let message =
            TaskSettled { task_id: Uuid::from_u128(7).to_string(), outcome: outcome.into(), person_id: person.into() };
        let (stream, command) = task_settled(message, &facts).map_err(|error| error.to_string())?;
        assert_eq!(stream, Uuid::from_u128(7));
        Ok(command)
    }

    #[test]
    fn a_settled_task_was_decided_by_someone_or_is_obsolete() {
        assert!(matches!(
            settled(OutcomeMessage::Return, "zhou"),
            Ok(Command::CompleteTask { outcome: Outcome::Return, person }) if person.0 == "zhou"
        ));
        assert!(matches!(settled(OutcomeMessage::Unspecified, ""), Ok(Command::CancelTask)));
        assert!(settled(OutcomeMessage::Approve, "").is_err(), "someone must have decided");
        assert!(settled(OutcomeMessage::Unspecified, "zhou").is_err(), "and something");
    }
}
