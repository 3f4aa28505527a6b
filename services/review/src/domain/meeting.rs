//! The machine of a meeting of the leading group (领导小组会议, S7): convened with an agenda of cases, concluded once.
//!
//! `CONVENED → CONCLUDED`, or `CANCELLED`. Meeting and case are two streams, and a step writes one: concluding stores all
//! outcomes in one fact, then [`carry_out`] brings each to its case as a decision on the task that stands open there, so
//! that a case obeys the same rules as when it is decided alone. What a case answers comes back as this machine's fact.
//! A crash in between leaves outcomes pending; they are brought again, and a case that bears the decision already has it
//! once. A case that refuses stays with the leading group: its task is open still, and it may stand on the next agenda.

pub mod agenda;
pub mod attendance;
pub mod carry_out;
pub mod conclusion;
pub mod next_actions;
pub mod sheet;

use std::sync::Arc;

use kernel::{Actor, Decider, Explanation, Pack, ProjectId, refusal::Common};
use serde::{Deserialize, Serialize};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::departments::leading_group;

pub use agenda::{AgendaItem, Candidate};
pub use attendance::{Attendance, Attendee};
pub use carry_out::{ItemRefusal, ItemResult};
pub use conclusion::{Minutes, Ruling};
pub use next_actions::next_actions;
pub use sheet::{Item, ItemState, Sheet, Signed, Stage};

/// A meeting; nothing before it is convened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Meeting {
    /// Nobody convened it yet.
    #[default]
    NotConvened,
    /// Somewhere between convening and the end.
    Convened(Box<Sheet>),
}

/// What someone wants to happen.
#[derive(Debug, Clone)]
pub enum Command {
    /// The office convenes the meeting (召集会议).
    ConveneMeeting {
        /// The meeting.
        meeting: Uuid,
        /// The day it is planned for.
        date: Date,
        /// What shall stand on the agenda.
        candidates: Vec<Candidate>,
        /// Who, when.
        by: Occasion,
    },
    /// More projects for the agenda (列入议程).
    AddAgendaItems {
        /// Which.
        candidates: Vec<Candidate>,
        /// Who, when.
        by: Occasion,
    },
    /// Projects leave the agenda (撤下议程).
    RemoveAgendaItems {
        /// Which.
        projects: Vec<ProjectId>,
        /// Who, when.
        by: Occasion,
    },
    /// The meeting was held: what it decided (会议审定).
    ConcludeMeeting {
        /// Resolution, attendance, an outcome for each project.
        minutes: Minutes,
        /// Who, when.
        by: Occasion,
    },
    /// The meeting is not held (取消会议).
    CancelMeeting {
        /// Why.
        reason: String,
        /// Who, when.
        by: Occasion,
    },
    /// Outcomes were brought to their cases.
    RecordResults {
        /// What the cases answered.
        results: Vec<ItemResult>,
    },
}

/// Who acts, when, and in which county.
#[derive(Debug, Clone)]
pub struct Occasion {
    /// Who acts.
    pub actor: Actor,
    /// The county pack: rules, and the leading group's post.
    pub pack: Arc<Pack>,
    /// Now.
    pub at: OffsetDateTime,
}

impl Occasion {
    /// The signature of the leading group's office.
    ///
    /// # Errors
    /// [`Common::Scope`] for anyone else.
    fn sign(&self) -> Result<Signed, Common> {
        let post = leading_group(&self.pack);
        self.actor.require(&post)?;
        Ok(Signed::of(&self.actor, post, self.at))
    }
}

/// What has happened. Stored for ever: additive changes only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind")]
pub enum Event {
    /// The meeting was convened.
    MeetingConvened {
        /// The meeting.
        meeting: Uuid,
        /// The day it is planned for, `2022-03-01`.
        date: String,
        /// The agenda.
        items: Vec<AgendaItem>,
        /// Who.
        by: Signed,
    },
    /// Projects were put on the agenda; one that stood there before stands there as it is now.
    AgendaItemsAdded {
        /// Which.
        items: Vec<AgendaItem>,
        /// Who.
        by: Signed,
    },
    /// Projects left the agenda.
    AgendaItemsRemoved {
        /// Which.
        projects: Vec<ProjectId>,
        /// Who.
        by: Signed,
    },
    /// The meeting was held and decided.
    MeetingConcluded {
        /// What it decided.
        minutes: Minutes,
        /// Who recorded it: who decides, for the separation of duties.
        by: Signed,
    },
    /// Cases have answered.
    ItemsCarriedOut {
        /// What.
        results: Vec<ItemResult>,
    },
    /// The meeting was not held.
    MeetingCancelled {
        /// Why.
        reason: String,
        /// Who.
        by: Signed,
    },
}

impl Decider for Meeting {
    type Command = Command;
    type Event = Event;
    type Refusal = Common;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Common> {
        match (self, command) {
            (Self::NotConvened, Command::ConveneMeeting { meeting, date, candidates, by }) => {
                convene(meeting, date, candidates, &by)
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
            (Self::Convened(sheet), Command::AddAgendaItems { candidates, by }) => sheet.add(candidates, &by),
            (Self::Convened(sheet), Command::RemoveAgendaItems { projects, by }) => sheet.remove(&projects, &by),
            (Self::Convened(sheet), Command::ConcludeMeeting { minutes, by }) => sheet.conclude(minutes, &by),
            (Self::Convened(sheet), Command::CancelMeeting { reason, by }) => cancel(sheet, reason, &by),
            (Self::Convened(sheet), Command::RecordResults { results }) => sheet.record(results),
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match (self, event) {
            (Self::NotConvened, Event::MeetingConvened { meeting, date, items, by }) => {
                Self::Convened(Box::new(Sheet::convened(*meeting, date, items, by)))
            }
            (Self::Convened(mut sheet), event) => {
                sheet.apply(event);
                Self::Convened(sheet)
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

fn convene(meeting: Uuid, date: Date, candidates: Vec<Candidate>, by: &Occasion) -> Result<Vec<Event>, Common> {
    let signed = by.sign()?;
    let items = agenda::items(meeting, candidates)?;
    agenda::check_length(items.len())?;
    Ok(vec![Event::MeetingConvened { meeting, date: date.to_string(), items, by: signed }])
}

fn cancel(sheet: &Sheet, reason: String, by: &Occasion) -> Result<Vec<Event>, Common> {
    let signed = by.sign()?;
    match &sheet.stage {
        Stage::Convened if reason.trim().is_empty() => {
            let explanation = Explanation::new("REASON", "请填写取消会议的原因", "must say why");
            Err(Common::invalid(explanation.at("reason")))
        }
        Stage::Convened => Ok(vec![Event::MeetingCancelled { reason, by: signed }]),
        Stage::Cancelled { reason: known } if *known == reason => Ok(Vec::new()),
        Stage::Cancelled { .. } => Err(Common::AlreadyDecided),
        Stage::Concluded { .. } => Err(sheet.wrong_state("CancelMeeting")),
    }
}

#[cfg(test)]
mod golden;
#[cfg(test)]
mod story;
#[cfg(test)]
mod tests;
