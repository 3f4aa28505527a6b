//! Who did something (签名): part of every fact that a person caused.
//!
//! Who may sign what is [`super::super::authority`]'s question.

use kernel::{PersonId, Post};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// Who did something: part of every fact that a person caused.
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
    /// The persons whose duty this is: who acted, and who was acted for.
    pub fn persons(&self) -> impl Iterator<Item = &PersonId> {
        std::iter::once(&self.person).chain(self.on_behalf_of.as_ref())
    }
}
