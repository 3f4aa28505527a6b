//! A room that raises tasks and says yes to every decision at once: the driver plays it.

use std::net::SocketAddr;

use play::{cast::Player, servers::free_port};
use proto::{
    common::v1::{Answer, Decision, Outcome, Question, QuestionKind, ReturnStep},
    inbox::v1::{
        CompleteRequest, CompleteResponse, SubjectLine, TaskRequested,
        task_source_server::{TaskSource, TaskSourceServer},
    },
};
use time::{Duration, OffsetDateTime};
use tokio::task::JoinHandle;
use tonic::{Request, Response, Status, transport::Server};
use uuid::Uuid;

/// The steps that a county department may name.
const BELOW_COUNTY: [ReturnStep; 5] = [
    ReturnStep::Application,
    ReturnStep::VillageVote,
    ReturnStep::VillageNotice,
    ReturnStep::TownshipReview,
    ReturnStep::TownshipNotice,
];

/// Its name among the peers of the inbox.
pub const ROOM: &str = "bench";

const QUESTIONS: [&str; 3] = ["science", "compliance", "benefit"];

struct Yes;

#[tonic::async_trait]
impl TaskSource for Yes {
    async fn complete(&self, _: Request<CompleteRequest>) -> Result<Response<CompleteResponse>, Status> {
        Ok(Response::new(CompleteResponse {}))
    }
}

/// The room, serving.
pub struct YesRoom {
    address: SocketAddr,
    serving: JoinHandle<Result<(), tonic::transport::Error>>,
}

impl YesRoom {
    /// Starts it.
    ///
    /// # Errors
    /// When there is no address for it.
    pub async fn start() -> anyhow::Result<Self> {
        let address: SocketAddr = format!("127.0.0.1:{}", free_port()).parse()?;
        let server = Server::builder().tcp_nodelay(true).add_service(TaskSourceServer::new(Yes));
        Ok(Self { address, serving: tokio::spawn(server.serve(address)) })
    }

    /// Where it is.
    pub fn address(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for YesRoom {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// A request for this desk, as long as those of a county's department.
pub fn request(desk: &Player) -> TaskRequested {
    let line = |label: &str, value: &str| SubjectLine { label: label.into(), value: value.into() };
    let question = |id: &&str| Question {
        question_id: (*id).into(),
        zh: "项目建设内容是否科学可行、符合本行业规划和标准".into(),
        en: "Is what is to be built feasible, and does it fit the sector's plan and standards?".into(),
        kind: QuestionKind::YesNo.into(),
        required_for: Vec::new(),
        no: 0,
    };
    let due = OffsetDateTime::now_utc() + Duration::days(7);
    TaskRequested {
        task_id: Uuid::now_v7().to_string(),
        room: ROOM.into(),
        project_id: Uuid::now_v7().to_string(),
        kind: "DEPARTMENT_REVIEW".into(),
        title: "部门审核:机耕路以工代赈项目".into(),
        candidate: desk.post.clone(),
        excluded_person_ids: vec!["430921-9998".into(), "430921-9999".into()],
        subject: vec![
            line("项目 Project", "机耕路以工代赈项目"),
            line("村 Village", "430921129201"),
            line("类别 Category", "EMPLOYMENT / WORK_RELIEF"),
            line("总投资 Total", "300,000.00 元"),
        ],
        questions: QUESTIONS.iter().map(question).collect(),
        outcomes: vec![Outcome::Approve.into(), Outcome::Return.into(), Outcome::Reject.into()],
        due_time: Some(prost_types::Timestamp { seconds: due.unix_timestamp(), nanos: 0 }),
        round: 1,
        subject_revision: 1,
        return_steps: BELOW_COUNTY.iter().map(|step| (*step).into()).collect(),
        ..TaskRequested::default()
    }
}

/// Yes to every question of [`request`].
pub fn approval() -> Decision {
    let answer = |id: &&str| Answer { question_id: (*id).into(), yes: true, text: "属实,同意".into(), number: 0 };
    Decision {
        outcome: Outcome::Approve.into(),
        opinion: "经审核,内容属实,符合规定,同意".into(),
        answers: QUESTIONS.iter().map(answer).collect(),
        subject_revision: 1,
        ..Decision::default()
    }
}
