//! Changes of a room's projects (项目变动) as they happen: what every room that has projects serves.
//!
//! A room says which of its streams somebody reads ([`crate::Room::watched`]); the shell reads the journal in the order of
//! [`position`] and tells of these alone. Invariant: a reader's position moves over what the reader may not see, but
//! no cursor names it.

pub(crate) mod position;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::SystemTime,
};

use kernel::Actor;
use prost_types::Timestamp;
use proto::common::v1::{
    ProjectChange, WatchProjectsRequest, WatchProjectsResponse, watch_service_server::WatchService,
};
use time::OffsetDateTime;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Request, Response, Status};
use uuid::Uuid;

use self::position::{Fact, Ground, Position, facts};
use crate::{
    BoxFuture, Call, Context,
    live::{self, Look, Watchers, Watching},
    status,
};

/// Facts that are read at a time, whoever's they are.
const CHUNK: i64 = 500;

/// Of these streams, each with a version that it has reached: those that this actor reads, with their projects.
pub(crate) type Readable = Arc<
    dyn Fn(Context, Actor, Vec<(Uuid, i64)>) -> BoxFuture<'static, sqlx::Result<HashMap<Uuid, Uuid>>> + Send + Sync,
>;

/// What the rooms of a process have to watch.
pub(crate) struct Watch {
    rooms: BTreeMap<&'static str, (Context, Readable)>,
    watchers: Watchers,
}

impl Watch {
    pub(crate) fn new(rooms: impl IntoIterator<Item = (Context, Readable)>) -> Self {
        let rooms = rooms.into_iter().map(|(context, readable)| (context.room, (context, readable))).collect();
        Self { rooms, watchers: Watchers::default() }
    }
}

#[tonic::async_trait]
impl WatchService for Watch {
    type WatchProjectsStream = ReceiverStream<Result<WatchProjectsResponse, Status>>;

    async fn watch_projects(
        &self,
        request: Request<WatchProjectsRequest>,
    ) -> Result<Response<Self::WatchProjectsStream>, Status> {
        let (call, asked) = Call::read(request)?;
        let (context, readable) = self.rooms.get(asked.room.as_str()).ok_or_else(status::no_room)?;
        let ground = Ground::now(&context.pool).await.map_err(status::store)?;
        let position = match asked.cursor.as_str() {
            "" => Position::before(0),
            cursor => ground.position(context.room, cursor).ok_or_else(cursor_unknown)?,
        };
        let place = self.watchers.enter(&call.actor.person)?;
        let projects =
            Projects { context: context.clone(), readable: readable.clone(), actor: call.actor, ground, position };
        Ok(Response::new(live::start(context, place, projects)))
    }
}

/// What one reader is told.
struct Projects {
    context: Context,
    readable: Readable,
    actor: Actor,
    /// As it was when the reader looked last.
    ground: Ground,
    position: Position,
}

impl Watching for Projects {
    type Item = WatchProjectsResponse;

    /// What this process says has changed only wakes it: other transactions may have to end before it is told.
    async fn look(&mut self, _: Option<&[Uuid]>) -> Result<Look<WatchProjectsResponse>, Status> {
        let pool = &self.context.pool;
        let ground = Ground::now(pool).await.map_err(status::store)?;
        // The database behind the pool is another since: a standby took over, or it was restored.
        if ground.origin != self.ground.origin {
            return Err(cursor_unknown());
        }
        self.ground = ground;
        let facts = facts(pool, self.position, self.ground.settled, CHUNK).await.map_err(status::store)?;
        let more = i64::try_from(facts.len()).is_ok_and(|read| read >= CHUNK);
        let projects = self.readable_among(&facts).await.map_err(status::store)?;
        let items = facts.iter().filter_map(|fact| Some(self.told(fact, *projects.get(&fact.stream)?))).collect();
        self.position = match facts.last() {
            Some(last) if more => Position::at(last),
            // All was read that is final.
            Some(_) | None => Position::before(self.ground.settled),
        };
        Ok(Look { items, more })
    }

    fn alive(&self) -> Option<WatchProjectsResponse> {
        let cursor = self.ground.cursor(self.context.room, self.position);
        Some(WatchProjectsResponse { cursor, change: None })
    }
}

impl Projects {
    async fn readable_among(&self, facts: &[Fact]) -> sqlx::Result<HashMap<Uuid, Uuid>> {
        let mut streams: HashMap<Uuid, i64> = HashMap::new();
        for fact in facts {
            let latest = streams.entry(fact.stream).or_default();
            *latest = fact.version.max(*latest);
        }
        if streams.is_empty() {
            return Ok(HashMap::new());
        }
        (self.readable)(self.context.clone(), self.actor.clone(), streams.into_iter().collect()).await
    }

    fn told(&self, fact: &Fact, project: Uuid) -> WatchProjectsResponse {
        let change = ProjectChange {
            project_id: project.to_string(),
            stream_id: fact.stream.to_string(),
            version: fact.version,
            fact: fact.kind.clone(),
            record_time: Some(timestamp(fact.recorded_at)),
        };
        let cursor = self.ground.cursor(self.context.room, Position::at(fact));
        WatchProjectsResponse { cursor, change: Some(change) }
    }
}

/// A moment, to send.
pub(crate) fn timestamp(at: OffsetDateTime) -> Timestamp {
    SystemTime::from(at).into()
}

fn cursor_unknown() -> Status {
    status::plain(
        Code::FailedPrecondition,
        "CURSOR_UNKNOWN",
        "续读位置已失效(数据库已恢复或更换,或不属于该服务),请从头开始读取",
        "the cursor is not of this room's database as it is now: forget what was seen and begin without one",
    )
}
