//! A signature (签署): who did something, in which post, for whom, and when. Cases and meetings sign alike, so that a
//! meeting's signature can be brought to a case as its actor.

use kernel::{Actor, PersonId, Post};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// Who did something, and in which post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// Who really acted.
    pub person: PersonId,
    /// That person's name.
    pub name: String,
    /// In which post.
    pub post: Post,
    /// Who was acted for, if anyone.
    pub on_behalf_of: Option<PersonId>,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

impl Signed {
    /// The signature of this actor in this post.
    #[must_use]
    pub fn of(actor: &Actor, post: Post, at: OffsetDateTime) -> Self {
        let Actor { person, name, on_behalf_of, .. } = actor.clone();
        Self { person, name, post, on_behalf_of, at }
    }

    /// The same as an actor: it is that person, in that post, who decides each case.
    #[must_use]
    pub fn actor(&self) -> Actor {
        let Self { person, name, post, on_behalf_of, at: _ } = self.clone();
        Actor { person, name, posts: vec![post], on_behalf_of }
    }
}
