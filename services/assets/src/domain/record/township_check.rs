//! The township's first check on the spot (乡镇初验).

use serde::{Deserialize, Serialize};

use super::Signature;

/// What the township found, and who went there for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TownshipCheck {
    /// What was found.
    pub opinion: String,
    /// Who checked.
    pub signed: Signature,
}
