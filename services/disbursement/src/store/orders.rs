//! Orders to the treasury that wait for a worker: leased, tried, put off. Times are the runtime clock's.
//!
//! A lease keeps two workers from asking at once; that nothing is paid twice does not rest on it, but on the payment's id
//! at the treasury and on the project's stream here.

use runtime::Statement;
use sqlx::PgPool;
use time::OffsetDateTime;
use uuid::Uuid;

/// An order that this worker has for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// The payment, and the key that the treasury sees.
    pub payment_id: Uuid,
    /// Its project.
    pub project_id: Uuid,
    /// How often it was taken, this time included.
    pub attempts: i32,
}

runtime::from_row!(Order { payment_id, project_id, attempts });

/// A payment was instructed: it is due at once.
pub fn instructed(project: Uuid, payment: Uuid, at: OffsetDateTime) -> Statement {
    sqlx::query(
        "insert into payment_orders (payment_id, project_id, state, next_attempt_at) values ($1, $2, 'INSTRUCTED', $3)",
    )
    .bind(payment)
    .bind(project)
    .bind(at)
}

/// What is known of it changed.
pub fn moved(payment: Uuid, state: &str) -> Statement {
    sqlx::query("update payment_orders set state = $2 where payment_id = $1").bind(payment).bind(state)
}

/// The project goes on: what was held is due.
pub fn due_again(project: Uuid, at: OffsetDateTime) -> Statement {
    sqlx::query(
        "update payment_orders set next_attempt_at = least(next_attempt_at, $2)
          where project_id = $1 and state in ('INSTRUCTED', 'UNKNOWN')",
    )
    .bind(project)
    .bind(at)
}

/// Takes orders that are due and that no other worker has.
pub async fn lease(pool: &PgPool, now: OffsetDateTime, until: OffsetDateTime, limit: i64) -> sqlx::Result<Vec<Order>> {
    sqlx::query_as(
        "update payment_orders set leased_until = $2, attempts = attempts + 1
          where payment_id in (select payment_id from payment_orders
                                where state in ('INSTRUCTED', 'UNKNOWN') and next_attempt_at <= $1
                                  and (leased_until is null or leased_until <= $1)
                                order by next_attempt_at limit $3 for update skip locked)
         returning payment_id, project_id, attempts",
    )
    .bind(now)
    .bind(until)
    .bind(limit)
    .fetch_all(pool)
    .await
}

/// Gives an order back, to be taken again later.
pub async fn put_off(pool: &PgPool, payment: Uuid, until: OffsetDateTime) -> sqlx::Result<()> {
    sqlx::query("update payment_orders set leased_until = null, next_attempt_at = $2 where payment_id = $1")
        .bind(payment)
        .bind(until)
        .execute(pool)
        .await?;
    Ok(())
}

/// Gives back an order that did not go out, to be taken again later: this time does not count as a try.
pub async fn hold(pool: &PgPool, payment: Uuid, until: OffsetDateTime) -> sqlx::Result<()> {
    let hold = "update payment_orders set leased_until = null, next_attempt_at = $2, attempts = attempts - 1
                 where payment_id = $1";
    sqlx::query(hold).bind(payment).bind(until).execute(pool).await?;
    Ok(())
}

/// How many orders wait, due or not.
pub async fn waiting(pool: &PgPool) -> sqlx::Result<i64> {
    sqlx::query_scalar("select count(*) from payment_orders where state in ('INSTRUCTED', 'UNKNOWN')")
        .fetch_one(pool)
        .await
}

/// Orders without a final answer.
pub struct UnderWay {
    /// Held, or not answered yet.
    pub instructed: i64,
    /// The treasury's answer is missing.
    pub unknown: i64,
}

runtime::from_row!(UnderWay { instructed, unknown });

/// How many orders have no final answer.
pub async fn under_way(pool: &PgPool) -> sqlx::Result<UnderWay> {
    sqlx::query_as(
        "select count(*) filter (where state = 'INSTRUCTED') as instructed,
                count(*) filter (where state = 'UNKNOWN') as unknown
           from payment_orders where state in ('INSTRUCTED', 'UNKNOWN')",
    )
    .fetch_one(pool)
    .await
}
