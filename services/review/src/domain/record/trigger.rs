//! Why experts are needed (论证事由): each reason by its own name, so that a case says for ever what called its panel. They
//! are found by [`crate::domain::panel::triggers`].

use serde::{Deserialize, Serialize};

/// Why a panel is needed (论证事由).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Trigger {
    /// The total reaches rule `EXPERT_AMOUNT`.
    Amount,
    /// A market entity operates it and the total reaches rule R-DD.
    DueDiligence,
    /// A department answered "no" to a question that calls for experts: what was said before the pack named the matter.
    Flagged,
    /// In one round a department agreed and another rejected.
    Disagreement,
    /// A department answered "no" to a legal question.
    Legal,
    /// A department answered "no" to a technical question.
    Technical,
    /// A department answered "no" to a question of policy.
    Policy,
}

impl Trigger {
    /// Stable name, as in the contract.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Amount => "AMOUNT",
            Self::DueDiligence => "DUE_DILIGENCE",
            Self::Flagged => "FLAGGED",
            Self::Disagreement => "DISAGREEMENT",
            Self::Legal => "LEGAL",
            Self::Technical => "TECHNICAL",
            Self::Policy => "POLICY",
        }
    }

    /// Chinese name.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::Amount => "总投资达到论证标准",
            Self::DueDiligence => "市场主体经营,须尽职调查",
            Self::Flagged => "部门提出须论证",
            Self::Disagreement => "部门意见不一致",
            Self::Legal => "部门提出涉及法律问题",
            Self::Technical => "部门提出技术复杂",
            Self::Policy => "部门提出政策性强",
        }
    }
}
