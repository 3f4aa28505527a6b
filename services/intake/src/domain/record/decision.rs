//! The township's decision (乡镇审核决定): what every reviewer says ([`kernel::decision`]), and a reason for a rejection.
//!
//! A decision record (决定记录) is never changed. What a decision must say is [`super::super::decision`]'s question.

use kernel::{Signature, decision};
use serde::{Deserialize, Serialize};

/// Why the township rejects (不予通过理由).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RejectReason {
    /// 不真实.
    NotAuthentic,
    /// 不必要.
    NotNecessary,
    /// 属于负面清单.
    NegativeList,
    /// 重复申报.
    Duplicate,
    /// 用地不落实.
    NoLand,
    /// 无经营主体.
    NoOperator,
    /// 出资比例不符.
    Ratio,
    /// 逾期未补正: nobody's word, but what time brought.
    Lapsed,
}

impl RejectReason {
    /// Every reason that the township's head may give.
    pub const ALL: [Self; 7] = [
        Self::NotAuthentic,
        Self::NotNecessary,
        Self::NegativeList,
        Self::Duplicate,
        Self::NoLand,
        Self::NoOperator,
        Self::Ratio,
    ];

    /// Stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NotAuthentic => "NOT_AUTHENTIC",
            Self::NotNecessary => "NOT_NECESSARY",
            Self::NegativeList => "NEGATIVE_LIST",
            Self::Duplicate => "DUPLICATE",
            Self::NoLand => "NO_LAND",
            Self::NoOperator => "NO_OPERATOR",
            Self::Ratio => "RATIO",
            Self::Lapsed => "LAPSED",
        }
    }
}

/// What the township says (乡镇审核决定).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// As every reviewer says it.
    #[serde(flatten)]
    pub said: decision::Decision,
    /// For a rejection: why.
    pub reason: Option<RejectReason>,
}

/// A decision that was made: a decision record (决定记录), immutable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionRecord {
    /// What was said.
    pub decision: Decision,
    /// Who said it, in which post, when.
    pub signature: Signature,
}
