//! What the room says: the township's tasks, an application forwarded to the county, a project in the pool; and that it was
//! withdrawn, suspended, resumed, waits for a later year, or has left the pool.
//!
//! Pure, and worked out from the state before and after the step: every task that opens is requested, every task that is
//! decided is settled, whatever the facts in between are called.

mod rest;

use std::collections::BTreeSet;

use kernel::{Duty, decision::ReturnStep};
use proto::{
    inbox::v1::{SubjectLine, TaskRequested, TaskSettled},
    intake::v1::{
        ApplicationForwarded, ApplicationWithdrawn, PoolProjectPrioritised, PoolProjectRolled, ProjectPooled,
        ProjectUnpooled,
    },
};
use runtime::{Change, Outgoing};
use translation::{act, correction, decision::outcome_message, field::number, question, task, time::timestamp};

use self::rest::{rescheduled, rests, resumed, suspended};
use crate::{
    convert::{content::content_message, reply::return_item, words},
    domain::{
        Application, DecisionRecord, Event, Stage, State, completeness,
        record::{
            pool::LeaveReason,
            township::{Asked, Round},
        },
        township_task::ROOM,
    },
};

/// Why an application whose correction never came is no more, as other rooms hear it.
const LAPSED: &str = "退回补正逾期未报,申报失效";

/// What other rooms are told of a step.
pub fn publish(change: &Change<'_, Application>) -> Vec<Outgoing> {
    let Application::Opened(state) = change.state else { return Vec::new() };
    let before = |round: &Round| match change.before {
        Application::Unopened => None,
        Application::Opened(before) => before.township.iter().find(|known| known.asked.task == round.asked.task),
    };
    let tasks = state.township.iter().flat_map(|round| match (before(round), &round.record) {
        (Some(Round { retracted: false, .. }), None) if round.retracted => {
            vec![Outgoing::of(&task::obsolete(round.asked.task, false))]
        }
        (None, None) => {
            let rests = state.suspension.as_ref().map(|standing| Outgoing::of(&rests(round, &standing.reason)));
            std::iter::once(Outgoing::of(&requested(state, &round.asked))).chain(rests).collect()
        }
        (Some(Round { record: None, .. }), Some(record)) => vec![Outgoing::of(&settled(round, record))],
        // Unchanged.
        (Some(_), _) | (None, Some(_)) => Vec::new(),
    });
    let moves = change.events.iter().flat_map(|event| match event {
        Event::ApplicationForwarded { round, .. } => vec![Outgoing::of(&forwarded(state, *round))],
        Event::ProjectPooled { pool_no, .. } => vec![Outgoing::of(&pooled(state, pool_no))],
        Event::ApplicationWithdrawn { reason, .. } => vec![Outgoing::of(&withdrawn(state, reason))],
        Event::ApplicationLapsed {} => vec![Outgoing::of(&withdrawn(state, LAPSED))],
        Event::ProjectUnpooled { reason, text, .. } => vec![Outgoing::of(&unpooled(state, *reason, text))],
        Event::PoolProjectRolled { year, .. } => vec![Outgoing::of(&rolled(state, *year))],
        Event::PoolPrioritySet { .. } => vec![Outgoing::of(&prioritised(state))],
        Event::ApplicationSuspended { reason, .. } => suspended(state, reason),
        Event::ApplicationResumed { days, .. } => resumed(state, *days, |round| before(round).is_some()),
        Event::DueRecounted { of, .. } => rescheduled(state, of),
        // Nobody else waits for these, or the tasks that they open and close say it.
        Event::ApplicationCreated { .. }
        | Event::ApplicationUpdated { .. }
        | Event::ApplicationProposed { .. }
        | Event::VoteRecorded { .. }
        | Event::NoticePosted { .. }
        | Event::NoticeClosed { .. }
        | Event::ApplicationSubmitted { .. }
        | Event::SiteCheckRecorded { .. }
        | Event::SiteCheckConfirmed { .. }
        | Event::CompletenessChecked { .. }
        | Event::TownshipApproved { .. }
        | Event::TownshipReturned { .. }
        | Event::TownshipRejected { .. }
        | Event::ApplicationResubmitted { .. }
        | Event::TownshipAskedAgain { .. }
        | Event::ExpertsSeated { .. }
        | Event::CountyReturned { .. }
        | Event::CountyApproved { .. }
        | Event::CountyRejected { .. }
        | Event::DeliberationRecorded { .. }
        | Event::ObjectionRaised { .. }
        | Event::ObjectionEscalated { .. }
        | Event::ObjectionAnswered { .. }
        | Event::ReturnedOnObjection { .. }
        | Event::CorrectionOverdue { .. }
        | Event::ApplicationRecalled { .. }
        | Event::ProgressHeard { .. } => Vec::new(),
    });
    tasks.chain(moves).collect()
}

