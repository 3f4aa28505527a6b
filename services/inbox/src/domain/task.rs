//! The machine of a task (待办事项), from the moment a room asks until a person has decided or nobody needs to.
//!
//! READY ⇄ RESERVED → COMPLETED | OBSOLETE. A lease that ends leaves it RESERVED here, yet free to be claimed. SUSPENDED lies
//! over the first two ([`super::suspension`]). Here it is only said which rule answers which command.

use kernel::{Decider, refusal::Common};
use serde::{Deserialize, Serialize};

use super::{
    claim,
    command::Command,
    completion,
    event::Event,
    record::Request,
    refusal::{Refusal, unknown},
    rescheduling,
    state::State,
    suspension,
};

/// A task.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Task {
    /// Nothing was asked under this id yet.
    #[default]
    Unraised,
    /// A room asked for it.
    Raised(Box<State>),
}

impl Decider for Task {
    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Refusal> {
        match (self, command) {
            (Self::Unraised, Command::RaiseTask { request, at }) => Ok(vec![Event::TaskRaised { request, at }]),
            (Self::Raised(state), Command::RaiseTask { request, .. }) => raise_again(state, &request),
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
            (Self::Raised(state), Command::ClaimTask { actor, at }) => claim::claim(state, &actor, at),
            (Self::Raised(state), Command::ReleaseTask { actor, token }) => claim::release(state, &actor, token),
            (Self::Raised(state), Command::CompleteTask { outcome, person, on_behalf_of }) => {
                completion::complete(state, outcome, person, on_behalf_of)
            }
            (Self::Raised(state), Command::CancelTask) => completion::cancel(state, Event::TaskObsoleted),
            (Self::Raised(state), Command::OvertakeTask) => completion::cancel(state, Event::TaskOvertaken),
            (Self::Raised(state), Command::SuspendTask { number, reason }) => {
                suspension::suspend(state, number, reason)
            }
            (Self::Raised(state), Command::ResumeTask { number, due_at, provisional }) => {
                suspension::resume(state, number, due_at, provisional)
            }
            (Self::Raised(state), Command::RescheduleTask(recounted)) => rescheduling::reschedule(state, recounted),
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match (self, event) {
            (_, Event::TaskRaised { request, at }) => Self::Raised(Box::new(State::raised(request, *at))),
            (Self::Raised(state), event) => Self::Raised(Box::new(state.evolve(event))),
            // A stream begins with its request: nothing else is ever first.
            (Self::Unraised, _) => Self::Unraised,
        }
    }
}

/// The request comes again: as it was first made, or it is another's.
fn raise_again(state: &State, request: &Request) -> Result<Vec<Event>, Refusal> {
    if state.request == *request { Ok(Vec::new()) } else { Err(Common::Exists { what: "任务 task" }.into()) }
}

#[cfg(test)]
mod tests;
