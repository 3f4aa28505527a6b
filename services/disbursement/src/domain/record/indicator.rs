//! What an indicator (指标) says: how much money of which source and year, by which document.

use kernel::{Fen, text::comparable};
use serde::{Deserialize, Serialize};

/// What an indicator says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issue {
    /// 指标文号.
    pub document_no: String,
    /// Fiscal year.
    pub fiscal_year: i32,
    /// Source code of the county pack.
    pub source: String,
    /// Sub-level, where the source has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub_level: Option<String>,
    /// Amount.
    pub amount: Fen,
}

impl Issue {
    /// The document's number as it is compared: brackets, blanks, widths and case make no other number.
    #[must_use]
    pub fn document_key(&self) -> String {
        comparable(&self.document_no)
    }
}
