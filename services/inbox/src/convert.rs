//! Proto values to domain values and back. Pure; everything that is wrong with a request is said at once.
//!
//! What a list asks for stands in [`listing`].

pub mod listing;

use std::collections::BTreeSet;

use kernel::{
    Actor, PersonId, Post, ProjectId, TaskId,
    decision::{Outcome, ReturnStep},
    duty::{self, Exclusions},
    refusal::{Common, Violations},
};
use proto::{
    common::v1::{Act, Decision, Duty as DutyMessage, Outcome as OutcomeMessage},
    inbox::v1::{
        Barred, CompleteTaskRequest, SubjectLine as SubjectLineMessage, Task as TaskMessage, TaskRequested, TaskState,
        ToldReason,
    },
};
use runtime::Snapshot;
use time::OffsetDateTime;
use translation::{
    act, correction,
    decision::{outcome_message, required_outcome},
    field::{only_uuid, uuid},
    person,
    question::{self, outcomes},
    time::{moment, timestamp},
};

use crate::domain::{
    Request, Stage, State, SubjectLine, Task, admission::bars, next_actions::next_actions, oversight::Told,
};

/// What a room asks for; who is barred by a duty, the county says.
///
/// # Errors
/// Every field that can't be read.
pub fn request(message: TaskRequested, exclusions: &Exclusions) -> Result<Request, Common> {
    let mut wrong = Violations::default();
    let task = uuid(&message.task_id, "task_id", &mut wrong);
    let project = uuid(&message.project_id, "project_id", &mut wrong);
    let candidate = message.candidate.parse::<Post>().ok();
    if candidate.is_none() {
        wrong.add("POST", "candidate", "候选岗位无效", "is no post (role@organisation)");
    }
    let due_at = message.due_time.as_ref().and_then(moment);
    if due_at.is_none() {
        wrong.add("BAD_DATE", "due_time", "办理期限无效", "is missing or no time");
    }
    if message.room.is_empty() {
        wrong.add("ROOM", "room", "缺少来源", "is missing");
    }
    let outcomes = outcomes(&message.outcomes, "outcomes", &mut wrong);
    if message.outcomes.is_empty() {
        wrong.add("OUTCOME", "outcomes", "缺少可选结果", "a task without outcomes can't end");
    }
    let questions = message.questions.into_iter().enumerate();
    let questions: Vec<_> = questions
        .filter_map(|(index, asked)| question::from_message(asked, &format!("questions[{index}]"), &mut wrong))
        .collect();
    let barred = barring_acts(message.duty, message.acts, exclusions, &mut wrong);
    let return_steps = correction::steps(&message.return_steps, "return_steps", &mut wrong);
    wrong.finish()?;
    let (Some(task), Some(project), Some(candidate), Some(due_at)) = (task, project, candidate, due_at) else {
        unreachable!("what can't be read was refused just above")
    };
    Ok(Request {
        task: TaskId(task),
        room: message.room,
        project: ProjectId(project),
        kind: message.kind,
        title: message.title,
        candidate,
        excluded: excluded(message.excluded_person_ids, &barred),
        barred,
        subject: message.subject.into_iter().map(|line| SubjectLine { label: line.label, value: line.value }).collect(),
        questions,
        outcomes,
        due_at,
        due_provisional: message.due_provisional,
        round: message.round,
        subject_revision: message.subject_revision,
        return_steps: return_steps.into_iter().map(|step| step.code().to_owned()).collect(),
    })
}

/// The acts that bar their persons from deciding it.
fn barring_acts(duty: i32, acts: Vec<Act>, exclusions: &Exclusions, wrong: &mut Violations) -> Vec<duty::Act> {
    let duty = DutyMessage::try_from(duty);
    // Then everyone is named in `excluded_person_ids`.
    if duty == Ok(DutyMessage::Unspecified) {
        return Vec::new();
    }
    let (Some(duty), Ok(acts)) = (duty.ok().and_then(act::duty), act::from_messages(acts)) else {
        wrong.add("DUTY", "duty", "职责无效", "duty or acts names no duty");
        return Vec::new();
    };
    acts.barring(duty, exclusions).cloned().collect()
}

