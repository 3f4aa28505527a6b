//! What the room says: the township's tasks, an application forwarded to the county, a project in the pool.
//!
//! Pure, and worked out from the state before and after the step: every task that opens is requested, every task that is
//! decided is settled, whatever the facts in between are called.

use std::collections::BTreeSet;

use kernel::{Duty, decision::Outcome, duty::Act};
use proto::{
    common::v1::Act as ActMessage,
    inbox::v1::{
        Outcome as OutcomeMessage, Question as QuestionMessage, QuestionKind, SubjectLine, TaskRequested, TaskSettled,
    },
    intake::v1::{ApplicationForwarded, ProjectPooled},
};
use runtime::{Change, Outgoing};

use crate::{
    convert::{content::content_message, number, reply::return_item, timestamp},
    domain::{
        Application, Event, File, Given, completeness,
        correction::Desk,
        decision::Question,
        township_review::{Asked, ROOM, Round},
    },
};

/// What other rooms are told of a step.
pub fn publish(change: &Change<'_, Application>) -> Vec<Outgoing> {
    let Application::Opened(file) = change.state else { return Vec::new() };
    let before = |round: &Round| match change.before {
        Application::Unopened => None,
        Application::Opened(before) => before.township.iter().find(|known| known.asked.task == round.asked.task),
    };
    let tasks = file.township.iter().filter_map(|round| match (before(round), &round.given) {
        (Some(Round { retracted: false, .. }), None) if round.retracted => Some(Outgoing::of(&obsolete(&round.asked))),
        (None, None) => Some(Outgoing::of(&requested(file, &round.asked))),
        (Some(Round { given: None, .. }), Some(given)) => Some(Outgoing::of(&settled(&round.asked, given))),
        // Unchanged.
        (Some(_), _) | (None, Some(_)) => None,
    });
    let moves = change.events.iter().filter_map(|event| match event {
        Event::ApplicationForwarded { round } => Some(Outgoing::of(&forwarded(file, *round))),
        Event::ProjectPooled { pool_no, .. } => Some(Outgoing::of(&pooled(file, pool_no))),
        // Nobody else waits for these, or the tasks that they open and close say it.
        Event::ApplicationCreated { .. }
        | Event::ApplicationUpdated { .. }
        | Event::ApplicationProposed { .. }
        | Event::VoteRecorded { .. }
        | Event::NoticePosted { .. }
        | Event::NoticeClosed { .. }
        | Event::ApplicationSubmitted { .. }
        | Event::SiteCheckRecorded { .. }
        | Event::CompletenessChecked { .. }
        | Event::TownshipApproved { .. }
        | Event::TownshipReturned { .. }
        | Event::TownshipRejected { .. }
        | Event::ApplicationResubmitted { .. }
        | Event::CountyReturned { .. }
        | Event::CountyApproved { .. }
        | Event::CountyRejected { .. }
        | Event::DeliberationRecorded { .. }
        | Event::ObjectionRaised { .. }
        | Event::ObjectionEscalated { .. }
        | Event::ObjectionAnswered { .. }
        | Event::ReturnedOnObjection { .. }
        | Event::ApplicationRecalled { .. }
        | Event::ApplicationWithdrawn { .. }
        | Event::ApplicationSuspended { .. }
        | Event::ApplicationResumed { .. }
        | Event::PoolPrioritySet { .. }
        | Event::PoolProjectRolled { .. }
        | Event::ProjectUnpooled { .. }
        | Event::ProgressHeard { .. } => None,
    });
    tasks.chain(moves).collect()
}

