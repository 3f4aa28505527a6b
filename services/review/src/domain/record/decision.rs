//! A decision on record (决定记录): what one person said on a task, whether it is called an opinion or a decision there.
//!
//! A correction of it is a new one in a later round. What it must contain is [`crate::domain::decision`]'s.

use kernel::{
    Actor, Attachment, PersonId,
    decision::{Answer, Correction, Decision, Outcome},
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// What a person decided on a task, in that person's words (决定记录). It is never changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionRecord {
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

impl DecisionRecord {
    /// The record of what this actor said.
    #[must_use]
    pub fn of(decision: Decision, actor: &Actor, at: OffsetDateTime) -> Self {
        Self {
            outcome: decision.outcome,
            text: decision.opinion,
            answers: decision.answers,
            corrections: decision.corrections,
            attachments: decision.attachments,
            person: actor.person.clone(),
            person_name: actor.name.clone(),
            on_behalf_of: actor.on_behalf_of.clone(),
            at,
        }
    }

    /// The persons whose duty this is: who acted, and who was acted for.
    pub fn persons(&self) -> impl Iterator<Item = &PersonId> {
        std::iter::once(&self.person).chain(self.on_behalf_of.as_ref())
    }

    /// Whether the actor, or the person acted for, had a part in it.
    #[must_use]
    pub fn involves(&self, actor: &Actor) -> bool {
        actor.persons().any(|person| self.persons().any(|decided_by| decided_by == person))
    }
}