fn requested(state: &State, asked: &Asked) -> TaskRequested {
    let in_other_step = completeness::in_other_step(state, asked.step);
    let excluded: BTreeSet<&str> = in_other_step.map(|person| person.0.as_str()).collect();
    TaskRequested {
        task_id: asked.task.to_string(),
        room: ROOM.into(),
        project_id: state.project.to_string(),
        kind: asked.step.task_kind().into(),
        title: format!("{}:{}", asked.step.zh(), state.content.title),
        candidate: asked.post.to_string(),
        excluded_person_ids: excluded.into_iter().map(str::to_owned).collect(),
        subject: subject(state, asked),
        questions: asked.questions.iter().map(question::to_message).collect(),
        outcomes: asked.step.outcomes().iter().map(|possible| outcome_message(*possible).into()).collect(),
        due_time: Some(timestamp(asked.due.at)),
        due_provisional: asked.due.is_provisional(),
        round: number(asked.round),
        subject_revision: asked.content_revision,
        duty: act::duty_message(Duty::TownshipReviewer).into(),
        acts: act::to_messages(&state.duties),
        return_steps: correction::step_messages(ReturnStep::OF_VILLAGE),
    }
}

fn subject(state: &State, asked: &Asked) -> Vec<SubjectLine> {
    let line = |label: &str, value: String| SubjectLine { label: label.into(), value };
    let mut lines = vec![
        line("项目名称 Project", state.content.title.clone()),
        line("所在村 Village", format!("{} {}", asked.village_name, state.content.village)),
        line("建设地点 Place", state.content.place.clone()),
        line("总投资 Total", format!("{} 元", state.content.total.grouped())),
        line("资金来源 Sources", asked.sources.clone()),
    ];
    if let Some(last) = state.returns.last() {
        lines.extend(last.items.iter().map(|item| match &item.answer {
            Some(answer) => line("补正情况 Correction", format!("{}:{} → {answer}", item.field, item.text)),
            None => line("退回事项 Returned", format!("{}:{}({})", item.field, item.text, item.asked_by)),
        }));
    }
    lines
}

fn settled(round: &Round, record: &DecisionRecord) -> TaskSettled {
    let (outcome, by) = (record.decision.said.outcome, &record.signature);
    task::settled(round.asked.task, outcome, &by.person, by.on_behalf_of.as_ref())
}

fn forwarded(state: &State, round: u32) -> ApplicationForwarded {
    let last = state.last_of_county();
    ApplicationForwarded {
        project_id: state.project.to_string(),
        content: Some(content_message(&state.content)),
        content_revision: state.content_revision,
        round: number(round),
        township_opinion: state.township_opinion().to_owned(),
        acts: act::to_messages(&state.duties),
        corrections: last.map(|returned| returned.items.iter().map(return_item).collect()).unwrap_or_default(),
        suspensions: number(state.suspensions),
    }
}

fn pooled(state: &State, pool_no: &str) -> ProjectPooled {
    ProjectPooled {
        project_id: state.project.to_string(),
        pool_no: pool_no.to_owned(),
        content: Some(content_message(&state.content)),
        resolution_no: state.stage.resolution().map(|resolution| resolution.number.clone()).unwrap_or_default(),
        acts: act::to_messages(&state.duties),
        suspensions: number(state.suspensions),
        asked_posts: state.readers.departments().iter().map(ToString::to_string).collect(),
    }
}

