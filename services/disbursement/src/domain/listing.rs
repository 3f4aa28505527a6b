//! What lists show: a row of the indicators, of the projects, of the accounts.

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

/// A project in a list.
#[derive(Debug, Clone)]
pub struct ListedProject {
    /// Its money.
    pub money: Money,
    /// Number of its events.
    pub version: i64,
    /// When it changed last.
    pub updated_at: OffsetDateTime,
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