fn requested(file: &File, asked: &Asked) -> TaskRequested {
    let by_duty = file.duties.excluded_from(Duty::TownshipReviewer);
    let excluded = by_duty.chain(completeness::in_other_step(file, asked.step));
    let excluded: BTreeSet<&str> = excluded.map(|person| person.0.as_str()).collect();
    TaskRequested {
        task_id: asked.task.to_string(),
        room: ROOM.into(),
        project_id: file.project.to_string(),
        kind: asked.step.task_kind().into(),
        title: format!("{}:{}", asked.step.zh(), file.content.title),
        candidate: asked.post.to_string(),
        excluded_person_ids: excluded.into_iter().map(str::to_owned).collect(),
        subject: subject(file, asked),
        questions: asked.questions.iter().map(question).collect(),
        outcomes: asked.step.outcomes().iter().map(|possible| outcome(*possible).into()).collect(),
        due_time: Some(timestamp(asked.due)),
        round: number(asked.round),
        subject_revision: asked.content_revision,
    }
}

fn subject(file: &File, asked: &Asked) -> Vec<SubjectLine> {
    let line = |label: &str, value: String| SubjectLine { label: label.into(), value };
    let mut lines = vec![
        line("项目名称 Project", file.content.title.clone()),
        line("所在村 Village", format!("{} {}", asked.village_name, file.content.village)),
        line("建设地点 Place", file.content.place.clone()),
        line("总投资 Total", format!("{} 元", file.content.total.grouped())),
        line("资金来源 Sources", asked.sources.clone()),
    ];
    if let Some(last) = file.returns.last() {
        lines.extend(last.items.iter().map(|item| {
            let answer = item.answer.as_deref().unwrap_or_default();
            line("补正情况 Correction", format!("{}:{} → {answer}", item.field, item.text))
        }));
    }
    lines
}

fn question(question: &Question) -> QuestionMessage {
    QuestionMessage {
        question_id: question.id.clone(),
        zh: question.zh.clone(),
        en: question.en.clone(),
        kind: QuestionKind::YesNo.into(),
        required_for: Vec::new(),
    }
}

fn settled(asked: &Asked, given: &Given) -> TaskSettled {
    TaskSettled {
        task_id: asked.task.to_string(),
        outcome: outcome(given.decision.said.outcome).into(),
        person_id: given.signature.person.0.clone(),
    }
}

/// The task needs nobody any more: what it was about has been taken back, or is suspended.
fn obsolete(asked: &Asked) -> TaskSettled {
    TaskSettled { task_id: asked.task.to_string(), ..TaskSettled::default() }
}

fn outcome(outcome: Outcome) -> OutcomeMessage {
    match outcome {
        Outcome::Approve => OutcomeMessage::Approve,
        Outcome::Return => OutcomeMessage::Return,
        Outcome::Reject => OutcomeMessage::Reject,
    }
}

fn forwarded(file: &File, round: u32) -> ApplicationForwarded {
    let last = file.returns.iter().rev().find(|returned| returned.desk == Desk::County);
    ApplicationForwarded {
        project_id: file.project.to_string(),
        content: Some(content_message(&file.content)),
        content_revision: file.content_revision,
        round: number(round),
        township_opinion: file.township_opinion().to_owned(),
        acts: acts(file),
        corrections: last.map(|returned| returned.items.iter().map(return_item).collect()).unwrap_or_default(),
    }
}

fn pooled(file: &File, pool_no: &str) -> ProjectPooled {
    ProjectPooled {
        project_id: file.project.to_string(),
        pool_no: pool_no.to_owned(),
        content: Some(content_message(&file.content)),
        resolution_no: file.stage.resolution().map(|resolution| resolution.number.clone()).unwrap_or_default(),
        acts: acts(file),
    }
}

fn acts(file: &File) -> Vec<ActMessage> {
    let message = |act: &Act| ActMessage { person_id: act.person.0.clone(), duty: act.duty.as_str().into() };
    file.duties.0.iter().map(message).collect()
}

#[cfg(test)]
mod tests {
    use kernel::Decider as _;
    use prost::Message;
    use uuid::Uuid;

    use super::*;
    use crate::domain::fixtures::{
        clerk, day, drafted, forwarded as forwarded_history, handed_in, head, pooled as pooled_history,
        resubmitted_to_county, returned_by_township, secretary, submitted, task, township_approved, voted,
    };

