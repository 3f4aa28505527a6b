//! A desk for tests: the room on a fresh database, some people, and a room that asks and judges.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, OnceLock},
};

use inbox::{
    domain::{Command, Request as Asked, SubjectLine, Task},
    grpc::Tasks,
};
use kernel::{
    Actor, PersonId, ProjectId, TaskId,
    decision::{NoMeans, Outcome, Question, QuestionKind},
};
use proto::{
    common::v1::{Answer, CorrectionItem, Decision, Outcome as OutcomeMessage},
    inbox::v1::{
        ClaimTaskRequest, CompleteRequest, CompleteResponse, CompleteTaskRequest, ListTasksRequest, ListTasksResponse,
        ReleaseTaskRequest, Task as TaskMessage,
        task_service_server::TaskService as _,
        task_source_server::{TaskSource, TaskSourceServer},
    },
};
use runtime::{Context, Peer, Peers, call::Method, testing::TestDatabase};
use time::{Duration, OffsetDateTime};
use tonic::{Request, Response, Status, service::Routes};
use tonic_types::StatusExt as _;
use uuid::Uuid;

/// The post of the township heads who work here.
pub const HERE: &str = "T-GOV@430921111000";
/// The post of a township head elsewhere.
pub const ELSEWHERE: &str = "T-GOV@430921131000";

/// The room with one neighbour called `intake`.
pub struct Desk {
    pub context: Context,
    pub tasks: Tasks,
    pub intake: Intake,
    pub start: OffsetDateTime,
    /// By which the room reaches its neighbour.
    _intake: Arc<OnceLock<Routes>>,
}

impl Desk {
    pub async fn open() -> Self {
        let mut context = TestDatabase::create().await.room(inbox::service()).await;
        let intake = Intake::default();
        let (peer, slot) = Peer::neighbour();
        slot.set(Routes::new(TaskSourceServer::new(intake.clone())).prepare()).expect("it starts once");
        context.peers = Peers::new(BTreeMap::from([("intake".to_owned(), peer)]));
        let start = context.clock.now();
        Self { tasks: Tasks::new(context.clone()), context, intake, start, _intake: slot }
    }

    /// A task for `post`, due after so many hours.
    pub async fn raise(&self, number: u128, post: &str, hours: i64) -> TaskId {
        self.raise_as(asked(number, post, self.start + Duration::hours(hours))).await
    }

    pub async fn raise_as(&self, asked: Asked) -> TaskId {
        let task = asked.task;
        self.tell(task, Command::RaiseTask { request: Box::new(asked), at: self.context.clock.now() }).await;
        task
    }

    /// What a message of the asking room does.
    pub async fn tell(&self, task: TaskId, command: Command) {
        self.context.journal.advance::<Task>(task.0, command).await.expect("it is possible");
    }

    pub async fn settle(&self, task: TaskId, person: &str) {
        self.tell(
            task,
            Command::CompleteTask { outcome: Outcome::Approve, person: PersonId(person.into()), on_behalf_of: None },
        )
        .await;
    }

    pub async fn claim(&self, who: &Actor, task: TaskId) -> Result<TaskMessage, Status> {
        let asked = ClaimTaskRequest { request_id: Uuid::now_v7().to_string(), task_id: task.to_string() };
        self.tasks.claim_task(call(who, asked)).await.map(Response::into_inner)
    }

    pub async fn release(&self, who: &Actor, task: TaskId, token: i64) -> Result<TaskMessage, Status> {
        let request_id = Uuid::now_v7().to_string();
        let asked = ReleaseTaskRequest { request_id, task_id: task.to_string(), fencing_token: token };
        self.tasks.release_task(call(who, asked)).await.map(Response::into_inner)
    }

    pub async fn complete(&self, who: &Actor, asked: &CompleteTaskRequest) -> Result<TaskMessage, Status> {
        let answer = self.tasks.complete_task(call(who, asked.clone())).await?.into_inner();
        Ok(answer.task.expect("an answer has its task"))
    }

    pub async fn list(&self, who: &Actor, asked: ListTasksRequest) -> Result<ListTasksResponse, Status> {
        self.tasks.list_tasks(call(who, asked)).await.map(Response::into_inner)
    }

    /// The ids that a list shows, in order.
    pub async fn ids(&self, who: &Actor, asked: ListTasksRequest) -> Vec<u128> {
        numbers(&self.list(who, asked).await.expect("a list").tasks)
    }

    /// Codes of the refusals that were recorded.
    pub async fn refusals(&self) -> Vec<String> {
        sqlx::query_scalar("select code from refusals order by id")
            .fetch_all(&self.context.pool)
            .await
            .expect("refusals")
    }
}

/// The numbers that tasks were raised under.
pub fn numbers(tasks: &[TaskMessage]) -> Vec<u128> {
    tasks.iter().map(|task| Uuid::parse_str(&task.task_id).expect("an id").as_u128()).collect()
}

