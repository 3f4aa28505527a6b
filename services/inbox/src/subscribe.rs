//! What the room hears: a room needs a person, needs none any more, or none for a while.
//!
//! Pure: message in, command out. A message that can't be read is parked for a person, never guessed at.

use kernel::PersonId;
use prost_types::Timestamp;
use proto::inbox::v1::{TaskRequested, TaskRescheduled, TaskResumed, TaskSettled, TaskSuspended};
use runtime::{Unreadable, subscription::Facts};
use time::OffsetDateTime;
use translation::{decision::outcome, person, time::moment};
use uuid::Uuid;

use crate::{
    convert,
    domain::{Command, Recounted},
};

/// A room needs a person.
pub fn task_requested(message: TaskRequested, facts: &Facts<'_>) -> Result<(Uuid, Command), Unreadable> {
    let request = convert::request(message, &facts.pack.exclusions).map_err(Unreadable::new)?;
    Ok((request.task.0, Command::RaiseTask { request: Box::new(request), at: facts.now }))
}

/// A person has decided, or the ground of the task is gone.
pub fn task_settled(message: TaskSettled, _facts: &Facts<'_>) -> Result<(Uuid, Command), Unreadable> {
    let task = convert::task_id(&message.task_id).map_err(Unreadable::new)?;
    let command = match (outcome(message.outcome()), message.person_id.is_empty()) {
        (None, true) if message.overtaken => Command::OvertakeTask,
        (Some(outcome), false) => {
            let on_behalf_of = person::from_message(message.on_behalf_of_id);
            Command::CompleteTask { outcome, person: PersonId(message.person_id), on_behalf_of }
        }
        (None, true) => Command::CancelTask,
        (Some(_), true) => return Err(Unreadable::new("an outcome, but person_id is empty")),
        (None, false) => return Err(Unreadable::new("person_id, but no outcome")),
    };
    Ok((task.0, command))
}

/// The project is suspended.
pub fn task_suspended(message: TaskSuspended, _: &Facts<'_>) -> Result<(Uuid, Command), Unreadable> {
    let task = convert::task_id(&message.task_id).map_err(Unreadable::new)?;
    Ok((task.0, Command::SuspendTask { number: number(message.number)?, reason: message.reason }))
}

/// The project goes on.
pub fn task_resumed(message: TaskResumed, _: &Facts<'_>) -> Result<(Uuid, Command), Unreadable> {
    let task = convert::task_id(&message.task_id).map_err(Unreadable::new)?;
    let due_at = due(message.due_time)?;
    let (number, provisional) = (number(message.number)?, message.due_provisional);
    Ok((task.0, Command::ResumeTask { number, due_at, provisional }))
}

/// Its due time was counted again.
pub fn task_rescheduled(message: TaskRescheduled, _: &Facts<'_>) -> Result<(Uuid, Command), Unreadable> {
    let task = convert::task_id(&message.task_id).map_err(Unreadable::new)?;
    let ended = u32::try_from(message.suspensions_ended);
    let recounted = Recounted {
        number: number(message.number)?,
        suspensions_ended: ended.map_err(|_| Unreadable::new("suspensions_ended is negative"))?,
        due_at: due(message.due_time)?,
        provisional: message.due_provisional,
    };
    Ok((task.0, Command::RescheduleTask(recounted)))
}

fn due(time: Option<Timestamp>) -> Result<OffsetDateTime, Unreadable> {
    let due_at = time.as_ref().and_then(moment);
    due_at.ok_or_else(|| Unreadable::new("due_time is missing or no time"))
}

fn number(number: i32) -> Result<u32, Unreadable> {
    let positive = u32::try_from(number).ok().filter(|number| *number > 0);
    positive.ok_or_else(|| Unreadable::new(format_args!("number {number} is none: they begin with 1")))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kernel::decision::Outcome;
    use proto::common::v1::Outcome as OutcomeMessage;
    use runtime::testing::pack;

    use super::*;
    use crate::domain::fixtures::START;

    fn settled(outcome: OutcomeMessage, person: &str) -> Result<Command, String> {
        let pack = pack();
        let facts = Facts { now: START, pack: &Arc::clone(&pack) };
        let message = TaskSettled {
            task_id: Uuid::from_u128(7).to_string(),
            outcome: outcome.into(),
            person_id: person.into(),
            ..TaskSettled::default()
        };
        let (stream, command) = task_settled(message, &facts).map_err(|error| error.to_string())?;
        assert_eq!(stream, Uuid::from_u128(7));
        Ok(command)
    }

    #[test]
    fn a_settled_task_was_decided_by_someone_or_is_obsolete() {
        assert!(matches!(
            settled(OutcomeMessage::Return, "zhou"),
            Ok(Command::CompleteTask { outcome: Outcome::Return, person, on_behalf_of: None }) if person.0 == "zhou"
        ));
        assert!(matches!(settled(OutcomeMessage::Unspecified, ""), Ok(Command::CancelTask)));
        assert!(settled(OutcomeMessage::Approve, "").is_err(), "someone must have decided");
        assert!(settled(OutcomeMessage::Unspecified, "zhou").is_err(), "and something");
    }

    #[test]
    fn a_suspension_has_a_number_and_its_end_a_due_time() {
        let pack = pack();
        let facts = Facts { now: START, pack: &Arc::clone(&pack) };
        let task_id = Uuid::from_u128(7).to_string();
        let resting = TaskSuspended { task_id: task_id.clone(), number: 1, reason: "立案核查".into() };
        assert!(matches!(task_suspended(resting.clone(), &facts), Ok((_, Command::SuspendTask { number: 1, .. }))));
        assert!(task_suspended(TaskSuspended { number: 0, ..resting }, &facts).is_err());
        let due_time = Some(prost_types::Timestamp { seconds: START.unix_timestamp(), nanos: 0 });
        let going = TaskResumed { task_id, number: 2, due_time, due_provisional: true };
        let Ok((_, Command::ResumeTask { number, due_at, provisional })) = task_resumed(going.clone(), &facts) else {
            panic!("it can be read")
        };
        assert_eq!((number, due_at, provisional), (2, START, true));
        assert!(task_resumed(TaskResumed { due_time: None, ..going.clone() }, &facts).is_err());
        let TaskResumed { task_id, due_time, .. } = going;
        let again = TaskRescheduled { task_id, due_time, number: 1, ..TaskRescheduled::default() };
        let said = Recounted { number: 1, suspensions_ended: 0, due_at: START, provisional: false };
        assert!(
            matches!(task_rescheduled(again.clone(), &facts), Ok((_, Command::RescheduleTask(heard))) if heard == said)
        );
        for wrong in [
            TaskRescheduled { number: 0, ..again.clone() },
            TaskRescheduled { suspensions_ended: -1, ..again.clone() },
            TaskRescheduled { due_time: None, ..again },
        ] {
            assert!(task_rescheduled(wrong, &facts).is_err());
        }
    }
}