/// Everyone who may not work on it.
fn excluded(others: Vec<String>, barred: &[duty::Act]) -> Vec<PersonId> {
    let barred = barred.iter().map(|act| act.person.clone());
    others.into_iter().map(PersonId).chain(barred).collect::<BTreeSet<_>>().into_iter().collect()
}

/// The task of a decision, and its outcome; the rest is for the room that asked.
///
/// # Errors
/// Every field that can't be read.
pub fn completion(message: &CompleteTaskRequest) -> Result<(TaskId, Outcome), Common> {
    let mut wrong = Violations::default();
    let task = uuid(&message.task_id, "task_id", &mut wrong);
    let unsaid = Decision::default();
    let outcome = required_outcome(message.decision.as_ref().unwrap_or(&unsaid), &mut wrong);
    wrong.finish()?;
    let (Some(task), Some(outcome)) = (task, outcome) else {
        unreachable!("what can't be read was refused just above")
    };
    Ok((TaskId(task), outcome))
}

/// A task's id.
///
/// # Errors
/// When it is no UUID.
pub fn task_id(text: &str) -> Result<TaskId, Common> {
    only_uuid(text, "task_id").map(TaskId)
}

/// A task as it stands now; `told` where it is shown to a superior.
pub fn task(task: &State, version: i64, reader: &Actor, told: Option<Told>, now: OffsetDateTime) -> TaskMessage {
    let request = &task.request;
    let lease = task.stage.lease(now).filter(|_| task.is_open());
    let (state, decided) = match &task.stage {
        Stage::Ready { .. } | Stage::Reserved(_) if task.is_suspended() => (TaskState::Suspended, None),
        Stage::Ready { .. } => (TaskState::Ready, None),
        // A claim that has ended holds nothing.
        Stage::Reserved(_) if lease.is_none() => (TaskState::Ready, None),
        Stage::Reserved(_) => (TaskState::Reserved, None),
        Stage::Completed { outcome, person, on_behalf_of } => {
            (TaskState::Completed, Some((*outcome, person.0.clone(), on_behalf_of.clone())))
        }
        Stage::Obsolete => (TaskState::Obsolete, None),
    };
    let outcome = decided.as_ref().map_or(OutcomeMessage::Unspecified, |(outcome, ..)| outcome_message(*outcome));
    let barred = barred(task, reader);
    let mut message = TaskMessage {
        task_id: request.task.to_string(),
        room: request.room.clone(),
        project_id: request.project.to_string(),
        kind: request.kind.clone(),
        title: request.title.clone(),
        candidate: request.candidate.to_string(),
        subject: request.subject.iter().map(subject_line).collect(),
        questions: request.questions.iter().map(question::to_message).collect(),
        outcomes: request.outcomes.iter().map(|outcome| outcome_message(*outcome).into()).collect(),
        due_time: Some(timestamp(task.due_at())),
        due_provisional: task.due_provisional,
        round: request.round,
        subject_revision: request.subject_revision,
        state: state.into(),
        holder_id: lease.map_or_else(String::new, |lease| lease.holder.0.clone()),
        lease_expire_time: lease.map(|lease| timestamp(lease.until)),
        fencing_token: task.latest_token,
        outcome: outcome.into(),
        completed_by: decided.as_ref().map_or_else(String::new, |(_, person, _)| person.clone()),
        completed_on_behalf_of: decided
            .as_ref()
            .map_or_else(String::new, |(.., absent)| person::to_message(absent.as_ref())),
        holder_on_behalf_of: lease.map_or_else(String::new, |lease| person::to_message(lease.on_behalf_of.as_ref())),
        etag: version.to_string(),
        create_time: Some(timestamp(task.raised_at)),
        overdue: task.is_overdue(now),
        next_actions: next_actions(task, reader, now).into_iter().map(str::to_owned).collect(),
        return_steps: correction::step_messages(&return_steps(request)),
        told: told.map_or(ToldReason::Unspecified, told_reason).into(),
        barred: None,
    };
    if let Some(barred) = barred {
        // What it is about is for those who may work on it.
        message = TaskMessage { subject: Vec::new(), questions: Vec::new(), barred: Some(barred), ..message };
    }
    message
}

