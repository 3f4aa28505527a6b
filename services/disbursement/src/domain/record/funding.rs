//! A project's approved funding (资金安排批复): which indicators pay how much of it.

use kernel::Fen;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Approved funding charged to an indicator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// Indicator.
    pub indicator: Uuid,
    /// Its source.
    pub source: String,
    /// Its document number.
    pub document_no: String,
    /// Amount.
    pub amount: Fen,
}

/// A project's approved funding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Funding {
    /// Plan that it stands in.
    pub plan: Uuid,
    /// 资金批复文号.
    pub document_no: String,
    /// Charges to indicators.
    pub charges: Vec<Charge>,
}

impl Funding {
    /// All that was approved.
    #[must_use]
    pub fn total(&self) -> Fen {
        self.charges.iter().map(|charge| charge.amount).sum()
    }

    /// The charge to this indicator.
    #[must_use]
    pub fn charge(&self, indicator: Uuid) -> Option<&Charge> {
        self.charges.iter().find(|charge| charge.indicator == indicator)
    }
}
