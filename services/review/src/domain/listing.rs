//! What a list of cases can be filtered, ordered and keyed by, and what it shows of each: the words that a request is read
//! into and that the store asks with, so that neither needs to know the other.

use kernel::{Duties, Duty, Explanation, PersonId, Post, refusal::Common};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use super::record::ReturnedItem;

/// Which cases a list shows, as the store asks for them.
#[derive(Debug, PartialEq, Eq)]
pub struct Filter {
    /// Stored codes of the states; all when empty.
    pub states: Vec<&'static str>,
    /// Significant digits of the division; all when empty.
    pub division: String,
    /// Plan year; all when 0.
    pub fiscal_year: i32,
    /// Category; all when empty.
    pub category: String,
    /// Only those in which something is overdue.
    pub overdue_only: bool,
    /// The post that is waited for; any when empty.
    pub waiting_for: String,
    /// Only those for which experts were called.
    pub with_experts: bool,
    /// In which order.
    pub order: Order,
}

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The newest first.
    Newest,
    /// What changed last first.
    LatestChange,
    /// What is due first; what waits for nobody is left out.
    FirstDue,
}

impl Order {
    /// The order of that name in the contract.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.trim() {
            "" | "create_time desc" => Some(Self::Newest),
            "update_time desc" => Some(Self::LatestChange),
            "due_time" => Some(Self::FirstDue),
            _ => None,
        }
    }
}

impl Filter {
    /// The filter as text: a page's token belongs to it.
    #[must_use]
    pub fn key(&self) -> String {
        let Self { states, division, fiscal_year, category, overdue_only, waiting_for, with_experts, order } = self;
        let states = states.join(",");
        format!("{states};{division};{fiscal_year};{category};{overdue_only};{waiting_for};{with_experts};{order:?}")
    }
}

/// A case as a list shows it.
#[derive(Debug, Clone)]
pub struct ListedCase {
    /// The project.
    pub project_id: Uuid,
    /// Project name.
    pub title: String,
    /// Village.
    pub village: String,
    /// Plan year.
    pub fiscal_year: i32,
    /// Main category.
    pub category: String,
    /// Where the case is.
    pub state: String,
    /// Round.
    pub round: i32,
    /// What was returned last.
    pub returned: Vec<ReturnedItem>,
    /// Resolution number.
    pub resolution_no: Option<String>,
    /// Date of the meeting.
    pub meeting_date: Option<String>,
    /// Version.
    pub version: i64,
    /// When it changed last.
    pub changed_at: OffsetDateTime,
    /// Why the project is suspended.
    pub suspension_reason: Option<String>,
    /// When the first of the awaited tasks is due.
    pub due_at: Option<OffsetDateTime>,
    /// Whether something that is open hangs on a year that is not published.
    pub due_provisional: bool,
    /// Posts whose opinion is awaited.
    pub waiting_for: Vec<String>,
    /// The tasks that wait.
    pub open_tasks: Vec<OpenTask>,
}

/// A task that waits for somebody (待办), and who may not decide it. Kept with the row of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenTask {
    /// The post that is asked.
    pub post: Post,
    /// The one person who is asked, where each holder is asked alone.
    pub assignee: Option<PersonId>,
    /// Who spoke for another department; in rows of before, also who had another duty.
    pub barred: Vec<PersonId>,
    /// The duty that deciding it is; none in rows of before.
    #[serde(default)]
    pub duty: Option<Duty>,
    /// Who had another duty in the project.
    #[serde(default)]
    pub acts: Duties,
}

/// The row after which a page begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageKey {
    /// Its time, in an order by time.
    pub at: Option<OffsetDateTime>,
    /// The project.
    pub project: Uuid,
}

/// The key of a row, as a page's token holds it.
#[must_use]
pub fn row_key(order: Order, row: &ListedCase) -> String {
    let at = match order {
        Order::Newest => None,
        Order::LatestChange => Some(row.changed_at),
        Order::FirstDue => row.due_at,
    };
    let project = row.project_id;
    at.map_or_else(|| project.to_string(), |at| format!("{}/{project}", at.unix_timestamp_nanos()))
}

/// The row after which a page of this order begins.
///
/// # Errors
/// `PAGE_TOKEN`.
pub fn page_key(order: Order, key: Option<&str>) -> Result<Option<PageKey>, Common> {
    let bad = || {
        Common::invalid(Explanation::new("PAGE_TOKEN", "page_token 无效", "page_token is malformed").at("page_token"))
    };
    let read = |key: &str| match order {
        Order::Newest => Some(PageKey { at: None, project: key.parse().ok()? }),
        Order::LatestChange | Order::FirstDue => {
            let (at, project) = key.split_once('/')?;
            let at = OffsetDateTime::from_unix_timestamp_nanos(at.parse().ok()?).ok()?;
            Some(PageKey { at: Some(at), project: project.parse().ok()? })
        }
    };
    key.map(|key| read(key).ok_or_else(bad)).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_begins_after_a_row_of_its_order() {
        let project = Uuid::from_u128(7);
        let newest = page_key(Order::Newest, Some(&project.to_string())).expect("a key");
        assert_eq!(newest, Some(PageKey { at: None, project }));
        let due = page_key(Order::FirstDue, Some(&format!("1641258000000001000/{project}"))).expect("a key");
        assert_eq!(due.and_then(|key| key.at).map(|at| at.microsecond()), Some(1));
        assert_eq!(page_key(Order::FirstDue, None).expect("first page"), None);
        assert!(page_key(Order::Newest, Some("x")).is_err());
        assert!(page_key(Order::LatestChange, Some(&project.to_string())).is_err());
    }
}
