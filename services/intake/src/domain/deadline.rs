//! The due date of a correction (补正时限, X1). Once it is over, that is shown to the village and to who returned it, and the
//! correction may still come; when the days of `CORRECTION_LAPSE` are over too, the application ends as rejected (逾期失效).
//!
//! The clock runs only while the application is returned: it stands while it is suspended, and while an objection is open. A
//! vote or a notice that the correction asks for comes after it was handed in, when nothing is due from the village.

use std::sync::Arc;

use kernel::{Pack, RuleCode, refusal::Common};
use time::{Duration, OffsetDateTime};

use super::{Event, Stage, State};

/// What the passing of time has brought. Called by the room's own worker.
///
/// # Errors
/// When the pack has no rules or holidays for the year.
pub fn enforce(state: &State, pack: &Arc<Pack>, at: OffsetDateTime) -> Result<Vec<Event>, Common> {
    let due = next_deadline(state).filter(|due| *due <= at);
    let (Some(due), Some(last)) = (due, state.returns.last()) else { return Ok(Vec::new()) };
    if last.lapses_at.is_some() {
        return Ok(vec![Event::ApplicationLapsed {}]);
    }
    // The days count from the last one on which it was due. Whoever was never told has them all from now on.
    let rules = pack.rules_of(state.content.fiscal_year)?;
    let lapses_at = rules.due(RuleCode::CorrectionLapse, due - Duration::SECOND, &pack.calendar)?;
    let lapses_at =
        if lapses_at.at > at { lapses_at } else { rules.due(RuleCode::CorrectionLapse, at, &pack.calendar)? };
    Ok(vec![Event::CorrectionOverdue { lapses_at }])
}

/// When time next changes something about the correction that is awaited; none while the clock stands.
#[must_use]
pub fn next_deadline(state: &State) -> Option<OffsetDateTime> {
    let runs = state.stage == Stage::Returned && state.suspension.is_none() && state.open_objections().next().is_none();
    let last = state.returns.last().filter(|_| runs)?;
    Some(last.next().at)
}

/// Whether the village should have corrected it by now.
#[must_use]
pub fn is_overdue(state: &State) -> bool {
    state.stage == Stage::Returned && state.returns.last().is_some_and(|last| last.lapses_at.is_some())
}

#[cfg(test)]
mod tests {
    use kernel::{Decider as _, Role, calendar::civil_date, testing::given};

    use super::*;
    use crate::domain::{
        Application, Command, NoticeLevel,
        fixtures::{
            VILLAGE, and, at, bureau, clerk, complaint, day, head, holder, pack, post_notice, returned_by_township,
            secretary, township_approved,
        },
        record::{correction::CorrectionAnswer, decision::RejectReason, objection::Answering},
    };

    fn enforce(now: i64) -> Command {
        Command::EnforceCorrection { pack: pack(), at: day(now) }
    }

    fn state(history: &[Event]) -> State {
        let Application::Opened(state) = Application::fold(history) else { panic!("it is open") };
        *state
    }

    fn resubmit(now: i64) -> Command {
        let answers = vec![CorrectionAnswer { item: "1".into(), text: "已补充".into() }];
        Command::ResubmitApplication { answers, by: at(now, &secretary()) }
    }

    /// Days after the fixtures' first from which something is due.
    fn day_of(moment: OffsetDateTime) -> i64 {
        (civil_date(moment) - civil_date(day(0))).whole_days()
    }

    #[test]
    fn overdue_is_shown_and_thirty_working_days_later_it_ends() {
        let returned = returned_by_township(1);
        let due = day_of(state(&returned).returns[0].due.at);
        given::<Application>(returned.clone()).when(enforce(due - 1)).then([]);
        let late = and(returned, enforce(due));
        assert!(is_overdue(&state(&late)) && state(&late).stage == Stage::Returned);
        given::<Application>(late.clone()).when(enforce(due)).then([]);
        let lapses = day_of(state(&late).returns[0].lapses_at.expect("it is overdue").at);
        assert!(lapses >= due + 42, "thirty working days are six weeks at least: {due} {lapses}");
        given::<Application>(late.clone()).when(resubmit(lapses - 1)).then_accepted();
        given::<Application>(late.clone()).when(enforce(lapses - 1)).then([]);
        let ended = and(late, enforce(lapses));
        let Stage::Rejected(rejection) = state(&ended).stage else { panic!("it has ended") };
        assert_eq!(rejection.reason.map(RejectReason::code), Some("LAPSED"));
        given::<Application>(ended.clone()).when(resubmit(lapses)).then_refused("WRONG_STATE");
        given::<Application>(ended).when(enforce(lapses + 1)).then([]);
    }

    #[test]
    fn who_was_never_told_has_all_the_days() {
        let late = and(returned_by_township(1), enforce(200));
        assert!(state(&late).returns[0].lapses_at.expect("overdue").at > day(200 + 40));
    }

    #[test]
    fn a_suspension_stops_the_clock_and_so_does_an_open_objection() {
        let returned = returned_by_township(1);
        let due = day_of(state(&returned).returns[0].due.at);
        let late = and(returned, enforce(due));
        let lapses = state(&late).returns[0].lapses_at.expect("overdue");
        let suspend = Command::SuspendApplication { reason: "立案核查".into(), by: at(due + 1, &bureau()) };
        let stopped = and(late, suspend);
        given::<Application>(stopped.clone()).when(enforce(300)).then([]);
        let going = and(stopped, Command::ResumeApplication { by: at(due + 8, &bureau()) });
        assert_eq!(state(&going).returns[0].lapses_at, Some(lapses.later(7)));

        let object = |now| Command::RaiseObjection { complaint: complaint("名单不实"), by: at(now, &clerk()) };
        let answer = |id: &str, upheld, now| Command::AnswerObjection {
            id: id.into(),
            said: Answering {
                upheld,
                summary: "反映受益名单".into(),
                text: "经核查,受益户名单与会议记录不一致".into(),
            },
            by: at(now, &head()),
        };
        let posted = and(township_approved(), post_notice(NoticeLevel::Township, at(19, &clerk())));
        let two = and(and(posted, object(20)), object(20));
        let back = and(two, answer("1", true, 21));
        let due = state(&back).returns[0].due;
        given::<Application>(back.clone()).when(enforce(300)).then([]);
        assert_eq!(next_deadline(&state(&back)), None, "the second objection is open");
        let free = and(back, answer("2", false, 25));
        assert_eq!(next_deadline(&state(&free)), Some(due.later(4).at));
        let supervisor = holder(Role::VillageSupervision, VILLAGE, 0);
        assert_ne!(supervisor.person, head().person);
    }
}
