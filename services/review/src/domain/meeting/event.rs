//! What has happened to a meeting. Stored for ever: additive changes only. All its outcomes are one fact, so that they stand
//! or fall together.

use kernel::ProjectId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::record::{AgendaItem, ItemResult, Minutes};
use crate::domain::record::Signature;

/// What has happened. Stored for ever: additive changes only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind")]
pub enum Event {
    /// The meeting was convened.
    MeetingConvened {
        /// The meeting.
        meeting: Uuid,
        /// The day it is planned for, `2022-03-01`.
        date: String,
        /// The agenda.
        items: Vec<AgendaItem>,
        /// Who.
        by: Signature,
    },
    /// Projects were put on the agenda; one that stood there before stands there as it is now.
    AgendaItemsAdded {
        /// Which.
        items: Vec<AgendaItem>,
        /// Who.
        by: Signature,
    },
    /// Projects left the agenda.
    AgendaItemsRemoved {
        /// Which.
        projects: Vec<ProjectId>,
        /// Who.
        by: Signature,
    },
    /// The meeting was held and decided.
    MeetingConcluded {
        /// What it decided.
        minutes: Minutes,
        /// Who recorded it: who decides, for the separation of duties.
        by: Signature,
    },
    /// Cases have answered.
    ItemsCarriedOut {
        /// What.
        results: Vec<ItemResult>,
    },
    /// The meeting was not held.
    MeetingCancelled {
        /// Why.
        reason: String,
        /// Who.
        by: Signature,
    },
}
