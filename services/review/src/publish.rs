//! What the room says: tasks that need a person, tasks that are settled, a return, a conclusion, a withdrawal.
//!
//! Pure, and worked out from the state before and after the step: every task that opens is requested, every task that
//! closes is settled, whatever the facts in between are called.

mod rest;

use kernel::{Duty, duty::Act};
use proto::{
    common::v1::Act as ActMessage,
    inbox::v1::{SubjectLine, TaskRequested, TaskSettled},
    review::v1::{CaseConcluded, CaseReturned, CaseWithdrawn, ExpertSeat, ExpertsSeated},
};
use runtime::{Change, Outgoing};
use translation::{
    act, correction, decision::outcome_message, field::number, question, signature, task, time::timestamp,
};

use self::rest::{rescheduled, resumed, suspended};

use crate::{
    convert,
    domain::{
        Asked, Case, Event, Opinion, Resolution, Stage, State, TaskKind,
        asking::ROOM,
        record::{DecisionRecord, ReturnedItem, Signature},
        scope, way_back,
    },
};

/// What other rooms are told of a step.
pub fn publish(change: &Change<'_, Case>) -> Vec<Outgoing> {
    let Case::Opened(state) = change.state else { return Vec::new() };
    let before = |opinion: &Opinion| match change.before {
        Case::Unopened => None,
        Case::Opened(before) => before.opinions.iter().find(|known| known.asked.task == opinion.asked.task),
    };
    let tasks = state.opinions.iter().flat_map(|opinion| {
        let was_awaited = before(opinion).map(Opinion::is_awaited);
        match (was_awaited, &opinion.decision, opinion.lapsed) {
            (None, None, false) => {
                let rests = state.suspensions.standing().map(|reason| Outgoing::of(&suspended(opinion, reason)));
                std::iter::once(Outgoing::of(&requested(state, &opinion.asked))).chain(rests).collect()
            }
            (Some(true), Some(decision), _) => vec![Outgoing::of(&settled(&opinion.asked, decision))],
            (Some(true), None, true) => vec![Outgoing::of(&obsolete(state, opinion))],
            // Unchanged.
            (Some(_), _, _) | (None, _, _) => Vec::new(),
        }
    });
    let ends = change.events.iter().flat_map(|event| match event {
        Event::CaseReturned { items } => vec![Outgoing::of(&returned(state, items))],
        Event::CaseApproved { resolution } => vec![Outgoing::of(&concluded(state, Some(resolution), change.events))],
        Event::CaseRejected => vec![Outgoing::of(&concluded(state, None, change.events))],
        Event::CaseSuspended { reason } => {
            state.awaited().map(|opinion| Outgoing::of(&suspended(opinion, reason))).collect()
        }
        Event::CaseWithdrawn { reason, by: Some(by), .. } => vec![Outgoing::of(&withdrawn(state, reason, by))],
        Event::DueRecounted { task: Some(task), .. } => rescheduled(state, *task),
        Event::CaseResumed { .. } => state.awaited().map(|opinion| Outgoing::of(&resumed(opinion))).collect(),
        // Said by the tasks that they open and close.
        Event::CaseOpened { .. }
        | Event::CaseReopened { .. }
        | Event::OpinionGiven { .. }
        | Event::OfficeAsked { .. }
        | Event::OfficeDecided { .. }
        | Event::LeadingGroupAsked { .. }
        | Event::LeadingGroupDecided { .. }
        | Event::DepartmentsAskedAgain { .. }
        | Event::OpinionOverdue { .. }
        | Event::SupervisionAsked { .. }
        | Event::SupervisionGiven { .. }
        | Event::DispensationAsked { .. }
        | Event::OpinionsDispensed { .. }
        | Event::GuaranteeEnded { .. }
        | Event::ActsHeard { .. }
        | Event::DueRecounted { task: None, .. }
        | Event::PanelCalled { .. }
        | Event::PanelConvened { .. }
        | Event::PanelAskedAgain { .. }
        | Event::ExpertJudged { .. }
        | Event::ExpertRecused { .. }
        | Event::ExpertsReleased { .. }
        | Event::SeatsFilled { .. }
        | Event::PanelReported { .. }
        // Intake has said it itself.
        | Event::CaseWithdrawn { by: None, .. } => Vec::new(),
    });
    tasks.chain(ends).chain(seated(change)).collect()
}

