//! Stored rows, actors and requests as the contract's messages and the domain's values.
//!
//! The county pack as messages stands in [`reference`], what its calendar says in [`days`].

pub mod days;
pub mod reference;

use std::collections::BTreeSet;

use kernel::{
    Actor, Attachment, PersonId,
    calendar::{PublishedYear, parse_date},
    refusal::{Common, Violations},
};
use prost_types::Timestamp;
use proto::directory::v1::{
    CalendarYear as CalendarYearMessage, Delegation as DelegationMessage, LoadYearRequest, Organisation, Person,
    StartDelegationRequest,
};
use time::{Date, OffsetDateTime};
use translation::{person, time::timestamp};

use crate::domain::{
    calendar_year::CalendarYear,
    delegation::Wish,
    listing::{StoredDelegation, StoredPerson, StoredYear},
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
        on_behalf_of: person::to_message(actor.on_behalf_of.as_ref()),
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

/// A stored delegation.
pub fn delegation(stored: StoredDelegation) -> DelegationMessage {
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

/// What was published of a year.
///
/// # Errors
/// `BAD_DATE`, naming each text that is no day.
pub fn published(asked: LoadYearRequest) -> Result<PublishedYear, Common> {
    let mut wrong = Violations::default();
    let mut days = |field: &str, texts: &[String]| -> BTreeSet<Date> {
        let read = |(at, text): (usize, &String)| {
            let day = parse_date(text);
            if day.is_none() {
                wrong.add(
                    "BAD_DATE",
                    format!("{field}[{at}]"),
                    "日期应为 2027-01-01 格式",
                    "must be a day, 2027-01-01",
                );
            }
            day
        };
        texts.iter().enumerate().filter_map(read).collect()
    };
    let (days_off, workdays) = (days("days_off", &asked.days_off), days("workdays", &asked.workdays));
    wrong.finish()?;
    let document = asked.document.unwrap_or_default();
    let document = Attachment { sha256: document.sha256, title: document.title };
    Ok(PublishedYear { year: asked.year, document_no: asked.document_no, document, days_off, workdays })
}

/// A year that was loaded.
pub fn calendar_year(stored: StoredYear) -> CalendarYearMessage {
    let texts = |days: Vec<Date>| days.iter().map(ToString::to_string).collect();
    CalendarYearMessage {
        year: stored.year,
        revision: stored.revision,
        document_no: stored.document_no,
        days_off: texts(stored.days_off),
        workdays: texts(stored.workdays),
    }
}

/// A year as it stands after its loading.
pub fn loaded_year(year: &CalendarYear) -> CalendarYearMessage {
    let texts = |days: &BTreeSet<Date>| days.iter().map(ToString::to_string).collect();
    let revision = i32::try_from(year.revision).unwrap_or(i32::MAX);
    year.published.as_ref().map_or_else(CalendarYearMessage::default, |published| CalendarYearMessage {
        year: published.year,
        revision,
        document_no: published.document_no.clone(),
        days_off: texts(&published.days_off),
        workdays: texts(&published.workdays),
    })
}

/// A moment to the second; none when it is out of range.
fn moment(said: &Timestamp) -> Option<OffsetDateTime> {
    // Further years than any calendar here, and what PostgreSQL keeps.
    translation::time::moment(said)
        .and_then(|at| at.replace_nanosecond(0).ok())
        .filter(|at| (1970..=9999).contains(&at.year()))
}
