//! A meeting in tests: cases that wait for it, the office that convenes it, and a sound record of what it decided.

use std::sync::Arc;

use kernel::{
    Decider as _, PersonId, ProjectId,
    decision::{Correction, Outcome, ReturnStep},
    testing::{Decided, given},
};
use time::macros::date;
use uuid::Uuid;

use super::{
    Attendance, Attendee, Candidate, Command, Event, ItemRefusal, ItemResult, Meeting, Minutes, Occasion, Ruling, State,
};
use crate::domain::{
    Case,
    story::{NOW, Story as CaseStory, group_of, holder, the_leading_group},
};

/// The meeting of every story.
pub const MEETING: Uuid = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_00aa);

/// The nth project.
pub fn project(nth: u128) -> ProjectId {
    ProjectId(Uuid::from_u128(nth))
}

/// The office, now.
pub fn office() -> Occasion {
    Occasion { actor: holder(&the_leading_group()), pack: Arc::new(group_of(15)), at: NOW }
}

/// The nth project, whose case waits for the leading group.
pub fn candidate(nth: u128) -> Candidate {
    let mut state = CaseStory::opened().all_say(Outcome::Approve).state();
    state.project = project(nth);
    Candidate { project: state.project, case: Case::Opened(Box::new(state)), on_agenda_of: None }
}

/// Of so many members so many came.
pub fn attendance(due: u32, present: u32) -> Attendance {
    let person = |nth| Attendee {
        person: Some(PersonId(format!("member-{nth}"))),
        name: format!("成员{nth}"),
        title: "领导小组成员".into(),
    };
    Attendance { due, present, persons: (1..=present).map(person).collect() }
}

/// The office of a county whose group has so many members, now.
pub fn office_of(members: usize) -> Occasion {
    Occasion { pack: Arc::new(group_of(members)), ..office() }
}

/// What the meeting decided about the nth project.
pub fn ruling(nth: u128, outcome: Outcome) -> Ruling {
    let correction =
        Correction { field: "land_note".into(), text: "补充用地批复".into(), step: ReturnStep::default() };
    Ruling {
        project: project(nth),
        outcome,
        opinion: "会议研究,意见如下所述,请按要求办理".into(),
        corrections: if outcome == Outcome::Return { vec![correction] } else { Vec::new() },
    }
}

/// A sound record with these outcomes for the projects from 1 on.
pub fn minutes(outcomes: &[Outcome]) -> Minutes {
    Minutes {
        resolution_no: "南振组〔2022〕3号".into(),
        resolution_key: String::new(),
        meeting_date: "2022-03-01".into(),
        attendance: attendance(15, 11),
        rulings: (1..).zip(outcomes).map(|(nth, outcome)| ruling(nth, *outcome)).collect(),
        attachments: Vec::new(),
    }
}

/// The nth project's case took the decision, or refused it.
pub fn result(nth: u128, code: Option<&str>) -> ItemResult {
    let refusal = |code: &str| ItemRefusal {
        code: code.into(),
        zh: "该事项已作出决定,不得重复办理".into(),
        en: "already decided".into(),
        actual: None,
        limit: None,
    };
    ItemResult { project: project(nth), refusal: code.map(refusal) }
}

/// Convening with the projects from 1 on.
pub fn convene(projects: u128) -> Command {
    let candidates = (1..=projects).map(candidate).collect();
    Command::ConveneMeeting { meeting: MEETING, date: date!(2022 - 03 - 05), candidates, by: office() }
}

/// More projects.
pub fn add(candidates: Vec<Candidate>) -> Command {
    Command::AddAgendaItems { candidates, by: office() }
}

/// The nth project leaves.
pub fn remove(nth: u128) -> Command {
    Command::RemoveAgendaItems { projects: vec![project(nth)], by: office() }
}

/// This was decided.
pub fn conclude(minutes: Minutes) -> Command {
    Command::ConcludeMeeting { minutes, by: office() }
}

/// It is not held.
pub fn cancel(reason: &str) -> Command {
    Command::CancelMeeting { reason: reason.into(), by: office() }
}

/// Cases answered.
pub fn record(results: Vec<ItemResult>) -> Command {
    Command::RecordResults { results }
}

/// A meeting as it goes.
#[derive(Clone, Default)]
pub struct Story {
    /// What has happened.
    pub events: Vec<Event>,
}

impl Story {
    /// A meeting with the projects from 1 on.
    pub fn convened(projects: u128) -> Self {
        Self::default().with(convene(projects))
    }

    /// A meeting that approved so many.
    pub fn concluded(projects: usize) -> Self {
        let number = u128::try_from(projects).expect("few");
        Self::convened(number).with(conclude(minutes(&vec![Outcome::Approve; projects])))
    }

    /// The meeting after this command, which must be accepted.
    #[track_caller]
    pub fn with(mut self, command: Command) -> Self {
        let (events, _) = self.when(command).then_accepted();
        self.events.extend(events);
        self
    }

    /// What the machine answers.
    pub fn when(&self, command: Command) -> Decided<Meeting> {
        given(self.events.clone()).when(command)
    }

    /// The state.
    pub fn state(&self) -> State {
        match Meeting::fold(&self.events) {
            Meeting::Convened(state) => *state,
            Meeting::NotConvened => panic!("the story has not begun"),
        }
    }
}
