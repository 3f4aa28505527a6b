//! Who did it, and for whom (签字): the name is kept for records that people read.

use kernel::{Actor, Duties, Duty, PersonId};
use serde::{Deserialize, Serialize};

/// Who did it, and for whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Who really acted.
    pub person: PersonId,
    /// Name, for records that people read.
    pub name: String,
    /// Whom that person stood in for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<PersonId>,
}

impl Signature {
    /// The actor's.
    #[must_use]
    pub fn of(actor: &Actor) -> Self {
        Self { person: actor.person.clone(), name: actor.name.clone(), on_behalf_of: actor.on_behalf_of.clone() }
    }

    /// Who acted, and who was acted for.
    pub fn persons(&self) -> impl Iterator<Item = &PersonId> {
        std::iter::once(&self.person).chain(self.on_behalf_of.as_ref())
    }

    /// Remembers this duty of the one who acted and of the one acted for (SOD-5).
    pub fn record(&self, duties: &mut Duties, duty: Duty) {
        self.persons().for_each(|person| duties.record_person(person, duty));
    }
}
