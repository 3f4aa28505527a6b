//! The double-entry ledger (复式账): a statement that locks and one a kind of posting, however many accounts.
//!
//! Invariant: the sums of an account are those of its entries and holds. Accounts are locked in order of their code, so two
//! steps can't deadlock; a CHECK refuses an overdraft; triggers refuse entries that don't sum to zero, and any change of
//! what is posted. A transfer that is there already is left alone, with its accounts.

use kernel::Fen;
use runtime::Statement;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::posting::{Account, Entry, Posting, Transfer, sum_to_zero};

/// The statements that bring the books up to date with these postings.
///
/// # Panics
/// When entries don't sum to zero: such books must never be written.
pub fn statements(postings: &[Posting], at: OffsetDateTime) -> Vec<Statement> {
    if postings.is_empty() {
        return Vec::new();
    }
    let entries: Vec<Entry> = postings.iter().flat_map(Posting::entries).collect();
    assert!(sum_to_zero(&entries), "the entries of a step sum to zero");
    let (mut posted, mut held, mut settled, mut voided) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for posting in postings {
        match posting {
            Posting::Post(transfer) => posted.push(transfer),
            Posting::Hold(transfer) => held.push(transfer),
            Posting::Settle(transfer) => settled.push(transfer.id),
            Posting::Void(transfer) => voided.push(transfer.id),
        }
    }
    let moves = [
        insert(&posted, "POSTED", &entries, at),
        insert(&held, "PENDING", &[], at),
        resolve(&settled, "POSTED", &entries, at),
        resolve(&voided, "VOIDED", &[], at),
    ];
    std::iter::once(open_and_lock(postings)).chain(moves.into_iter().flatten()).collect()
}

/// Makes the accounts that are missing, and locks all of them in order of their code: an update that changes nothing
/// still takes the lock.
fn open_and_lock(postings: &[Posting]) -> Statement {
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
}

fn insert(transfers: &[&Transfer], state: &str, entries: &[Entry], at: OffsetDateTime) -> Option<Statement> {
    if transfers.is_empty() {
        return None;
    }
    let column = |of: fn(&Transfer) -> &str| -> Vec<&str> { transfers.iter().map(|transfer| of(transfer)).collect() };
    let (ids, amounts): (Vec<Uuid>, Vec<i64>) =
        transfers.iter().map(|transfer| (transfer.id, transfer.amount.fen())).unzip();
    let projects: Vec<Option<Uuid>> = transfers.iter().map(|transfer| transfer.project).collect();
    let (of, account, amount) = columns(entries);
    let insert = sqlx::query(
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
    .bind(&amount);
    Some(insert)
}

/// A hold that isn't there would mean that books and stream disagree: then nothing is written.
fn resolve(transfers: &[Uuid], state: &str, entries: &[Entry], at: OffsetDateTime) -> Option<Statement> {
    if transfers.is_empty() {
        return None;
    }
    let (of, account, amount) = columns(entries);
    let resolve = sqlx::query(
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
         select refuse_unless(count(*) = cardinality($1), 'holds_are_pending') from ended",
    )
    .bind(transfers)
    .bind(state)
    .bind(at)
    .bind(&of)
    .bind(&account)
    .bind(&amount);
    Some(resolve)
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
