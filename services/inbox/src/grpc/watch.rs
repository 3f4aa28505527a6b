//! The live list: all open tasks of a reviewer, then each change.
//!
//! Nothing is missed that changes in between: no cursor is kept, but what was sent is compared with what is there. When
//! this process says which tasks changed, only these are looked at; once a second all are. When to look, and how the
//! stream ends, is [`live`]'s.

use std::{collections::HashMap, sync::Arc};

use kernel::Actor;
use proto::inbox::v1::WatchTasksResponse;
use runtime::{
    Context,
    live::{self, Look as Seen, Place, Watching},
    status,
};
use time::OffsetDateTime;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;
use uuid::Uuid;

use crate::{
    convert::{self, listing},
    domain::{Stage, listing::Reader, oversight::Oversight},
    store::{self, Look, Row},
};

/// Starts watching; the stream ends when the client goes or the process stops.
pub fn start(
    context: &Context,
    place: Place,
    actor: Actor,
    oversight: Arc<Oversight>,
    project: Option<Uuid>,
) -> ReceiverStream<Result<WatchTasksResponse, Status>> {
    let reader = listing::reader(&actor, &oversight);
    let (context_too, sent) = (context.clone(), HashMap::new());
    live::start(context, place, Watcher { context: context_too, actor, oversight, reader, project, sent })
}

struct Watcher {
    context: Context,
    actor: Actor,
    oversight: Arc<Oversight>,
    reader: Reader,
    project: Option<Uuid>,
    /// How each task looked when it was sent; only those that are open.
    sent: HashMap<Uuid, Look>,
}

impl Watching for Watcher {
    type Item = WatchTasksResponse;

    async fn look(&mut self, heard: Option<&[Uuid]>) -> Result<Seen<WatchTasksResponse>, Status> {
        let changed = match heard {
            Some(heard) => self.changed_among(heard).await,
            None => self.changed().await,
        };
        let rows = changed.map_err(status::store)?;
        Ok(Seen { items: rows.iter().map(|row| self.tell(row)).collect(), more: false })
    }
}

impl Watcher {
    fn known(&self) -> Vec<Uuid> {
        self.sent.keys().copied().collect()
    }

    /// The tasks that look otherwise than when they were sent.
    async fn changed(&self) -> sqlx::Result<Vec<Row>> {
        let (pool, now) = (&self.context.pool, self.context.clock.now());
        let looks = store::looks(pool, &self.reader, self.project, &self.known(), now).await?;
        let changed = looks.into_iter().filter(|(task, look)| self.sent.get(task) != Some(look));
        let changed: Vec<Uuid> = changed.map(|(task, _)| task).collect();
        if changed.is_empty() { Ok(Vec::new()) } else { store::rows(pool, &changed).await }
    }

    /// Of these, the tasks that look otherwise than when they were sent.
    async fn changed_among(&self, heard: &[Uuid]) -> sqlx::Result<Vec<Row>> {
        let (pool, now) = (&self.context.pool, self.context.clock.now());
        let rows = store::heard(pool, &self.reader, self.project, heard, &self.known(), now).await?;
        Ok(rows.into_iter().filter(|row| self.sent.get(&row.task_id) != Some(&look(row, now))).collect())
    }

    fn tell(&mut self, row: &Row) -> WatchTasksResponse {
        let now = self.context.clock.now();
        let told = self.oversight.tells(&row.task, &self.actor, now);
        let task = convert::task(&row.task, row.version, &self.actor, told, now);
        if row.task.is_open() {
            self.sent.insert(row.task_id, look(row, now));
        } else {
            self.sent.remove(&row.task_id);
        }
        WatchTasksResponse { task: Some(task) }
    }
}

fn look(row: &Row, now: OffsetDateTime) -> Look {
    let lapsed = matches!(&row.task.stage, Stage::Reserved(lease) if !lease.stands(now));
    Look { version: row.version, lapsed, overdue: row.task.is_overdue(now) }
}
