//! The double-entry ledger (复式账): two statements a step, however many accounts it touches.
//!
//! Invariant: the sums of an account are those of its entries and holds. Accounts are locked in order of their code, so two
//! steps can't deadlock; a CHECK refuses an overdraft; triggers refuse entries that don't sum to zero, and any change of
//! what is posted. A transfer that is there already is left alone, with its accounts.

use kernel::Fen;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::posting::{Account, Entry, Posting, Transfer, sum_to_zero};

/// Brings the books up to date with these postings.
pub async fn write_in_tx(connection: &mut PgConnection, postings: &[Posting], at: OffsetDateTime) -> sqlx::Result<()> {
    if postings.is_empty() {
        return Ok(());
    }
    let entries: Vec<Entry> = postings.iter().flat_map(Posting::entries).collect();
    if !sum_to_zero(&entries) {
        return Err(sqlx::Error::Protocol("entries that do not sum to zero were not written".to_owned()));
    }
    open_and_lock(connection, postings).await?;
    let (mut posted, mut held, mut settled, mut voided) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for posting in postings {
        match posting {
            Posting::Post(transfer) => posted.push(transfer),
            Posting::Hold(transfer) => held.push(transfer),
            Posting::Settle(transfer) => settled.push(transfer.id),
            Posting::Void(transfer) => voided.push(transfer.id),
        }
    }
    insert(connection, &posted, "POSTED", &entries, at).await?;
    insert(connection, &held, "PENDING", &[], at).await?;
    resolve(connection, &settled, "POSTED", &entries, at).await?;
    resolve(connection, &voided, "VOIDED", &[], at).await
}

/// Makes the accounts that are missing, and locks all of them in order of their code: an update that changes nothing
/// still takes the lock.
async fn open_and_lock(connection: &mut PgConnection, postings: &[Posting]) -> sqlx::Result<()> {
    let mut accounts: Vec<&Account> =
        postings.iter().map(Posting::transfer).flat_map(|transfer| [&transfer.debit, &transfer.credit]).collect();
    accounts.sort();
    accounts.dedup();
    let codes: Vec<&str> = accounts.iter().map(|account| account.code()).collect();
    let may_overdraw: Vec<bool> = accounts.iter().map(|account| account.may_overdraw()).collect();
    sqlx::query(
        "insert into accounts (code, may_overdraw)
         select code, may_overdraw from unnest($1::text[], $2::boolean[]) as t (code, may_overdraw) order by code
         on conflict (code) do update set may_overdraw = excluded.may_overdraw where false",
    )
    .bind(&codes)
    .bind(&may_overdraw)
    .execute(connection)
    .await?;
    Ok(())
}

async fn insert(
    connection: &mut PgConnection,
    transfers: &[&Transfer],
    state: &str,
    entries: &[Entry],
    at: OffsetDateTime,
) -> sqlx::Result<()> {
    if transfers.is_empty() {
        return Ok(());
    }
    let column = |of: fn(&Transfer) -> &str| -> Vec<&str> { transfers.iter().map(|transfer| of(transfer)).collect() };
    let (ids, amounts): (Vec<Uuid>, Vec<i64>) =
        transfers.iter().map(|transfer| (transfer.id, transfer.amount.fen())).unzip();
    let projects: Vec<Option<Uuid>> = transfers.iter().map(|transfer| transfer.project).collect();
    let (of, account, amount) = columns(entries);
    sqlx::query(
        "with written as (
             insert into transfers (id, cause, project_id, debit_account, credit_account, amount_fen, state, caused_at)
             select id, cause, project_id, debit, credit, amount, $7, $8
               from unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::bigint[])
                    as t (id, cause, project_id, debit, credit, amount)
             on conflict (id) do nothing
             returning id, debit_account, credit_account, amount_fen
         ), entered as (
             insert into entries (transfer_id, account, amount_fen, posted_at)
             select e.transfer_id, e.account, e.amount, $8
               from unnest($9::uuid[], $10::text[], $11::bigint[]) as e (transfer_id, account, amount)
               join written on written.id = e.transfer_id
         ), delta as (
             select code, sum(debit)::bigint as debit, sum(credit)::bigint as credit
               from (select debit_account as code, amount_fen as debit, 0 as credit from written
                     union all select credit_account, 0, amount_fen from written) as side
              group by code
         )
         update accounts a
            set debits_posted   = a.debits_posted   + case when $7 = 'POSTED' then d.debit else 0 end,
                credits_posted  = a.credits_posted  + case when $7 = 'POSTED' then d.credit else 0 end,
                debits_pending  = a.debits_pending  + case when $7 = 'PENDING' then d.debit else 0 end,
                credits_pending = a.credits_pending + case when $7 = 'PENDING' then d.credit else 0 end
           from delta d where a.code = d.code",
    )
    .bind(&ids)
    .bind(column(|transfer| transfer.cause.code()))
    .bind(&projects)
    .bind(column(|transfer| transfer.debit.code()))
    .bind(column(|transfer| transfer.credit.code()))
    .bind(&amounts)
    .bind(state)
    .bind(at)
    .bind(&of)
    .bind(&account)
    .bind(&amount)
    .execute(connection)
    .await?;
    Ok(())
}

async fn resolve(
    connection: &mut PgConnection,
    transfers: &[Uuid],
    state: &str,
    entries: &[Entry],
    at: OffsetDateTime,
) -> sqlx::Result<()> {
    if transfers.is_empty() {
        return Ok(());
    }
    let (of, account, amount) = columns(entries);
    let resolved: i64 = sqlx::query_scalar(
        "with ended as (
             update transfers set state = $2, resolved_at = $3 where id = any($1) and state = 'PENDING'
             returning id, debit_account, credit_account, amount_fen
         ), entered as (
             insert into entries (transfer_id, account, amount_fen, posted_at)
             select e.transfer_id, e.account, e.amount, $3
               from unnest($4::uuid[], $5::text[], $6::bigint[]) as e (transfer_id, account, amount)
               join ended on ended.id = e.transfer_id
         ), delta as (
             select code, sum(debit)::bigint as debit, sum(credit)::bigint as credit
               from (select debit_account as code, amount_fen as debit, 0 as credit from ended
                     union all select credit_account, 0, amount_fen from ended) as side
              group by code
         ), moved as (
             update accounts a
                set debits_pending  = a.debits_pending  - d.debit,
                    credits_pending = a.credits_pending - d.credit,
                    debits_posted   = a.debits_posted   + case when $2 = 'POSTED' then d.debit else 0 end,
                    credits_posted  = a.credits_posted  + case when $2 = 'POSTED' then d.credit else 0 end
               from delta d where a.code = d.code
         )
         select count(*) from ended",
    )
    .bind(transfers)
    .bind(state)
    .bind(at)
    .bind(&of)
    .bind(&account)
    .bind(&amount)
    .fetch_one(connection)
    .await?;
    // The project's stream lets a payment end once; a hold that isn't there would mean that books and stream disagree.
    if usize::try_from(resolved).is_ok_and(|resolved| resolved == transfers.len()) {
        return Ok(());
    }
    Err(sqlx::Error::Protocol(format!("of holds {transfers:?} only {resolved} are pending")))
}

fn columns(entries: &[Entry]) -> (Vec<Uuid>, Vec<&str>, Vec<i64>) {
    let mut columns = (Vec::new(), Vec::new(), Vec::new());
    for Entry { transfer, account, amount } in entries {
        columns.0.push(*transfer);
        columns.1.push(account.code());
        columns.2.push(Fen::fen(*amount));
    }
    columns
}
