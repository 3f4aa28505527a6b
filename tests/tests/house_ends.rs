//! A house that ends gives back what it held: rooms that know each other don't keep each other alive.

use std::time::{Duration, Instant};

use sqlx::{Connection as _, PgConnection};
use tests::house::TestHouse;
use tokio::runtime::Runtime;

/// PostgreSQL ends a session soon after its connection has gone.
const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn a_house_that_ends_holds_no_connection() {
    let living = Runtime::new().expect("a runtime");
    let url = living.block_on(async { TestHouse::open().await.database.url });
    drop(living);
    Runtime::new().expect("a runtime").block_on(async {
        let mut connection = PgConnection::connect(&url).await.expect("the database answers");
        let others =
            "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
                         and backend_type = 'client backend'";
        let ended = Instant::now();
        loop {
            let held: i64 = sqlx::query_scalar(others).fetch_one(&mut connection).await.expect("a count");
            if held == 0 {
                return;
            }
            assert!(ended.elapsed() < PATIENCE, "{held} connections are still held");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
}
