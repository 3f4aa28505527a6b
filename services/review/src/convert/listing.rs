//! What a list of cases asks for: filters, order, and the row after which a page begins.

use kernel::{
    Division, Explanation, Post,
    refusal::{Common, Violations},
};
use proto::review::v1::ListCasesRequest;
use time::OffsetDateTime;
use uuid::Uuid;

use super::state_codes;
use crate::store::lists::ListedCase;

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
    fn parse(text: &str) -> Option<Self> {
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
    pub fn key(&self) -> String {
        let Self { states, division, fiscal_year, category, overdue_only, waiting_for, with_experts, order } = self;
        let states = states.join(",");
        format!("{states};{division};{fiscal_year};{category};{overdue_only};{waiting_for};{with_experts};{order:?}")
    }
}

/// What a list asks for.
///
/// # Errors
/// Every wrong field at once.
pub fn filter(asked: &ListCasesRequest) -> Result<Filter, Common> {
    let mut wrong = Violations::default();
    let states = state_codes(&asked.states, &mut wrong);
    let division = match asked.division.parse::<Division>() {
        Ok(division) => division.prefix().to_owned(),
        Err(_) if asked.division.is_empty() => String::new(),
        Err(_) => {
            wrong.add("DIVISION", "division", "区划代码须为12位数字", "must be a 12-digit division code");
            String::new()
        }
    };
    if !asked.waiting_for.is_empty() && asked.waiting_for.parse::<Post>().is_err() {
        let zh = "岗位应如 C-FIN@430921000000-FIN";
        wrong.add("POST", "waiting_for", zh, "must be a post such as C-FIN@430921000000-FIN");
    }
    let order = Order::parse(&asked.order_by);
    if order.is_none() {
        let zh = "排序应为 create_time desc、update_time desc 或 due_time";
        wrong.add("ORDER_BY", "order_by", zh, "must be `create_time desc`, `update_time desc` or `due_time`");
    }
    wrong.finish()?;
    Ok(Filter {
        states,
        division,
        fiscal_year: asked.fiscal_year,
        category: asked.category.clone(),
        overdue_only: asked.overdue_only,
        waiting_for: asked.waiting_for.clone(),
        with_experts: asked.with_experts,
        order: order.expect("what is missing was refused just above"),
    })
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
    use kernel::Refusal as _;
    use proto::review::v1::CaseState;

    use super::*;

    #[test]
    fn filters_are_checked_and_name_their_pages() {
        let asked = ListCasesRequest {
            states: vec![CaseState::Departments.into()],
            division: "430921129000".into(),
            fiscal_year: 2022,
            waiting_for: "C-FIN@430921000000-FIN".into(),
            order_by: "due_time".into(),
            ..ListCasesRequest::default()
        };
        let known = filter(&asked).expect("known");
        assert_eq!(known.key(), "DEPARTMENTS;430921129;2022;;false;C-FIN@430921000000-FIN;false;FirstDue");
        let wrong = ListCasesRequest {
            states: vec![0, 99],
            division: "南县".into(),
            waiting_for: "FIN".into(),
            order_by: "title".into(),
            ..ListCasesRequest::default()
        };
        let fields: Vec<String> =
            filter(&wrong).expect_err("refused").explain().fields.into_iter().map(|wrong| wrong.field).collect();
        assert_eq!(fields, ["states[0]", "states[1]", "division", "waiting_for", "order_by"]);
    }

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