fn withdrawn(state: &State, reason: &str) -> ApplicationWithdrawn {
    ApplicationWithdrawn {
        project_id: state.project.to_string(),
        reason: reason.to_owned(),
        county_round: number(state.county_rounds),
        acts: act::to_messages(&state.duties),
    }
}

fn unpooled(state: &State, reason: LeaveReason, text: &str) -> ProjectUnpooled {
    let pool_no = if let Stage::OutOfPool { pool_no, .. } = &state.stage { pool_no.clone() } else { String::new() };
    ProjectUnpooled {
        project_id: state.project.to_string(),
        pool_no,
        reason: words::leave_reason_message(reason).into(),
        text: text.to_owned(),
        acts: act::to_messages(&state.duties),
    }
}

fn prioritised(state: &State) -> PoolProjectPrioritised {
    PoolProjectPrioritised { project_id: state.project.to_string(), acts: act::to_messages(&state.duties) }
}

fn rolled(state: &State, year: i32) -> PoolProjectRolled {
    PoolProjectRolled { project_id: state.project.to_string(), year, acts: act::to_messages(&state.duties) }
}

#[cfg(test)]
mod tests {
    use kernel::Decider as _;
    use prost::Message;
    use proto::{
        common::v1::{Duty as DutyMessage, LeaveReason as LeaveReasonMessage, Outcome as OutcomeMessage},
        inbox::v1::TaskResumed,
        intake::v1::{ProjectResumed, ProjectSuspended},
    };
    use uuid::Uuid;

    use super::*;
    use crate::domain::{
        Command,
        fixtures::{
            and, at, bureau, clerk, day, drafted, forwarded as forwarded_history, handed_in, head,
            pooled as pooled_history, resubmitted_to_county, returned_by_township, secretary, submitted, task,
            township_approved, voted,
        },
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
        assert_eq!(
            (asked.kind.as_str(), asked.candidate.clone()),
            ("TOWNSHIP_COMPLETENESS", clerk().posts[0].to_string())
        );
        assert_eq!(asked.outcomes, [OutcomeMessage::Approve, OutcomeMessage::Return].map(i32::from));
        assert!(asked.excluded_person_ids.is_empty() && asked.questions.is_empty());
        let acts: Vec<(String, DutyMessage)> =
            asked.acts.iter().map(|act| (act.person_id.clone(), act.duty())).collect();
        let expected = (DutyMessage::TownshipReviewer, vec![(secretary().person.0, DutyMessage::Applicant)]);
        assert_eq!((asked.duty(), acts), expected);
    }

