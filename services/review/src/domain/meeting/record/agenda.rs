//! A project on the agenda (议程事项), with the task that it decides and the revision that lies on the table: the case
//! refuses what was decided on another.

use kernel::{Division, Fen, ProjectId, TaskId};
use serde::{Deserialize, Serialize};

/// A project on an agenda.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgendaItem {
    /// The project.
    pub project: ProjectId,
    /// Project name.
    pub title: String,
    /// Village.
    pub village: Division,
    /// Total investment.
    pub total: Fen,
    /// The leading group's open task in the case.
    pub task: TaskId,
    /// Round.
    pub round: u32,
    /// Revision of the content that lies on the table.
    pub content_revision: i64,
}
