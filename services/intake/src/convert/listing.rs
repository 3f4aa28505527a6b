//! What a request for a list says, as [`crate::domain::listing`]: filters, order, and the row after which a page begins.

use kernel::{
    Division, Explanation,
    refusal::{Common, Violations},
};
use proto::intake::v1::{ApplicationState, ListApplicationsRequest};
use uuid::Uuid;

use super::{STATE_PREFIX, gathered};
use crate::domain::listing::{Filter, ListedApplication, Order, PoolKey};

/// What a list asks for.
///
/// # Errors
/// Every wrong field at once.
pub fn filter(asked: &ListApplicationsRequest) -> Result<Filter, Common> {
    gathered(|wrong| {
        let states = states(&asked.states, wrong);
        let division = division(&asked.division, wrong);
        let order = order(&asked.order_by);
        match order {
            None => {
                let zh = "排序应为 create_time desc、pool_priority 或 total_fen desc";
                wrong.add(
                    "ORDER_BY",
                    "order_by",
                    zh,
                    "must be `create_time desc`, `pool_priority` or `total_fen desc`",
                );
            }
            // Only a year's pool is small enough to be put in order as a whole.
            Some(Order::PoolPriority | Order::LargestTotal) if asked.pool_year == 0 => {
                let zh = "按优先顺序或金额排序时,请选择入库年度";
                wrong.add("ORDER_BY", "pool_year", zh, "this order needs the pool of one year");
            }
            Some(_) => {}
        }
        if asked.pool_year != 0 && asked.states.iter().any(|state| *state != i32::from(ApplicationState::InPool)) {
            wrong.add(
                "STATE",
                "states",
                "按入库年度查询时只能选择在库项目",
                "a pool year lists projects in the pool only",
            );
        }
        Some(Filter {
            states,
            division: division?,
            fiscal_year: asked.fiscal_year,
            category: asked.category.clone(),
            title: asked.title_contains.trim().to_owned(),
            pool_year: asked.pool_year,
            order: order?,
        })
    })
}

fn order(text: &str) -> Option<Order> {
    match text.trim() {
        "" | "create_time desc" => Some(Order::Newest),
        "pool_priority" => Some(Order::PoolPriority),
        "total_fen desc" => Some(Order::LargestTotal),
        _ => None,
    }
}

fn states(asked: &[i32], wrong: &mut Violations) -> Vec<&'static str> {
    let mut codes = Vec::new();
    for (index, state) in asked.iter().enumerate() {
        let known = ApplicationState::try_from(*state).ok().filter(|state| *state != ApplicationState::Unspecified);
        match known.and_then(|state| state.as_str_name().strip_prefix(STATE_PREFIX)) {
            Some(code) => codes.push(code),
            None => wrong.add("STATE", format!("states[{index}]"), "未知的状态", "is no state of an application"),
        }
    }
    codes
}

/// The significant digits of a division; empty for all.
pub fn division(code: &str, wrong: &mut Violations) -> Option<String> {
    if code.is_empty() {
        return Some(String::new());
    }
    let division = code.parse::<Division>().ok();
    if division.is_none() {
        wrong.add("DIVISION", "division", "区划代码须为12位数字", "must be a 12-digit division code");
    }
    division.map(|division| division.prefix().to_owned())
}

/// The key of a row, as a page's token holds it.
pub fn row_key(order: Order, row: &ListedApplication) -> String {
    match order {
        Order::Newest => row.project_id.to_string(),
        Order::PoolPriority => format!("{}/{}", row.pool_priority.unwrap_or(i32::MAX), row.project_id),
        Order::LargestTotal => format!("{}/{}", -row.total_fen, row.project_id),
    }
}

/// The project after which a page begins.
///
/// # Errors
/// `PAGE_TOKEN`.
pub fn page_key(key: Option<&str>) -> Result<Option<Uuid>, Common> {
    key.map(Uuid::parse_str).transpose().map_err(|_| bad_token())
}

/// The row of the pool after which a page begins.
///
/// # Errors
/// `PAGE_TOKEN`.
pub fn pool_key(key: Option<&str>) -> Result<Option<PoolKey>, Common> {
    let Some(key) = key else { return Ok(None) };
    let (place, project) = key.split_once('/').ok_or_else(bad_token)?;
    let (place, project) = (place.parse().map_err(|_| bad_token())?, project.parse().map_err(|_| bad_token())?);
    Ok(Some(PoolKey { place, project }))
}

fn bad_token() -> Common {
    Common::invalid(Explanation::new("PAGE_TOKEN", "page_token 无效", "page_token is malformed").at("page_token"))
}

#[cfg(test)]
mod tests {
    use kernel::Refusal as _;

    use super::*;

    fn asked(states: &[i32], division: &str) -> ListApplicationsRequest {
        ListApplicationsRequest { states: states.to_vec(), division: division.into(), ..Default::default() }
    }

    fn wrong_fields(asked: &ListApplicationsRequest) -> Vec<String> {
        let refusal = filter(asked).expect_err("refused");
        refusal.explain().fields.into_iter().map(|violation| violation.field).collect()
    }

    #[test]
    fn filters_are_checked_and_name_their_pages() {
        let in_pool =
            ListApplicationsRequest { fiscal_year: 2022, ..asked(&[ApplicationState::InPool.into()], "430921129000") };
        assert_eq!(filter(&in_pool).expect("known").key(), "IN_POOL;430921129;2022;;;0;Newest");
        assert_eq!(filter(&asked(&[], "")).expect("everything").key(), ";;0;;;0;Newest");
        assert_eq!(wrong_fields(&asked(&[0, 99], "南县")), ["states[0]", "states[1]", "division"]);
        assert!(page_key(Some("x")).is_err() && pool_key(Some("1")).is_err());
    }

    #[test]
    fn the_pool_is_put_in_order_a_year_at_a_time() {
        let ordered = |order: &str, pool_year, states: &[i32]| ListApplicationsRequest {
            order_by: order.into(),
            pool_year,
            ..asked(states, "")
        };
        assert_eq!(filter(&ordered("pool_priority", 2022, &[])).expect("known").order, Order::PoolPriority);
        assert_eq!(wrong_fields(&ordered("total_fen desc", 0, &[])), ["pool_year"]);
        assert_eq!(wrong_fields(&ordered("title", 2022, &[])), ["order_by"]);
        assert_eq!(wrong_fields(&ordered("", 2022, &[ApplicationState::Draft.into()])), ["states"]);
        let project = Uuid::from_u128(7);
        let key = PoolKey { place: -170_000_000, project };
        assert_eq!(pool_key(Some(&format!("-170000000/{project}"))).expect("a key"), Some(key));
    }
}
