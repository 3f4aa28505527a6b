//! The township's site check (实地核查): who was where on which day, and what was found.
//!
//! Whether it will do is [`super::super::site_check`]'s question.

use kernel::{Attachment, PersonId};
use serde::{Deserialize, Serialize};
use time::Date;

use super::{content::Coordinates, date::civil};

/// A site check as it was recorded, or is to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteCheck {
    /// Date.
    #[serde(with = "civil")]
    pub date: Date,
    /// Those who were there (核查人).
    pub checkers: Vec<PersonId>,
    /// Where, in words.
    pub place: String,
    /// Where, as a receiver of satellites says; none in checks of before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coordinates: Option<Coordinates>,
    /// Photograph; a check without one is refused.
    pub photo: Option<Attachment>,
    /// What was found.
    pub findings: String,
}
