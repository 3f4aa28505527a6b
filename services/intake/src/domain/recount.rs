//! What was due on a provisional calendar (暂定) is counted again once the year's calendar is loaded (C31).
//!
//! What is done already, or has ended, keeps the date that it had.

use kernel::{Calendar, Due, calendar::recounted, refusal::Common};
use time::OffsetDateTime;

use super::{Event, Stage, State, record::recount::Awaited};

/// Counts all that is open and provisional by what the calendar knows now. Called by the room's own worker.
///
/// # Errors
/// When the calendar has lost the year that it was counted from.
pub fn recount(state: &State, calendar: &Calendar) -> Result<Vec<Event>, Common> {
    let again = recounted(provisional(state), calendar)?.into_iter();
    Ok(again.map(|(of, due)| Event::DueRecounted { of, due }).collect())
}

/// The first moment that is due and still hangs on a year that is not published.
#[must_use]
pub fn first_provisional(state: &State) -> Option<OffsetDateTime> {
    provisional(state).map(|(_, due)| due.at).min()
}

fn provisional(state: &State) -> impl Iterator<Item = (Awaited, Due)> {
    let over = state.stage.is_over();
    let township = state.township.iter().filter(|round| round.is_open());
    let township = township.map(|round| (Awaited::Township { task: round.asked.task }, round.asked.due));
    let returned = state.returns.last().filter(|_| state.stage == Stage::Returned);
    let correction = returned.map(|last| {
        let of = if last.lapses_at.is_some() { Awaited::Lapse } else { Awaited::Correction };
        (of, last.next())
    });
    let objections = state.open_objections().map(|open| (Awaited::Objection { id: open.id.clone() }, open.due));
    let open = township.chain(correction).chain(objections);
    open.filter(move |(_, due)| !over && due.is_provisional())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kernel::{Actor, Decider as _, Pack, TaskId, testing::given};
    use runtime::testing::unpublished;

    use super::*;
    use crate::domain::{
        Application, Command, NoticeLevel, Occasion, deadline,
        fixtures::{
            and, at, bureau, checked, clerk, close_notice, complaint, day, head, pack, returned_by_township, secretary,
            task, township_return, village_closed, village_posted,
        },
        objection,
    };

    fn state(history: &[Event]) -> State {
        let Application::Opened(state) = Application::fold(history) else { panic!("it is open") };
        *state
    }

    fn by(pack: &Arc<Pack>, day: i64, actor: &Actor) -> Occasion {
        Occasion { pack: pack.clone(), ..at(day, actor) }
    }

    fn recount(pack: &Arc<Pack>) -> Command {
        Command::RecountDues { pack: pack.clone() }
    }

    fn submitted(pack: &Arc<Pack>) -> Vec<Event> {
        and(village_closed(), Command::SubmitApplication { by: by(pack, 16, &secretary()) })
    }

    fn returned(pack: &Arc<Pack>) -> Vec<Event> {
        let by = by(pack, 18, &head());
        and(checked(), Command::CompleteTask { task: task(1), decision: township_return(1), by })
    }

    fn overdue(pack: &Arc<Pack>) -> Vec<Event> {
        // Its days begin before Spring Festival.
        let returned = and(returned_by_township(1), Command::EnforceCorrection { pack: pack.clone(), at: day(90) });
        assert!(deadline::is_overdue(&state(&returned)));
        returned
    }

    fn objected(pack: &Arc<Pack>) -> Vec<Event> {
        let (complaint, by) = (complaint("名单不实"), by(pack, 14, &clerk()));
        and(village_posted(), Command::RaiseObjection { complaint, by })
    }

    #[test]
    fn c31_each_provisional_due_date_is_counted_once_more_as_if_the_year_had_been_known() {
        let (before, after) = (unpublished(&pack()), pack());
        for history in [submitted, returned, overdue, objected] {
            let (provisional, known) = (history(&before), history(&after));
            assert_eq!(super::provisional(&state(&known)).next(), None);
            let [(of, due)] = &super::provisional(&state(&provisional)).collect::<Vec<_>>()[..] else {
                panic!("one is due")
            };
            assert_eq!(first_provisional(&state(&provisional)), Some(due.at), "{of:?}");
            given::<Application>(provisional.clone()).when(recount(&before)).then([]);
            let counted = and(provisional, recount(&after));
            let due = |state: &State| {
                let township = state.township.last().map(|round| round.asked.due);
                (township, deadline::next_deadline(state), objection::next_escalation(state))
            };
            assert_eq!(due(&state(&counted)), due(&state(&known)), "{of:?}");
            given::<Application>(counted).when(recount(&after)).then([]);
        }
    }

    #[test]
    fn what_is_awaited_is_stored_so_for_ever() {
        let task = TaskId(uuid::Uuid::from_u128(7));
        for (awaited, stored) in [
            (Awaited::Township { task }, r#"{"TOWNSHIP":{"task":"00000000-0000-0000-0000-000000000007"}}"#),
            (Awaited::Correction, r#""CORRECTION""#),
            (Awaited::Lapse, r#""LAPSE""#),
            (Awaited::Objection { id: "1".into() }, r#"{"OBJECTION":{"id":"1"}}"#),
        ] {
            assert_eq!(serde_json::to_string(&awaited).expect("JSON"), stored);
            assert_eq!(serde_json::from_str::<Awaited>(stored).expect("it is read"), awaited);
        }
    }

    #[test]
    fn c31_what_is_suspended_is_counted_again_too_and_what_has_ended_is_not() {
        let (before, after) = (unpublished(&pack()), pack());
        let suspend = Command::SuspendApplication { reason: "立案核查".into(), by: at(17, &bureau()) };
        let stopped = and(submitted(&before), suspend.clone());
        let going = and(and(stopped, recount(&after)), Command::ResumeApplication { by: at(24, &bureau()) });
        let known = and(and(submitted(&after), suspend), Command::ResumeApplication { by: at(24, &bureau()) });
        let due = |history: &[Event]| state(history).township.last().map(|round| round.asked.due);
        assert_eq!(due(&going), due(&known));
        let give_up =
            |day| Command::WithdrawApplication { reason: "不办了".into(), agreed: false, by: at(day, &secretary()) };
        for history in [and(submitted(&before), give_up(17)), and(objected(&before), give_up(15))] {
            assert_eq!(first_provisional(&state(&history)), None);
            given::<Application>(history).when(recount(&after)).then([]);
        }
        let by = at(15, &secretary());
        given::<Application>(objected(&before))
            .when(close_notice(NoticeLevel::Village, by))
            .then_refused("OBJECTION_OPEN");
    }
}
