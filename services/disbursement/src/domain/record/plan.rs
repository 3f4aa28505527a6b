//! What an annual plan (年度实施计划) is made of: its proposal, the leading group's approval, its public notice.

use kernel::{Division, ProjectId};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::Signature;

/// What is proposed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// The county.
    pub county: Division,
    /// Plan year.
    pub fiscal_year: i32,
    /// Title.
    pub title: String,
    /// Its projects.
    pub projects: Vec<ProjectId>,
    /// Who proposed it.
    pub by: Signature,
}

/// The leading group's approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Number of the resolution (会议纪要文号).
    pub resolution_no: String,
}

/// The plan's public notice (计划公示).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// When it was posted.
    #[serde(with = "time::serde::rfc3339")]
    pub posted_at: OffsetDateTime,
    /// From when it may be closed.
    #[serde(with = "time::serde::rfc3339")]
    pub closable_at: OffsetDateTime,
}