/// The steps of the stored codes.
fn return_steps(request: &Request) -> Vec<ReturnStep> {
    request.return_steps.iter().filter_map(|code| ReturnStep::parse(code)).collect()
}

fn told_reason(told: Told) -> ToldReason {
    match told {
        Told::Overdue => ToldReason::Overdue,
        Told::Nobody => ToldReason::NobodyEligible,
    }
}

/// Why the reader, in whose list it stands, may not work on it; none when nothing bars, or the reader has held or decided it.
fn barred(task: &State, reader: &Actor) -> Option<Barred> {
    let own = match &task.stage {
        Stage::Reserved(lease) => lease.holder == reader.person,
        Stage::Completed { person, .. } => *person == reader.person,
        Stage::Ready { .. } | Stage::Obsolete => false,
    };
    let person = bars(task, reader).filter(|_| !own && reader.holds(&task.request.candidate))?;
    let who = if *person == reader.person { "本人".to_owned() } else { format!("被代办人 {person} ") };
    // A task of before, and one barred for another reason, names no duty.
    let held = task.request.barred.iter().find(|act| act.person == *person).map(|act| act.duty);
    let had = held.map_or("其他岗位", kernel::Duty::zh);
    let zh = format!("不相容岗位分离:{who}在本项目中已任{had},不得办理");
    let en = match held {
        Some(held) => format!("separation of duties: {person} already acted as {held} in this project"),
        None => format!("separation of duties: {person} has another duty in this project"),
    };
    let duty = held.map_or(DutyMessage::Unspecified, act::duty_message).into();
    Some(Barred { person_id: person.to_string(), duty, zh, en })
}

/// The answer after a step. A step that stood has a task; the empty answer is never seen.
pub fn reply(snapshot: &Snapshot<Task>, reader: &Actor, now: OffsetDateTime) -> TaskMessage {
    match &snapshot.state {
        Task::Raised(raised) => task(raised, snapshot.version, reader, None, now),
        Task::Unraised => TaskMessage::default(),
    }
}

fn subject_line(line: &SubjectLine) -> SubjectLineMessage {
    SubjectLineMessage { label: line.label.clone(), value: line.value.clone() }
}

#[cfg(test)]
mod tests {
    use kernel::{Decider as _, Duty, Refusal as _};
    use proto::common::v1::Question as QuestionMessage;

    use super::*;
    use crate::domain::{
        Event, Lease,
        claim::LENGTH,
        fixtures::{START, raised, request as asked, zhou},
    };

    fn message() -> TaskRequested {
        let asked = asked();
        TaskRequested {
            task_id: asked.task.to_string(),
            room: asked.room.clone(),
            project_id: asked.project.to_string(),
            kind: asked.kind.clone(),
            title: asked.title.clone(),
            candidate: asked.candidate.to_string(),
            excluded_person_ids: asked.excluded.iter().map(|person| person.0.clone()).collect(),
            subject: asked.subject.iter().map(subject_line).collect(),
            questions: asked.questions.iter().map(question::to_message).collect(),
            outcomes: asked.outcomes.iter().map(|outcome| outcome_message(*outcome).into()).collect(),
            due_time: Some(timestamp(asked.due_at)),
            due_provisional: asked.due_provisional,
            round: asked.round,
            subject_revision: asked.subject_revision,
            return_steps: correction::step_messages(&return_steps(&asked)),
            ..TaskRequested::default()
        }
    }