/// Who sits on the panel, when that has changed.
fn seated(change: &Change<'_, Case>) -> Option<Outgoing> {
    let panel = |case: &Case| match case {
        Case::Unopened => None,
        Case::Opened(state) => state.panel.clone(),
    };
    let (before, after) = (panel(change.before).unwrap_or_default(), panel(change.state)?);
    if before.members == after.members {
        return None;
    }
    let Case::Opened(state) = change.state else { return None };
    let seats = scope::seats_of_panel(state);
    let seat = |(post, person): (String, String)| ExpertSeat { post, person_id: person };
    Some(Outgoing::of(&ExpertsSeated {
        project_id: state.project.to_string(),
        number: i32::try_from(after.changes()).unwrap_or(i32::MAX),
        seats: seats.into_iter().map(seat).collect(),
    }))
}

fn requested(state: &State, asked: &Asked) -> TaskRequested {
    let outcomes = asked.task_kind.outcomes().iter().map(|outcome| outcome_message(*outcome).into());
    TaskRequested {
        task_id: asked.task.to_string(),
        room: ROOM.into(),
        project_id: state.project.to_string(),
        kind: asked.task_kind.code().into(),
        title: format!("{}:{}", asked.task_kind.zh(), state.referral.subject.title),
        candidate: asked.post.to_string(),
        excluded_person_ids: state.excluded_from(asked).into_iter().map(|person| person.0).collect(),
        subject: subject(state, asked),
        questions: asked.questions.iter().map(|asked| question::to_message(&asked.into())).collect(),
        outcomes: outcomes.collect(),
        due_time: Some(timestamp(asked.due.at)),
        due_provisional: asked.due.is_provisional(),
        round: number(asked.round),
        subject_revision: asked.content_revision,
        duty: act::duty_message(asked.task_kind.duty()).into(),
        acts: act::to_messages(&state.duties),
        return_steps: correction::step_messages(asked.task_kind.return_steps()),
    }
}

fn subject(state: &State, asked: &Asked) -> Vec<SubjectLine> {
    let line = |label: &str, value: String| SubjectLine { label: label.into(), value };
    let subject = &state.referral.subject;
    let mut lines = vec![
        line("项目名称 Project", subject.title.clone()),
        line("所在村 Village", format!("{} {}", subject.village_name, subject.village)),
        line("项目类别 Category", subject.category_name.clone()),
        line("总投资 Total", format!("{} 元", subject.total.grouped())),
        line("资金来源 Sources", subject.sources()),
        line("乡镇意见 Township's opinion", state.referral.township_opinion.clone()),
    ];
    lines.extend(state.referral.corrections.iter().map(|corrected| {
        let value = format!("{}:{}({})→ {}", corrected.field, corrected.text, corrected.asked_by, corrected.answer);
        line("补正情况 Correction", value)
    }));
    match asked.task_kind {
        TaskKind::DepartmentReview => {}
        TaskKind::OverdueSupervision | TaskKind::OpinionDispensation => {
            lines.extend(state.awaited().filter(|opinion| opinion.overdue).map(|opinion| {
                let Asked { post, asked_name, due, .. } = &opinion.asked;
                line("逾期未办 Overdue", format!("{asked_name}({post}):{}", kernel::calendar::civil_date(due.at)))
            }))
        }
        // Who joins the opinions must see them, and an expert what departments doubt.
        TaskKind::CountyOfficeDecision
        | TaskKind::LeadingGroupDecision
        | TaskKind::PanelConvening
        | TaskKind::ExpertReview => lines.extend(opinions(state, asked.task_kind)),
    }
    lines
}

