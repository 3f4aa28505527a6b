//! What the contract says of the works (建设项目): where, what, for how much, judged by which year's rules.

use kernel::{Division, Fen, Post, ProjectId, reach::seat};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What the contract says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// The project.
    pub project: ProjectId,
    /// Its name.
    pub title: String,
    /// The village.
    pub village: Division,
    /// Category of the county pack.
    pub category: String,
    /// Plan year, whose rules judge the project.
    pub fiscal_year: i32,
    /// Contract price (合同价).
    pub price: Fen,
    /// The plan (年度实施计划) that paid for it; none in contracts that came without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Uuid>,
    /// Departments that were asked about it at the county: beside those in whose division it lies they read it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<Post>,
}

impl Site {
    /// Who is asked about it: see [`kernel::reach::seat`].
    #[must_use]
    pub fn seats(&self) -> Vec<String> {
        self.asked.iter().map(|post| seat(post, None)).collect()
    }
}
