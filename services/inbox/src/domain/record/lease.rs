//! A claim (领取): one person holds a task alone, for a while.
//!
//! The fencing token grows with each new holder, so that a decision made under an older claim can be told and refused.

use kernel::PersonId;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// One person's claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// Who holds the task.
    pub holder: PersonId,
    /// Whom the holder stands in for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<PersonId>,
    /// Number of the claim, from 1 (fencing token).
    pub token: i64,
    /// When the claim ends.
    #[serde(with = "time::serde::rfc3339")]
    pub until: OffsetDateTime,
}

impl Lease {
    /// Whether the claim still stands. At its very end it doesn't.
    #[must_use]
    pub fn stands(&self, at: OffsetDateTime) -> bool {
        at < self.until
    }

    /// Whether this person holds it now, under this token.
    #[must_use]
    pub fn is_held(&self, person: &PersonId, token: i64, at: OffsetDateTime) -> bool {
        self.stands(at) && self.holder == *person && self.token == token
    }
}

#[cfg(test)]
mod tests {
    use time::{Duration, macros::datetime};

    use super::*;
    use crate::domain::claim::LENGTH;

    #[test]
    fn a_lease_holds_for_its_person_and_token_until_its_end() {
        let start = datetime!(2022-03-01 09:00 +8);
        let zhou = PersonId("zhou".into());
        let lease = Lease { holder: zhou.clone(), on_behalf_of: None, token: 3, until: start + LENGTH };
        assert!(lease.is_held(&zhou, 3, start));
        assert!(lease.is_held(&zhou, 3, start + LENGTH - Duration::microseconds(1)));
        assert!(!lease.is_held(&zhou, 3, start + LENGTH), "it has ended");
        assert!(!lease.is_held(&zhou, 2, start), "an older token");
        assert!(!lease.is_held(&PersonId("wu".into()), 3, start), "another person");
    }
}
