//! Objections (异议): what a villager says, who must answer it, and the answer.
//!
//! Who may answer when is [`super::super::objection`]'s question; the words themselves are in [`super::original`].

use kernel::{Due, PersonId, Role, Signature};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{
    notice::NoticeLevel,
    original::{Kept, Sealed},
};

/// Who must answer an objection now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AnsweringLevel {
    /// 村级: the supervision committee, never the two committees whose project it is.
    Village,
    /// 乡镇.
    Township,
    /// 县乡村振兴局.
    County,
    /// 县纪委监委: nobody is above it.
    Discipline,
}

impl AnsweringLevel {
    /// Stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Village => "VILLAGE",
            Self::Township => "TOWNSHIP",
            Self::County => "COUNTY",
            Self::Discipline => "DISCIPLINE",
        }
    }

    /// The roles that answer there.
    #[must_use]
    pub fn roles(self) -> &'static [Role] {
        match self {
            Self::Village => &[Role::VillageSupervision],
            Self::Township => &[Role::TownshipClerk, Role::TownshipHead],
            Self::County => &[Role::RevitalizationBureau],
            Self::Discipline => &[Role::Discipline],
        }
    }

    /// One level up; none above the last.
    #[must_use]
    pub fn above(self) -> Option<Self> {
        match self {
            Self::Village => Some(Self::Township),
            Self::Township => Some(Self::County),
            Self::County => Some(Self::Discipline),
            Self::Discipline => None,
        }
    }
}

/// What a villager says, as it was filed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// Who, and in what words.
    pub kept: Kept,
    /// Persons complained about: they may not answer it.
    pub about: Vec<PersonId>,
    /// Their names, where who files it knows no more: all officials over the village who are called so stand aside.
    pub about_names: Vec<String>,
}

/// What the history keeps of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Complained {
    /// What was filed, sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<Sealed>,
    /// Persons complained about: they may not answer it.
    pub about: Vec<PersonId>,
}

/// An objection that was raised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Objection {
    /// Number within the application, from `1`.
    pub id: String,
    /// The notice objected to.
    pub level: NoticeLevel,
    /// What was said, and about whom.
    pub complaint: Complained,
    /// Who must answer.
    #[serde(rename = "desk")]
    pub answering_level: AnsweringLevel,
    /// When it was raised.
    #[serde(with = "time::serde::rfc3339")]
    pub raised_at: OffsetDateTime,
    /// When it goes one level up.
    pub due: Due,
    /// The answer; none while it is open.
    pub reply: Option<Reply>,
}

/// How an objection was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// Whether it is right (成立).
    pub upheld: bool,
    /// What it is about, in the words of the level that answers, for those who may not read the original.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub summary: String,
    /// What was found and done.
    pub text: String,
    /// Who answered.
    pub signature: Signature,
}

/// What the answering level says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answering {
    /// Whether it is right (成立).
    pub upheld: bool,
    /// What it is about, without a word that tells who objected.
    pub summary: String,
    /// What was found and done.
    pub text: String,
}
