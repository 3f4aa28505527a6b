//! A project in the pool (项目库): its place there, how far its building has come, why it leaves, and what it looks like a
//! duplicate of.
//!
//! When it enters is [`super::super::pool`]'s question, what happens to it there [`super::super::pool_life`]'s.

use kernel::ProjectId;
use serde::{Deserialize, Serialize};

/// How far the building has come, as other rooms tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Progress {
    /// 未开工.
    NotStarted,
    /// 在建: the contract is signed.
    InProgress,
    /// 已完工: accepted by the county.
    Completed,
}

impl Progress {
    /// Stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NotStarted => "NOT_STARTED",
            Self::InProgress => "IN_PROGRESS",
            Self::Completed => "COMPLETED",
        }
    }
}

/// Why a project leaves the pool (出库原因).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum LeaveReason {
    /// 政策调整.
    Policy,
    /// 不再需要.
    NotNeeded,
    /// 不具备实施条件.
    NotFeasible,
    /// 重复申报.
    Duplicate,
    /// 在库期满未实施.
    Expired,
}

impl LeaveReason {
    /// Every reason.
    pub const ALL: [Self; 5] = [Self::Policy, Self::NotNeeded, Self::NotFeasible, Self::Duplicate, Self::Expired];

    /// Stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Policy => "POLICY",
            Self::NotNeeded => "NOT_NEEDED",
            Self::NotFeasible => "NOT_FEASIBLE",
            Self::Duplicate => "DUPLICATE",
            Self::Expired => "EXPIRED",
        }
    }
}

/// A project's place in the pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The plan year that it waits for.
    pub year: i32,
    /// From 1, the first; none while the bureau has not ranked it.
    pub priority: Option<u32>,
    /// How far its building has come.
    pub progress: Progress,
    /// Why it is no duplicate of what it looked like.
    pub explanation: String,
}

/// Why it looks like a duplicate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Likeness {
    /// 同一地点.
    SamePlace,
    /// 建设内容重合.
    SameContent,
    /// 另有部门资金.
    OtherMoney,
}

impl Likeness {
    /// Stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::SamePlace => "SAME_PLACE",
            Self::SameContent => "SAME_CONTENT",
            Self::OtherMoney => "OTHER_MONEY",
        }
    }
}

/// An application that looks like a duplicate of another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspect {
    /// That project.
    pub project: ProjectId,
    /// Its name.
    pub title: String,
    /// Stable code of its state.
    pub state: String,
    /// Why.
    pub likeness: Vec<Likeness>,
    /// How many of a hundred items it has too.
    pub overlap_percent: u32,
}

/// What the project looks like a duplicate of, and why it is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Explained {
    /// Found by the room among the village's other applications.
    pub suspects: Vec<Suspect>,
    /// What the bureau says to it.
    pub explanation: String,
}
