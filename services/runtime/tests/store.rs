//! Which errors of a real PostgreSQL mean that the store is away for now, and which that it will never take a statement.

use runtime::{postgres::is_transient, testing::TestDatabase};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

#[tokio::test]
async fn a_failing_disk_is_away_for_now_and_a_wrong_statement_is_not() {
    let database = TestDatabase::create().await;
    let mut connection = PgConnection::connect(&database.url).await.expect("the database answers");
    // 58030: what a session hears whose commit could not be flushed; 57P01: the server ends; 23514: a check failed.
    for (state, away) in [("58030", true), ("57P01", true), ("23514", false), ("XX001", false)] {
        let raised = format!("do $$ begin raise exception 'played' using errcode = '{state}'; end $$");
        let error = sqlx::raw_sql(AssertSqlSafe(raised)).execute(&mut connection).await.expect_err("it was raised");
        assert_eq!(is_transient(&error), away, "{state}: {error}");
    }
}