fn opinions(state: &State, kind: TaskKind) -> Vec<SubjectLine> {
    let line = |label: &str, value: String| SubjectLine { label: label.into(), value };
    let decided = state.standing().filter_map(|opinion| Some((&opinion.asked, opinion.decision.as_ref()?)));
    let mut lines: Vec<SubjectLine> = decided
        .map(|(asked, decision)| {
            let (outcome, text) = (decision.outcome.zh(), &decision.text);
            let value = format!("{}({}):{outcome} {text}", asked.asked_name, asked.post);
            line("部门意见 Department's opinion", value)
        })
        .collect();
    let dispensed =
        state.opinions.iter().filter(|opinion| opinion.dispensed && opinion.asked.round == state.referral.round);
    lines.extend(dispensed.map(|opinion| {
        let Asked { post, asked_name, .. } = &opinion.asked;
        line("免予征求意见 Dispensed with", format!("{asked_name}({post})"))
    }));
    let Some(panel) = &state.panel else { return lines };
    let reasons: Vec<&str> = panel.triggers.iter().map(|trigger| trigger.zh()).collect();
    lines.push(line("论证事由 Why experts", reasons.join("、")));
    lines.extend(panel.reports.last().map(|report| line("论证报告 Experts' report", report.line())));
    // An expert judges before hearing the others.
    if matches!(kind, TaskKind::CountyOfficeDecision | TaskKind::LeadingGroupDecision) {
        let decided = state.seats().filter_map(|opinion| opinion.decision.as_ref());
        lines.extend(decided.map(|decision| {
            let value = format!("{}:{} {}", decision.person_name, decision.outcome.zh(), decision.text);
            line("专家意见 Expert's opinion", value)
        }));
    }
    lines
}

fn settled(asked: &Asked, decision: &DecisionRecord) -> TaskSettled {
    task::settled(asked.task, decision.outcome, &decision.person, decision.on_behalf_of.as_ref())
}

fn obsolete(state: &State, opinion: &Opinion) -> TaskSettled {
    let overtaken = opinion.overdue && !matches!(state.stage, Stage::Withdrawn { .. });
    task::obsolete(opinion.asked.task, overtaken)
}

fn withdrawn(state: &State, reason: &str, by: &Signature) -> CaseWithdrawn {
    CaseWithdrawn {
        project_id: state.project.to_string(),
        reason: reason.to_owned(),
        by: Some(signature::to_message((&by.person, &by.name), by.on_behalf_of.as_ref(), Some(&by.post), Some(by.at))),
    }
}

fn returned(state: &State, items: &[ReturnedItem]) -> CaseReturned {
    CaseReturned {
        project_id: state.project.to_string(),
        round: number(state.referral.round),
        items: way_back::leaving(items).map(convert::returned).collect(),
        acts: county_acts(state),
    }
}

fn concluded(state: &State, resolution: Option<&Resolution>, events: &[Event]) -> CaseConcluded {
    let decision = events.iter().find_map(|event| match event {
        Event::OfficeDecided { decision, .. } | Event::LeadingGroupDecided { decision, .. } => Some(decision),
        _ => None,
    });
    CaseConcluded {
        project_id: state.project.to_string(),
        approved: resolution.is_some(),
        resolution_no: resolution.map(|found| found.number.clone()).unwrap_or_default(),
        meeting_date: resolution.map(|found| found.meeting_date.clone()).unwrap_or_default(),
        opinion: decision.map(|decision| decision.text.clone()).unwrap_or_default(),
        acts: county_acts(state),
    }
}

