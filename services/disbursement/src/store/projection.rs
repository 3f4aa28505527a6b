//! What a step writes beside its events: the ledger first, then the read tables. The same transaction holds them all.

use kernel::text::comparable;
use runtime::{Change, Statement};
use sqlx::types::Json;
use uuid::Uuid;

use super::{CONFIRMED, ledger, orders};
use crate::domain::{
    Indicator, Issue, Plan, Project, Proposal, Signature, indicator, plan,
    posting::{self, Account},
    project::Event,
};

/// An indicator came further: once it is confirmed its money is posted, before that it can only be listed.
pub fn indicator_rows(change: &Change<'_, Indicator>) -> Vec<Statement> {
    let Some(issue) = change.state.issue() else { return Vec::new() };
    let of_event = |event: &indicator::Event| {
        let posting = posting::of_indicator(change.stream, issue, event);
        let mut statements = ledger::statements(posting.as_slice(), change.at);
        statements.push(match event {
            indicator::Event::IndicatorIssued { by, .. } => insert(change.stream, issue, by, true),
            indicator::Event::IndicatorEntered { by, .. } => insert(change.stream, issue, by, false),
            indicator::Event::IndicatorConfirmed { by, .. } => confirmed(change.stream, by),
            indicator::Event::IndicatorDiscarded { .. } => discarded(change.stream),
        });
        statements
    };
    change.events.iter().flat_map(of_event).collect()
}

fn insert(indicator: Uuid, issue: &Issue, by: &Signature, confirmed: bool) -> Statement {
    sqlx::query(
        "insert into indicators
                (indicator_id, document_no, document_key, fiscal_year, source, sub_level, amount_fen, state, account_code,
                 issuers)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(indicator)
    .bind(&issue.document_no)
    .bind(issue.document_key())
    .bind(issue.fiscal_year)
    .bind(&issue.source)
    .bind(issue.sub_level.as_deref().unwrap_or_default())
    .bind(issue.amount.fen())
    .bind(if confirmed { CONFIRMED } else { "ENTERED" })
    .bind(confirmed.then(|| Account::available(indicator).code().to_owned()))
    .bind(persons(by))
}

fn confirmed(indicator: Uuid, by: &Signature) -> Statement {
    sqlx::query("update indicators set state = $2, account_code = $3, issuers = issuers || $4 where indicator_id = $1")
        .bind(indicator)
        .bind(CONFIRMED)
        .bind(Account::available(indicator).code())
        .bind(persons(by))
}

fn persons(by: &Signature) -> Vec<String> {
    by.persons().map(|person| person.0.clone()).collect()
}

/// Its document's number is free again.
fn discarded(indicator: Uuid) -> Statement {
    sqlx::query("delete from indicators where indicator_id = $1").bind(indicator)
}

/// A plan is listed as it stands; it holds its projects from its proposal on, and until it is taken back.
pub fn plan_rows(change: &Change<'_, Plan>) -> Vec<Statement> {
    let of_event = |event: &plan::Event| match event {
        plan::Event::PlanProposed { proposal } => Some(holds(change.stream, proposal)),
        plan::Event::PlanWithdrawn { .. } => Some(lets_go(change.stream)),
        plan::Event::PlanApproved { .. }
        | plan::Event::PlanNoticePosted { .. }
        | plan::Event::PlanNoticeClosed { .. } => None,
    };
    listed_plan(change).into_iter().chain(change.events.iter().filter_map(of_event)).collect()
}

fn listed_plan(change: &Change<'_, Plan>) -> Option<Statement> {
    let proposal = change.state.proposal()?;
    let upsert = sqlx::query(
        "insert into plans (plan_id, fiscal_year, state, public, version) values ($1, $2, $3, $4, $5)
         on conflict (plan_id) do update
            set state = excluded.state, public = excluded.public, version = excluded.version",
    );
    let upsert = upsert.bind(change.stream).bind(proposal.fiscal_year).bind(change.state.code());
    Some(upsert.bind(change.state.is_public()).bind(change.version))
}

/// The keys refuse what another plan holds, what is of another year and what has left the pool. Sorted, so that two plans
/// can't deadlock.
fn holds(plan: Uuid, proposal: &Proposal) -> Statement {
    let projects: Vec<Uuid> = proposal.projects.iter().map(|project| project.0).collect();
    sqlx::query(
        "insert into planned_projects (project_id, plan_id, fiscal_year)
         select project_id, $2, $3 from unnest($1::uuid[]) as t (project_id) order by project_id",
    )
    .bind(projects)
    .bind(plan)
    .bind(proposal.fiscal_year)
}

fn lets_go(plan: Uuid) -> Statement {
    sqlx::query("delete from planned_projects where plan_id = $1").bind(plan)
}

/// A project's money moved on.
pub fn project_rows(change: &Change<'_, Project>) -> Vec<Statement> {
    let Some(money) = change.state.money() else { return Vec::new() };
    let upsert = sqlx::query(
        "insert into projects (project_id, village, state, file, version, updated_at, suspended, unpooled, fiscal_year,
                               asked, recount_due_at, category)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         on conflict (project_id) do update
            set state = excluded.state, file = excluded.file, version = excluded.version, updated_at = excluded.updated_at,
                suspended = excluded.suspended, unpooled = excluded.unpooled, fiscal_year = excluded.fiscal_year,
                recount_due_at = excluded.recount_due_at",
    )
    .bind(change.stream)
    .bind(money.pooled.village.as_str())
    .bind(money.stage.code())
    .bind(Json(money))
    .bind(change.version)
    .bind(change.at)
    .bind(money.suspensions.standing().is_some())
    .bind(money.unpooled.is_some())
    .bind(money.pooled.fiscal_year)
    .bind(money.pooled.seats())
    .bind(money.first_provisional())
    .bind(&money.pooled.category);
    let followed = change.events.iter().flat_map(|event| {
        let mut statements = ledger::statements(&posting::of_project(change.stream, money, event), change.at);
        statements.extend(around(change, event));
        statements
    });
    std::iter::once(upsert).chain(followed).collect()
}

