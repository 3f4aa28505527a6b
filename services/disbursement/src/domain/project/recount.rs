//! What was due on a provisional calendar (暂定) is counted again once the year's calendar is loaded (C31).

use kernel::{Calendar, calendar::recounted, refusal::Common};

use super::{event::Event, state::Money};
use crate::domain::Refusal;

/// Counts all that is awaited and provisional by what the calendar knows now. Called by the room's own worker.
pub(super) fn recount(money: &Money, calendar: &Calendar) -> Result<Vec<Event>, Refusal> {
    let again = recounted(money.provisional(), calendar).map_err(Common::from)?.into_iter();
    Ok(again.map(|(payment, due)| Event::DueRecounted { payment, due }).collect())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kernel::{Decider as _, Due, Pack, testing::given};
    use runtime::testing::{pack, unpublished};

    use super::*;
    use crate::domain::{
        Assignment, PaymentType, Project, TaskKind,
        project::{Command, story::*},
    };

    fn requested_by(pack: &Pack) -> Vec<Event> {
        let mut requested = requested(FIRST, request(PaymentType::Advance, 100, "F1"));
        if let Event::PaymentRequested { assignment: asked, .. } = &mut requested {
            let due = pack.calendar.due_after(AT, 3).expect("counted");
            *asked = Assignment { due, ..assignment(TaskKind::PaymentReview) };
        }
        [contracted(), vec![requested]].concat()
    }

    fn awaited(history: &[Event]) -> Option<Due> {
        let Project::Known(money) = Project::fold(history) else { panic!("it is known") };
        let awaited = money.payments.values().find_map(|payment| Some(payment.awaits()?.1.due));
        assert_eq!(money.first_provisional(), awaited.filter(Due::is_provisional).map(|due| due.at));
        awaited
    }

    fn and(history: &[Event], command: Command) -> Vec<Event> {
        let (events, _) = given::<Project>(history.to_vec()).when(command).then_accepted();
        [history, &events].concat()
    }

    #[test]
    fn c31_a_provisional_due_date_is_counted_once_more_as_if_the_year_had_been_known() {
        let (before, after) = (unpublished(&pack()), pack());
        let recount = |pack: &Arc<Pack>| Command::RecountDues { pack: pack.clone() };
        let (asked, known) = (requested_by(&before), requested_by(&after));
        assert!(awaited(&asked).is_some_and(|due| due.is_provisional()) && awaited(&asked) != awaited(&known));
        given::<Project>(asked.clone()).when(recount(&before)).then([]);
        let counted = and(&asked, recount(&after));
        assert_eq!(awaited(&counted), awaited(&known));
        given::<Project>(counted).when(recount(&after)).then([]);
        let rested = |history: &[Event]| and(&and(history, suspend(1)), resume(1));
        let stopped = and(&and(&and(&asked, suspend(1)), recount(&after)), resume(1));
        assert_eq!(awaited(&stopped), awaited(&rested(&known)));
        // The release is a task of its own, and what is decided is due no more.
        let reviewed = [asked, vec![reviewed(FIRST)]].concat();
        given::<Project>(reviewed).when(recount(&after)).then([]);
        given::<Project>([]).when(recount(&after)).then_refused("NOT_FOUND");
    }
}
