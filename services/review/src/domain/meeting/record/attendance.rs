//! Who was there (到会情况): members due, members present, and each of them by person. Records of before name nobody by
//! person.

use kernel::PersonId;
use serde::{Deserialize, Serialize};

/// Attendance of a meeting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attendance {
    /// Members who were due (应到).
    pub due: u32,
    /// Members who were present (实到).
    pub present: u32,
    /// Each of those present.
    pub persons: Vec<Attendee>,
}

/// One who was present.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attendee {
    /// Who; none in records of before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// Name.
    pub name: String,
    /// Office held (职务), such as 县财政局局长.
    pub title: String,
}

impl Attendance {
    /// Those present, by person.
    pub fn present(&self) -> impl Iterator<Item = &PersonId> {
        self.persons.iter().filter_map(|attendee| attendee.person.as_ref())
    }
}
