//! What PostgreSQL makes of the statements that post, while the tables grow.

use disbursement::service;
use runtime::testing::{TestDatabase, counted};

use crate::support::issue;

/// A plan that PostgreSQL made while the table was small, and keeps, must not walk the table once it is large.
#[tokio::test]
async fn a_posting_finds_its_accounts_by_their_keys() {
    const MANY: i64 = 5_000;
    let database = TestDatabase::create().await;
    let context = database.room(service()).await;
    // After the fifth call of a connection PostgreSQL settles for a plan.
    for number in 0..40 {
        issue(&context, &format!("{number}号"), 100).await.expect("issued");
    }
    let many =
        "insert into accounts (code, may_overdraw) select 'paid:' || nth, false from generate_series(1, $1) as nth";
    sqlx::query(many).bind(MANY).execute(&context.pool).await.expect("many accounts");
    for number in 40..50 {
        issue(&context, &format!("{number}号"), 100).await.expect("issued");
    }
    let (walked, changed): (i64, i64) = sqlx::query_as(
        "select seq_tup_read, n_tup_upd from pg_stat_user_tables where schemaname = 'disbursement' and relname = 'accounts'",
    )
    .fetch_one(&mut counted(&context.pool).await)
    .await
    .expect("PostgreSQL counts");
    assert!(changed >= 49, "the year's account was charged {changed} times: nothing was counted");
    assert!(walked < MANY, "{walked} accounts were walked over");
}
