//! Who took a step, in which post, when (签字).
//!
//! A step taken for another counts for both persons: [`Signature::persons`] names them.

use kernel::{Actor, PersonId, Post};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// Who took a step, in which post, when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Who really acted.
    pub person: PersonId,
    /// Name, for records that people read.
    pub name: String,
    /// The post that allowed it.
    pub post: Post,
    /// Whom that person stood in for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<PersonId>,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

impl Signature {
    /// That of this actor, who acts in that post.
    #[must_use]
    pub fn of(actor: &Actor, post: &Post, at: OffsetDateTime) -> Self {
        Self {
            person: actor.person.clone(),
            name: actor.name.clone(),
            post: post.clone(),
            on_behalf_of: actor.on_behalf_of.clone(),
            at,
        }
    }

    /// Whether the same person signed for the same person.
    #[must_use]
    pub fn is_by_same(&self, other: &Self) -> bool {
        self.person == other.person && self.on_behalf_of == other.on_behalf_of
    }

    /// The persons whose duties count: the one who acted and the one acted for.
    pub fn persons(&self) -> impl Iterator<Item = &PersonId> {
        std::iter::once(&self.person).chain(self.on_behalf_of.as_ref())
    }
}
