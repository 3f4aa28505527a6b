//! The record of a meeting that was held (会议纪要): resolution number, the day, attendance, and an outcome for each project.
//! What it must contain is [`crate::domain::meeting::conclusion`]'s.

use kernel::{
    Attachment, ProjectId,
    decision::{Correction, Outcome},
};
use serde::{Deserialize, Serialize};

use super::Attendance;

/// The record of a meeting that was held (会议纪要).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Minutes {
    /// Number of the resolution (决议文号).
    pub resolution_no: String,
    /// The number as it is compared: it belongs to this meeting. Empty in records of before that was asked.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub resolution_key: String,
    /// The day it was held, `2022-03-01`.
    pub meeting_date: String,
    /// Who was there.
    pub attendance: Attendance,
    /// An outcome for each project of the agenda.
    pub rulings: Vec<Ruling>,
    /// Documents, such as the signed minutes.
    pub attachments: Vec<Attachment>,
}

/// What the meeting decided about one project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ruling {
    /// The project.
    pub project: ProjectId,
    /// Outcome.
    pub outcome: Outcome,
    /// Opinion (意见).
    pub opinion: String,
    /// For a return: what must be corrected.
    pub corrections: Vec<Correction>,
}

impl Minutes {
    /// The outcome for this project.
    #[must_use]
    pub fn ruling(&self, project: ProjectId) -> Option<&Ruling> {
        self.rulings.iter().find(|ruling| ruling.project == project)
    }
}
