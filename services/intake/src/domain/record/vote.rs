//! Meetings of the village (村级议事): what was counted at one, the representatives' vote, and the meetings before it.
//!
//! Whether enough were present and agreed is the question of [`super::super::village_vote`] and
//! [`super::super::deliberation`].

use kernel::Attachment;
use serde::{Deserialize, Serialize};
use time::Date;

use super::date::civil;

/// What was counted at the meeting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ballot {
    /// Date of the meeting.
    #[serde(with = "civil")]
    pub meeting_date: Date,
    /// Representatives entitled to vote (应到).
    pub entitled: u32,
    /// Present (实到).
    pub present: u32,
    /// Yes (赞成).
    pub yes: u32,
    /// No (反对).
    pub no: u32,
    /// Abstained (弃权).
    pub abstain: u32,
    /// Scan of the record (会议记录).
    pub minutes: Attachment,
}

/// A vote that was held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vote {
    /// What was counted.
    pub ballot: Ballot,
    /// Whether it passed.
    pub passed: bool,
}

/// Which meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Meeting {
    /// 党支部会提议.
    Branch,
    /// 村“两委”会商议.
    Committees,
    /// 党员大会审议.
    PartyMembers,
}

impl Meeting {
    /// The meetings in their order.
    pub const ALL: [Self; 3] = [Self::Branch, Self::Committees, Self::PartyMembers];

    /// Chinese name.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::Branch => "党支部会提议",
            Self::Committees => "村“两委”会商议",
            Self::PartyMembers => "党员大会审议",
        }
    }
}

/// A meeting that was held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deliberation {
    /// Which.
    pub meeting: Meeting,
    /// What was counted.
    pub ballot: Ballot,
    /// Whether it agreed.
    pub passed: bool,
    /// Which attempt of the village, from 1: a draft that is proposed again deliberates anew.
    pub attempt: u32,
}
