//! The township's review (乡镇审核): its steps, what a task asks, and a round of it.
//!
//! What follows from a decision is [`super::super::township_review`]'s question.

use kernel::{
    Due, Post, TaskId,
    decision::{Outcome, Question},
};
use serde::{Deserialize, Serialize};

use super::decision::DecisionRecord;

/// Which step of the township's review a task asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Step {
    /// 齐全性审查, by the clerk.
    Completeness,
    /// 审核决定, by the head.
    #[default]
    Decision,
}

impl Step {
    /// Stable code of its tasks, as in the inbox.
    #[must_use]
    pub fn task_kind(self) -> &'static str {
        match self {
            Self::Completeness => "TOWNSHIP_COMPLETENESS",
            Self::Decision => "TOWNSHIP_REVIEW",
        }
    }

    /// The step whose tasks have this code.
    #[must_use]
    pub fn of_task(kind: &str) -> Option<Self> {
        [Self::Completeness, Self::Decision].into_iter().find(|step| step.task_kind() == kind)
    }

    /// Chinese name.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::Completeness => "乡镇材料齐全性审查",
            Self::Decision => "乡镇审核",
        }
    }

    /// The outcomes that its task may end with: only the head rejects.
    #[must_use]
    pub fn outcomes(self) -> &'static [Outcome] {
        match self {
            Self::Completeness => &[Outcome::Approve, Outcome::Return],
            Self::Decision => &Outcome::ALL,
        }
    }

    /// Whether it is the head's decision: what tasks asked for before there were checks of completeness.
    #[must_use]
    pub fn is_decision(&self) -> bool {
        *self == Self::Decision
    }
}

/// A decision that is asked for: the task behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The task.
    pub task: TaskId,
    /// Which step it asks for.
    #[serde(default, skip_serializing_if = "Step::is_decision")]
    pub step: Step,
    /// The post that is asked.
    pub post: Post,
    /// Round in which it is asked, from 1.
    pub round: u32,
    /// Revision of the content that is to be judged.
    pub content_revision: i64,
    /// What must be answered.
    pub questions: Vec<Question>,
    /// Name of the village, as the task's subject shows it.
    pub village_name: String,
    /// Names of the sources, with their amounts, as the task's subject shows them.
    pub sources: String,
    /// When it is due.
    pub due: Due,
}

/// A round of the township's review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Round {
    /// What was asked of whom.
    pub asked: Asked,
    /// What was decided; none while it is awaited.
    pub record: Option<DecisionRecord>,
    /// Whether the task was taken away undecided.
    pub retracted: bool,
    /// Whether it came by a correction.
    pub from_return: bool,
    /// How often it was suspended while it was awaited.
    pub suspended: u32,
    /// How often its due date was counted again.
    pub recounts: u32,
}

impl Round {
    /// Whether somebody should decide it, now or once it is resumed.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.record.is_none() && !self.retracted
    }
}
