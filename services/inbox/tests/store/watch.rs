//! The live list: what is open at first, each change after it, nothing missed, and an end.

use std::sync::Arc;

use inbox::domain::Command;
use proto::inbox::v1::{
    Task as TaskMessage, TaskState, WatchTasksRequest, WatchTasksResponse, task_service_server::TaskService as _,
};
use sqlx::PgPool;
use time::Duration;
use tokio_stream::{StreamExt as _, wrappers::ReceiverStream};
use tonic::{Code, Status};
use uuid::Uuid;

use crate::support::{Desk, ELSEWHERE, HERE, actor, asked, call, code, numbers, wu, zhou};

/// Nothing here takes so long, unless something was missed.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);

struct Watching(ReceiverStream<Result<WatchTasksResponse, Status>>);

impl Watching {
    async fn start(desk: &Desk, who: &kernel::Actor, project_id: &str) -> Self {
        let asked = WatchTasksRequest { project_id: project_id.to_owned() };
        Self(desk.tasks.watch_tasks(call(who, asked)).await.expect("a stream").into_inner())
    }

    async fn next(&mut self) -> Option<Result<WatchTasksResponse, Status>> {
        tokio::time::timeout(PATIENCE, self.0.next()).await.expect("something was missed")
    }

    async fn task(&mut self) -> TaskMessage {
        self.next().await.expect("it goes on").expect("no failure").task.expect("a task")
    }
}

#[tokio::test]
async fn first_all_open_tasks_then_each_change() {
    let desk = Desk::open().await;
    desk.raise(10, HERE, 2).await;
    desk.raise(11, HERE, 1).await;
    let closed = desk.raise(12, HERE, 1).await;
    desk.settle(closed, "wu").await;
    desk.raise(13, ELSEWHERE, 1).await;
    let mut watching = Watching::start(&desk, &zhou(), "").await;
    assert_eq!(numbers(&[watching.task().await, watching.task().await]), [11, 10]);

    let task = desk.raise(14, HERE, 3).await;
    assert_eq!(numbers(&[watching.task().await]), [14]);
    desk.claim(&wu(), task).await.expect("it is free");
    let claimed = watching.task().await;
    assert_eq!((claimed.state(), claimed.holder_id.as_str()), (TaskState::Reserved, "wu"));
    desk.settle(task, "wu").await;
    assert_eq!(watching.task().await.state(), TaskState::Completed, "its last state comes once");
    desk.raise(15, HERE, 4).await;
    assert_eq!(numbers(&[watching.task().await]), [15], "and then no more");
}

#[tokio::test]
async fn another_replicas_change_is_seen_too() {
    let desk = Desk::open().await;
    desk.raise(10, HERE, 1).await;
    let mut watching = Watching::start(&desk, &zhou(), "").await;
    assert_eq!(watching.task().await.etag, "1");
    bump(&desk.context.pool, 10).await;
    assert_eq!(watching.task().await.etag, "2", "no change was announced in this process");
}

/// What another process would leave behind: a newer row, and nobody here told.
async fn bump(pool: &PgPool, number: u128) {
    let update = sqlx::query("update tasks set version = version + 1 where task_id = $1");
    update.bind(Uuid::from_u128(number)).execute(pool).await.expect("a newer row");
}

#[tokio::test]
async fn a_claim_that_ends_and_a_due_time_that_passes_are_changes() {
    let desk = Desk::open().await;
    let task = desk.raise(10, HERE, 2).await;
    desk.claim(&wu(), task).await.expect("it is free");
    let mut watching = Watching::start(&desk, &zhou(), "").await;
    assert_eq!(watching.task().await.state(), TaskState::Reserved);
    desk.context.clock.advance(Duration::minutes(31));
    assert_eq!(watching.task().await.state(), TaskState::Ready);
    desk.context.clock.advance(Duration::hours(2));
    assert!(watching.task().await.overdue);
}

#[tokio::test]
async fn nothing_that_changes_while_the_stream_begins_is_missed() {
    let desk = Desk::open().await;
    let raise = async {
        for number in 100..140 {
            desk.raise(number, HERE, 1).await;
        }
    };
    let watch = async {
        let mut watching = Watching::start(&desk, &zhou(), "").await;
        let mut seen = std::collections::BTreeSet::new();
        while seen.len() < 40 {
            seen.extend(numbers(&[watching.task().await]));
        }
        seen
    };
    let ((), seen) = tokio::join!(raise, watch);
    assert!(seen.into_iter().eq(100..140));
}

#[tokio::test]
async fn a_watcher_may_look_at_one_project() {
    let desk = Desk::open().await;
    desk.raise(10, HERE, 1).await;
    let mut other = asked(11, HERE, desk.start + Duration::hours(2));
    other.project = kernel::ProjectId(Uuid::from_u128(2));
    let other = desk.raise_as(other).await;
    let mut watching = Watching::start(&desk, &zhou(), &Uuid::from_u128(2).to_string()).await;
    assert_eq!(numbers(&[watching.task().await]), [11]);
    desk.raise(12, HERE, 1).await;
    desk.tell(other, Command::CancelTask).await;
    assert_eq!(watching.task().await.state(), TaskState::Obsolete);
    let refused = desk.tasks.watch_tasks(call(&zhou(), WatchTasksRequest { project_id: "x".into() })).await;
    assert_eq!(refused.map(|_| ()).expect_err("no id").code(), Code::InvalidArgument);
}

#[tokio::test]
async fn the_stream_ends_when_the_process_stops() {
    let desk = Desk::open().await;
    desk.raise(10, HERE, 1).await;
    let mut watching = Watching::start(&desk, &actor("zhou", &[HERE]), "").await;
    watching.task().await;
    desk.context.shutdown.cancel();
    let last = watching.next().await.expect("a last word").expect_err("no task");
    assert_eq!((last.code(), code(&last).as_str()), (Code::Unavailable, "STOPPING"));
    assert!(watching.next().await.is_none());
}

#[tokio::test]
async fn a_client_that_goes_ends_the_watcher() {
    let desk = Desk::open().await;
    desk.raise(10, HERE, 1).await;
    // A watcher keeps the room's context, and the county pack with it, as long as it runs.
    let holders = || Arc::strong_count(&desk.context.pack);
    let before = holders();
    let mut watching = Watching::start(&desk, &zhou(), "").await;
    watching.task().await;
    assert!(holders() > before);
    drop(watching);
    let ended = async {
        while holders() > before {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, ended).await.expect("the watcher ends");
}
