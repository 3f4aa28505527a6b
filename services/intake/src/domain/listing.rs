//! What a list of applications can be filtered, ordered and keyed by, and what its rows and counts hold (列表、统计).
//!
//! The contract's words are made of these and the statements of the store, so that neither knows the other.

use time::OffsetDateTime;
use uuid::Uuid;

/// Which applications a list shows, as the store asks for them.
#[derive(Debug, PartialEq, Eq)]
pub struct Filter {
    /// Stored codes of the states; all when empty.
    pub states: Vec<&'static str>,
    /// Significant digits of the division; all when empty.
    pub division: String,
    /// Plan year; all when 0.
    pub fiscal_year: i32,
    /// Category; all when empty.
    pub category: String,
    /// Part of the name; all when empty.
    pub title: String,
    /// Plan year for which the pool holds them; the pool is listed when it is not 0.
    pub pool_year: i32,
    /// In which order.
    pub order: Order,
}

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The newest first.
    Newest,
    /// The pool by rank.
    PoolPriority,
    /// The pool by amount, the largest first.
    LargestTotal,
}

impl Filter {
    /// The order in which its rows come: a pool without a wish comes by rank.
    pub fn order_of_rows(&self) -> Order {
        if self.pool_year != 0 && self.order == Order::Newest { Order::PoolPriority } else { self.order }
    }

    /// The filter as text: a page's token belongs to it.
    pub fn key(&self) -> String {
        let Self { states, division, fiscal_year, category, title, pool_year, order } = self;
        format!("{};{division};{fiscal_year};{category};{title};{pool_year};{order:?}", states.join(","))
    }
}

/// A row of the pool's list: its place in the order, and the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolKey {
    /// Rank, or the negative of the amount in fen: both ascend.
    pub place: i64,
    /// The project.
    pub project: Uuid,
}

/// An application as a list shows it.
#[derive(Debug, Clone)]
pub struct ListedApplication {
    /// The project.
    pub project_id: Uuid,
    /// Project name.
    pub title: String,
    /// Village.
    pub village: String,
    /// Plan year.
    pub fiscal_year: i32,
    /// Main category.
    pub category: String,
    /// Total investment in fen.
    pub total_fen: i64,
    /// State.
    pub state: String,
    /// Version.
    pub version: i64,
    /// When it changed last.
    pub changed_at: OffsetDateTime,
    /// Number in the pool.
    pub pool_no: Option<String>,
    /// Rank in the pool.
    pub pool_priority: Option<i32>,
    /// How far its building has come.
    pub pool_progress: Option<String>,
    /// Whether its correction is overdue.
    pub correction_overdue: bool,
}

/// Projects of the pool that have all of this in common.
#[derive(Debug, Clone)]
pub struct PoolRow {
    /// Plan year that they wait for.
    pub pool_year: i32,
    /// First nine digits of their villages' code.
    pub township: String,
    /// Category.
    pub category: String,
    /// How far their building has come.
    pub pool_progress: String,
    /// How many.
    pub entries: i64,
    /// Their total investment in fen.
    pub total_fen: i64,
}
