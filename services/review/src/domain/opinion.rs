//! An opinion (审核意见): asked of one post in one round, then given once by one person, and never changed.
//!
//! A correction of an opinion is a new opinion in a later round. What an opinion must contain is [`super::decision`]'s.

use kernel::{Actor, PersonId, Post, TaskId};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// What sort of task asks for the opinion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TaskKind {
    /// S5 部门审核.
    DepartmentReview,
    /// 县领导小组办公室处理部门否决意见.
    CountyOfficeDecision,
    /// S7 领导小组审定.
    LeadingGroupDecision,
}

impl TaskKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::DepartmentReview, Self::CountyOfficeDecision, Self::LeadingGroupDecision];

    /// Stable code, as in the inbox.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::DepartmentReview => "DEPARTMENT_REVIEW",
            Self::CountyOfficeDecision => "COUNTY_OFFICE_DECISION",
            Self::LeadingGroupDecision => "LEADING_GROUP_DECISION",
        }
    }

    /// The kind of that code.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// Chinese name.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::DepartmentReview => "县级部门审核",
            Self::CountyOfficeDecision => "领导小组办公室处理",
            Self::LeadingGroupDecision => "领导小组审定",
        }
    }

    /// The outcomes that it may end with.
    #[must_use]
    pub fn outcomes(self) -> &'static [Outcome] {
        match self {
            Self::DepartmentReview | Self::LeadingGroupDecision => {
                &[Outcome::Approve, Outcome::Return, Outcome::Reject]
            }
            // A department has rejected: the office can't turn that into a yes.
            Self::CountyOfficeDecision => &[Outcome::Return, Outcome::Reject],
        }
    }
}

/// What a reviewer decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Outcome {
    /// 同意.
    Approve,
    /// 退回补正.
    Return,
    /// 不予通过.
    Reject,
}

impl Outcome {
    /// Chinese name.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::Approve => "同意",
            Self::Return => "退回补正",
            Self::Reject => "不予通过",
        }
    }
}

/// How a question is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum QuestionKind {
    /// Yes or no; a no says why.
    YesNo,
    /// A text.
    Text,
    /// A date, `2022-03-01`.
    Date,
    /// A whole number.
    Number,
}

/// A question that goes with a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Id within the task.
    pub id: String,
    /// Text in Chinese.
    pub zh: String,
    /// Text in English.
    pub en: String,
    /// How it is answered.
    pub answered_as: QuestionKind,
    /// With which outcomes it must be answered; with every outcome when empty.
    pub required_for: Vec<Outcome>,
}

impl Question {
    /// Whether this outcome needs an answer to it.
    #[must_use]
    pub fn is_required_for(&self, outcome: Outcome) -> bool {
        self.required_for.is_empty() || self.required_for.contains(&outcome)
    }
}

/// An answer to a question; which field counts depends on the question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The question.
    pub question: String,
    /// For yes or no.
    pub yes: bool,
    /// For texts and dates, and the remark to a yes or no.
    pub text: String,
    /// For numbers.
    pub number: i64,
}

/// One thing to correct (补正事项).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// Path of the field or section.
    pub field: String,
    /// What must be done.
    pub text: String,
}

/// A document that belongs to an opinion, named by its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// SHA-256, 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// What a person calls it.
    pub title: String,
}

/// An opinion that is asked for: the task behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The task.
    pub task: TaskId,
    /// Its kind.
    pub task_kind: TaskKind,
    /// The post that is asked.
    pub post: Post,
    /// Name of the organisation that is asked.
    pub asked_name: String,
    /// Round in which it is asked.
    pub round: u32,
    /// Revision of the content that is to be judged.
    pub content_revision: i64,
    /// What must be answered.
    pub questions: Vec<Question>,
    /// When it is due.
    #[serde(with = "time::serde::rfc3339")]
    pub due: OffsetDateTime,
}

/// An opinion that was given: a decision record (决定记录), immutable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// Outcome.
    pub outcome: Outcome,
    /// Opinion (意见).
    pub text: String,
    /// Answers.
    pub answers: Vec<Answer>,
    /// For a return: what must be corrected.
    pub corrections: Vec<Correction>,
    /// Documents.
    pub attachments: Vec<Attachment>,
    /// Who really acted.
    pub person: PersonId,
    /// That person's name.
    pub person_name: String,
    /// Who was acted for, if anyone.
    pub on_behalf_of: Option<PersonId>,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

impl Given {
    /// The persons whose duty this is: who acted, and who was acted for.
    pub fn persons(&self) -> impl Iterator<Item = &PersonId> {
        std::iter::once(&self.person).chain(self.on_behalf_of.as_ref())
    }

    /// Whether the actor, or the person acted for, had a part in it.
    #[must_use]
    pub fn involves(&self, actor: &Actor) -> bool {
        actor.persons().any(|person| self.persons().any(|given_by| given_by == person))
    }
}

/// An opinion from the asking to the giving.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opinion {
    /// What was asked of whom.
    pub asked: Asked,
    /// What was answered; none while it is awaited.
    pub given: Option<Given>,
}

impl Opinion {
    /// Whether it is given and agrees.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.given.as_ref().is_some_and(|given| given.outcome == Outcome::Approve)
    }
}
