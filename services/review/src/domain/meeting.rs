//! The machine of a meeting of the leading group (领导小组会议, S7): `CONVENED → CONCLUDED`, or `CANCELLED`.
//!
//! Meeting and case are two streams, and a step writes one: concluding stores all outcomes in one fact, then [`carry_out`] brings
//! each to its case as a decision on the task that stands open there, under the rules of a case that is decided alone, and the
//! case's answer comes back as a fact. After a crash the pending are brought again; a case that bears the decision has it once. A
//! case that refuses stays with the leading group: its task is open still, and it may stand on the next agenda.

pub mod agenda;
pub mod attendance;
pub mod cancellation;
pub mod carry_out;
pub mod command;
pub mod conclusion;
pub mod event;
pub mod listing;
pub mod next_actions;
pub mod record;
pub mod signing;
pub mod state;

use kernel::{Decider, refusal::Common};

pub use self::{
    command::{Candidate, Command, Occasion},
    event::Event,
    record::{AgendaItem, Attendance, Attendee, ItemRefusal, ItemResult, Minutes, Ruling},
    state::{Item, ItemState, Stage, State},
};

/// A meeting; nothing before it is convened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Meeting {
    /// Nobody convened it yet.
    #[default]
    NotConvened,
    /// Somewhere between convening and the end.
    Convened(Box<State>),
}

impl Decider for Meeting {
    type Command = Command;
    type Event = Event;
    type Refusal = Common;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Common> {
        match (self, command) {
            (Self::NotConvened, Command::ConveneMeeting { meeting, date, candidates, by }) => {
                agenda::convene(meeting, date, candidates, &by)
            }
            (
                Self::NotConvened,
                Command::AddAgendaItems { .. }
                | Command::RemoveAgendaItems { .. }
                | Command::ConcludeMeeting { .. }
                | Command::CancelMeeting { .. }
                | Command::RecordResults { .. },
            ) => Err(Common::NotFound { what: "会议 meeting" }),
            (Self::Convened(_), Command::ConveneMeeting { .. }) => Err(Common::Exists { what: "会议 meeting" }),
            (Self::Convened(state), Command::AddAgendaItems { candidates, by }) => agenda::add(state, candidates, &by),
            (Self::Convened(state), Command::RemoveAgendaItems { projects, by }) => {
                agenda::remove(state, &projects, &by)
            }
            (Self::Convened(state), Command::ConcludeMeeting { minutes, by }) => {
                conclusion::conclude(state, minutes, &by)
            }
            (Self::Convened(state), Command::CancelMeeting { reason, by }) => cancellation::cancel(state, reason, &by),
            (Self::Convened(state), Command::RecordResults { results }) => carry_out::record(state, results),
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match (self, event) {
            (Self::NotConvened, Event::MeetingConvened { meeting, date, items, by }) => {
                Self::Convened(Box::new(State::convened(*meeting, date, items, by)))
            }
            (Self::Convened(mut state), event) => {
                state.evolve(event);
                Self::Convened(state)
            }
            // A stream begins with its convening: nothing else can stand there.
            (
                Self::NotConvened,
                Event::AgendaItemsAdded { .. }
                | Event::AgendaItemsRemoved { .. }
                | Event::MeetingConcluded { .. }
                | Event::ItemsCarriedOut { .. }
                | Event::MeetingCancelled { .. },
            ) => Self::NotConvened,
        }
    }
}

#[cfg(test)]
mod golden;
#[cfg(test)]
mod story;
#[cfg(test)]
mod tests;
