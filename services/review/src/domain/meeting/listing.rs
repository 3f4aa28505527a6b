//! What a list of meetings can be filtered and keyed by, and what it shows of each: read into by the requests, asked with by
//! the store.

use kernel::{Explanation, refusal::Common};
use time::OffsetDateTime;
use uuid::Uuid;

/// Which meetings a list shows.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Stored codes of the states; all when empty.
    pub states: Vec<&'static str>,
    /// Not before this day; any when empty.
    pub from: String,
    /// Not after this day; any when empty.
    pub to: String,
}

impl Filter {
    /// The filter as text: a page's token belongs to it.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{};{};{}", self.states.join(","), self.from, self.to)
    }
}

/// A meeting as a list shows it.
#[derive(Debug, Clone)]
pub struct ListedMeeting {
    /// The meeting.
    pub meeting_id: Uuid,
    /// Where it is.
    pub state: String,
    /// The day it was held, or is planned for.
    pub meeting_date: String,
    /// Resolution number.
    pub resolution_no: Option<String>,
    /// Projects on its agenda.
    pub item_count: i32,
    /// Version.
    pub version: i64,
    /// When it changed last.
    pub changed_at: OffsetDateTime,
}

/// The key of a row, as a page's token holds it.
#[must_use]
pub fn row_key(row: &ListedMeeting) -> String {
    format!("{}/{}", row.meeting_date, row.meeting_id)
}

/// The day and the meeting after which a page begins.
///
/// # Errors
/// `PAGE_TOKEN`.
pub fn page_key(key: Option<&str>) -> Result<Option<(String, Uuid)>, Common> {
    let bad = || {
        Common::invalid(Explanation::new("PAGE_TOKEN", "page_token 无效", "page_token is malformed").at("page_token"))
    };
    let read = |key: &str| {
        let (day, meeting) = key.split_once('/')?;
        Some((day.to_owned(), meeting.parse().ok()?))
    };
    key.map(|key| read(key).ok_or_else(bad)).transpose()
}
