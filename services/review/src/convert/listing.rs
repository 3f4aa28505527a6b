//! What a request for a list of cases asks for, read into [`crate::domain::listing`]; all that is wrong with it is said at
//! once.

use kernel::{
    Division, Post,
    refusal::{Common, Violations},
};
use proto::review::v1::ListCasesRequest;

use super::state_codes;
use crate::domain::listing::{Filter, Order};

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
}
