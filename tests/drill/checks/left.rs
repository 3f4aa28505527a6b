//! C6: nothing waits in an outbox or a queue, and what is set aside was planted by the drill and is there to be seen.

use std::time::{Duration, Instant};

use sqlx::{AssertSqlSafe, PgConnection};
use xianjie::house::ROOMS;

use crate::{history::History, house::House, post::Planted, rabbit};

/// How long what is on its way may take.
const PATIENCE: Duration = Duration::from_secs(90);

/// Waits until nothing is on its way any more.
///
/// # Errors
/// When the database does not answer.
pub async fn drain(house: &House, history: &History, planted: &[Planted]) -> anyhow::Result<()> {
    let mut connection = house.database.connect().await?;
    let began = Instant::now();
    loop {
        let (waiting, aside) = (waiting(&mut connection).await?, aside(&mut connection, planted).await?);
        if waiting == 0 && aside.is_empty() {
            return Ok(());
        }
        if began.elapsed() > PATIENCE {
            history
                .violation(format!("C6 after {PATIENCE:?} {waiting} messages wait in outboxes, set aside: {aside:?}"));
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Queues are empty, dead-letter queues too, and each planted message is set aside in its room.
///
/// # Errors
/// When a server does not answer.
pub async fn check(
    connection: &mut PgConnection,
    house: &House,
    history: &History,
    planted: &[Planted],
) -> anyhow::Result<()> {
    let began = Instant::now();
    loop {
        let mut queues = rabbit::queues(house).await?;
        queues.retain(|_, messages| *messages > 0);
        if queues.is_empty() {
            break;
        }
        if began.elapsed() > PATIENCE {
            history.violation(format!("C6 after {PATIENCE:?} messages are left in {queues:?}"));
            break;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    for Planted { room, payload, .. } in planted.iter().filter(|one| one.confirmed) {
        let seen = format!("select count(*) from {room}.parked where payload = $1");
        let seen: i64 = sqlx::query_scalar(AssertSqlSafe(seen)).bind(payload).fetch_one(&mut *connection).await?;
        if seen == 0 {
            history.violation(format!("C6 a message without sense to {room} is nowhere to be seen"));
        }
    }
    Ok(())
}

/// What is set aside and was not planted, with its reason.
async fn aside(connection: &mut PgConnection, planted: &[Planted]) -> anyhow::Result<Vec<String>> {
    let payloads: Vec<&[u8]> = planted.iter().map(|one| one.payload.as_slice()).collect();
    let mut aside = Vec::new();
    for name in ROOMS {
        let all = format!("select '{name} ' || kind || ': ' || reason from {name}.parked where payload <> all($1)");
        let found = sqlx::query_scalar::<_, String>(AssertSqlSafe(all)).bind(&payloads);
        aside.extend(found.fetch_all(&mut *connection).await?);
    }
    Ok(aside)
}

/// Everything that is set aside, by room and reason.
///
/// # Errors
/// When the database does not answer.
pub async fn reasons(connection: &mut PgConnection) -> anyhow::Result<Vec<(String, i64)>> {
    let all: Vec<String> = ROOMS
        .iter()
        .map(|name| {
            // A reason may name the very message: its digits would make each a reason of its own.
            format!("select '{name}: ' || regexp_replace(reason, '[0-9a-f-]{{36}}', '…') as why from {name}.parked")
        })
        .collect();
    let counted = format!("select why, count(*) from ({}) as aside group by why order by why", all.join(" union all "));
    Ok(sqlx::query_as(AssertSqlSafe(counted)).fetch_all(connection).await?)
}

async fn waiting(connection: &mut PgConnection) -> anyhow::Result<i64> {
    let counts: Vec<String> = ROOMS.iter().map(|room| format!("(select count(*) from {room}.outbox)")).collect();
    Ok(sqlx::query_scalar(AssertSqlSafe(format!("select {}", counts.join(" + ")))).fetch_one(connection).await?)
}
