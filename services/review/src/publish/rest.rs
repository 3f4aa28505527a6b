//! What a suspension and its end say of an open task: it rests and goes on; and that it is due at another time. Pure.

use kernel::TaskId;
use proto::inbox::v1::{TaskResumed, TaskSuspended};
use runtime::Outgoing;
use translation::task;

use crate::domain::{Opinion, State};

/// A task rests.
pub fn suspended(opinion: &Opinion, reason: &str) -> TaskSuspended {
    task::suspended(opinion.asked.task, opinion.suspended, reason)
}

/// It goes on.
pub fn resumed(opinion: &Opinion) -> TaskResumed {
    task::resumed(opinion.asked.task, opinion.suspended, opinion.asked.due)
}

/// It is due at another time.
pub fn rescheduled(state: &State, task: TaskId) -> Vec<Outgoing> {
    let told = |opinion: &Opinion| {
        let rests = (opinion.suspended, state.suspensions.standing().is_some());
        Outgoing::of(&task::rescheduled(task, opinion.asked.due, rests, opinion.recounts))
    };
    state.opinions.iter().filter(|opinion| opinion.asked.task == task).map(told).collect()
}

#[cfg(test)]
mod tests {
    use kernel::Decider as _;
    use prost::Message as _;
    use proto::inbox::v1::TaskRescheduled;
    use runtime::{Change, testing::unpublished};

    use crate::{
        domain::{
            Case, Command,
            story::{NOW, PROJECT, Story, forwarded, pack, resume, suspend},
        },
        publish::publish,
    };

    /// What a recount says after that story.
    fn said(story: &Story) -> Vec<TaskRescheduled> {
        let before = Case::fold(&story.events);
        let events = before.decide(Command::RecountDues { pack: pack() }).expect("accepted");
        let state = events.iter().fold(before.clone(), Case::evolve);
        let change = Change { stream: PROJECT.0, version: 1, before: &before, state: &state, events: &events, at: NOW };
        let told = publish(&change);
        told.iter().map(|told| TaskRescheduled::decode(told.payload.as_slice()).expect("its own words")).collect()
    }

    #[test]
    fn c31_each_open_task_is_told_its_due_time_with_the_numbers_that_order_it() {
        let mut forwarded = forwarded(1);
        forwarded.pack = unpublished(&pack());
        let asked = Story::default().with(Command::OpenCase(forwarded));
        let stopped = asked.clone().with(suspend(1));
        let going = stopped.clone().with(resume(1, 7));
        for (story, suspensions_ended) in [(asked, 0), (stopped, 0), (going, 1)] {
            let counted = story.clone().with(Command::RecountDues { pack: pack() });
            let state = counted.state();
            let expected = state.awaited().map(|opinion| TaskRescheduled {
                task_id: opinion.asked.task.to_string(),
                due_time: Some(translation::time::timestamp(opinion.asked.due.at)),
                due_provisional: false,
                suspensions_ended,
                number: 1,
            });
            assert_eq!(said(&story), expected.collect::<Vec<_>>());
        }
    }
}
