//! What the county says of a forwarded application (县级审核结果): a return, a decision, the resolution behind it.
//!
//! What follows is [`super::super::county`]'s question.

use std::sync::Arc;

use kernel::{Duties, Pack};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::correction::ReturnItem;

/// The county returned it.
#[derive(Debug, Clone)]
pub struct CountyReturn {
    /// Round that ended so.
    pub round: u32,
    /// What must be corrected, numbered.
    pub items: Vec<ReturnItem>,
    /// Who had which duty at the county.
    pub acts: Duties,
    /// The county pack: how long a correction may take.
    pub pack: Arc<Pack>,
    /// Now.
    pub at: OffsetDateTime,
}

/// The county decided.
#[derive(Debug, Clone)]
pub struct CountyDecision {
    /// The resolution, when it approved.
    pub resolution: Option<Resolution>,
    /// Opinion or reason.
    pub opinion: String,
    /// Who had which duty at the county.
    pub acts: Duties,
}

/// A resolution of the leading group (审定决议).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolution {
    /// Its number (文号); the pool refuses a project without one.
    pub number: String,
    /// Date of the meeting, as the county wrote it.
    pub meeting_date: String,
}
