//! What happened to a task. Stored for ever: additive changes only. Who decided, and for whom, is told by the room that
//! asked.

use kernel::{PersonId, decision::Outcome};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::record::{Lease, Request};

/// What happened to a task. Stored for ever: additive changes only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind")]
pub enum Event {
    /// A room asked for it.
    TaskRaised {
        /// What is asked.
        request: Box<Request>,
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
    /// A person took it.
    TaskClaimed {
        /// The claim.
        lease: Lease,
    },
    /// Its holder stays with it.
    LeaseRenewed {
        /// Until when now.
        #[serde(with = "time::serde::rfc3339")]
        until: OffsetDateTime,
    },
    /// Its holder gave it back.
    TaskReleased {
        /// Who.
        person: PersonId,
    },
    /// A person decided.
    TaskCompleted {
        /// How.
        outcome: Outcome,
        /// By whom.
        person: PersonId,
        /// Whom that person stood in for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on_behalf_of: Option<PersonId>,
    },
    /// It is no longer needed.
    TaskObsoleted,
    /// It is no longer needed, for the matter was decided without it.
    TaskOvertaken,
    /// It rests: its project is suspended.
    TaskSuspended {
        /// Why.
        reason: String,
    },
    /// It goes on as it was.
    TaskResumed {
        /// When it is due now.
        #[serde(with = "time::serde::rfc3339")]
        due_at: OffsetDateTime,
        /// Whether that hangs on a year that is not published.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        provisional: bool,
    },
    /// Its due time was counted again, since a year's calendar is known (节假日安排).
    TaskRescheduled {
        /// How often by now.
        number: u32,
        /// When it is due now.
        #[serde(with = "time::serde::rfc3339")]
        due_at: OffsetDateTime,
        /// Whether that still hangs on a year that is not published.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        provisional: bool,
    },
}
