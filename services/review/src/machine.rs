//! The two machines in the journal's eyes: what begins a stream, what a step writes and says, and which refusal a
//! constraint of the store stands for. The SQL stands in [`crate::store`], the words to other rooms in [`crate::publish`].

use kernel::{Explanation, refusal::Common};
use runtime::{Change, Machine, Outgoing, Statement};

use crate::{
    domain::{
        Case, Command, Meeting, Refusal, every_refusal, guarantee,
        meeting::{self, Minutes},
        resolution::{self, MEETING_DATE, RESOLUTION_NO, of_another_meeting},
    },
    publish,
    store::{
        cases,
        guarantees::COVERED,
        meetings::{self, ONE_OPEN},
        resolutions::ONE_MEETING,
    },
};

impl Machine for Case {
    const NAME: &'static str = "case";

    fn begins(command: &Command) -> bool {
        matches!(command, Command::OpenCase(_))
    }

    fn project(change: &Change<'_, Self>) -> Vec<Statement> {
        cases::step(change)
    }

    fn publish(change: &Change<'_, Self>) -> Vec<Outgoing> {
        publish::publish(change)
    }

    fn also_refused(&self, command: &Command, first: &Refusal) -> Vec<Refusal> {
        every_refusal::besides(self, command, first)
    }

    fn refused_by(constraint: &str, command: &Command) -> Option<Refusal> {
        let Command::CompleteTask(complete) = command else { return None };
        match constraint {
            COVERED => Some(guarantee::overtaken(complete).into()),
            ONE_MEETING => {
                let answers = &complete.decision.answers;
                let said = |id: &str| {
                    let answer = answers.iter().find(|answer| answer.question == id);
                    answer.map(|answer| answer.text.trim()).unwrap_or_default()
                };
                let field = resolution::at(answers, RESOLUTION_NO);
                Some(of_another_meeting(said(RESOLUTION_NO), said(MEETING_DATE), field).into())
            }
            _ => None,
        }
    }
}

impl Machine for Meeting {
    const NAME: &'static str = "meeting";

    fn project(change: &Change<'_, Self>) -> Vec<Statement> {
        meetings::step(change)
    }

    /// What a meeting decides is said by the cases that it decides.
    fn publish(_: &Change<'_, Self>) -> Vec<Outgoing> {
        Vec::new()
    }

    fn refused_by(constraint: &str, command: &meeting::Command) -> Option<Common> {
        if let (ONE_MEETING, meeting::Command::ConcludeMeeting { minutes, .. }) = (constraint, command) {
            let Minutes { resolution_no, meeting_date, .. } = minutes;
            return Some(of_another_meeting(resolution_no, meeting_date, "resolution_no"));
        }
        let zh = "有项目刚刚列入了另一次会议的议程,请刷新后重试";
        let en = "a project has just been put on another meeting's agenda: read again";
        (constraint == ONE_OPEN).then(|| Common::rule(Explanation::new("ON_AGENDA", zh, en).at("project_ids")))
    }
}
