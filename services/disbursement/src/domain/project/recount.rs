//! What was due on a provisional calendar (暂定) is counted again once the year's calendar is loaded (C31).

use kernel::{Calendar, Due, calendar::recounted, refusal::Common};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Event, File};
use crate::domain::Refusal;

impl File {
    /// Counts all that is awaited and provisional by what the calendar knows now. Called by the room's own worker.
    pub(super) fn recount(&self, calendar: &Calendar) -> Result<Vec<Event>, Refusal> {
        let again = recounted(self.provisional(), calendar).map_err(Common::from)?.into_iter();
        Ok(again.map(|(payment, due)| Event::DueRecounted { payment, due }).collect())
    }

    /// The first moment that is due and still hangs on a year that is not published.
    #[must_use]
    pub fn first_provisional(&self) -> Option<OffsetDateTime> {
        self.provisional().map(|(_, due)| due.at).min()
    }

    fn provisional(&self) -> impl Iterator<Item = (Uuid, Due)> {
        let awaited = self.payments.values().filter_map(|payment| Some((payment.id, payment.awaits()?.1.due)));
        awaited.filter(|(_, due)| due.is_provisional())
    }

    pub(super) fn recounted(&mut self, payment: Uuid, due: Due) {
        let Some(payment) = self.payments.get_mut(&payment) else { return };
        if let Some(desk) = payment.desk_mut() {
            desk.due = due;
            payment.recounts += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kernel::{Decider as _, Pack, testing::given};
    use runtime::testing::{pack, unpublished};

    use super::*;
    use crate::domain::{
        PaymentType, Project,
        payment::{Desk, TaskKind},
        project::{Command, story::*},
    };

    fn requested_by(pack: &Pack) -> Vec<Event> {
        let mut requested = requested(FIRST, request(PaymentType::Advance, 100, "F1"));
        if let Event::PaymentRequested { desk: asked, .. } = &mut requested {
            let due = pack.calendar.due_after(AT, 3).expect("counted");
            *asked = Desk { due, ..desk(TaskKind::PaymentReview) };
        }
        [contracted(), vec![requested]].concat()
    }

    fn awaited(history: &[Event]) -> Option<Due> {
        let Project::Known(file) = Project::fold(history) else { panic!("it is known") };
        let awaited = file.payments.values().find_map(|payment| Some(payment.awaits()?.1.due));
        assert_eq!(file.first_provisional(), awaited.filter(Due::is_provisional).map(|due| due.at));
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
