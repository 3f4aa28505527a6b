//! The live list: all open tasks of a reviewer, then each change.
//!
//! Nothing is missed that changes in between: no cursor is kept, but what was sent is compared with what is there, when
//! this process says that something changed and once a second, since another replica may have written.

use std::{collections::HashMap, time::Duration};

use proto::inbox::v1::WatchTasksResponse;
use runtime::{Context, status};
use time::OffsetDateTime;
use tokio::sync::{broadcast, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status};
use uuid::Uuid;

use crate::{
    convert,
    domain::Stage,
    store::{self, Look, Reader, Row},
};

/// How often to look when nobody says that anything changed.
const POLL: Duration = Duration::from_secs(1);
/// Changes come in bursts: one look answers for all that come within this time.
const GATHER: Duration = Duration::from_millis(20);
/// Tasks that wait for a slow client; then the watcher waits, too.
const BACKLOG: usize = 32;

type Answer = Result<WatchTasksResponse, Status>;

/// Starts watching; the stream ends when the client goes or the process stops.
pub fn start(context: &Context, reader: Reader, project: Option<Uuid>) -> ReceiverStream<Answer> {
    let (sender, receiver) = mpsc::channel(BACKLOG);
    // Heard from before the first look, so that nothing falls in between.
    let changes = context.journal.changes();
    let watcher =
        Watcher { context: context.clone(), reader, project, changes, sender: sender.clone(), sent: HashMap::new() };
    let shutdown = context.shutdown.clone();
    tokio::spawn(async move {
        let last = match shutdown.run_until_cancelled(watcher.run()).await {
            Some(Ok(())) => return,
            Some(Err(failure)) => failure,
            None => stopping(),
        };
        // A client that doesn't read, or is gone, doesn't keep the process from stopping.
        if sender.try_send(Err(last)).is_err() {
            tracing::debug!("a watcher ended without its last word");
        }
    });
    ReceiverStream::new(receiver)
}

struct Watcher {
    context: Context,
    reader: Reader,
    project: Option<Uuid>,
    changes: broadcast::Receiver<Uuid>,
    sender: mpsc::Sender<Answer>,
    /// How each task looked when it was sent; only those that are open.
    sent: HashMap<Uuid, Look>,
}

impl Watcher {
    /// Ends when the client is gone; fails when the store does.
    async fn run(mut self) -> Result<(), Status> {
        loop {
            for row in self.changed().await.map_err(status::store)? {
                if !self.send(&row).await {
                    return Ok(());
                }
            }
            tokio::select! {
                () = self.sender.closed() => return Ok(()),
                () = tokio::time::sleep(POLL) => {}
                // Also when so much changed that some of it was not heard: the look finds all.
                _ = self.changes.recv() => {
                    tokio::time::sleep(GATHER).await;
                    self.changes = self.changes.resubscribe();
                }
            }
        }
    }

    /// The tasks that look otherwise than when they were sent.
    async fn changed(&self) -> sqlx::Result<Vec<Row>> {
        let known: Vec<Uuid> = self.sent.keys().copied().collect();
        let (pool, now) = (&self.context.pool, self.context.clock.now());
        let looks = store::looks(pool, &self.reader, self.project, &known, now).await?;
        let changed = looks.into_iter().filter(|(task, look)| self.sent.get(task) != Some(look));
        let changed: Vec<Uuid> = changed.map(|(task, _)| task).collect();
        if changed.is_empty() { Ok(Vec::new()) } else { store::rows(pool, &changed).await }
    }

    /// Whether the client is still there.
    async fn send(&mut self, row: &Row) -> bool {
        let now = self.context.clock.now();
        let task = convert::task(&row.task, row.version, now);
        if row.task.is_open() {
            self.sent.insert(row.task_id, look(row, now));
        } else {
            self.sent.remove(&row.task_id);
        }
        self.sender.send(Ok(WatchTasksResponse { task: Some(task) })).await.is_ok()
    }
}

fn look(row: &Row, now: OffsetDateTime) -> Look {
    let lapsed = matches!(&row.task.stage, Stage::Reserved(lease) if !lease.stands(now));
    Look { version: row.version, lapsed, overdue: row.task.is_overdue(now) }
}

fn stopping() -> Status {
    status::plain(Code::Unavailable, "STOPPING", "服务正在停止,请重新连接", "the server is stopping; watch again")
}
