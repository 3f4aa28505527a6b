//! Lists of applications: by age along indexes of the reader's own divisions, and the pool of a plan year in its order.

use kernel::Reach;
use runtime::scope::{Listing, WITHIN_REACH};
use sqlx::{AssertSqlSafe, PgPool};
use uuid::Uuid;

use crate::domain::listing::{Filter, ListedApplication, Order, PoolKey};

runtime::from_row!(ListedApplication {
    project_id,
    title,
    village,
    fiscal_year,
    category,
    total_fen,
    state,
    version,
    changed_at,
    pool_no,
    pool_priority,
    pool_progress,
    correction_overdue,
});

/// A page of the applications within this reach, the newest first.
pub async fn newest(
    pool: &PgPool,
    reach: &Reach,
    filter: &Filter,
    after: Option<Uuid>,
    limit: i64,
) -> sqlx::Result<Vec<ListedApplication>> {
    sqlx::query_as(AssertSqlSafe(NEWEST.sql()))
        .bind(&reach.prefixes)
        .bind(&filter.states)
        .bind(after)
        .bind(limit)
        .bind(&reach.seats)
        .bind(filter.fiscal_year)
        .bind(&filter.category)
        .bind(&filter.title)
        .bind(&filter.division)
        .fetch_all(pool)
        .await
}

const NEWEST: Listing = Listing {
    table: "applications",
    columns: "project_id, title, village, fiscal_year, category, total_fen, state, version, changed_at, pool_no, \
              pool_priority, pool_progress, correction_overdue",
    key: "project_id",
    beyond: "'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid",
    states: true,
    filters: " and ($6 = 0 or fiscal_year = $6) and ($7 = '' or category = $7) and ($8 = '' or strpos(title, $8) > 0) \
              and coalesce(village ^@ $9, false)",
};

/// A page of the pool of a plan year, by rank (those without one last) or by amount (the largest first).
pub async fn pool_of_year(
    pool: &PgPool,
    reach: &Reach,
    filter: &Filter,
    after: Option<PoolKey>,
    limit: i64,
) -> sqlx::Result<Vec<ListedApplication>> {
    // Both orders ascend: the rank as it is, the amount by its negative.
    let place = match filter.order_of_rows() {
        Order::Newest | Order::PoolPriority => "coalesce(pool_priority, 2147483647)::bigint",
        Order::LargestTotal => "-total_fen",
    };
    let page = format!(
        "select {columns} from applications
          where state = 'IN_POOL' and pool_year = $5 and {WITHIN_REACH} and coalesce(village ^@ $9, false)
            and ($3 = 0 or fiscal_year = $3) and ($4 = '' or category = $4) and ($10 = '' or strpos(title, $10) > 0)
            and ($6::uuid is null or ({place}, project_id) > ($7, $6))
          order by {place}, project_id limit $8",
        columns = NEWEST.columns
    );
    sqlx::query_as(AssertSqlSafe(page))
        .bind(&reach.prefixes)
        .bind(&reach.seats)
        .bind(filter.fiscal_year)
        .bind(&filter.category)
        .bind(filter.pool_year)
        .bind(after.as_ref().map(|key| key.project))
        .bind(after.as_ref().map_or(0, |key| key.place))
        .bind(limit)
        .bind(&filter.division)
        .bind(&filter.title)
        .fetch_all(pool)
        .await
}
