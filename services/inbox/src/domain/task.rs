//! A task (待办事项), from the moment a room asks until a person has decided or nobody needs to.
//!
//! READY ⇄ RESERVED → COMPLETED | OBSOLETE. A lease that ends leaves it RESERVED here, yet free to be claimed. SUSPENDED lies
//! over the first two ([`super::suspension`]).
//! What each state allows stands in [`super::raised`]; here is what may be said to a task, and what may happen to it.

use kernel::{Actor, Decider, PersonId, Suspensions, decision::Outcome, refusal::Common};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{Lease, Raised, Recounted, Refusal, Request, Stage};

/// A task.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Task {
    /// Nothing was asked under this id yet.
    #[default]
    Unraised,
    /// A room asked for it.
    Raised(Box<Raised>),
}

/// What someone wants to happen to a task.
#[derive(Debug, Clone)]
pub enum Command {
    /// A room asks for a person.
    RaiseTask {
        /// What is asked.
        request: Box<Request>,
        /// When.
        at: OffsetDateTime,
    },
    /// A person takes it, or stays with it.
    ClaimTask {
        /// Who.
        actor: Actor,
        /// When.
        at: OffsetDateTime,
    },
    /// The holder gives it back.
    ReleaseTask {
        /// Who.
        actor: Actor,
        /// From the claim.
        token: i64,
    },
    /// The decision that the asking room has accepted is recorded.
    CompleteTask {
        /// How it was decided.
        outcome: Outcome,
        /// By whom.
        person: PersonId,
        /// Whom that person stood in for.
        on_behalf_of: Option<PersonId>,
    },
    /// The asking room needs no person any more, without a decision.
    CancelTask,
    /// The asking room has gone on without this person's word: whoever comes now comes too late.
    OvertakeTask,
    /// The asking room says that the project is suspended.
    SuspendTask {
        /// Which suspension of the task, from 1.
        number: u32,
        /// Why.
        reason: String,
    },
    /// The asking room says that the project goes on.
    ResumeTask {
        /// Which suspension ended.
        number: u32,
        /// When the task is due now.
        due_at: OffsetDateTime,
        /// Whether that hangs on a year that is not published (暂定).
        provisional: bool,
    },
    /// The asking room has counted its due time again.
    RescheduleTask(Recounted),
}

/// What happened to a task. Stored for ever: additive changes only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind")]
pub enum Event {
    /// A room asked for it.
    TaskRaised {
        /// What is asked.
        request: Box<Request>,
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
    /// A person took it.
    TaskClaimed {
        /// The claim.
        lease: Lease,
    },
    /// Its holder stays with it.
    LeaseRenewed {
        /// Until when now.
        #[serde(with = "time::serde::rfc3339")]
        until: OffsetDateTime,
    },
    /// Its holder gave it back.
    TaskReleased {
        /// Who.
        person: PersonId,
    },
    /// A person decided.
    TaskCompleted {
        /// How.
        outcome: Outcome,
        /// By whom.
        person: PersonId,
        /// Whom that person stood in for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on_behalf_of: Option<PersonId>,
    },
    /// It is no longer needed.
    TaskObsoleted,
    /// It is no longer needed, for the matter was decided without it.
    TaskOvertaken,
    /// It rests: its project is suspended.
    TaskSuspended {
        /// Why.
        reason: String,
    },
    /// It goes on as it was.
    TaskResumed {
        /// When it is due now.
        #[serde(with = "time::serde::rfc3339")]
        due_at: OffsetDateTime,
        /// Whether that hangs on a year that is not published.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        provisional: bool,
    },
    /// Its due time was counted again, since a year's calendar is known (节假日安排).
    TaskRescheduled {
        /// How often by now.
        number: u32,
        /// When it is due now.
        #[serde(with = "time::serde::rfc3339")]
        due_at: OffsetDateTime,
        /// Whether that still hangs on a year that is not published.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        provisional: bool,
    },
}

impl Decider for Task {
    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Refusal> {
        match (self, command) {
            (Self::Unraised, Command::RaiseTask { request, at }) => Ok(vec![Event::TaskRaised { request, at }]),
            (Self::Raised(task), Command::RaiseTask { request, .. }) => task.raise_again(&request),
            (Self::Unraised, Command::ClaimTask { .. } | Command::ReleaseTask { .. }) => Err(unknown().into()),
            // A room settles or suspends what it asked for: the request is still on its way.
            (
                Self::Unraised,
                Command::CompleteTask { .. }
                | Command::CancelTask
                | Command::OvertakeTask
                | Command::SuspendTask { .. }
                | Command::ResumeTask { .. }
                | Command::RescheduleTask(_),
            ) => Err(Common::TooEarly { what: "任务请求 TaskRequested" }.into()),
            (Self::Raised(task), Command::ClaimTask { actor, at }) => task.claim(&actor, at),
            (Self::Raised(task), Command::ReleaseTask { actor, token }) => task.release(&actor, token),
            (Self::Raised(task), Command::CompleteTask { outcome, person, on_behalf_of }) => {
                task.complete(outcome, person, on_behalf_of)
            }
            (Self::Raised(task), Command::CancelTask) => task.cancel(Event::TaskObsoleted),
            (Self::Raised(task), Command::OvertakeTask) => task.cancel(Event::TaskOvertaken),
            (Self::Raised(task), Command::SuspendTask { number, reason }) => task.suspend(number, reason),
            (Self::Raised(task), Command::ResumeTask { number, due_at, provisional }) => {
                task.resume(number, due_at, provisional)
            }
            (Self::Raised(task), Command::RescheduleTask(recounted)) => task.reschedule(recounted),
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match (self, event) {
            (_, Event::TaskRaised { request, at }) => Self::Raised(Box::new(Raised {
                request: Request::clone(request),
                raised_at: *at,
                latest_token: 0,
                stage: Stage::Ready { released_by: None },
                suspensions: Suspensions::default(),
                postponed_to: None,
                due_provisional: request.due_provisional,
                recounts: 0,
                overtaken: false,
            })),
            (Self::Raised(task), event) => Self::Raised(Box::new(task.after(event))),
            // A stream begins with its request: nothing else is ever first.
            (Self::Unraised, _) => Self::Unraised,
        }
    }
}

/// The refusal of a task that is not there.
#[must_use]
pub fn unknown() -> Common {
    Common::NotFound { what: "任务 task" }
}

#[cfg(test)]
mod tests;
