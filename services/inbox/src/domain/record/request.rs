//! What a room asks of a person (待办内容): who may work on it, what it is about, what must be answered, until when.
//!
//! Titles, subject lines, kinds and questions are the asking room's own; they are kept as they came and only shown.

use kernel::{
    PersonId, Post, ProjectId, TaskId,
    decision::{Outcome, Question},
    duty::Act,
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// A line of the subject, shown as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubjectLine {
    /// Label.
    pub label: String,
    /// Value.
    pub value: String,
}

/// What a room asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The task: its id follows from what raised it, so a replay names the same one.
    pub task: TaskId,
    /// The room that raised it and judges its decision.
    pub room: String,
    /// The project that it is about.
    pub project: ProjectId,
    /// Kind, in the room's own words.
    pub kind: String,
    /// Title in Chinese.
    pub title: String,
    /// The post that may work on it (候选岗位).
    #[serde(with = "post")]
    pub candidate: Post,
    /// Persons who may not work on it, by a duty (不相容岗位) or for another reason.
    pub excluded: Vec<PersonId>,
    /// Of these, whose duty in the project forbids it, and which.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub barred: Vec<Act>,
    /// What it is about.
    pub subject: Vec<SubjectLine>,
    /// What must be answered.
    pub questions: Vec<Question>,
    /// The outcomes that are possible.
    pub outcomes: Vec<Outcome>,
    /// When it is due (办理期限). Overdue is shown; it never approves.
    #[serde(with = "time::serde::rfc3339")]
    pub due_at: OffsetDateTime,
    /// Whether that hangs on a year that is not published yet (暂定).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub due_provisional: bool,
    /// Which round of the project, from 1.
    pub round: i32,
    /// Revision of the content that is to be judged.
    pub subject_revision: i64,
    /// The steps that a return may name (可退回环节), in the room's own words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub return_steps: Vec<String>,
}

/// A post is stored as people write it, `role@organisation`.
mod post {
    use kernel::Post;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(post: &Post, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(post)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Post, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}
