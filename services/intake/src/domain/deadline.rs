//! The due date of a correction (补正时限, X1). Once it is over, that is shown to the village and to who returned it, and the
//! correction may still come; when the days of `CORRECTION_LAPSE` are over too, the application ends as rejected (逾期失效).
//!
//! The clock runs only while the application is returned: it stands while it is suspended, and while an objection is open. A
//! vote or a notice that the correction asks for comes after it was handed in, when nothing is due from the village.

use std::sync::Arc;

use kernel::{Due, Pack, RuleCode, calendar::civil_date, refusal::Common};
use time::{Duration, OffsetDateTime};

use super::{Event, File, Stage, decision::RejectReason, stage::Rejection};

/// What the passing of time has brought. Called by the room's own worker.
///
/// # Errors
/// When the pack has no rules or holidays for the year.
pub fn enforce(file: &File, pack: &Arc<Pack>, at: OffsetDateTime) -> Result<Vec<Event>, Common> {
    let due = file.next_correction_deadline().filter(|due| *due <= at);
    let (Some(due), Some(last)) = (due, file.returns.last()) else { return Ok(Vec::new()) };
    if last.lapses_at.is_some() {
        return Ok(vec![Event::ApplicationLapsed {}]);
    }
    // The days count from the last one on which it was due. Whoever was never told has them all from now on.
    let rules = pack.rules_of(file.content.fiscal_year)?;
    let lapses_at = rules.due(RuleCode::CorrectionLapse, due - Duration::SECOND, &pack.calendar)?;
    let lapses_at =
        if lapses_at.at > at { lapses_at } else { rules.due(RuleCode::CorrectionLapse, at, &pack.calendar)? };
    Ok(vec![Event::CorrectionOverdue { lapses_at }])
}

impl File {
    /// When time next changes something about the correction that is awaited; none while the clock stands.
    #[must_use]
    pub fn next_correction_deadline(&self) -> Option<OffsetDateTime> {
        let runs =
            self.stage == Stage::Returned && self.suspension.is_none() && self.open_objections().next().is_none();
        let last = self.returns.last().filter(|_| runs)?;
        Some(last.next().at)
    }

    /// Whether the village should have corrected it by now.
    #[must_use]
    pub fn is_correction_overdue(&self) -> bool {
        self.stage == Stage::Returned && self.returns.last().is_some_and(|last| last.lapses_at.is_some())
    }

    pub(super) fn overdue(&mut self, lapses_at: Due) {
        if let Some(last) = self.returns.last_mut() {
            last.lapses_at = Some(lapses_at);
        }
    }

    pub(super) fn lapse(&mut self) {
        let Some(last) = self.returns.last() else { return };
        let opinion = "退回补正逾期未报,申报失效".to_owned();
        self.stage = Stage::Rejected(Rejection { desk: last.desk, reason: Some(RejectReason::Lapsed), opinion });
    }

    /// An objection is still open as it goes back: its answer is awaited first.
    pub(super) fn stop_correction(&mut self) {
        let answered = self.objections.iter().filter_map(|known| known.reply.as_ref()).map(|reply| reply.signature.at);
        let (now, open) = (answered.max(), self.open_objections().next().is_some());
        if let Some(last) = self.returns.last_mut().filter(|_| open) {
            last.stopped_at = now;
        }
    }

    /// The last open objection is answered: what was due is due later by the days that it took.
    pub(super) fn go_on_correcting(&mut self, now: OffsetDateTime) {
        if self.stage != Stage::Returned || self.open_objections().next().is_some() {
            return;
        }
        let Some(last) = self.returns.last_mut() else { return };
        if let Some(stopped) = last.stopped_at.take() {
            last.defer((civil_date(now) - civil_date(stopped)).whole_days().max(0));
        }
    }
}

#[cfg(test)]
mod tests {
    use kernel::{Decider as _, Role, testing::given};

    use super::*;
    use crate::domain::{
        Application, Command, NoticeLevel,
        correction::CorrectionAnswer,
        fixtures::{
            VILLAGE, and, at, bureau, clerk, complaint, day, head, holder, pack, post_notice, returned_by_township,
            secretary, township_approved,
        },
        objection::Answering,
    };

    fn enforce(now: i64) -> Command {
        Command::EnforceCorrection { pack: pack(), at: day(now) }
    }

    fn file(history: &[Event]) -> File {
        let Application::Opened(file) = Application::fold(history) else { panic!("it is open") };
        *file
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
        let due = day_of(file(&returned).returns[0].due.at);
        given::<Application>(returned.clone()).when(enforce(due - 1)).then([]);
        let late = and(returned, enforce(due));
        assert!(file(&late).is_correction_overdue() && file(&late).stage == Stage::Returned);
        given::<Application>(late.clone()).when(enforce(due)).then([]);
        let lapses = day_of(file(&late).returns[0].lapses_at.expect("it is overdue").at);
        assert!(lapses >= due + 42, "thirty working days are six weeks at least: {due} {lapses}");
        given::<Application>(late.clone()).when(resubmit(lapses - 1)).then_accepted();
        given::<Application>(late.clone()).when(enforce(lapses - 1)).then([]);
        let ended = and(late, enforce(lapses));
        let Stage::Rejected(rejection) = file(&ended).stage else { panic!("it has ended") };
        assert_eq!(rejection.reason.map(RejectReason::code), Some("LAPSED"));
        given::<Application>(ended.clone()).when(resubmit(lapses)).then_refused("WRONG_STATE");
        given::<Application>(ended).when(enforce(lapses + 1)).then([]);
    }

    #[test]
    fn who_was_never_told_has_all_the_days() {
        let late = and(returned_by_township(1), enforce(200));
        assert!(file(&late).returns[0].lapses_at.expect("overdue").at > day(200 + 40));
    }

    #[test]
    fn a_suspension_stops_the_clock_and_so_does_an_open_objection() {
        let returned = returned_by_township(1);
        let due = day_of(file(&returned).returns[0].due.at);
        let late = and(returned, enforce(due));
        let lapses = file(&late).returns[0].lapses_at.expect("overdue");
        let suspend = Command::SuspendApplication { reason: "立案核查".into(), by: at(due + 1, &bureau()) };
        let stopped = and(late, suspend);
        given::<Application>(stopped.clone()).when(enforce(300)).then([]);
        let going = and(stopped, Command::ResumeApplication { by: at(due + 8, &bureau()) });
        assert_eq!(file(&going).returns[0].lapses_at, Some(lapses.later(7)));

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
        let due = file(&back).returns[0].due;
        given::<Application>(back.clone()).when(enforce(300)).then([]);
        assert_eq!(file(&back).next_correction_deadline(), None, "the second objection is open");
        let free = and(back, answer("2", false, 25));
        assert_eq!(file(&free).next_correction_deadline(), Some(due.later(4).at));
        let supervisor = holder(Role::VillageSupervision, VILLAGE, 0);
        assert_ne!(supervisor.person, head().person);
    }
}
