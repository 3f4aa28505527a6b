//! What lists show of the room: persons, years of the calendar, delegations, as the store keeps them. The store reads them
//! and the contract's words are made of them, so that neither needs to know the other.

use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// A person with posts.
#[derive(Debug, Clone)]
pub struct StoredPerson {
    pub person_id: String,
    pub display_name: String,
    pub posts: Vec<String>,
}

/// A year that was loaded.
#[derive(Debug, Clone)]
pub struct StoredYear {
    pub year: i32,
    pub revision: i32,
    pub document_no: String,
    pub days_off: Vec<Date>,
    pub workdays: Vec<Date>,
}

/// A delegation as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDelegation {
    pub delegation_id: Uuid,
    pub delegator_id: String,
    pub delegate_id: String,
    pub start_at: OffsetDateTime,
    pub end_at: OffsetDateTime,
    pub reason: String,
    pub ended_at: Option<OffsetDateTime>,
}