    #[test]
    fn a_complete_file_asks_the_head_and_excludes_the_clerk_who_took_the_other_step() {
        let [settled, asked] = &said(&submitted(), 1)[..] else { panic!("one task ends, another begins") };
        let settled: TaskSettled = only(std::slice::from_ref(settled));
        assert_eq!((settled.outcome(), settled.person_id), (OutcomeMessage::Approve, clerk().person.0));
        let asked: TaskRequested = only(std::slice::from_ref(asked));
        assert_eq!((asked.task_id.as_str(), asked.kind.as_str()), (task(1).to_string().as_str(), "TOWNSHIP_REVIEW"));
        assert_eq!(asked.candidate, head().posts[0].to_string());
        assert_eq!(asked.excluded_person_ids, [clerk().person.0]);
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
            first.acts.iter().any(|act| act.duty() == DutyMessage::Applicant)
                && first.acts.iter().any(|act| act.duty() == DutyMessage::TownshipReviewer)
        );
        let second: ApplicationForwarded = only(&said(&resubmitted_to_county(), 2));
        assert_eq!((second.round, second.corrections[0].answer.as_str()), (2, "已补充"));
    }

    #[test]
    fn the_pool_is_told_with_its_resolution() {
        let pooled: ProjectPooled = only(&said(&pooled_history(), 1));
        assert!(!pooled.pool_no.is_empty() && !pooled.resolution_no.is_empty());
        assert!(pooled.acts.iter().any(|act| act.duty() == DutyMessage::Decider), "the county's acts go on");
    }

    #[test]
    fn what_is_taken_back_closes_its_task_in_the_same_step_and_is_told() {
        let withdraw =
            Command::WithdrawApplication {
                reason: "用地条件变化".into(), agreed: true, by: at(45, &secretary())
            };
        let told: ApplicationWithdrawn = only(&said(&and(forwarded_history(), withdraw.clone()), 1));
        assert_eq!((told.reason.as_str(), told.county_round, told.acts.is_empty()), ("用地条件变化", 1, false));
        let settled = &said(&and(submitted(), withdraw), 1)[0];
        assert_eq!(settled.kind, "xianjie.inbox.v1.TaskSettled", "the township's task closes in the same step");
        let recall = |history, who: &kernel::Actor| and(history, Command::RecallApplication { by: at(25, who) });
        let settled: TaskSettled = only(&said(&recall(submitted(), &secretary()), 1));
        assert_eq!((settled.outcome(), settled.person_id.as_str()), (OutcomeMessage::Unspecified, ""));
        let asked: TaskRequested = only(&said(&recall(township_approved(), &head()), 1));
        assert_eq!(
            asked.task_id,
            task(2).to_string(),
            "the new task is asked in the step that takes the approval back"
        );
        let leave =
            Command::LeavePool { reason: LeaveReason::Policy, text: "政策调整".into(), by: at(81, &bureau()) };
        let told: ProjectUnpooled = only(&said(&and(pooled_history(), leave), 1));
        assert_eq!((told.reason(), told.pool_no.is_empty()), (LeaveReasonMessage::Policy, false));
        let roll = Command::RollPoolProject { year: 2023, by: at(81, &bureau()) };
        let told: PoolProjectRolled = only(&said(&and(pooled_history(), roll), 1));
        assert_eq!((told.year, told.acts.is_empty()), (2023, false));
    }

    #[test]
    fn a_suspension_is_told_with_its_number_and_its_end_with_the_days() {
        let suspend = |now| Command::SuspendApplication { reason: "立案核查".into(), by: at(now, &bureau()) };
        let resume = |now| Command::ResumeApplication { by: at(now, &bureau()) };
        let stopped = and(pooled_history(), suspend(80));
        let told: ProjectSuspended = only(&said(&stopped, 1));
        assert_eq!((told.number, told.county_round, told.pooled), (1, 1, true));
        let going = and(stopped, resume(87));
        let told: ProjectResumed = only(&said(&going, 1));
        assert_eq!((told.number, told.days, told.pooled), (1, 7, true));
        let told: ProjectSuspended = only(&said(&and(going, suspend(90)), 1));
        assert_eq!(told.number, 2);
    }

    #[test]
    fn the_township_s_task_rests_with_the_project() {
        let kinds = |said: &[Outgoing]| {
            let kinds = said.iter().map(|message| message.kind.rsplit('.').next().unwrap_or_default().to_owned());
            kinds.collect::<Vec<_>>()
        };
        let suspend = Command::SuspendApplication { reason: "立案核查".into(), by: at(17, &bureau()) };
        let stopped = and(submitted(), suspend);
        let told = said(&stopped, 1);
        assert_eq!(kinds(&told), ["TaskSuspended", "ProjectSuspended"]);
        let going = and(stopped, Command::ResumeApplication { by: at(20, &bureau()) });
        let told = said(&going, 1);
        assert_eq!(kinds(&told), ["TaskResumed", "ProjectResumed"]);
        let task: TaskResumed = only(&told[..1]);
        let Application::Opened(state) = Application::fold(&going) else { panic!("it is open") };
        assert_eq!((task.number, task.due_time), (1, state.township.last().map(|round| timestamp(round.asked.due.at))));
    }
}
