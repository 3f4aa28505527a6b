//! What was approved when a project entered the pool (入库), as intake said it.

use kernel::{Division, Fen, Post, ProjectId, reach::seat};
use serde::{Deserialize, Serialize};

/// The source of money that the village itself pays (村级自筹).
pub const VILLAGE: &str = "VILLAGE";

/// A line of the approved budget.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetLine {
    /// Source code of the county pack.
    pub source: String,
    /// Whether it is public money, which comes from indicators.
    pub public: bool,
    /// Amount.
    pub amount: Fen,
}

/// What was approved when a project entered the pool (入库).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pooled {
    /// The project.
    pub project: ProjectId,
    /// Number in the pool.
    pub pool_no: String,
    /// Name.
    pub title: String,
    /// Village.
    pub village: Division,
    /// Category.
    pub category: String,
    /// Plan year, whose rules judge it; a later one once it was rolled.
    pub fiscal_year: i32,
    /// Approved budget.
    pub budget: Vec<BudgetLine>,
    /// Total investment.
    pub total: Fen,
    /// How often it had been suspended before.
    #[serde(default, skip_serializing_if = "kernel::suspension::never")]
    pub suspensions: u32,
    /// Departments that were asked about it at the county: beside those in whose division it lies they read it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<Post>,
}

impl Pooled {
    /// Who is asked about it: see [`kernel::reach::seat`].
    #[must_use]
    pub fn seats(&self) -> Vec<String> {
        self.asked.iter().map(|post| seat(post, None)).collect()
    }

    /// What the village pays by its approved budget (村级自筹).
    #[must_use]
    pub fn village_share(&self) -> Fen {
        self.budget.iter().filter(|line| line.source == VILLAGE).map(|line| line.amount).sum()
    }

    /// What others than the public pay by its approved budget (自筹).
    #[must_use]
    pub fn own_share(&self) -> Fen {
        self.budget.iter().filter(|line| !line.public).map(|line| line.amount).sum()
    }
}
