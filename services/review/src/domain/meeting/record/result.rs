//! What a case answered to a meeting's decision (落实结果). A case that bears the decision answers nothing more; a refusal may
//! be overtaken.

use kernel::ProjectId;
use serde::{Deserialize, Serialize};

/// What a case answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemResult {
    /// The project.
    pub project: ProjectId,
    /// Why it refused; none when it bears the decision.
    pub refusal: Option<ItemRefusal>,
}

/// Why a case refused a meeting's decision: what it would have answered to a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemRefusal {
    /// Stable code.
    pub code: String,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
    /// What was found.
    pub actual: Option<String>,
    /// What is allowed.
    pub limit: Option<String>,
}
