//! A task and some people, for tests: a township head and a colleague, an excluded one, and one from elsewhere.

use kernel::{
    Actor, Decider as _, PersonId, ProjectId, TaskId,
    decision::{NoMeans, Outcome, Question, QuestionKind},
};
use time::{OffsetDateTime, macros::datetime};
use uuid::Uuid;

use super::{Event, Lease, Request, State, SubjectLine, Task, claim::LENGTH};

/// The post that may work on the task.
pub const POST: &str = "T-GOV@430921111000";

/// When the task is raised.
pub const START: OffsetDateTime = datetime!(2022-03-01 01:00 UTC);

/// Someone with these posts.
pub fn actor(person: &str, posts: &[&str]) -> Actor {
    Actor {
        person: PersonId(person.into()),
        name: person.into(),
        posts: posts.iter().map(|post| post.parse().expect("a post")).collect(),
        on_behalf_of: None,
    }
}

/// A holder of the candidate post.
pub fn zhou() -> Actor {
    actor("zhou", &[POST])
}

/// Another holder of the candidate post.
pub fn wu() -> Actor {
    actor("wu", &[POST])
}

/// A holder of the candidate post whom the asking room excluded.
pub fn drafter() -> Actor {
    actor("drafter", &[POST])
}

/// A township head from elsewhere.
pub fn stranger() -> Actor {
    actor("stranger", &["T-GOV@430921131000"])
}

/// A township review with two questions, one of them for approvals only.
pub fn request() -> Request {
    let question = |id: &str, kind, required_for| Question {
        id: id.into(),
        zh: id.into(),
        en: id.into(),
        kind,
        required_for,
        no: NoMeans::Note,
    };
    Request {
        task: TaskId(Uuid::from_u128(7)),
        room: "intake".into(),
        project: ProjectId(Uuid::from_u128(9)),
        kind: "TOWNSHIP_REVIEW".into(),
        title: "乡镇审核:稻虾基地".into(),
        candidate: POST.parse().expect("a post"),
        excluded: vec![PersonId("drafter".into())],
        barred: Vec::new(),
        subject: vec![SubjectLine { label: "总投资 Total".into(), value: "1,700,000.00 元".into() }],
        questions: vec![
            question("site", QuestionKind::YesNo, Vec::new()),
            question("checkers", QuestionKind::Text, vec![Outcome::Approve]),
        ],
        outcomes: Outcome::ALL.to_vec(),
        due_at: START + time::Duration::days(14),
        due_provisional: false,
        round: 1,
        subject_revision: 4,
        return_steps: Vec::new(),
    }
}

/// The task is there.
pub fn raised() -> Event {
    Event::TaskRaised { request: Box::new(request()), at: START }
}

/// This person claims it at the start.
pub fn claimed(actor: &Actor, token: i64) -> Event {
    let (holder, on_behalf_of) = (actor.person.clone(), actor.on_behalf_of.clone());
    Event::TaskClaimed { lease: Lease { holder, on_behalf_of, token, until: START + LENGTH } }
}

/// The task after these facts.
pub fn task(events: impl IntoIterator<Item = Event>) -> State {
    let events: Vec<Event> = std::iter::once(raised()).chain(events).collect();
    match Task::fold(&events) {
        Task::Raised(task) => *task,
        Task::Unraised => panic!("it is raised"),
    }
}
