//! What may be asked of a meeting. The cases, the pack and the time come as data: what a meeting must know of other streams
//! is read before it is asked.

use std::sync::Arc;

use kernel::{Actor, Pack, ProjectId};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::record::{ItemResult, Minutes};
use crate::domain::case::Case;

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

/// A project that shall stand on an agenda.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The project.
    pub project: ProjectId,
    /// Its case as it stands.
    pub case: Case,
    /// The open meeting on whose agenda it stands already.
    pub on_agenda_of: Option<Uuid>,
}
