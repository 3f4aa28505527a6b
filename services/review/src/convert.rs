//! Contract values as domain values and back. Pure; everything that is wrong with a request is said at once.
//!
//! A decision is only read here; whether it is a good one is the machine's question. Cases to read are made in `case`,
//! what a list asks for in [`listing`], meetings in [`meeting`].

mod case;
pub mod listing;
pub mod meeting;

use std::sync::Arc;
use translation::{decision, field::uuid};

use kernel::{
    Actor, Pack, ProjectId, TaskId,
    refusal::{Common, Violations},
};
use proto::{inbox::v1::CompleteRequest, review::v1::CaseState};
use time::OffsetDateTime;
use uuid::Uuid;

#[cfg(test)]
use self::case::answer;
pub use self::case::{listed, returned, visible};
use crate::domain::{Balances, Complete, TaskKind};

/// A reviewer's decision.
pub fn complete(
    request: CompleteRequest,
    actor: &Actor,
    pack: &Arc<Pack>,
    seed: Uuid,
    at: OffsetDateTime,
) -> Result<(ProjectId, Complete), Common> {
    let mut wrong = Violations::default();
    let project = uuid(&request.project_id, "project_id", &mut wrong).unwrap_or_default();
    let task = uuid(&request.task_id, "task_id", &mut wrong).unwrap_or_default();
    let task_kind = TaskKind::parse(&request.kind);
    if task_kind.is_none() {
        wrong.add("TASK_KIND", "kind", "未知的待办类型", "is no kind of task of this room");
    }
    let decision = decision::from_message(request.decision.unwrap_or_default(), &mut wrong);
    wrong.finish()?;
    let (task_kind, decision) = task_kind.zip(decision).expect("what is missing was refused just above");
    let complete = Complete {
        task: TaskId(task),
        task_kind,
        decision,
        actor: actor.clone(),
        pack: Arc::clone(pack),
        seed,
        balances: Balances::new(),
        reserved: Balances::new(),
        at,
    };
    Ok((ProjectId(project), complete))
}

/// The stored names of the states that a list asks for.
pub fn state_codes(states: &[i32], wrong: &mut Violations) -> Vec<&'static str> {
    let mut codes = Vec::new();
    for (index, state) in states.iter().enumerate() {
        match CaseState::try_from(*state).ok().and_then(|state| state.as_str_name().strip_prefix(STATE_PREFIX)) {
            Some(code) if code != "UNSPECIFIED" => codes.push(code),
            _ => wrong.add("STATE", format!("states[{index}]"), "未知的状态", "is no state of a case"),
        }
    }
    codes
}

const STATE_PREFIX: &str = "CASE_STATE_";

fn state_named(code: &str) -> CaseState {
    CaseState::from_str_name(&format!("{STATE_PREFIX}{code}")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use kernel::{PersonId, Post, Refusal as _};
    use proto::common::v1::{
        Answer as AnswerMessage, Attachment as AttachmentMessage, CorrectionItem, Decision as DecisionMessage,
        Outcome as OutcomeMessage, ReturnStep as StepMessage,
    };
    use time::macros::datetime;
    use translation::correction::step_message;

    use super::*;

    fn request() -> CompleteRequest {
        let answer = AnswerMessage { question_id: "q".into(), yes: true, text: "属实".into(), number: 3 };
        CompleteRequest {
            request_id: Uuid::from_u128(1).to_string(),
            task_id: Uuid::from_u128(2).to_string(),
            project_id: Uuid::from_u128(3).to_string(),
            kind: "DEPARTMENT_REVIEW".into(),
            decision: Some(DecisionMessage {
                outcome: OutcomeMessage::Return.into(),
                opinion: "请补充环境影响说明材料".into(),
                answers: vec![answer],
                corrections: vec![CorrectionItem {
                    field: "environment_note".into(),
                    text: "补充".into(),
                    step: StepMessage::TownshipReview.into(),
                    ..CorrectionItem::default()
                }],
                subject_revision: 4,
                attachments: vec![AttachmentMessage { sha256: "0a".repeat(32), title: "意见书".into() }],
                ..DecisionMessage::default()
            }),
            validate_only: false,
        }
    }

    fn actor(post: &str) -> Actor {
        let post: Post = post.parse().expect("a post");
        Actor { person: PersonId("p".into()), name: "某".into(), posts: vec![post], on_behalf_of: None }
    }

    fn read(request: CompleteRequest) -> Result<(ProjectId, Complete), Common> {
        complete(
            request,
            &actor("C-RRB@430921000000-RRB"),
            &crate::domain::story::pack(),
            Uuid::from_u128(5),
            datetime!(2022-01-04 09:00 +8),
        )
    }

    #[test]
    fn a_decision_is_read_as_it_was_written() {
        let (project, complete) = read(request()).expect("whole");
        assert_eq!((project.0, complete.task.0), (Uuid::from_u128(3), Uuid::from_u128(2)));
        let (written, read) = (request().decision.expect("there"), complete.decision);
        assert_eq!(i32::from(decision::outcome_message(read.outcome)), written.outcome);
        assert_eq!(read.answers.iter().map(answer).collect::<Vec<_>>(), written.answers);
        assert_eq!(read.corrections[0].field, written.corrections[0].field);
        assert_eq!(i32::from(step_message(read.corrections[0].step)), written.corrections[0].step);
        assert_eq!(read.attachments[0].sha256, written.attachments[0].sha256);
        assert_eq!((read.opinion, read.subject_revision), (written.opinion, 4));
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once() {
        let decision = DecisionMessage {
            attachments: vec![AttachmentMessage { sha256: "xyz".into(), title: String::new() }],
            ..DecisionMessage::default()
        };
        let wrong = CompleteRequest { kind: "OTHER".into(), decision: Some(decision), ..CompleteRequest::default() };
        let explanation = read(wrong).expect_err("nothing is right").explain();
        let fields: Vec<&str> = explanation.fields.iter().map(|violation| violation.field.as_str()).collect();
        assert_eq!(fields, ["project_id", "task_id", "kind", "decision.outcome", "decision.attachments[0].sha256"]);
        assert!(read(CompleteRequest { decision: None, ..request() }).is_err());
    }

    #[test]
    fn states_are_known_by_their_codes() {
        let codes = |states: &[i32]| {
            let mut wrong = Violations::default();
            let codes = state_codes(states, &mut wrong);
            wrong.finish().map(|()| codes)
        };
        assert_eq!(codes(&[CaseState::Departments.into()]).expect("known"), ["DEPARTMENTS"]);
        assert!(codes(&[0]).is_err() && codes(&[99]).is_err());
        assert_eq!(state_named("LEADING_GROUP"), CaseState::LeadingGroup);
    }
}