    /// What the last `steps` facts of a history say.
    fn said(history: &[Event], steps: usize) -> Vec<Outgoing> {
        let (past, events) = history.split_at(history.len() - steps);
        let (before, state) = (Application::fold(past), Application::fold(history));
        publish(&Change { stream: Uuid::nil(), version: 1, before: &before, state: &state, events, at: day(1) })
    }

    fn only<P: Message + Default + prost::Name>(said: &[Outgoing]) -> P {
        let [message] = said else { panic!("{} messages", said.len()) };
        assert_eq!(message.kind, P::full_name());
        P::decode(message.payload.as_slice()).expect("it was encoded here")
    }

    #[test]
    fn drafting_and_voting_are_the_village_s_own_business() {
        assert!(said(&drafted(), 1).is_empty());
        assert!(said(&voted(), 1).is_empty());
    }

    #[test]
    fn submission_asks_the_clerk_whether_the_file_is_complete() {
        let asked: TaskRequested = only(&said(&handed_in(), 1));
        assert_eq!((asked.kind.as_str(), asked.candidate), ("TOWNSHIP_COMPLETENESS", clerk().posts[0].to_string()));
        assert_eq!(asked.outcomes, [OutcomeMessage::Approve, OutcomeMessage::Return].map(i32::from));
        assert_eq!((asked.excluded_person_ids, asked.questions.len()), (vec![secretary().person.0], 0));
    }

    #[test]
    fn a_complete_file_asks_the_head_and_excludes_the_applicant_and_the_clerk() {
        let [settled, asked] = &said(&submitted(), 1)[..] else { panic!("one task ends, another begins") };
        let settled: TaskSettled = only(std::slice::from_ref(settled));
        assert_eq!((settled.outcome(), settled.person_id), (OutcomeMessage::Approve, clerk().person.0));
        let asked: TaskRequested = only(std::slice::from_ref(asked));
        assert_eq!((asked.task_id.as_str(), asked.kind.as_str()), (task(1).to_string().as_str(), "TOWNSHIP_REVIEW"));
        assert_eq!(asked.candidate, head().posts[0].to_string());
        let mut excluded = [secretary().person.0, clerk().person.0];
        excluded.sort();
        assert_eq!(asked.excluded_person_ids, excluded);
        assert_eq!((asked.outcomes.len(), asked.round, asked.subject_revision), (3, 1, 1));
        assert!(!asked.questions.is_empty() && asked.due_time.is_some());
        let values: Vec<&str> = asked.subject.iter().map(|line| line.value.as_str()).collect();
        assert!(values.contains(&"1,700,000.00 元"), "{values:?}");
        assert!(values.iter().any(|value| value.contains("300,000.00 元")), "{values:?}");
    }

    #[test]
    fn a_decision_settles_its_task() {
        for (history, outcome) in
            [(township_approved(), OutcomeMessage::Approve), (returned_by_township(1), OutcomeMessage::Return)]
        {
            let settled: TaskSettled = only(&said(&history, 1));
            assert_eq!((settled.outcome(), settled.person_id), (outcome, head().person.0));
        }
    }

    #[test]
    fn forwarding_carries_content_opinion_and_duties() {
        let first: ApplicationForwarded = only(&said(&forwarded_history(), 2));
        assert_eq!((first.round, first.content_revision, first.corrections.len()), (1, 1, 0));
        assert!(first.content.is_some() && !first.township_opinion.is_empty());
        assert!(
            first.acts.iter().any(|act| act.duty == "APPLICANT")
                && first.acts.iter().any(|act| act.duty == "TOWNSHIP_REVIEWER")
        );
        let second: ApplicationForwarded = only(&said(&resubmitted_to_county(), 2));
        assert_eq!((second.round, second.corrections[0].answer.as_str()), (2, "已补充"));
    }

    #[test]
    fn the_pool_is_told_with_its_resolution() {
        let pooled: ProjectPooled = only(&said(&pooled_history(), 1));
        assert!(!pooled.pool_no.is_empty() && !pooled.resolution_no.is_empty());
        assert!(pooled.acts.iter().any(|act| act.duty == "DECIDER"), "the county's acts go on");
    }
}
