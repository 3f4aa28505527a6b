//! When a task is due (办理期限): as was asked; later, once its project was suspended and resumed; or as the asking room has
//! counted it again, once a year's calendar was loaded that it hung on (暂定).

use kernel::refusal::Common;
use time::OffsetDateTime;

use super::{Event, Raised, Refusal};

/// The asking room has counted it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recounted {
    /// How often it has been counted again, from 1.
    pub number: u32,
    /// How many suspensions of the task had ended by then.
    pub suspensions_ended: u32,
    /// When it is due now.
    pub due_at: OffsetDateTime,
    /// Whether that still hangs on a year that is not published.
    pub provisional: bool,
}

impl Raised {
    /// When it is due.
    #[must_use]
    pub fn due_at(&self) -> OffsetDateTime {
        self.postponed_to.unwrap_or(self.request.due_at)
    }

    /// Whether it waits past its due time.
    #[must_use]
    pub fn is_overdue(&self, at: OffsetDateTime) -> bool {
        self.is_open() && self.due_at() < at
    }

    /// The asking room has counted it again; not what a later suspension has overtaken, or a later count.
    pub(super) fn reschedule(&self, recounted: Recounted) -> Result<Vec<Event>, Refusal> {
        let Recounted { number, suspensions_ended, due_at, provisional } = recounted;
        if !self.awaits_a_decision() {
            return Ok(Vec::new());
        }
        if self.suspensions.ended() < suspensions_ended {
            return Err(Common::TooEarly { what: "项目恢复 end of the suspension" }.into());
        }
        let stale = self.suspensions.ended() > suspensions_ended || number <= self.recounts;
        Ok(if stale { Vec::new() } else { vec![Event::TaskRescheduled { number, due_at, provisional }] })
    }
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
