//! What a step writes beside its events: the ledger first, then the read tables. The same transaction holds them all.

use runtime::Change;
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use super::{ledger, orders};
use crate::domain::{
    Indicator, Project, indicator,
    posting::{self, Account},
    project::Event,
};

/// An indicator was issued: its money is posted, then it can be listed.
pub async fn indicator(connection: &mut PgConnection, change: &Change<'_, Indicator>) -> sqlx::Result<()> {
    for event in change.events {
        ledger::write_in_tx(connection, &[posting::of_indicator(change.stream, event)], change.at).await?;
        let indicator::Event::IndicatorIssued { issue, .. } = event;
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
        .bind(Account::available(change.stream).code())
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// A project's money moved on.
pub async fn project(connection: &mut PgConnection, change: &Change<'_, Project>) -> sqlx::Result<()> {
    let Some(file) = change.state.file() else { return Ok(()) };
    sqlx::query(
        "insert into projects (project_id, village, state, file, version, updated_at) values ($1, $2, $3, $4, $5, $6)
         on conflict (project_id) do update
            set state = excluded.state, file = excluded.file, version = excluded.version, updated_at = excluded.updated_at",
    )
    .bind(change.stream)
    .bind(file.pooled.village.as_str())
    .bind(file.stage.code())
    .bind(Json(file))
    .bind(change.version)
    .bind(change.at)
    .execute(&mut *connection)
    .await?;
    for event in change.events {
        ledger::write_in_tx(connection, &posting::of_project(change.stream, file, event), change.at).await?;
        match event {
            Event::PaymentRequested { payment, request, .. } => {
                use_invoices(connection, change.stream, *payment, &request.invoices).await?;
            }
            Event::PaymentInstructed { payment, .. } => {
                orders::instruct_in_tx(connection, change.stream, *payment, change.at).await?;
            }
            Event::PaymentRefused { payment, .. } => give_invoices_back(connection, *payment).await?,
            Event::PaymentSettled { payment, .. } => orders::move_in_tx(connection, *payment, "SETTLED").await?,
            Event::PaymentFailed { payment, .. } => {
                give_invoices_back(connection, *payment).await?;
                orders::move_in_tx(connection, *payment, "FAILED").await?;
            }
            Event::PaymentUncertain { payment, .. } => orders::move_in_tx(connection, *payment, "UNKNOWN").await?,
            Event::ProjectPooled { .. }
            | Event::FundingApproved { .. }
            | Event::ContractSigned { .. }
            | Event::PaymentReviewed { .. }
            | Event::AcceptanceRecorded { .. }
            | Event::FinalAccountFixed { .. }
            | Event::AssetRegistrationRecorded { .. } => {}
        }
    }
    Ok(())
}

/// The primary key refuses a number that any payment of the county uses. Sorted, so that two requests can't deadlock.
async fn use_invoices(
    connection: &mut PgConnection,
    project: Uuid,
    payment: Uuid,
    invoices: &[String],
) -> sqlx::Result<()> {
    sqlx::query(
        "insert into invoices (invoice_no, payment_id, project_id)
         select invoice_no, $2, $3 from unnest($1::text[]) as t (invoice_no) order by invoice_no",
    )
    .bind(invoices)
    .bind(payment)
    .bind(project)
    .execute(connection)
    .await?;
    Ok(())
}

async fn give_invoices_back(connection: &mut PgConnection, payment: Uuid) -> sqlx::Result<()> {
    sqlx::query("delete from invoices where payment_id = $1").bind(payment).execute(connection).await?;
    Ok(())
}
