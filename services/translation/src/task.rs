//! What the inbox is told of a task that a room has asked for, after the request itself: decided, no longer needed, resting,
//! going on, due at another time.

use kernel::{Due, PersonId, TaskId, decision::Outcome};
use proto::inbox::v1::{TaskRescheduled, TaskResumed, TaskSettled, TaskSuspended};

use crate::{decision::outcome_message, field::number, person, time::timestamp};

/// Somebody has decided it.
#[must_use]
pub fn settled(task: TaskId, outcome: Outcome, person: &PersonId, on_behalf_of: Option<&PersonId>) -> TaskSettled {
    TaskSettled {
        task_id: task.to_string(),
        outcome: outcome_message(outcome).into(),
        person_id: person.0.clone(),
        on_behalf_of_id: person::to_message(on_behalf_of),
        overtaken: false,
    }
}

/// It needs nobody any more; `overtaken` when the matter was decided without it.
#[must_use]
pub fn obsolete(task: TaskId, overtaken: bool) -> TaskSettled {
    TaskSettled { task_id: task.to_string(), overtaken, ..TaskSettled::default() }
}

/// It rests, for the nth time.
#[must_use]
pub fn suspended(task: TaskId, nth: u32, reason: &str) -> TaskSuspended {
    TaskSuspended { task_id: task.to_string(), number: number(nth), reason: reason.to_owned() }
}

/// It goes on after its nth rest.
#[must_use]
pub fn resumed(task: TaskId, nth: u32, due: Due) -> TaskResumed {
    TaskResumed {
        task_id: task.to_string(),
        number: number(nth),
        due_time: Some(timestamp(due.at)),
        due_provisional: due.is_provisional(),
    }
}

/// Its due time was counted again, for the nth time; of its `rests` so far one still lasts where it `stands`.
#[must_use]
pub fn rescheduled(task: TaskId, due: Due, (rests, stands): (u32, bool), nth: u32) -> TaskRescheduled {
    TaskRescheduled {
        task_id: task.to_string(),
        due_time: Some(timestamp(due.at)),
        due_provisional: due.is_provisional(),
        suspensions_ended: number(rests.saturating_sub(u32::from(stands))),
        number: number(nth),
    }
}
