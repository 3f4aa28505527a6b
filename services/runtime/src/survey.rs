//! A room's streams read one by one for an operator who only wants to know (只读查阅): nothing is written, by the database's word.
//!
//! All is read in one read-only transaction, so that a county at work doesn't move under the reader; no migration is run.

use anyhow::Context as _;
use sqlx::{Connection as _, PgConnection, Row as _, types::Json};
use uuid::Uuid;

use crate::{Machine, Service, postgres};

/// Streams that are read at a time.
const STREAMS: i64 = 200;

impl Service {
    /// Calls back with each stream of a machine as it stands, in order of their ids, and after each page with how many
    /// streams are read, of how many.
    ///
    /// # Errors
    /// When the store can't be reached, has never been opened by this room, or holds an event that this program doesn't
    /// know.
    pub async fn survey<M: Machine>(
        &self,
        database_url: &str,
        mut each: impl FnMut(Uuid, &M),
        mut read: impl FnMut(u64, u64),
    ) -> anyhow::Result<()> {
        let mut connection = postgres::open_to_read(database_url, self.name).await?;
        let mut transaction = connection.begin_with("begin isolation level repeatable read read only").await?;
        let all: i64 = sqlx::query_scalar("select count(*) from events where machine = $1 and version = 1")
            .bind(M::NAME)
            .fetch_one(&mut *transaction)
            .await
            .with_context(|| format!("the database holds no store of room {}: start it once first", self.name))?;
        let (all, mut done, mut after) = (u64::try_from(all)?, 0, Uuid::nil());
        loop {
            let page = page::<M>(&mut transaction, after).await?;
            let Some((last, _)) = page.last() else { break };
            after = *last;
            page.iter().for_each(|(stream, state)| each(*stream, state));
            done += u64::try_from(page.len())?;
            read(done, all);
        }
        transaction.rollback().await?;
        connection.close().await?;
        Ok(())
    }
}

/// The next streams of the machine, folded.
async fn page<M: Machine>(connection: &mut PgConnection, after: Uuid) -> anyhow::Result<Vec<(Uuid, M)>> {
    let rows = sqlx::query(
        "select stream_id, payload from events
          where stream_id in (select stream_id from events where stream_id > $1 and machine = $2 and version = 1
                               order by stream_id limit $3)
          order by stream_id, version",
    )
    .bind(after)
    .bind(M::NAME)
    .bind(STREAMS)
    .fetch_all(connection)
    .await?;
    let mut states: Vec<(Uuid, M)> = Vec::new();
    for row in rows {
        let stream: Uuid = row.try_get("stream_id")?;
        let Json(event) = row.try_get::<Json<M::Event>, _>("payload").with_context(|| format!("stream {stream}"))?;
        let before = match states.pop() {
            Some((known, state)) if known == stream => state,
            other => {
                states.extend(other);
                M::default()
            }
        };
        states.push((stream, before.evolve(&event)));
    }
    Ok(states)
}
