//! Fields that look alike everywhere.

use kernel::refusal::{Common, Violations};
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

/// A count, to send.
#[must_use]
pub fn number(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
