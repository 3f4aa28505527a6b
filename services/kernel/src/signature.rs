//! Who took a step (签名): part of every fact that a person caused.
//!
//! A step taken for another counts for both persons: [`Signature::persons`] names them.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::{Actor, PersonId, Post};

/// Who took a step, in which post, for whom, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
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

impl Signature {
    /// The signature of this actor in this post.
    #[must_use]
    pub fn of(actor: &Actor, post: Post, at: OffsetDateTime) -> Self {
        let Actor { person, name, on_behalf_of, .. } = actor.clone();
        Self { person, name, post, on_behalf_of, at }
    }

    /// The persons whose duty this is: who acted, and who was acted for.
    pub fn persons(&self) -> impl Iterator<Item = &PersonId> {
        std::iter::once(&self.person).chain(self.on_behalf_of.as_ref())
    }

    /// The same as an actor who holds that one post: what was signed for many is done in each by whoever signed.
    #[must_use]
    pub fn actor(&self) -> Actor {
        let Self { person, name, post, on_behalf_of, at: _ } = self.clone();
        Actor { person, name, posts: vec![post], on_behalf_of }
    }
}
