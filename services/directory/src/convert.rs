//! Stored rows and actors as the contract's messages.

use kernel::Actor;
use proto::directory::v1::{Organisation, Person};

use crate::store::StoredPerson;

/// A stored person.
pub fn person(stored: StoredPerson) -> Person {
    Person { person_id: stored.person_id, display_name: stored.display_name, posts: stored.posts }
}

/// The caller.
pub fn caller(actor: Actor) -> Person {
    Person {
        person_id: actor.person.0,
        display_name: actor.name,
        posts: actor.posts.iter().map(ToString::to_string).collect(),
    }
}

/// A stored organisation: code and name.
pub fn organisation((org_code, display_name): (String, String)) -> Organisation {
    Organisation { org_code, display_name }
}
