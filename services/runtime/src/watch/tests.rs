//! On a real PostgreSQL: nothing is left out that commits late, what somebody may not read is passed over in silence, and
//! facts that came from another server find their place.

use std::time::Duration;

use kernel::PersonId;
use sqlx::PgExecutor;

use super::*;
use crate::{Room, Service, testing::TestDatabase};

/// Nothing here takes so long, unless something was missed.
const PATIENCE: Duration = Duration::from_secs(20);
/// Streams above this one are somebody else's.
const OWN: u128 = 1_000;

async fn room() -> Context {
    let service = Service::new("watched", Vec::new(), |_| async { Ok(Room::new()) });
    TestDatabase::create().await.room(service).await
}

async fn write(store: impl PgExecutor<'_>, stream: u128, version: i64) {
    sqlx::query(
        "insert into events (stream_id, version, step, machine, payload, recorded_at)
         values ($1, $2, $2, 'thing', '{\"kind\": \"Happened\"}', now())",
    )
    .bind(Uuid::from_u128(stream))
    .bind(version)
    .execute(store)
    .await
    .expect("written");
}

async fn reader(context: &Context, cursor: &str) -> Projects {
    let ground = Ground::now(&context.pool).await.expect("a ground");
    let position = match cursor {
        "" => Position::before(0),
        cursor => ground.position(context.room, cursor).expect("our own cursor"),
    };
    let readable: Readable = Arc::new(|_, _, streams| {
        let own = streams.into_iter().filter(|(stream, _)| stream.as_u128() <= OWN);
        Box::pin(std::future::ready(Ok(own.map(|(stream, _)| (stream, stream)).collect())))
    });
    let actor = Actor { person: PersonId("p".into()), name: "甲".into(), posts: Vec::new(), on_behalf_of: None };
    Projects { context: context.clone(), readable, actor, ground, position }
}

/// The next so many, as stream and version, each with its cursor.
async fn next(reader: &mut Projects, many: usize) -> Vec<(u128, i64, String)> {
    let mut told = Vec::new();
    let looking = async {
        while told.len() < many {
            told.extend(reader.look(None).await.expect("a look").items);
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, looking).await.expect("something was missed");
    let named = told.into_iter().map(|WatchProjectsResponse { cursor, change }| {
        let change = change.expect("a change");
        let stream: Uuid = change.stream_id.parse().expect("an id");
        (stream.as_u128(), change.version, cursor)
    });
    named.collect()
}

fn places(told: &[(u128, i64, String)]) -> Vec<(u128, i64)> {
    told.iter().map(|(stream, version, _)| (*stream, *version)).collect()
}

#[tokio::test]
async fn what_commits_late_is_told_late_and_wherever_a_reader_goes_on_the_rest_comes_once() {
    let context = room().await;
    let mut early = context.pool.begin().await.expect("a transaction");
    write(&mut *early, 2, 1).await;
    write(&context.pool, 1, 1).await;
    write(&context.pool, 1, 2).await;
    let mut watching = reader(&context, "").await;
    for _ in 0..3 {
        assert_eq!(watching.look(None).await.expect("a look").items, [], "the first writer may still write more");
    }
    let waiting = watching.alive().expect("a sign of life").cursor;
    write(&mut *early, 3, 1).await;
    early.commit().await.expect("committed");
    let told = next(&mut watching, 4).await;
    assert_eq!(places(&told), [(2, 1), (3, 1), (1, 1), (1, 2)]);

    write(&context.pool, 2, 2).await;
    let all = [&places(&told)[..], &[(2, 2)]].concat();
    for (seen, (.., cursor)) in told.iter().enumerate() {
        let mut again = reader(&context, cursor).await;
        assert_eq!(places(&next(&mut again, all.len() - seen - 1).await), all[seen + 1..], "after {seen}");
    }
    let mut again = reader(&context, &waiting).await;
    assert_eq!(places(&next(&mut again, all.len()).await), all);
}

#[tokio::test]
async fn what_a_reader_may_not_see_is_passed_over_and_no_cursor_names_it() {
    let context = room().await;
    let fill = "insert into events (stream_id, version, step, machine, payload, recorded_at)
                select ('f' || lpad(to_hex(number), 31, '0'))::uuid, 1, 1, 'thing', '{\"kind\": \"Happened\"}', now()
                  from generate_series(1, $1) as number";
    write(&context.pool, 1, 1).await;
    sqlx::query(fill).bind(2 * i32::try_from(CHUNK).expect("a few")).execute(&context.pool).await.expect("filled");
    write(&context.pool, 2, 1).await;
    let mut watching = reader(&context, "").await;
    assert_eq!(places(&next(&mut watching, 2).await), [(1, 1), (2, 1)]);
    let cursor = watching.alive().expect("a sign of life").cursor;
    assert_eq!(watching.ground.position(context.room, &cursor), Some(Position::before(watching.ground.settled)));
    let mut again = reader(&context, &cursor).await;
    assert_eq!(again.look(None).await.expect("a look"), Look { items: Vec::new(), more: false });
}

#[tokio::test]
async fn facts_of_another_server_keep_their_order_and_come_first() {
    let context = room().await;
    for (stream, version) in [(2, 1), (1, 1), (2, 2)] {
        write(&context.pool, stream, version).await;
    }
    let foreign = "update events set transaction_id = (transaction_id::text::bigint + 1000000000)::text::xid8";
    sqlx::query(foreign).execute(&context.pool).await.expect("as after a dump was read in");
    position::adopt(&context.pool).await.expect("brought into order");
    write(&context.pool, 1, 2).await;
    let mut watching = reader(&context, "").await;
    assert_eq!(places(&next(&mut watching, 4).await), [(1, 1), (2, 1), (2, 2), (1, 2)]);
}
