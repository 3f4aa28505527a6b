//! The asking room counts a due time again (重新计期), once a year's calendar was loaded that it hung on (暂定): what comes out of
//! order never overtakes a later count or a later suspension.

use kernel::refusal::Common;

use super::{command::Recounted, event::Event, refusal::Refusal, state::State};

/// The asking room has counted it again; not what a later suspension has overtaken, or a later count.
///
/// # Errors
/// `TOO_EARLY` before the end of the suspension that it follows.
pub fn reschedule(state: &State, recounted: Recounted) -> Result<Vec<Event>, Refusal> {
    let Recounted { number, suspensions_ended, due_at, provisional } = recounted;
    if !state.awaits_a_decision() {
        return Ok(Vec::new());
    }
    if state.suspensions.ended() < suspensions_ended {
        return Err(Common::TooEarly { what: "项目恢复 end of the suspension" }.into());
    }
    let stale = state.suspensions.ended() > suspensions_ended || number <= state.recounts;
    Ok(if stale { Vec::new() } else { vec![Event::TaskRescheduled { number, due_at, provisional }] })
}

#[cfg(test)]
mod tests {
    use kernel::{
        Decider as _,
        testing::{Given, given},
    };
    use time::Duration;

    use super::*;
    use crate::domain::{
        Command, Task,
        fixtures::{raised, request},
    };

    fn recounted(number: u32, suspensions_ended: u32) -> Recounted {
        let due_at = request().due_at + Duration::days(number.into());
        Recounted { number, suspensions_ended, due_at, provisional: false }
    }

    fn suspended() -> Event {
        Event::TaskSuspended { reason: "立案核查".into() }
    }

    fn resumed() -> Event {
        Event::TaskResumed { due_at: request().due_at + Duration::days(70), provisional: false }
    }

    fn rescheduled(number: u32) -> Event {
        let Recounted { number, due_at, provisional, .. } = recounted(number, 0);
        Event::TaskRescheduled { number, due_at, provisional }
    }

    fn task(events: impl IntoIterator<Item = Event>) -> Given<Task> {
        given(std::iter::once(raised()).chain(events))
    }

    #[test]
    fn c31_what_was_counted_again_stands_in_whatever_order_it_comes() {
        let hear = |number, ended| Command::RescheduleTask(recounted(number, ended));
        given::<Task>([]).when(hear(1, 0)).then_refused("TOO_EARLY");
        task([]).when(hear(1, 0)).then([rescheduled(1)]);
        task([rescheduled(2)]).when(hear(1, 0)).then([]);
        task([rescheduled(2)]).when(hear(2, 0)).then([]);
        task([rescheduled(2)]).when(hear(3, 0)).then([rescheduled(3)]);
        // While it rests its due time may be counted again; what came before the end of a suspension stands no more after.
        task([suspended()]).when(hear(1, 0)).then([rescheduled(1)]);
        task([suspended()]).when(hear(1, 1)).then_refused("TOO_EARLY");
        task([suspended(), resumed()]).when(hear(1, 0)).then([]);
        task([suspended(), resumed()]).when(hear(1, 1)).then([rescheduled(1)]);
        task([Event::TaskObsoleted]).when(hear(1, 0)).then([]);
    }

    #[test]
    fn c31_the_latest_word_says_when_it_is_due_and_whether_that_is_sure() {
        let asked = Event::TaskRaised {
            request: Box::new(crate::domain::Request { due_provisional: true, ..request() }),
            at: crate::domain::fixtures::START,
        };
        let after = |events: &[Event]| {
            let Task::Raised(task) = Task::fold(&[std::slice::from_ref(&asked), events].concat()) else {
                panic!("it is raised")
            };
            (task.due_at(), task.due_provisional)
        };
        assert_eq!(after(&[]), (request().due_at, true));
        assert_eq!(after(&[rescheduled(1)]), (request().due_at + Duration::days(1), false));
        assert_eq!(after(&[suspended(), resumed()]), (request().due_at + Duration::days(70), false));
    }
}
