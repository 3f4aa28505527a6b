//! What is due in an application (待办时限), named so that its due date can be counted again.
//!
//! When that is done is the question of [`super::super::recount`].

use kernel::TaskId;
use serde::{Deserialize, Serialize};

/// What is due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Awaited {
    /// The township's decision.
    Township {
        /// The task.
        task: TaskId,
    },
    /// The village's correction.
    Correction,
    /// The end of an application whose correction is overdue.
    Lapse,
    /// The answer to an objection.
    Objection {
        /// Its number.
        id: String,
    },
}