    fn read(message: TaskRequested) -> Result<Request, Common> {
        request(message, &Exclusions::all())
    }

    #[test]
    fn the_county_says_whom_an_earlier_duty_bars() {
        let act = |person: &str, duty: DutyMessage| Act { person_id: person.into(), duty: duty.into() };
        let acts = vec![
            act("a", DutyMessage::Applicant),
            act("b", DutyMessage::PaymentReviewer),
            act("c", DutyMessage::DepartmentReviewer),
        ];
        let asked = TaskRequested { duty: DutyMessage::PaymentReviewer.into(), acts, ..message() };
        let some = Exclusions::of([(Duty::Applicant, Duty::PaymentReviewer)]);
        let read = request(asked.clone(), &some).expect("it can be read");
        let persons = |persons: &[PersonId]| persons.iter().map(|person| person.0.clone()).collect::<Vec<_>>();
        assert_eq!(persons(&read.excluded), ["a", "drafter"], "the same duty and a compatible one bar nobody");
        assert_eq!(read.barred, [duty::Act { person: PersonId("a".into()), duty: Duty::Applicant }]);
        assert!(request(TaskRequested { duty: 99, ..asked }, &some).is_err());
    }

    fn shown(events: Vec<Event>, now: OffsetDateTime) -> TaskMessage {
        let events: Vec<Event> = std::iter::once(raised()).chain(events).collect();
        let Task::Raised(raised) = Task::fold(&events) else { panic!("it is raised") };
        task(&raised, 3, &zhou(), None, now)
    }

    #[test]
    fn a_request_survives_the_way_in_and_out() {
        let steps = correction::step_messages(&[ReturnStep::Application, ReturnStep::TownshipReview]);
        let read = read(TaskRequested { return_steps: steps.clone(), ..message() }).expect("it can be read");
        let stored = vec!["APPLICATION".to_owned(), "TOWNSHIP_REVIEW".to_owned()];
        assert_eq!(read, Request { return_steps: stored, ..asked() });
        let raised = Event::TaskRaised { request: Box::new(read), at: START };
        let Task::Raised(raised) = Task::fold(&[raised]) else { panic!("it is raised") };
        assert_eq!(task(&raised, 1, &zhou(), None, START).return_steps, steps);
        let (said, shown) = (message(), shown(Vec::new(), START));
        assert_eq!(
            (said.task_id, said.subject, said.questions, said.outcomes, said.due_time, said.candidate),
            (shown.task_id, shown.subject, shown.questions, shown.outcomes, shown.due_time, shown.candidate)
        );
        assert_eq!(shown.etag, "3");
    }

    #[test]
    fn all_that_is_wrong_with_a_request_is_said_at_once() {
        let unreadable =
            read(TaskRequested { questions: vec![QuestionMessage::default()], ..TaskRequested::default() });
        let fields = unreadable.expect_err("nothing is there").explain().fields;
        let fields: Vec<_> = fields.iter().map(|field| field.field.as_str()).collect();
        assert_eq!(fields, ["task_id", "project_id", "candidate", "due_time", "room", "outcomes", "questions[0].kind"]);
    }

    #[test]
    fn a_task_whose_lease_has_ended_is_shown_as_ready() {
        let claim = || {
            let lease = Lease { holder: zhou().person, on_behalf_of: None, token: 1, until: START + LENGTH };
            vec![Event::TaskClaimed { lease }]
        };
        let held = shown(claim(), START);
        assert_eq!((held.state(), held.holder_id.as_str(), held.fencing_token), (TaskState::Reserved, "zhou", 1));
        let ended = shown(claim(), START + LENGTH);
        assert_eq!((ended.state(), ended.holder_id.as_str(), ended.lease_expire_time), (TaskState::Ready, "", None));
    }
}
