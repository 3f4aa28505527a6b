//! What is counted: the projects of the pool by year, town, category and progress, and all applications by state.

use kernel::Reach;
use runtime::scope::WITHIN_REACH;
use sqlx::{AssertSqlSafe, PgPool};

use crate::domain::listing::PoolRow;

runtime::from_row!(PoolRow { pool_year, township, category, pool_progress, entries, total_fen });

/// The pool within this reach and this division (all: empty), of one plan year or of all (0).
pub async fn pool_rows(pool: &PgPool, reach: &Reach, division: &str, year: i32) -> sqlx::Result<Vec<PoolRow>> {
    sqlx::query_as(AssertSqlSafe(format!(
        "select pool_year, left(village, 9) as township, category, pool_progress,
                count(*) as entries, sum(total_fen)::bigint as total_fen
           from applications
          where state = 'IN_POOL' and {WITHIN_REACH} and village ^@ $3 and ($4 = 0 or pool_year = $4)
          group by pool_year, left(village, 9), category, pool_progress
          order by pool_year, township, category, pool_progress",
    )))
    .bind(&reach.prefixes)
    .bind(&reach.seats)
    .bind(division)
    .bind(year)
    .fetch_all(pool)
    .await
}

/// How many applications of a plan year (of all: 0) are in each state, within this reach and this division.
pub async fn states(pool: &PgPool, reach: &Reach, division: &str, year: i32) -> sqlx::Result<Vec<(String, i64)>> {
    sqlx::query_as(AssertSqlSafe(format!(
        "select state, count(*) from applications
          where {WITHIN_REACH} and village ^@ $3 and ($4 = 0 or fiscal_year = $4)
          group by state order by state",
    )))
    .bind(&reach.prefixes)
    .bind(&reach.seats)
    .bind(division)
    .bind(year)
    .fetch_all(pool)
    .await
}
