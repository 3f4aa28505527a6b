//! What the finance bureau vouches for (资金保障), and what ends it. Whether the money is there is
//! [`crate::domain::guarantee`]'s question.

use std::collections::BTreeMap;

use kernel::{Fen, TaskId};
use serde::{Deserialize, Serialize};

/// What is left of the plan year's indicators (指标余额), by source; nothing was issued for a source that it doesn't name.
pub type Balances = BTreeMap<String, Fen>;

/// Public money of one source that the finance bureau has vouched for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vouched {
    /// The source.
    pub source: String,
    /// How much.
    pub amount: Fen,
    /// What was left of the year's indicators then, before anybody's reservation.
    pub available: Fen,
}

/// What is reserved for one project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guarantee {
    /// The opinion that vouches for it.
    pub task: TaskId,
    /// Plan year.
    pub fiscal_year: i32,
    /// The money, by source.
    pub vouched: Vec<Vouched>,
}

/// Why nothing more is reserved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum GuaranteeEnd {
    /// 资金已批复: from now on it is charged to the indicators themselves.
    Funded,
    /// 已出库.
    Unpooled,
    /// 已滚动至以后年度: the money of the year that was vouched for is free.
    Rolled,
}
