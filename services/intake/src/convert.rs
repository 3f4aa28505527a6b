//! Contract values as domain values and back. Pure; everything that is wrong with a request is said at once.
//!
//! What a request must look like is checked here, field by field; what it means is the machine's question. The form
//! itself is in [`content`], the other requests in [`request`], what is answered in [`reply`].

pub mod content;
pub mod reply;
pub mod request;

use kernel::{
    Attachment, Division, Explanation, ProjectId,
    calendar::parse_date,
    refusal::{Common, Violations},
};
use prost_types::Timestamp;
use proto::{common::v1::Attachment as AttachmentMessage, intake::v1::ApplicationState};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

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

/// An id.
pub fn uuid(text: &str, field: &str, wrong: &mut Violations) -> Option<Uuid> {
    let id = Uuid::parse_str(text).ok();
    if id.is_none() {
        wrong.add("BAD_ID", field, format!("{field} 必须是 UUID"), "must be a UUID");
    }
    id
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
    let AttachmentMessage { sha256, title } = message?;
    let file = Attachment { sha256, title };
    file.check(field, wrong);
    Some(file)
}

/// Files, each named by a well-formed hash.
pub fn attachments(messages: Vec<AttachmentMessage>, field: &str, wrong: &mut Violations) -> Vec<Attachment> {
    let files = messages.into_iter().enumerate();
    files.filter_map(|(index, file)| attachment(Some(file), &format!("{field}[{index}]"), wrong)).collect()
}

/// A file, as the contract has it.
pub fn attachment_message(file: &Attachment) -> AttachmentMessage {
    AttachmentMessage { sha256: file.sha256.clone(), title: file.title.clone() }
}

/// A moment.
pub fn timestamp(at: OffsetDateTime) -> Timestamp {
    Timestamp { seconds: at.unix_timestamp(), nanos: i32::try_from(at.nanosecond()).unwrap_or(0) }
}

/// A small count, as the contract has it.
pub fn number(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

const STATE_PREFIX: &str = "APPLICATION_STATE_";

/// The state of that stored code.
pub fn state_named(code: &str) -> ApplicationState {
    ApplicationState::from_str_name(&format!("{STATE_PREFIX}{code}")).unwrap_or_default()
}

/// Which applications a list shows, as the store asks for them.
#[derive(Debug, PartialEq, Eq)]
pub struct Filter {
    /// Stored codes of the states; all when empty.
    pub states: Vec<&'static str>,
    /// Significant digits of the division; all when empty.
    pub division: String,
    /// Plan year; all when 0.
    pub fiscal_year: i32,
}

impl Filter {
    /// The filter as text: a page's token belongs to it.
    pub fn key(&self) -> String {
        format!("{};{};{}", self.states.join(","), self.division, self.fiscal_year)
    }
}

/// What a list asks for.
///
/// # Errors
/// Every wrong field at once.
pub fn filter(states: &[i32], division: &str, fiscal_year: i32) -> Result<Filter, Common> {
    gathered(|wrong| {
        let mut codes = Vec::new();
        for (index, state) in states.iter().enumerate() {
            let known = ApplicationState::try_from(*state).ok().filter(|state| *state != ApplicationState::Unspecified);
            match known.and_then(|state| state.as_str_name().strip_prefix(STATE_PREFIX)) {
                Some(code) => codes.push(code),
                None => wrong.add("STATE", format!("states[{index}]"), "未知的状态", "is no state of an application"),
            }
        }
        let division = match division {
            "" => Some(String::new()),
            code => {
                let division = code.parse::<Division>().ok();
                if division.is_none() {
                    wrong.add("DIVISION", "division", "区划代码须为12位数字", "must be a 12-digit division code");
                }
                division.map(|division| division.prefix().to_owned())
            }
        };
        Some(Filter { states: codes, division: division?, fiscal_year })
    })
}

/// The project after which a page begins.
///
/// # Errors
/// `PAGE_TOKEN`.
pub fn page_key(key: Option<&str>) -> Result<Option<Uuid>, Common> {
    let bad = |_| {
        let explanation = Explanation::new("PAGE_TOKEN", "page_token 无效", "page_token is malformed");
        Common::invalid(explanation.at("page_token"))
    };
    key.map(Uuid::parse_str).transpose().map_err(bad)
}

/// What is left of the divisions that a reader sees when only what lies in one division is wanted; all when it is empty.
pub fn narrowed(prefixes: Vec<String>, division: &str) -> Vec<String> {
    let common = |prefix: String| {
        if division.starts_with(&prefix) {
            Some(division.to_owned())
        } else {
            prefix.starts_with(division).then_some(prefix)
        }
    };
    prefixes.into_iter().filter_map(common).collect()
}

#[cfg(test)]
mod tests {

    use kernel::Refusal as _;

    use super::*;

    #[test]
    fn filters_are_checked_and_name_their_pages() {
        let asked = filter(&[ApplicationState::InPool.into()], "430921129000", 2022).expect("known");
        assert_eq!(asked.key(), "IN_POOL;430921129;2022");
        assert_eq!(filter(&[], "", 0).expect("everything").key(), ";;0");
        let refusal = filter(&[0, 99], "南县", 2022).expect_err("nothing is right");
        let fields: Vec<String> = refusal.explain().fields.into_iter().map(|violation| violation.field).collect();
        assert_eq!(fields, ["states[0]", "states[1]", "division"]);
        assert!(page_key(Some("x")).is_err());
    }

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

    #[test]
    fn a_list_is_narrowed_to_what_the_reader_sees_of_a_division() {
        let narrowed = |prefix: &str, division: &str| narrowed(vec![prefix.to_owned()], division);
        assert_eq!(narrowed("430921", "430921129"), ["430921129"]);
        assert_eq!(narrowed("430921129201", "430921129"), ["430921129201"]);
        assert_eq!(narrowed("430921129", ""), ["430921129"]);
        assert!(narrowed("430921127", "430921129").is_empty());
    }
}