/// The duties that were had here: intake knows its own.
fn county_acts(state: &State) -> Vec<ActMessage> {
    let here =
        |act: &&Act| matches!(act.duty, Duty::DepartmentReviewer | Duty::Expert | Duty::CountyOffice | Duty::Decider);
    state.duties.0.iter().filter(here).map(act::to_message).collect()
}

#[cfg(test)]
mod tests {
    use kernel::{Decider as _, decision::Outcome};
    use prost::Message as _;
    use proto::{
        common::v1::{Duty as DutyMessage, Outcome as OutcomeMessage},
        inbox::v1::{TaskResumed, TaskSuspended},
    };

    use super::*;
    use crate::domain::{
        Command,
        story::{NOW, Story, departments, forward, give_up, resume, suspend, the_leading_group, withdraw},
    };

    /// What is said when this command follows that story: the kinds, and the messages themselves.
    fn said(story: &Story, command: Command) -> (Vec<String>, Vec<Outgoing>) {
        let before = Case::fold(&story.events);
        let events = before.decide(command).expect("accepted");
        let state = events.iter().fold(before.clone(), Case::evolve);
        let (stream, version) = (crate::domain::story::PROJECT.0, 1);
        let outgoing = publish(&Change { stream, version, before: &before, state: &state, events: &events, at: NOW });
        let kinds = outgoing.iter().map(|message| message.kind.rsplit('.').next().unwrap_or_default().to_owned());
        (kinds.collect(), outgoing)
    }

    #[test]
    fn opening_asks_each_department_with_all_that_a_reviewer_needs() {
        let (kinds, outgoing) = said(&Story::default(), forward(1));
        assert_eq!(kinds, vec!["TaskRequested"; departments().len()]);
        let task = TaskRequested::decode(outgoing[0].payload.as_slice()).expect("its own words");
        assert_eq!((task.room.as_str(), task.kind.as_str()), ("review", "DEPARTMENT_REVIEW"));
        assert_eq!((task.candidate.clone(), task.round, task.subject_revision), (departments()[0].to_string(), 1, 10));
        assert!(task.excluded_person_ids.is_empty());
        let acts: Vec<(&str, DutyMessage)> = task.acts.iter().map(|act| (act.person_id.as_str(), act.duty())).collect();
        assert_eq!(acts, [("applicant", DutyMessage::Applicant), ("township", DutyMessage::TownshipReviewer)]);
        assert_eq!(task.duty(), DutyMessage::DepartmentReviewer);
        assert!(!task.questions.is_empty() && task.outcomes.len() == 3);
        let line = |label: &str| {
            task.subject.iter().find(|line| line.label.starts_with(label)).map(|line| line.value.as_str())
        };
        assert_eq!(line("总投资"), Some("1,700,000.00 元"));
        assert_eq!(line("乡镇意见"), Some("情况属实,同意上报"));
    }

    #[test]
    fn each_opinion_settles_its_task_and_the_last_one_asks_the_leading_group() {
        let posts = departments();
        let (last, others) = posts.split_last().expect("departments");
        let story = others.iter().fold(Story::opened(), |story, post| story.decided(post, Outcome::Approve));
        let (kinds, outgoing) = said(&story, story.completing(last, Outcome::Approve));
        assert_eq!(kinds, ["TaskSettled", "TaskRequested"]);
        let settled = TaskSettled::decode(outgoing[0].payload.as_slice()).expect("its own words");
        assert_eq!(settled.outcome(), OutcomeMessage::Approve);
        let task = TaskRequested::decode(outgoing[1].payload.as_slice()).expect("its own words");
        assert_eq!(task.candidate, the_leading_group().to_string());
        let opinions = task.subject.iter().filter(|line| line.label.starts_with("部门意见")).count();
        assert_eq!(opinions, posts.len());
        assert_eq!(task.questions.len(), 3);
    }

