//! What lists can be narrowed by, and what they show: a row of the plans, of the indicators, of the projects, of the accounts.
//!
//! A page's token belongs to its filter, which therefore says itself as text: `key`.

use time::OffsetDateTime;
use uuid::Uuid;

use super::{Money, record::Issue};

/// An indicator in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedIndicator {
    /// Id.
    pub id: Uuid,
    /// What it says.
    pub issue: Issue,
    /// Whether a second person has confirmed it.
    pub confirmed: bool,
    /// What is left of it, in fen.
    pub available_fen: i64,
}

/// Which plans are listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanFilter {
    /// Plan year; all when 0.
    pub fiscal_year: i32,
    /// Stored codes of the states; all when empty.
    pub states: Vec<&'static str>,
    /// Only those that everybody may read.
    pub public_only: bool,
}

impl PlanFilter {
    /// The filter as text.
    #[must_use]
    pub fn key(&self) -> String {
        let Self { fiscal_year, states, public_only } = self;
        format!("{fiscal_year};{};{public_only}", states.join(","))
    }
}

/// A plan in a list: what it says is in its stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListedPlan {
    /// Id.
    pub plan_id: Uuid,
    /// Number of its events.
    pub version: i64,
}

/// Which projects are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProjectFilter {
    /// Stored codes of the states; all when empty.
    pub states: Vec<&'static str>,
    /// Significant digits of the division; all when empty.
    pub division: String,
    /// Plan year; all when 0.
    pub fiscal_year: i32,
    /// The plan that they stand in; all when none is named.
    pub plan: Option<Uuid>,
    /// Category of the county pack; all when empty.
    pub category: String,
}

impl ProjectFilter {
    /// The filter as text.
    #[must_use]
    pub fn key(&self) -> String {
        let Self { states, division, fiscal_year, plan, category } = self;
        let plan = plan.map(|plan| plan.to_string()).unwrap_or_default();
        format!("{};{division};{fiscal_year};{plan};{category}", states.join(","))
    }
}

/// A project in a list.
#[derive(Debug, Clone)]
pub struct ListedProject {
    /// Its money.
    pub money: Money,
    /// Number of its events.
    pub version: i64,
    /// When it changed last.
    pub updated_at: OffsetDateTime,
    /// The living plan that it is in.
    pub plan: Option<Uuid>,
}

/// An account of the books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookedAccount {
    /// Code.
    pub code: String,
    /// Posted debits in fen.
    pub debits_fen: i64,
    /// Posted credits in fen.
    pub credits_fen: i64,
    /// Debits of holds in fen.
    pub held_fen: i64,
    /// Whether its sums are those of its entries.
    pub agrees: bool,
}