/// What an event does to invoices and orders.
fn around(change: &Change<'_, Project>, event: &Event) -> Vec<Statement> {
    match event {
        Event::PaymentRequested { payment, request, .. } => {
            vec![use_invoices(change.stream, *payment, &request.invoices)]
        }
        Event::PaymentInstructed { payment, .. } => vec![orders::instructed(change.stream, *payment, change.at)],
        Event::PaymentRefused { payment, .. } => vec![give_invoices_back(*payment)],
        Event::PaymentSettled { payment, .. } => vec![orders::moved(*payment, "SETTLED")],
        Event::PaymentFailed { payment, .. } => vec![give_invoices_back(*payment), orders::moved(*payment, "FAILED")],
        Event::PaymentUnknown { payment, .. } => vec![orders::moved(*payment, "UNKNOWN")],
        Event::ProjectPooled { .. }
        | Event::FundingApproved { .. }
        | Event::ContractSigned { .. }
        | Event::PaymentReviewed { .. }
        | Event::AcceptanceRecorded { .. }
        | Event::FinalAccountFixed { .. }
        | Event::AssetRegistrationRecorded { .. }
        | Event::ProjectSuspended { .. }
        | Event::ProjectUnpooled { .. }
        | Event::ProjectReleased { .. }
        | Event::ProjectPostponed { .. }
        | Event::ProjectRolled { .. }
        | Event::ActsHeard { .. }
        | Event::DueRecounted { .. }
        | Event::CompletionReported { .. } => Vec::new(),
        Event::ProjectResumed { .. } => vec![orders::due_again(change.stream, change.at)],
    }
}

/// The keys refuse a number that any payment of the county uses, however it is typed. Sorted, so that two requests can't
/// deadlock.
fn use_invoices(project: Uuid, payment: Uuid, invoices: &[String]) -> Statement {
    let keys: Vec<String> = invoices.iter().map(|invoice| comparable(invoice)).collect();
    sqlx::query(
        "insert into invoices (invoice_no, invoice_key, payment_id, project_id)
         select invoice_no, invoice_key, $3, $4 from unnest($1::text[], $2::text[]) as t (invoice_no, invoice_key)
          order by invoice_key",
    )
    .bind(invoices)
    .bind(keys)
    .bind(payment)
    .bind(project)
}

fn give_invoices_back(payment: Uuid) -> Statement {
    sqlx::query("delete from invoices where payment_id = $1").bind(payment)
}
