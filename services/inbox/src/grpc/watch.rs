//! The live list: all open tasks of a reviewer, then each change.
//!
//! Nothing is missed that changes in between: no cursor is kept, but what was sent is compared with what is there. When
//! this process says which tasks changed, only these are looked at; once a second all are, since another replica may have
//! written, and time alone changes some.

use std::{collections::HashMap, sync::Arc, time::Duration};

use kernel::Actor;
use proto::inbox::v1::WatchTasksResponse;
use runtime::{Context, status};
use time::OffsetDateTime;
use tokio::{
    sync::{
        broadcast::{
            self,
            error::{RecvError, TryRecvError},
        },
        mpsc,
    },
    time::MissedTickBehavior,
};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status};
use uuid::Uuid;

use super::watchers::Place;
use crate::{
    convert::{self, listing},
    domain::{Stage, listing::Reader, oversight::Oversight},
    store::{self, Look, Row},
};

/// How often to look when nobody says that anything changed.
const POLL: Duration = Duration::from_secs(1);
/// Changes come in bursts: one look answers for all that come within this time.
const GATHER: Duration = Duration::from_millis(20);
/// Tasks that wait for a slow client; then the watcher waits, too.
const BACKLOG: usize = 32;

type Answer = Result<WatchTasksResponse, Status>;

/// Starts watching; the stream ends when the client goes or the process stops.
pub fn start(
    context: &Context,
    place: Place,
    actor: Actor,
    oversight: Arc<Oversight>,
    project: Option<Uuid>,
) -> ReceiverStream<Answer> {
    let (sender, receiver) = mpsc::channel(BACKLOG);
    // Heard from before the first look, so that nothing falls in between.
    let changes = context.journal.changes();
    let reader = listing::reader(&actor, &oversight);
    let (context_too, sent) = (context.clone(), HashMap::new());
    let watcher =
        Watcher { context: context_too, actor, oversight, reader, project, changes, sender: sender.clone(), sent };
    let shutdown = context.shutdown.clone();
    tokio::spawn(async move {
        let _place = place;
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
    actor: Actor,
    oversight: Arc<Oversight>,
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
        let mut look_at_all = tokio::time::interval(POLL);
        look_at_all.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let heard = tokio::select! {
                () = self.sender.closed() => return Ok(()),
                _ = look_at_all.tick() => None,
                first = self.changes.recv() => self.gather(first).await,
            };
            let changed = match heard {
                Some(heard) => self.changed_among(&heard).await,
                None => self.changed().await,
            };
            for row in changed.map_err(status::store)? {
                if !self.send(&row).await {
                    return Ok(());
                }
            }
        }
    }

    /// The tasks that changed within a moment; none when so many did that some were not heard: then all are looked at.
    async fn gather(&mut self, first: Result<Uuid, RecvError>) -> Option<Vec<Uuid>> {
        let mut heard = vec![first.ok()?];
        tokio::time::sleep(GATHER).await;
        loop {
            match self.changes.try_recv() {
                Ok(task) => heard.push(task),
                Err(TryRecvError::Empty | TryRecvError::Closed) => return Some(heard),
                Err(TryRecvError::Lagged(_)) => {
                    self.changes = self.changes.resubscribe();
                    return None;
                }
            }
        }
    }

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

    /// Whether the client is still there.
    async fn send(&mut self, row: &Row) -> bool {
        let now = self.context.clock.now();
        let told = self.oversight.tells(&row.task, &self.actor, now);
        let task = convert::task(&row.task, row.version, &self.actor, told, now);
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
