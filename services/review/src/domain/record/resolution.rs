//! A resolution of the leading group (领导小组决议), by which alone the county approves. What makes one is
//! [`crate::domain::resolution`]'s.

use serde::{Deserialize, Serialize};

/// A resolution of the leading group (领导小组决议).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolution {
    /// Number of the resolution (决议文号).
    pub number: String,
    /// Date of the meeting, `2022-03-01`.
    pub meeting_date: String,
    /// How many were present (到会人数).
    pub attendance: i64,
    /// The number as it is compared: it belongs to one meeting. Empty in what was decided before that was asked.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub key: String,
}
