//! Contract values as domain values and back. Pure; everything that is wrong with a request is said at once.
//!
//! What a request must look like is checked here, field by field; what it means is the machine's question. The form
//! itself is in [`content`], lists and counts in [`listing`] and [`statistics`], the other requests in [`request`], what is
//! answered in [`reply`], the closed sets in [`words`].

pub mod content;
pub mod listing;
pub mod mask;
pub mod reply;
pub mod request;
pub mod statistics;
pub mod words;

use kernel::{
    Attachment, ProjectId,
    calendar::parse_date,
    refusal::{Common, Violations},
};
use proto::{common::v1::Attachment as AttachmentMessage, intake::v1::ApplicationState};
use time::Date;
use translation::{attachment, field::uuid};

/// The project that a request names, with what else it brings.
///
/// # Errors
/// Every wrong field at once.
pub fn on_project<T>(
    project_id: &str,
    rest: impl FnOnce(&mut Violations) -> Option<T>,
) -> Result<(ProjectId, T), Common> {
    gathered(|wrong| {
        let project = uuid(project_id, "project_id", wrong);
        let rest = rest(wrong);
        Some((ProjectId(project?), rest?))
    })
}

/// What is made of a request, unless anything is wrong with it.
///
/// # Errors
/// Every wrong field at once.
pub fn gathered<T>(make: impl FnOnce(&mut Violations) -> Option<T>) -> Result<T, Common> {
    let mut wrong = Violations::default();
    let made = make(&mut wrong);
    wrong.finish()?;
    Ok(made.expect("what is missing was refused just above"))
}

/// A date such as `2022-03-01`.
pub fn date(text: &str, field: &str, wrong: &mut Violations) -> Option<Date> {
    let date = parse_date(text);
    if date.is_none() {
        let zh = format!("日期“{}”无效,应如 2022-03-01", text.chars().take(40).collect::<String>());
        wrong.add("BAD_DATE", field, zh, "is no date such as 2022-03-01");
    }
    date
}

/// More people than any county has.
const MOST_PEOPLE: u32 = 10_000_000;

/// A number of persons or households.
pub fn count(number: i32, field: &str, wrong: &mut Violations) -> Option<u32> {
    let count = u32::try_from(number).ok().filter(|count| *count <= MOST_PEOPLE);
    if count.is_none() {
        let zh = format!("人数、户数须在0至{MOST_PEOPLE}之间");
        wrong.add("COUNT", field, zh, format!("must be 0 to {MOST_PEOPLE}"));
    }
    count
}

/// A file that may be missing; one that is there is named by a well-formed hash.
pub fn attachment(message: Option<AttachmentMessage>, field: &str, wrong: &mut Violations) -> Option<Attachment> {
    message.map(|message| attachment::from_message(message, field, wrong))
}

pub(crate) const STATE_PREFIX: &str = "APPLICATION_STATE_";

/// The state of that stored code.
pub fn state_named(code: &str) -> ApplicationState {
    ApplicationState::from_str_name(&format!("{STATE_PREFIX}{code}")).unwrap_or_default()
}

#[cfg(test)]
mod tests {

    use super::*;

    #[test]
    fn every_state_has_its_name() {
        for code in [
            "DRAFT",
            "DELIBERATION",
            "VILLAGE_NOTICE",
            "TOWNSHIP_REVIEW",
            "TOWNSHIP_NOTICE",
            "COUNTY_REVIEW",
            "COUNTY_NOTICE",
            "IN_POOL",
            "RETURNED",
            "REJECTED",
            "WITHDRAWN",
            "OUT_OF_POOL",
        ] {
            assert_ne!(state_named(code), ApplicationState::Unspecified, "{code}");
        }
    }
}
