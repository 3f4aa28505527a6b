//! What has happened to a plan. Stored for ever: additive changes only.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::domain::record::{Approval, Notice, Proposal, Signature};

/// What has happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind")]
pub enum Event {
    /// A plan was proposed.
    PlanProposed {
        /// What it says.
        proposal: Proposal,
    },
    /// The leading group approved it.
    PlanApproved {
        /// By this resolution.
        approval: Approval,
        /// Who recorded it.
        by: Signature,
    },
    /// It was taken back.
    PlanWithdrawn {
        /// Who took it back.
        by: Signature,
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
    /// Its notice was posted.
    PlanNoticePosted {
        /// When, and until when it must hang.
        #[serde(rename = "posting")]
        notice: Notice,
        /// Who posted it.
        by: Signature,
    },
    /// Its notice was closed.
    PlanNoticeClosed {
        /// Who closed it.
        by: Signature,
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
}
