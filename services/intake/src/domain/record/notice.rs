//! Public notices (公示): at which level one hangs, where, from when to when, and the photographs of it.
//!
//! How long it must hang is [`super::super::notice_period`]'s question.

use kernel::{Attachment, Duty};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// Who posts a notice, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum NoticeLevel {
    /// 村级公示.
    Village,
    /// 乡镇公示.
    Township,
    /// 县级公示.
    County,
}

impl NoticeLevel {
    /// The duty of whoever posts and closes it.
    #[must_use]
    pub fn duty(self) -> Duty {
        match self {
            Self::Village => Duty::Applicant,
            Self::Township => Duty::TownshipReviewer,
            Self::County => Duty::CountyOffice,
        }
    }

    /// Chinese name.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::Village => "村级公示",
            Self::Township => "乡镇公示",
            Self::County => "县级公示",
        }
    }
}

/// What is to be posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewNotice {
    /// Level.
    pub level: NoticeLevel,
    /// Where it hangs.
    pub places: Vec<String>,
    /// Photograph of it hanging; none was given when empty.
    pub photo: Option<Attachment>,
}

/// A notice that was posted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Level.
    pub level: NoticeLevel,
    /// Where it hangs.
    pub places: Vec<String>,
    /// Revision of the content that it shows.
    pub content_revision: i64,
    /// When it was posted.
    #[serde(with = "time::serde::rfc3339")]
    pub posted_at: OffsetDateTime,
    /// From when it may be closed.
    #[serde(with = "time::serde::rfc3339")]
    pub closable_at: OffsetDateTime,
    /// Photograph at posting.
    pub photo: Attachment,
    /// How it ended; none while it hangs.
    pub closed: Option<Closing>,
    /// Whether what it showed has changed since, so that another takes its place.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub superseded: bool,
}

/// How a notice ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closing {
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Photograph of it still hanging.
    pub photo: Attachment,
}
