//! All SQL of the room: what a step writes beside its events, and what reads ask.
//!
//! The ledger is `store/ledger.rs`'s, the orders to the treasury [`orders`]'. A violated constraint becomes the refusal that it
//! stands for: the database is the last judge of what spans projects (an indicator's balance, an invoice).

pub mod ledger;
pub mod orders;
mod projection;

use std::collections::HashMap;

use kernel::{Actor, Fen, PersonId, ProjectId, Reach, refusal::Common};
use runtime::{
    Change, Context, Machine, Outgoing, Statement,
    scope::{self, Listing},
};
use sqlx::{AssertSqlSafe, PgPool, Row as _, postgres::PgRow, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    domain::{
        Indicator, Plan, Project, Refusal, every_refusal,
        funding::{IndicatorFacts, balance_taken},
        gates::duplicate_invoice,
        indicator::{self, Issue},
        plan,
        project::{self, File, planned},
        standing::{self, Standing, Standings},
    },
    publish,
};

/// The state of an indicator that is a balance.
const CONFIRMED: &str = "CONFIRMED";

impl Machine for Indicator {
    const NAME: &'static str = "indicator";

    fn project(change: &Change<'_, Self>) -> Vec<Statement> {
        projection::indicator(change)
    }

    fn publish(_: &Change<'_, Self>) -> Vec<Outgoing> {
        Vec::new()
    }

    fn refused_by(constraint: &str, _: &indicator::Command) -> Option<Common> {
        matches!(constraint, "indicators_document_once" | "indicators_document_key_once").then(indicator::exists)
    }
}

/// Projects in which a decision is due by then that hung on a year which was not published.
pub async fn provisional(pool: PgPool, until: OffsetDateTime, limit: i64) -> sqlx::Result<Vec<(Uuid, i64)>> {
    let found = "select project_id, version from projects where recount_due_at <= $1 order by recount_due_at limit $2";
    sqlx::query_as(found).bind(until).bind(limit).fetch_all(&pool).await
}

impl Machine for Plan {
    const NAME: &'static str = "plan";

    fn project(change: &Change<'_, Self>) -> Vec<Statement> {
        projection::plan(change)
    }

    fn publish(_: &Change<'_, Self>) -> Vec<Outgoing> {
        Vec::new()
    }

    fn refused_by(constraint: &str, command: &plan::Command) -> Option<Refusal> {
        let plan::Step::ProposePlan { projects, .. } = &command.step else { return None };
        let listed = projects.iter().map(ToString::to_string).collect::<Vec<_>>().join("、");
        match constraint {
            "planned_projects_pkey" => Some(standing::in_other_plan(&listed).into()),
            "planned_projects_place" => {
                let zh = format!("以下项目中有的刚刚出库或滚动到其他年度,请刷新后重新提出:{listed}");
                Some(standing::not_in_pool(zh, &listed).into())
            }
            _ => None,
        }
    }
}

impl Machine for Project {
    const NAME: &'static str = "project";

    fn begins(command: &project::Command) -> bool {
        matches!(command, project::Command::RecordPooled { .. })
    }

    fn project(change: &Change<'_, Self>) -> Vec<Statement> {
        projection::project(change)
    }

    fn publish(change: &Change<'_, Self>) -> Vec<Outgoing> {
        publish::project(change)
    }

    fn also_refused(&self, command: &project::Command, first: &Refusal) -> Vec<Refusal> {
        every_refusal::besides(self, command, first)
    }

    fn refused_by(constraint: &str, command: &project::Command) -> Option<Refusal> {
        match (constraint, command) {
            ("accounts_not_overdrawn", _) => Some(balance_taken().into()),
            ("invoices_pkey" | "invoices_key_once", project::Command::RequestPayment(asked)) => {
                Some(duplicate_invoice(&asked.request.invoices, 0).into())
            }
            ("planned_projects_place", _) => Some(planned().into()),
            _ => None,
        }
    }
}

/// An indicator in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedIndicator {
    /// Id.
    pub id: Uuid,
    /// What it says.
    pub issue: Issue,
    /// Whether a second person has confirmed it.
    pub confirmed: bool,
    /// What is left of it, in fen.
    pub available_fen: i64,
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

/// How those of these projects stand that are in the pool.
pub async fn standings(pool: &PgPool, projects: &[ProjectId]) -> sqlx::Result<Standings> {
    let ids: Vec<Uuid> = projects.iter().map(|project| project.0).collect();
    let pooled = "select p.project_id, p.fiscal_year, p.suspended, planned.plan_id, p.file -> 'duties' as duties
                    from projects p left join planned_projects planned on planned.project_id = p.project_id
                   where p.project_id = any($1) and not p.unpooled";
    let rows = sqlx::query(pooled).bind(&ids).fetch_all(pool).await?;
    let standing = |row: &PgRow| {
        let Json(duties) = row.try_get("duties")?;
        let standing = Standing {
            fiscal_year: row.try_get("fiscal_year")?,
            suspended: row.try_get("suspended")?,
            plan: row.try_get("plan_id")?,
            duties,
        };
        Ok((ProjectId(row.try_get("project_id")?), standing))
    };
    rows.iter().map(standing).collect()
}

/// The living plan that a project is in.
pub async fn plan_of(pool: &PgPool, project: Uuid) -> sqlx::Result<Option<Uuid>> {
    sqlx::query_scalar("select plan_id from planned_projects where project_id = $1")
        .bind(project)
        .fetch_optional(pool)
        .await
}

/// A project in a list.
#[derive(Debug, Clone)]
pub struct ListedProject {
    /// Its money.
    pub file: File,
    /// Number of its events.
    pub version: i64,
    /// When it changed last.
    pub updated_at: OffsetDateTime,
}

/// A page of projects before this id within this reach, the newest first; of these states, or of all.
pub async fn projects(
    pool: &PgPool,
    reach: &Reach,
    states: &[&str],
    before: Option<Uuid>,
    limit: i64,
) -> sqlx::Result<Vec<ListedProject>> {
    let page = sqlx::query(AssertSqlSafe(LISTING.sql())).bind(&reach.prefixes).bind(states).bind(before);
    let page = page.bind(limit).bind(&reach.seats);
    let rows = page.fetch_all(pool).await?;
    let listed = |row: &PgRow| {
        let Json(file) = row.try_get("file")?;
        Ok(ListedProject { file, version: row.try_get("version")?, updated_at: row.try_get("updated_at")? })
    };
    rows.iter().map(listed).collect()
}

/// Those of these streams that are projects which this actor may read; plans and indicators are none.
pub async fn watched(context: Context, actor: Actor, streams: Vec<(Uuid, i64)>) -> sqlx::Result<HashMap<Uuid, Uuid>> {
    scope::watched(&context.pool, LISTING.table, &actor.reach(), streams).await
}

/// An account of the books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookedAccount {
    /// Code.
    pub code: String,
    /// Posted debits in fen.
    pub debits_fen: i64,
    /// Posted credits in fen.
    pub credits_fen: i64,
    /// Debits of holds in fen.
    pub held_fen: i64,
    /// Whether its sums are those of its entries.
    pub agrees: bool,
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
    columns: "project_id, file, version, updated_at",
    key: "project_id",
    beyond: "'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid",
    states: true,
    filters: "",
};
