//! Fields that look alike everywhere.

use kernel::{
    Division,
    refusal::{Common, Violations},
};
use uuid::Uuid;

/// An id.
pub fn uuid(text: &str, field: &str, wrong: &mut Violations) -> Option<Uuid> {
    let id = Uuid::parse_str(text).ok();
    if id.is_none() {
        wrong.add("BAD_ID", field, format!("{field} 必须是 UUID"), "must be a UUID");
    }
    id
}

/// An id that is asked for alone.
///
/// # Errors
/// `BAD_ID` at that field.
pub fn only_uuid(text: &str, field: &str) -> Result<Uuid, Common> {
    let mut wrong = Violations::default();
    let id = uuid(text, field, &mut wrong);
    wrong.finish()?;
    Ok(id.unwrap_or_default())
}

/// An id that a list is narrowed by; none when the text is empty.
pub fn optional_uuid(text: &str, field: &str, wrong: &mut Violations) -> Option<Uuid> {
    if text.is_empty() { None } else { uuid(text, field, wrong) }
}

/// The significant digits of the division that a list is narrowed to; none of them, and so everything, when the text is empty.
pub fn division_prefix(text: &str, field: &str, wrong: &mut Violations) -> String {
    if text.is_empty() {
        return String::new();
    }
    match text.parse::<Division>() {
        Ok(division) => division.prefix().to_owned(),
        Err(_) => {
            wrong.add("DIVISION", field, "区划代码须为12位数字", "must be a 12-digit division code");
            String::new()
        }
    }
}

/// A count, to send.
#[must_use]
pub fn number(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