    #[test]
    fn a_return_and_a_conclusion_are_told_to_intake_with_the_county_s_own_acts() {
        let posts = departments();
        let (last, others) = posts.split_last().expect("departments");
        let story = others.iter().fold(Story::opened(), |story, post| story.decided(post, Outcome::Return));
        let (kinds, outgoing) = said(&story, story.completing(last, Outcome::Approve));
        assert_eq!(kinds, ["TaskSettled", "CaseReturned"]);
        let returned = CaseReturned::decode(outgoing[1].payload.as_slice()).expect("its own words");
        assert_eq!((returned.round, returned.items.len(), returned.acts.len()), (1, others.len(), posts.len()));

        let story = Story::opened().all_say(Outcome::Approve);
        for (outcome, approved) in [(Outcome::Approve, true), (Outcome::Reject, false)] {
            let (kinds, outgoing) = said(&story, story.completing(&the_leading_group(), outcome));
            assert_eq!(kinds, ["TaskSettled", "CaseConcluded"]);
            let concluded = CaseConcluded::decode(outgoing[1].payload.as_slice()).expect("its own words");
            assert_eq!((concluded.approved, concluded.resolution_no.is_empty()), (approved, !approved));
            assert!(!concluded.opinion.is_empty());
            assert!(concluded.acts.iter().any(|act| act.duty() == DutyMessage::Decider));
        }
    }

    #[test]
    fn the_next_round_shows_what_was_corrected() {
        let story = Story::opened().all_say(Outcome::Return);
        let (kinds, outgoing) = said(&story, forward(2));
        assert_eq!(kinds, vec!["TaskRequested"; departments().len()]);
        let task = TaskRequested::decode(outgoing[0].payload.as_slice()).expect("its own words");
        assert!(task.subject.iter().any(|line| line.label.starts_with("补正情况") && line.value.contains("已补充")));
    }

    #[test]
    fn a_withdrawal_closes_every_open_task_and_a_suspension_lets_each_rest() {
        let open = departments().len();
        assert_eq!(said(&Story::opened(), withdraw()).0, vec!["TaskSettled"; open]);
        let (kinds, outgoing) = said(&Story::opened(), give_up("不再需要"));
        assert_eq!(kinds, [vec!["TaskSettled"; open], vec!["CaseWithdrawn"]].concat());
        let told = CaseWithdrawn::decode(outgoing[open].payload.as_slice()).expect("its own words");
        let (by, expected) = (told.by.expect("it is signed"), ("applicant", "V-SEC@430921105201", "不再需要"));
        assert_eq!((by.person_id.as_str(), by.post.as_str(), told.reason.as_str()), expected);
        let (kinds, outgoing) = said(&Story::opened(), suspend(1));
        assert_eq!(kinds, vec!["TaskSuspended"; open]);
        let resting = TaskSuspended::decode(outgoing[0].payload.as_slice()).expect("its own words");
        assert_eq!((resting.number, resting.reason.is_empty()), (1, false));
        let stopped = Story::opened().with(suspend(1));
        let (kinds, outgoing) = said(&stopped, resume(1, 7));
        assert_eq!(kinds, vec!["TaskResumed"; open]);
        let going = TaskResumed::decode(outgoing[0].payload.as_slice()).expect("its own words");
        let due = Story::opened().task(&departments()[0]).due.later(7).at;
        assert_eq!((going.task_id, going.number), (resting.task_id, 1));
        assert_eq!(going.due_time, Some(timestamp(due)));
        // A correction that the suspension overtook: its tasks are there, and rest.
        let returned = Story::opened().all_say(Outcome::Return).with(suspend(1));
        assert_eq!(said(&returned, forward(2)).0, ["TaskRequested", "TaskSuspended"].repeat(open));
        // A task that was asked for later counts its own suspensions.
        let later = stopped.with(resume(1, 7)).all_say(Outcome::Approve);
        let (_, outgoing) = said(&later, suspend(2));
        assert_eq!(TaskSuspended::decode(outgoing[0].payload.as_slice()).expect("its own words").number, 1);
    }
}
