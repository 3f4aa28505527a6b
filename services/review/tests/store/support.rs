//! A room on a database of its own, with cases that were brought so far.

use std::sync::Arc;

use kernel::{
    Actor, Duties, Fen, PersonId, Post, ProjectId,
    decision::{self, Answer, Correction, Decision, Outcome, QuestionKind, ReturnStep},
    division::Level,
};
use review::domain::{Asked, Case, Command, Complete, Forwarded, Referral, Subject, members, resolution::PRESENT};
use runtime::{Context, testing::TestDatabase};
use tonic::Request;
use uuid::Uuid;

pub async fn room() -> Context {
    TestDatabase::create().await.room(review::service()).await
}

pub fn forwarded(context: &Context, project: ProjectId, round: u32) -> Forwarded {
    let village = context.pack.divisions.iter().find(|entry| entry.code.level() == Level::Village).expect("a village");
    Forwarded {
        project,
        referral: Referral {
            round,
            subject: Subject {
                title: "稻虾初加工车间".into(),
                village: village.code,
                village_name: village.name.clone(),
                category: "INDUSTRY".into(),
                category_name: "产业发展".into(),
                sub_type: String::new(),
                fiscal_year: 2022,
                total: Fen::new(170_000_000),
                budget: Vec::new(),
                operator: String::new(),
            },
            content_revision: i64::from(round),
            township_opinion: "同意上报".into(),
            corrections: Vec::new(),
            sections: std::collections::BTreeMap::new(),
        },
        acts: Duties::default(),
        suspensions: 0,
        pack: Arc::clone(&context.pack),
        at: context.clock.now(),
    }
}

pub fn complete(context: &Context, asked: &Asked, outcome: Outcome) -> Command {
    let answer = |id: &str, kind| {
        let present = members::line(members::of(&context.pack));
        let (text, number) = match kind {
            _ if id == PRESENT => (present.as_str(), 0),
            QuestionKind::Date => ("2022-01-04", 0),
            QuestionKind::Text => ("南振组〔2022〕1号", 0),
            QuestionKind::Number | QuestionKind::Amount => ("", 15),
            QuestionKind::YesNo => ("", 0),
        };
        Answer { question: id.into(), yes: kind == QuestionKind::YesNo, text: text.into(), number: Some(number) }
    };
    let required =
        asked.questions.iter().filter(|question| decision::Question::from(*question).is_required_for(outcome));
    let correction =
        Correction { field: "land_note".into(), text: "补充用地批复".into(), step: ReturnStep::default() };
    let person = format!("holder of {}", asked.post);
    Command::CompleteTask(Complete {
        task: asked.task,
        task_kind: asked.task_kind,
        decision: Decision {
            outcome,
            opinion: "经审核,意见如下,请按要求办理".into(),
            answers: required.map(|question| answer(&question.id, question.answered_as)).collect(),
            corrections: if outcome == Outcome::Return { vec![correction] } else { Vec::new() },
            attachments: Vec::new(),
            subject_revision: asked.content_revision,
        },
        actor: actor(&person, &asked.post),
        pack: Arc::clone(&context.pack),
        seed: Uuid::from_u128(5),
        balances: std::collections::BTreeMap::new(),
        reserved: std::collections::BTreeMap::new(),
        at: context.clock.now(),
    })
}

pub fn actor(person: &str, post: &Post) -> Actor {
    Actor { person: PersonId(person.into()), name: person.into(), posts: vec![post.clone()], on_behalf_of: None }
}

/// A request of this actor, as the server's shell hands it on.
pub fn asking<R>(actor: &Actor, message: R) -> Request<R> {
    let mut request = Request::new(message);
    request.extensions_mut().insert(actor.clone());
    request
}

pub fn open_tasks(case: &Case) -> Vec<Asked> {
    match case {
        Case::Opened(state) => state.awaited().map(|opinion| opinion.asked.clone()).collect(),
        Case::Unopened => Vec::new(),
    }
}

pub async fn opened(context: &Context) -> ProjectId {
    let project = ProjectId(Uuid::now_v7());
    let command = Command::OpenCase(forwarded(context, project, 1));
    context.journal.advance::<Case>(project.0, command).await.expect("opened");
    project
}

pub async fn all_say(context: &Context, project: ProjectId, outcome: Outcome) {
    let found = context.journal.load::<Case>(project.0).await.expect("readable").expect("there");
    for asked in open_tasks(&found.state) {
        let command = complete(context, &asked, outcome);
        context.journal.advance::<Case>(project.0, command).await.expect("decided");
    }
}

pub async fn said(context: &Context, kind: &str) -> i64 {
    sqlx::query_scalar("select count(*) from outbox where kind = $1")
        .bind(kind)
        .fetch_one(&context.pool)
        .await
        .expect("counted")
}
