//! What has happened to an indicator. Stored for ever: additive changes only.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::domain::record::{Issue, Signature};

/// What has happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind")]
pub enum Event {
    /// The indicator was issued by one person alone, as it was done before a second one had to confirm.
    IndicatorIssued {
        /// What it says.
        issue: Issue,
        /// Who issued it.
        by: Signature,
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
    /// The indicator was entered.
    IndicatorEntered {
        /// What it says.
        issue: Issue,
        /// Who entered it.
        by: Signature,
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
    /// It was confirmed: its money is there.
    IndicatorConfirmed {
        /// Who confirmed it.
        by: Signature,
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
    /// It was discarded before it was confirmed.
    IndicatorDiscarded {
        /// Who discarded it.
        by: Signature,
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
}
