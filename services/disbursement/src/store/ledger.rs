//! The double-entry ledger (复式账): one statement opens, locks and moves the accounts of a posting, and writes the transfer.
//!
//! Invariant: the sums of an account are those of its entries and holds. Triggers refuse an overdraft, entries that don't
//! sum to zero, and any change of what is posted. A statement takes its accounts in order of their code, so two steps can't
//! deadlock; and by an upsert, which finds each by its key whatever the planner believes of the table's size.

use runtime::Statement;
use sqlx::PgPool;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::posting::{Account, Entry, Posting, Transfer, sum_to_zero};

/// The statements that bring the books up to date with what an event means for them.
///
/// # Panics
/// When entries don't sum to zero: such books must never be written.
pub fn statements(postings: &[Posting], at: OffsetDateTime) -> Vec<Statement> {
    let entries: Vec<Entry> = postings.iter().flat_map(Posting::entries).collect();
    assert!(sum_to_zero(&entries), "the entries of a step sum to zero");
    let (mut posted, mut held, mut ended) = (Vec::new(), Vec::new(), Vec::new());
    for posting in postings {
        match posting {
            Posting::Post(transfer) => posted.push(transfer),
            Posting::Hold(transfer) => held.push(transfer),
            Posting::Settle(transfer) => ended.push(resolve(transfer, "POSTED", &posting.entries(), at)),
            Posting::Void(transfer) => ended.push(resolve(transfer, "VOIDED", &[], at)),
        }
    }
    let begun = [insert(&posted, "POSTED", &entries, at), insert(&held, "PENDING", &[], at)];
    begun.into_iter().flatten().chain(ended).collect()
}

/// Transfers that were not there: a second one of the same cause is refused by its key, for a step happens once.
fn insert(transfers: &[&Transfer], state: &str, entries: &[Entry], at: OffsetDateTime) -> Option<Statement> {
    if transfers.is_empty() {
        return None;
    }
    let column = |of: fn(&Transfer) -> &str| -> Vec<&str> { transfers.iter().map(|transfer| of(transfer)).collect() };
    let may_overdraw = |of: fn(&Transfer) -> &Account| -> Vec<bool> {
        transfers.iter().map(|transfer| of(transfer).may_overdraw()).collect()
    };
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
         ), entered as (
             insert into entries (transfer_id, account, amount_fen, posted_at)
             select transfer_id, account, amount, $8
               from unnest($9::uuid[], $10::text[], $11::bigint[]) as e (transfer_id, account, amount)
         ), delta as (
             select code, may_overdraw, sum(debit)::bigint as debit, sum(credit)::bigint as credit
               from (select code, may_overdraw, amount as debit, 0 as credit
                       from unnest($4::text[], $12::boolean[], $6::bigint[]) as t (code, may_overdraw, amount)
                     union all
                     select code, may_overdraw, 0, amount
                       from unnest($5::text[], $13::boolean[], $6::bigint[]) as t (code, may_overdraw, amount)) as side
              group by code, may_overdraw
         )
         insert into accounts as a
                (code, may_overdraw, debits_posted, credits_posted, debits_pending, credits_pending)
         select code, may_overdraw,
                case when $7 = 'POSTED' then debit else 0 end, case when $7 = 'POSTED' then credit else 0 end,
                case when $7 = 'PENDING' then debit else 0 end, case when $7 = 'PENDING' then credit else 0 end
           from delta order by code
         on conflict (code) do update
            set debits_posted   = a.debits_posted   + excluded.debits_posted,
                credits_posted  = a.credits_posted  + excluded.credits_posted,
                debits_pending  = a.debits_pending  + excluded.debits_pending,
                credits_pending = a.credits_pending + excluded.credits_pending",
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
    .bind(may_overdraw(|transfer| &transfer.debit))
    .bind(may_overdraw(|transfer| &transfer.credit));
    Some(insert)
}

/// A hold ends. One that isn't there would mean that books and stream disagree: then nothing is written.
fn resolve(transfer: &Transfer, state: &str, entries: &[Entry], at: OffsetDateTime) -> Statement {
    let (_, account, amount) = columns(entries);
    sqlx::query(
        "with ended as (
             update transfers set state = $2, resolved_at = $3 where id = $1 and state = 'PENDING' and amount_fen = $6
             returning debit_account, credit_account, amount_fen
         ), entered as (
             insert into entries (transfer_id, account, amount_fen, posted_at)
             select $1, account, amount, $3 from unnest($4::text[], $5::bigint[]) as e (account, amount)
         ), moved as (
             insert into accounts as a (code, may_overdraw, debits_pending, credits_pending)
             select code, false, debit, credit
               from (select debit_account as code, amount_fen as debit, 0 as credit from ended
                     union all select credit_account, 0, amount_fen from ended) as side
              order by code
             on conflict (code) do update
                set debits_pending  = a.debits_pending  - excluded.debits_pending,
                    credits_pending = a.credits_pending - excluded.credits_pending,
                    debits_posted   = a.debits_posted   + case when $2 = 'POSTED' then excluded.debits_pending else 0 end,
                    credits_posted  = a.credits_posted  + case when $2 = 'POSTED' then excluded.credits_pending else 0 end
         )
         select refuse_unless(count(*) = 1, 'holds_are_pending') from ended",
    )
    .bind(transfer.id)
    .bind(state)
    .bind(at)
    .bind(&account)
    .bind(&amount)
    .bind(transfer.amount.fen())
}

/// How many transfers' entries don't sum to zero, and how many accounts don't stand as their entries say.
pub async fn differences(pool: &PgPool) -> sqlx::Result<i64> {
    sqlx::query_scalar(
        "select (select count(*) from (select from entries group by transfer_id having sum(amount_fen) <> 0) as uneven)
              + (select count(*)
                   from accounts a
                   left join (select account, sum(amount_fen) as balance from entries group by account) e
                     on e.account = a.code
                  where a.debits_posted - a.credits_posted <> coalesce(e.balance, 0))",
    )
    .fetch_one(pool)
    .await
}

fn columns(entries: &[Entry]) -> (Vec<Uuid>, Vec<&str>, Vec<i64>) {
    let mut columns = (Vec::new(), Vec::new(), Vec::new());
    for Entry { transfer, account, amount } in entries {
        columns.0.push(*transfer);
        columns.1.push(account.code());
        columns.2.push(amount.fen());
    }
    columns
}
