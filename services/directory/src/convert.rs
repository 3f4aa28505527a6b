//! Stored rows, actors and requests as the contract's messages and the domain's values.

use kernel::{
    Actor, Explanation, PersonId,
    refusal::{Common, Violations},
};
use prost_types::Timestamp;
use proto::directory::v1::{Delegation as DelegationMessage, Organisation, Person, StartDelegationRequest};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    domain::delegation::Wish,
    store::{StoredPerson, delegations::Delegation},
};

/// A stored person.
pub fn person(stored: StoredPerson) -> Person {
    let StoredPerson { person_id, display_name, posts } = stored;
    Person { person_id, display_name, posts, on_behalf_of: String::new() }
}

/// The caller.
pub fn caller(actor: Actor) -> Person {
    Person {
        person_id: actor.person.0,
        display_name: actor.name,
        posts: actor.posts.iter().map(ToString::to_string).collect(),
        on_behalf_of: actor.on_behalf_of.map(|person| person.0).unwrap_or_default(),
    }
}

/// A stored organisation: code and name.
pub fn organisation((org_code, display_name): (String, String)) -> Organisation {
    Organisation { org_code, display_name }
}

/// What somebody wants to delegate; it begins now when no start is said.
///
/// # Errors
/// `BAD_DATE` for a time that is none.
pub fn wish(asked: StartDelegationRequest, now: OffsetDateTime) -> Result<Wish, Common> {
    let mut wrong = Violations::default();
    let start = asked.start_time.as_ref().map_or(Some(now), moment);
    let end = asked.end_time.as_ref().and_then(moment);
    for (field, time) in [("start_time", start), ("end_time", end)] {
        if time.is_none() {
            wrong.add("BAD_DATE", field, "时间无效或未填写", "is missing or no time");
        }
    }
    wrong.finish()?;
    let (start, end) = start.zip(end).expect("what is missing was refused just above");
    Ok(Wish { delegate: PersonId(asked.delegate_id), start, end, reason: asked.reason })
}

/// The id of a delegation.
///
/// # Errors
/// `BAD_ID`.
pub fn delegation_id(text: &str, field: &str) -> Result<Uuid, Common> {
    let bad =
        |_| Common::invalid(Explanation::new("BAD_ID", format!("{field} 必须是 UUID"), "must be a UUID").at(field));
    Uuid::parse_str(text).map_err(bad)
}

/// A stored delegation.
pub fn delegation(stored: Delegation) -> DelegationMessage {
    DelegationMessage {
        delegation_id: stored.delegation_id.to_string(),
        delegator_id: stored.delegator_id,
        delegate_id: stored.delegate_id,
        start_time: Some(timestamp(stored.start_at)),
        end_time: Some(timestamp(stored.end_at)),
        reason: stored.reason,
        ended_time: stored.ended_at.map(timestamp),
    }
}

fn timestamp(at: OffsetDateTime) -> Timestamp {
    Timestamp { seconds: at.unix_timestamp(), nanos: i32::try_from(at.nanosecond()).unwrap_or(0) }
}

/// A moment to the second; none when it is out of range.
fn moment(time: &Timestamp) -> Option<OffsetDateTime> {
    // Further years than any calendar here, and what PostgreSQL keeps.
    OffsetDateTime::from_unix_timestamp(time.seconds).ok().filter(|at| (1970..=9999).contains(&at.year()))
}
