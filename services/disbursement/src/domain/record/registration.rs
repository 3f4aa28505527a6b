//! The registered assets (资产确权登记), as the room that keeps the register said it.

use kernel::Fen;
use serde::{Deserialize, Serialize};

/// The assets in the register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// Sum of values.
    pub value: Fen,
    /// Owner: organisation code.
    pub owner: String,
    /// What became no asset (费用化部分).
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub non_capital: Fen,
    /// The audited amount that it accounts for; none in one of before audits were asked for, which counts as it stood.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audited: Option<Fen>,
}

impl Registration {
    /// Whether it accounts for this audited amount.
    #[must_use]
    pub fn accounts_for(&self, audited: Fen) -> bool {
        self.audited.is_none() || self.value.saturating_add(self.non_capital) == audited
    }
}

fn is_nothing(amount: &Fen) -> bool {
    *amount == Fen::ZERO
}
