//! The audited final account (竣工决算审定).

use kernel::Fen;
use serde::{Deserialize, Serialize};

/// What the audit left of the accepted amount, and its report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FinalAccount {
    /// Audited amount.
    pub audited: Fen,
    /// Number of the audit report.
    pub report_no: String,
}
