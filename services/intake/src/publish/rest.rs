//! What a suspension and its end say: the township's task rests and goes on, and the other rooms stop and go on; and that the
//! task is due at another time. Pure.

use proto::{
    inbox::v1::TaskSuspended,
    intake::v1::{ProjectResumed, ProjectSuspended},
};
use runtime::Outgoing;
use translation::{act, field::number, task};

use crate::domain::{
    State,
    record::{recount::Awaited, township::Round},
};

/// A task rests.
pub fn rests(round: &Round, reason: &str) -> TaskSuspended {
    task::suspended(round.asked.task, round.suspended, reason)
}

/// The township's task rests, and other rooms stop, too.
pub fn suspended(state: &State, reason: &str) -> Vec<Outgoing> {
    let open = state.township.iter().filter(|round| round.is_open());
    let tasks = open.map(|round| Outgoing::of(&rests(round, reason)));
    let told = Outgoing::of(&ProjectSuspended {
        project_id: state.project.to_string(),
        number: number(state.suspensions),
        reason: reason.to_owned(),
        county_round: number(state.county_rounds),
        pooled: state.pool.is_some(),
        acts: act::to_messages(&state.duties),
    });
    tasks.chain([told]).collect()
}

/// The township's task is due at another time.
pub fn rescheduled(state: &State, of: &Awaited) -> Vec<Outgoing> {
    let Awaited::Township { task } = of else { return Vec::new() };
    let told = |round: &Round| {
        let rests = (round.suspended, state.suspension.is_some());
        Outgoing::of(&task::rescheduled(*task, round.asked.due, rests, round.recounts))
    };
    state.township.iter().filter(|round| round.asked.task == *task).map(told).collect()
}

/// The township's task goes on, if it was kept, and other rooms do.
pub fn resumed(state: &State, days: i64, known: impl Fn(&Round) -> bool) -> Vec<Outgoing> {
    let tasks = state
        .township
        .iter()
        .filter(|round| round.is_open() && known(round))
        .map(|round| Outgoing::of(&task::resumed(round.asked.task, round.suspended, round.asked.due)));
    let told = Outgoing::of(&ProjectResumed {
        project_id: state.project.to_string(),
        number: number(state.suspensions),
        days: i32::try_from(days).unwrap_or(i32::MAX),
        county_round: number(state.county_rounds),
        pooled: state.pool.is_some(),
        acts: act::to_messages(&state.duties),
    });
    tasks.chain([told]).collect()
}

#[cfg(test)]
mod tests {
    use kernel::Decider as _;
    use prost::Message as _;
    use proto::inbox::v1::TaskRescheduled;
    use runtime::{Change, testing::unpublished};

    use crate::{
        domain::{
            Application, Command, Event, Occasion,
            fixtures::{and, at, bureau, day, pack, project, secretary, village_closed},
        },
        publish::publish,
    };

    /// What the last event says.
    fn said(history: &[Event]) -> Vec<TaskRescheduled> {
        let (earlier, last) = history.split_at(history.len() - 1);
        let (before, state) = (Application::fold(earlier), Application::fold(history));
        let (stream, version, at) = (project().0, 1, day(99));
        let told = publish(&Change { stream, version, before: &before, state: &state, events: last, at });
        told.iter().map(|told| TaskRescheduled::decode(told.payload.as_slice()).expect("its own words")).collect()
    }

    #[test]
    fn c31_the_township_s_task_is_told_its_due_time_with_the_numbers_that_order_it() {
        let (before, after) = (unpublished(&pack()), pack());
        let by = Occasion { pack: before, ..at(16, &secretary()) };
        let asked = and(village_closed(), Command::SubmitApplication { by });
        let recount = || Command::RecountDues { pack: after.clone() };
        let suspend = Command::SuspendApplication { reason: "立案核查".into(), by: at(17, &bureau()) };
        let stopped = and(asked.clone(), suspend);
        let going = and(stopped.clone(), Command::ResumeApplication { by: at(24, &bureau()) });
        for (history, suspensions_ended) in [(asked, 0), (stopped, 0), (going, 1)] {
            let counted = and(history, recount());
            let Application::Opened(state) = Application::fold(&counted) else { panic!("it is open") };
            let round = state.township.last().expect("the township is asked");
            let expected = TaskRescheduled {
                task_id: round.asked.task.to_string(),
                due_time: Some(translation::time::timestamp(round.asked.due.at)),
                due_provisional: false,
                suspensions_ended,
                number: 1,
            };
            assert_eq!(said(&counted), [expected]);
        }
    }
}
