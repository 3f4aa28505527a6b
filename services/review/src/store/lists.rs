//! Lists of cases: by age along indexes of the reader's own divisions, by the last change, and by what is due first. What
//! can be asked for stands in [`crate::domain::listing`].

use std::collections::HashMap;

use kernel::{Actor, Reach};
use runtime::{
    Context,
    scope::{self, Listing},
};
use sqlx::{AssertSqlSafe, FromRow, PgPool, Row as _, postgres::PgRow, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::listing::{Filter, ListedCase, Order, PageKey};

impl<'r> FromRow<'r, PgRow> for ListedCase {
    fn from_row(row: &'r PgRow) -> sqlx::Result<Self> {
        let (Json(returned), Json(open_tasks)) = (row.try_get("returned")?, row.try_get("desks")?);
        Ok(Self {
            project_id: row.try_get("project_id")?,
            title: row.try_get("title")?,
            village: row.try_get("village")?,
            fiscal_year: row.try_get("fiscal_year")?,
            category: row.try_get("category")?,
            state: row.try_get("state")?,
            round: row.try_get("round")?,
            returned,
            resolution_no: row.try_get("resolution_no")?,
            meeting_date: row.try_get("meeting_date")?,
            version: row.try_get("version")?,
            changed_at: row.try_get("changed_at")?,
            suspension_reason: row.try_get("suspension_reason")?,
            due_at: row.try_get("due_at")?,
            due_provisional: row.try_get("due_provisional")?,
            waiting_for: row.try_get("waiting_for")?,
            open_tasks,
        })
    }
}

const COLUMNS: &str = "project_id, title, village, fiscal_year, category, state, round, returned, resolution_no, \
                       meeting_date, version, changed_at, suspension_reason, due_at,
                       recount_due_at is not null as due_provisional, waiting_for, desks";

/// What a list asks for besides states. Written so that the planner takes it for
/// a coin's toss, like all that need not be rare: were it thought rare, a walk in order would seem to find nothing, and the
/// table would be read and sorted.
const FILTERS: &str = " and coalesce(village ^@ $6 and ($7 = 0 or fiscal_year = $7) and ($8 = '' or category = $8)
                                     and ($9::timestamptz is null or due_at <= $9)
                                     and ($10 = '' or waiting_for @> array[$10]) and (not $11 or has_panel), false)";

const OF_STATE: &str = "coalesce(cardinality($2::text[]) = 0 or state = any ($2), false)";

const NEWEST: Listing = Listing {
    table: "cases",
    columns: COLUMNS,
    key: "project_id",
    beyond: "'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid",
    states: true,
    filters: FILTERS,
};

/// A page of the cases that a reader sees.
pub async fn cases(
    pool: &PgPool,
    reach: &Reach,
    filter: &Filter,
    now: OffsetDateTime,
    after: Option<PageKey>,
    limit: i64,
) -> sqlx::Result<Vec<ListedCase>> {
    // Few cases wait for one post: they are found by its index and put in order.
    let of = if filter.waiting_for.is_empty() { "true" } else { "waiting_for @> array[$10]" };
    let page = match filter.order {
        Order::Newest if filter.waiting_for.is_empty() => NEWEST.sql(),
        Order::Newest => ordered(of, "project_id < $3", "project_id desc"),
        Order::LatestChange => ordered(of, "(changed_at, project_id) < ($12, $3)", "changed_at desc, project_id desc"),
        Order::FirstDue => {
            let of = format!("{of} and due_at is not null");
            ordered(&of, "(due_at, project_id) > ($12, $3)", "due_at, project_id")
        }
    };
    let page = sqlx::query_as(AssertSqlSafe(page))
        .bind(&reach.prefixes)
        .bind(&filter.states)
        .bind(after.as_ref().map(|key| key.project))
        .bind(limit)
        .bind(&reach.seats)
        .bind(&filter.division)
        .bind(filter.fiscal_year)
        .bind(&filter.category)
        .bind(filter.overdue_only.then_some(now))
        .bind(&filter.waiting_for)
        .bind(filter.with_experts);
    let page = match filter.order {
        Order::Newest => page,
        Order::LatestChange | Order::FirstDue => page.bind(after.and_then(|key| key.at)),
    };
    page.fetch_all(pool).await
}

/// One walk along the index of this order.
fn ordered(of: &str, after: &str, order: &str) -> String {
    format!(
        "select {COLUMNS} from cases
          where {of} and coalesce(village ^@ any ($1::text[]) or asked && $5::text[], false)
            and {OF_STATE}{FILTERS} and ($3::uuid is null or {after})
          order by {order} limit $4"
    )
}

/// Those of these streams that are cases which this actor may read, with their projects; meetings are none.
pub async fn watched(context: Context, actor: Actor, streams: Vec<(Uuid, i64)>) -> sqlx::Result<HashMap<Uuid, Uuid>> {
    scope::watched(&context.pool, NEWEST.table, &actor.reach(), streams).await
}
