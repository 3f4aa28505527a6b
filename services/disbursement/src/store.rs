//! All SQL of the room: what a step writes beside its events, and what reads ask.
//!
//! The ledger is `store/ledger.rs`'s, the orders to the treasury [`orders`]', the rows of a step `store/projection.rs`'.

pub mod ledger;
pub mod orders;
mod projection;

use std::collections::HashMap;

use kernel::{Actor, Fen, PersonId, ProjectId, Reach};
use runtime::{
    Context,
    scope::{self, Listing},
};
use sqlx::{AssertSqlSafe, PgPool, Row as _, postgres::PgRow, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

pub use projection::{indicator_rows, plan_rows, project_rows};

use crate::domain::{
    listing::{BookedAccount, ListedIndicator, ListedPlan, ListedProject, PlanFilter, ProjectFilter},
    plan::command::{PooledProject, PooledProjects},
    project::command::IndicatorFacts,
    record::Issue,
};

/// The state of an indicator that is a balance.
const CONFIRMED: &str = "CONFIRMED";

/// Projects in which a decision is due by then that hung on a year which was not published.
pub async fn provisional(pool: PgPool, until: OffsetDateTime, limit: i64) -> sqlx::Result<Vec<(Uuid, i64)>> {
    let found = "select project_id, version from projects where recount_due_at <= $1 order by recount_due_at limit $2";
    sqlx::query_as(found).bind(until).bind(limit).fetch_all(&pool).await
}

/// What is left of an indicator; nothing while its money is not there.
const LEFT: &str = "coalesce(a.debits_posted - a.credits_posted - a.credits_pending, 0)::bigint as available_fen";

/// A page of indicators after this id; of one year, or of all.
pub async fn indicators(
    pool: &PgPool,
    year: Option<i32>,
    after: Option<Uuid>,
    limit: i64,
) -> sqlx::Result<Vec<ListedIndicator>> {
    let rows = sqlx::query(AssertSqlSafe(format!(
        "select i.indicator_id, i.document_no, i.fiscal_year, i.source, i.sub_level, i.amount_fen, i.state, {LEFT}
           from indicators i left join accounts a on a.code = i.account_code
          where ($1::integer is null or i.fiscal_year = $1) and ($2::uuid is null or i.indicator_id > $2)
          order by i.indicator_id limit $3"
    )))
    .bind(year)
    .bind(after)
    .bind(limit)
    .fetch_all(pool)
    .await?;
    rows.iter().map(listed_indicator).collect()
}

/// What is left of a year's indicators, by source.
pub async fn balances(pool: &PgPool, year: i32) -> sqlx::Result<Vec<(String, i64)>> {
    let sums = "select i.source, sum(a.debits_posted - a.credits_posted - a.credits_pending)::bigint
                  from indicators i join accounts a on a.code = i.account_code
                 where i.fiscal_year = $1 group by i.source order by i.source";
    sqlx::query_as(sums).bind(year).fetch_all(pool).await
}

fn listed_indicator(row: &PgRow) -> sqlx::Result<ListedIndicator> {
    let sub_level: String = row.try_get("sub_level")?;
    let issue = Issue {
        document_no: row.try_get("document_no")?,
        fiscal_year: row.try_get("fiscal_year")?,
        source: row.try_get("source")?,
        sub_level: Some(sub_level).filter(|level| !level.is_empty()),
        amount: Fen::new(row.try_get("amount_fen")?),
    };
    let confirmed = row.try_get::<String, _>("state")? == CONFIRMED;
    Ok(ListedIndicator {
        id: row.try_get("indicator_id")?,
        issue,
        confirmed,
        available_fen: row.try_get("available_fen")?,
    })
}

/// Those of these indicators that exist, with what is left of each.
pub async fn indicator_facts(pool: &PgPool, ids: &[Uuid]) -> sqlx::Result<Vec<IndicatorFacts>> {
    let rows = sqlx::query(AssertSqlSafe(format!(
        "select i.indicator_id, i.document_no, i.fiscal_year, i.source, i.state, i.issuers, {LEFT}
           from indicators i left join accounts a on a.code = i.account_code
          where i.indicator_id = any($1)"
    )))
    .bind(ids)
    .fetch_all(pool)
    .await?;
    let facts = |row: &PgRow| {
        Ok(IndicatorFacts {
            indicator: row.try_get("indicator_id")?,
            source: row.try_get("source")?,
            document_no: row.try_get("document_no")?,
            fiscal_year: row.try_get("fiscal_year")?,
            confirmed: row.try_get::<String, _>("state")? == CONFIRMED,
            available: Fen::new(row.try_get("available_fen")?),
            issuers: row.try_get::<Vec<String>, _>("issuers")?.into_iter().map(PersonId).collect(),
        })
    };
    rows.iter().map(facts).collect()
}

/// Those of these projects that are in the pool, as a plan needs to know them.
pub async fn pooled_projects(pool: &PgPool, projects: &[ProjectId]) -> sqlx::Result<PooledProjects> {
    let ids: Vec<Uuid> = projects.iter().map(|project| project.0).collect();
    let of_pool = "select p.project_id, p.fiscal_year, p.suspended, planned.plan_id, p.file -> 'duties' as duties
                    from projects p left join planned_projects planned on planned.project_id = p.project_id
                   where p.project_id = any($1) and not p.unpooled";
    let rows = sqlx::query(of_pool).bind(&ids).fetch_all(pool).await?;
    let known = |row: &PgRow| {
        let Json(duties) = row.try_get("duties")?;
        let pooled = PooledProject {
            fiscal_year: row.try_get("fiscal_year")?,
            suspended: row.try_get("suspended")?,
            plan: row.try_get("plan_id")?,
            duties,
        };
        Ok((ProjectId(row.try_get("project_id")?), pooled))
    };
    rows.iter().map(known).collect()
}

/// The living plan that a project is in.
pub async fn plan_of(pool: &PgPool, project: Uuid) -> sqlx::Result<Option<Uuid>> {
    sqlx::query_scalar("select plan_id from planned_projects where project_id = $1")
        .bind(project)
        .fetch_optional(pool)
        .await
}

/// A page of plans before this id, the newest first. A year has a handful of them: the key is index enough.
pub async fn plans(
    pool: &PgPool,
    filter: &PlanFilter,
    before: Option<Uuid>,
    limit: i64,
) -> sqlx::Result<Vec<ListedPlan>> {
    sqlx::query_as(
        "select plan_id, version from plans
          where ($1 = 0 or fiscal_year = $1) and (cardinality($2::text[]) = 0 or state = any ($2)) and (public or not $3)
            and ($4::uuid is null or plan_id < $4)
          order by plan_id desc limit $5",
    )
    .bind(filter.fiscal_year)
    .bind(&filter.states)
    .bind(filter.public_only)
    .bind(before)
    .bind(limit)
    .fetch_all(pool)
    .await
}

runtime::from_row!(ListedPlan { plan_id, version });

/// A page of projects before this id within this reach, the newest first.
pub async fn projects(
    pool: &PgPool,
    reach: &Reach,
    filter: &ProjectFilter,
    before: Option<Uuid>,
    limit: i64,
) -> sqlx::Result<Vec<ListedProject>> {
    let sql = if filter.plan.is_none() { LISTING.sql() } else { of_plan() };
    let page = sqlx::query(AssertSqlSafe(sql)).bind(&reach.prefixes).bind(&filter.states).bind(before).bind(limit);
    let page = page.bind(&reach.seats).bind(filter.fiscal_year).bind(&filter.category).bind(&filter.division);
    // Only a plan's list has this argument.
    let page = if filter.plan.is_none() { page } else { page.bind(filter.plan) };
    let rows = page.fetch_all(pool).await?;
    let listed = |row: &PgRow| {
        let (version, updated_at, plan) =
            (row.try_get("version")?, row.try_get("updated_at")?, row.try_get("plan_id")?);
        let Json(money) = row.try_get("file")?;
        Ok(ListedProject { money, version, updated_at, plan })
    };
    rows.iter().map(listed).collect()
}

/// Those of these streams that are projects which this actor may read; plans and indicators are none.
pub async fn watched(context: Context, actor: Actor, streams: Vec<(Uuid, i64)>) -> sqlx::Result<HashMap<Uuid, Uuid>> {
    scope::watched(&context.pool, LISTING.table, &actor.reach(), streams).await
}

runtime::from_row!(BookedAccount { code, debits_fen, credits_fen, held_fen, agrees });

/// All accounts, each compared with its entries.
pub async fn books(pool: &PgPool) -> sqlx::Result<Vec<BookedAccount>> {
    sqlx::query_as(
        "select a.code, a.debits_posted as debits_fen, a.credits_posted as credits_fen, a.debits_pending as held_fen,
                a.debits_posted = coalesce(e.debits, 0) and a.credits_posted = coalesce(e.credits, 0) as agrees
           from accounts a
           left join (select account, sum(amount_fen) filter (where amount_fen > 0) as debits,
                             -sum(amount_fen) filter (where amount_fen < 0) as credits
                        from entries group by account) e on e.account = a.code
          order by a.code",
    )
    .fetch_all(pool)
    .await
}

const LISTING: Listing = Listing {
    table: "projects",
    columns: "project_id, file, version, updated_at, \
              (select plan_id from planned_projects planned where planned.project_id = projects.project_id) as plan_id",
    key: "project_id",
    beyond: "'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid",
    states: true,
    filters: " and ($6 = 0 or fiscal_year = $6) and ($7 = '' or category = $7) and coalesce(village ^@ $8, false)",
};

/// A plan has some hundreds of projects: they are found by the plan, and then put in order. Arguments as in [`LISTING`], and
/// `$9`: the plan.
fn of_plan() -> String {
    format!(
        "select {columns} from projects
          where project_id in (select project_id from planned_projects where plan_id = $9)
            and (village ^@ any ($1::text[]) or asked && $5::text[]) and project_id < coalesce($3, {beyond})
            and (cardinality($2::text[]) = 0 or state = any ($2)){filters}
          order by project_id desc limit $4",
        columns = LISTING.columns,
        beyond = LISTING.beyond,
        filters = LISTING.filters,
    )
}
