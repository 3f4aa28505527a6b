//! The rpcs of the room: a reviewer's tasks, claims, decisions, and the live list.
//!
//! Each is a few lines: open the call, convert, ask. A decision's way to the room that asked stands in [`completion`],
//! the live list in [`watch`]. Every refusal is recorded, also that of a read.

mod completion;
mod watch;

use std::{collections::HashMap, sync::Arc};

use kernel::{Actor, refusal::Common};
use proto::inbox::v1::{
    ClaimTaskRequest, CompleteTaskRequest, CompleteTaskResponse, GetTaskRequest, ListTasksRequest, ListTasksResponse,
    ReleaseTaskRequest, Task as TaskMessage, WatchTasksRequest, WatchTasksResponse, task_service_server::TaskService,
};
use runtime::{Call, Context, Snapshot, live::Watchers, paging, status};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::{
    convert::{self, listing},
    domain::{Command, Task, admission::may_read, listing::Key, oversight::Oversight, refusal::unknown},
    store,
};

/// Reviewers' tasks.
pub struct Tasks {
    context: Context,
    watchers: Watchers,
    oversight: Arc<Oversight>,
}

impl Tasks {
    /// Tasks of this room.
    #[must_use]
    pub fn new(context: Context) -> Self {
        let oversight = Arc::new(Oversight::of(&context.pack));
        Self { context, watchers: Watchers::default(), oversight }
    }

    async fn refuse(&self, call: &Call, task: Uuid, refusal: Common) -> Status {
        self.context.journal.refuse(call, Some(task), &refusal).await
    }

    async fn step(&self, call: &Call, task_id: &str, command: Command) -> Result<Response<TaskMessage>, Status> {
        let task = self.context.journal.accept(call, None, convert::task_id(task_id)).await?;
        let now = self.context.clock.now();
        let reply = |snapshot: &Snapshot<Task>| convert::reply(snapshot, &call.actor, now);
        Ok(Response::new(self.context.journal.answer(call, task.0, command, reply).await?))
    }
}

#[tonic::async_trait]
impl TaskService for Tasks {
    type WatchTasksStream = ReceiverStream<Result<WatchTasksResponse, Status>>;

    async fn list_tasks(&self, request: Request<ListTasksRequest>) -> Result<Response<ListTasksResponse>, Status> {
        let (call, asked) = Call::read(request)?;
        let wanted = self.context.journal.accept(&call, None, listing::wanted(&asked)).await?;
        let (size, filter) = (paging::size(asked.page_size)?, listing::filter(&wanted));
        let after = paging::last_key(&asked.page_token, &filter)?;
        let after = self.context.journal.accept(&call, None, listing::key(after.as_deref())).await?;
        let (now, reader) = (self.context.clock.now(), listing::reader(&call.actor, &self.oversight));
        let rows = store::page(&self.context.pool, &reader, &wanted, after, now, size).await.map_err(status::store)?;
        let key = |row: &store::Row| listing::key_text(&Key { due_at: row.due_at, task_id: row.task_id });
        let next_page_token = paging::next(&rows, size, &filter, key);
        let told = |row: &store::Row| self.oversight.tells(&row.task, &call.actor, now);
        let tasks = rows.iter().map(|row| convert::task(&row.task, row.version, &call.actor, told(row), now)).collect();
        Ok(Response::new(ListTasksResponse { tasks, next_page_token }))
    }

    async fn get_task(&self, request: Request<GetTaskRequest>) -> Result<Response<TaskMessage>, Status> {
        let (call, asked) = Call::read(request)?;
        let id = self.context.journal.accept(&call, None, convert::task_id(&asked.task_id)).await?;
        let found = self.context.journal.load::<Task>(id.0).await.map_err(status::store)?;
        let found = self.context.journal.accept(&call, None, found.ok_or_else(unknown)).await?;
        let now = self.context.clock.now();
        let Task::Raised(task) = &found.state else { return Err(self.refuse(&call, id.0, unknown()).await) };
        let told = self.oversight.tells(task, &call.actor, now);
        match may_read(task, &call.actor) {
            Err(refusal) if told.is_none() => Err(self.refuse(&call, id.0, refusal).await),
            Ok(()) | Err(_) => Ok(Response::new(convert::task(task, found.version, &call.actor, told, now))),
        }
    }

    async fn claim_task(&self, request: Request<ClaimTaskRequest>) -> Result<Response<TaskMessage>, Status> {
        let (call, asked) = Call::open(request, |asked: &ClaimTaskRequest| (&asked.request_id, ""))?;
        let command = Command::ClaimTask { actor: call.actor.clone(), at: self.context.clock.now() };
        self.step(&call, &asked.task_id, command).await
    }

    async fn release_task(&self, request: Request<ReleaseTaskRequest>) -> Result<Response<TaskMessage>, Status> {
        let (call, asked) = Call::open(request, |asked: &ReleaseTaskRequest| (&asked.request_id, ""))?;
        let command = Command::ReleaseTask { actor: call.actor.clone(), token: asked.fencing_token };
        self.step(&call, &asked.task_id, command).await
    }

    async fn complete_task(
        &self,
        request: Request<CompleteTaskRequest>,
    ) -> Result<Response<CompleteTaskResponse>, Status> {
        completion::complete(&self.context, request).await.map(Response::new)
    }

    async fn watch_tasks(
        &self,
        request: Request<WatchTasksRequest>,
    ) -> Result<Response<Self::WatchTasksStream>, Status> {
        let (call, asked) = Call::read(request)?;
        let project = self.context.journal.accept(&call, None, listing::watched_project(&asked.project_id)).await?;
        let place = self.watchers.enter(&call.actor.person)?;
        Ok(Response::new(watch::start(&self.context, place, call.actor, Arc::clone(&self.oversight), project)))
    }
}

/// Those of these tasks that this actor may read, with their projects.
pub async fn watched(context: Context, actor: Actor, streams: Vec<(Uuid, i64)>) -> sqlx::Result<HashMap<Uuid, Uuid>> {
    let readable = |task: &Task| match task {
        Task::Raised(task) => may_read(task, &actor).is_ok().then_some(task.request.project.0),
        Task::Unraised => None,
    };
    let seen = context.journal.look_at(&streams, readable).await?;
    Ok(seen.into_iter().filter_map(|(task, project)| Some((task, project?))).collect())
}
