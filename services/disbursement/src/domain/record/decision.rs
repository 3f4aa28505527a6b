//! What a reviewer or a releaser says of a payment. It is never changed; a correction is a new request with new decisions.

use kernel::{Attachment, decision::Outcome};
use serde::{Deserialize, Serialize};

/// A decision on a payment (支付审核决定).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Outcome.
    pub outcome: Outcome,
    /// Opinion (意见).
    pub opinion: String,
    /// Documents.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
}