/// What a room asks under this number.
pub fn asked(number: u128, post: &str, due_at: OffsetDateTime) -> Asked {
    let question = Question {
        id: "site".into(),
        zh: "是否已实地核查".into(),
        en: "checked on site".into(),
        kind: QuestionKind::YesNo,
        required_for: Vec::new(),
        no: NoMeans::Note,
    };
    Asked {
        task: TaskId(Uuid::from_u128(number)),
        room: "intake".into(),
        project: ProjectId(Uuid::from_u128(1)),
        kind: "TOWNSHIP_REVIEW".into(),
        title: "乡镇审核".into(),
        candidate: post.parse().expect("a post"),
        excluded: vec![PersonId("drafter".into())],
        barred: Vec::new(),
        subject: vec![SubjectLine { label: "总投资 Total".into(), value: "1,700,000.00 元".into() }],
        questions: vec![question],
        outcomes: Outcome::ALL.to_vec(),
        due_at,
        due_provisional: false,
        round: 1,
        subject_revision: 1,
        return_steps: Vec::new(),
    }
}

/// A decision under this claim: an approval, complete.
pub fn approval(task: TaskId, token: i64) -> CompleteTaskRequest {
    let decision = Decision {
        outcome: OutcomeMessage::Approve.into(),
        opinion: "同意上报".into(),
        answers: vec![Answer { question_id: "site".into(), yes: true, ..Answer::default() }],
        subject_revision: 1,
        ..Decision::default()
    };
    let request_id = Uuid::now_v7().to_string();
    CompleteTaskRequest {
        request_id,
        task_id: task.to_string(),
        fencing_token: token,
        decision: Some(decision),
        validate_only: false,
    }
}

/// The same as a return with one correction.
pub fn returned(task: TaskId, token: i64) -> CompleteTaskRequest {
    let mut asked = approval(task, token);
    let decision = asked.decision.as_mut().expect("it has one");
    decision.set_outcome(OutcomeMessage::Return);
    decision.corrections = vec![CorrectionItem {
        field: "environment_note".into(),
        text: "补充环评说明".into(),
        ..CorrectionItem::default()
    }];
    asked
}

/// Someone with these posts.
pub fn actor(person: &str, posts: &[&str]) -> Actor {
    Actor {
        person: PersonId(person.into()),
        name: person.into(),
        posts: posts.iter().map(|post| post.parse().expect("a post")).collect(),
        on_behalf_of: None,
    }
}

pub fn zhou() -> Actor {
    actor("zhou", &[HERE])
}

pub fn wu() -> Actor {
    actor("wu", &[HERE])
}

/// A request as the server's shell hands it on.
pub fn call<T>(who: &Actor, message: T) -> Request<T> {
    let mut request = Request::new(message);
    let bearer = format!("Bearer {}", who.person).parse().expect("a header");
    request.metadata_mut().insert("authorization", bearer);
    request.extensions_mut().insert(who.clone());
    request.extensions_mut().insert(Method(std::any::type_name::<T>().to_owned()));
    request
}

/// The stable code of a refusal.
pub fn code(status: &Status) -> String {
    status.get_details_error_info().map_or_else(|| format!("{status}"), |info| info.reason)
}

type Verdict = Box<dyn Fn() -> Result<(), Status> + Send>;

/// A room that asks: it judges as told, and gives a repeat the same answer.
#[derive(Clone, Default)]
pub struct Intake {
    pub heard: Arc<Mutex<Vec<(String, CompleteRequest)>>>,
    taken: Arc<Mutex<Vec<String>>>,
    verdict: Arc<Mutex<Option<Verdict>>>,
    settle_first: Arc<Mutex<Option<(Context, TaskId, PersonId)>>>,
    answer_lost: Arc<Mutex<bool>>,
}

impl Intake {
    pub fn judge(&self, verdict: impl Fn() -> Result<(), Status> + Send + 'static) {
        *self.verdict.lock().expect("no panic") = Some(Box::new(verdict));
    }

    /// Its `TaskSettled` reaches the inbox before its answer does.
    pub fn settle_first(&self, desk: &Desk, task: TaskId, who: &Actor) {
        *self.settle_first.lock().expect("no panic") = Some((desk.context.clone(), task, who.person.clone()));
    }

    /// It decides, but the next answer never arrives.
    pub fn lose_answer(&self) {
        *self.answer_lost.lock().expect("no panic") = true;
    }

    pub fn times_heard(&self) -> usize {
        self.heard.lock().expect("no panic").len()
    }
}

#[tonic::async_trait]
impl TaskSource for Intake {
    async fn complete(&self, request: Request<CompleteRequest>) -> Result<Response<CompleteResponse>, Status> {
        let bearer = request.metadata().get("authorization").and_then(|value| value.to_str().ok());
        let bearer = bearer.unwrap_or_default().to_owned();
        let request = request.into_inner();
        let id = request.request_id.clone();
        self.heard.lock().expect("no panic").push((bearer, request));
        let repeat = self.taken.lock().expect("no panic").contains(&id);
        if !repeat {
            if let Some(verdict) = self.verdict.lock().expect("no panic").as_ref() {
                verdict()?;
            }
            self.taken.lock().expect("no panic").push(id);
        }
        let settle = self.settle_first.lock().expect("no panic").take();
        if let Some((context, task, person)) = settle {
            let command = Command::CompleteTask { outcome: Outcome::Approve, person, on_behalf_of: None };
            context.journal.advance::<Task>(task.0, command).await.expect("it is possible");
        }
        if std::mem::take(&mut *self.answer_lost.lock().expect("no panic")) {
            return Err(Status::unknown("connection reset"));
        }
        Ok(Response::new(CompleteResponse {}))
    }
}
