//! What a step writes beside its events: the ledger first, then the read tables. The same transaction holds them all.

use runtime::{Change, Statement};
use sqlx::types::Json;
use uuid::Uuid;

use super::{ledger, orders};
use crate::domain::{
    Indicator, Project, indicator,
    posting::{self, Account},
    project::Event,
};

/// An indicator was issued: its money is posted, then it can be listed.
pub fn indicator(change: &Change<'_, Indicator>) -> Vec<Statement> {
    change.events.iter().flat_map(|event| issued(change, event)).collect()
}

fn issued(change: &Change<'_, Indicator>, event: &indicator::Event) -> Vec<Statement> {
    let mut statements = ledger::statements(&[posting::of_indicator(change.stream, event)], change.at);
    let indicator::Event::IndicatorIssued { issue, .. } = event;
    statements.push(
        sqlx::query(
            "insert into indicators (indicator_id, document_no, fiscal_year, source, sub_level, amount_fen, account_code)
             values ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(change.stream)
        .bind(&issue.document_no)
        .bind(issue.fiscal_year)
        .bind(&issue.source)
        .bind(issue.sub_level.as_deref().unwrap_or_default())
        .bind(issue.amount.fen())
        .bind(Account::available(change.stream).code()),
    );
    statements
}

/// A project's money moved on.
pub fn project(change: &Change<'_, Project>) -> Vec<Statement> {
    let Some(file) = change.state.file() else { return Vec::new() };
    let upsert = sqlx::query(
        "insert into projects (project_id, village, state, file, version, updated_at, suspended, unpooled)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (project_id) do update
            set state = excluded.state, file = excluded.file, version = excluded.version, updated_at = excluded.updated_at,
                suspended = excluded.suspended, unpooled = excluded.unpooled",
    )
    .bind(change.stream)
    .bind(file.pooled.village.as_str())
    .bind(file.stage.code())
    .bind(Json(file))
    .bind(change.version)
    .bind(change.at)
    .bind(file.suspensions.standing().is_some())
    .bind(file.unpooled.is_some());
    let followed = change.events.iter().flat_map(|event| {
        let mut statements = ledger::statements(&posting::of_project(change.stream, file, event), change.at);
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
        Event::PaymentUncertain { payment, .. } => vec![orders::moved(*payment, "UNKNOWN")],
        Event::ProjectPooled { .. }
        | Event::FundingApproved { .. }
        | Event::ContractSigned { .. }
        | Event::PaymentReviewed { .. }
        | Event::AcceptanceRecorded { .. }
        | Event::FinalAccountFixed { .. }
        | Event::AssetRegistrationRecorded { .. }
        | Event::ProjectSuspended { .. }
        | Event::ProjectResumed { .. }
        | Event::ProjectUnpooled { .. } => Vec::new(),
    }
}

/// The primary key refuses a number that any payment of the county uses. Sorted, so that two requests can't deadlock.
fn use_invoices(project: Uuid, payment: Uuid, invoices: &[String]) -> Statement {
    sqlx::query(
        "insert into invoices (invoice_no, payment_id, project_id)
         select invoice_no, $2, $3 from unnest($1::text[]) as t (invoice_no) order by invoice_no",
    )
    .bind(invoices)
    .bind(payment)
    .bind(project)
}

fn give_invoices_back(payment: Uuid) -> Statement {
    sqlx::query("delete from invoices where payment_id = $1").bind(payment)
}
