//! Suspension (暂停、冻结, X5): discipline inspection or the bureau stop an application where it stands; nothing but the
//! village's objections and what the county had already decided is heard until it is resumed to the same state.
//!
//! What was due is due later by the days that it was stopped; the township's task is taken away and asked again.

use kernel::{Role, calendar::civil_date, refusal::Common};
use time::{Duration, OffsetDateTime};

use super::{
    Command, Event, File, Occasion, Signature, Stage, authority::sign_without_duty, refusal::unpriced,
    township_review::Asked,
};

/// Who may stop an application, and let it go on.
pub const ROLES: &[Role] = &[Role::Discipline, Role::RevitalizationBureau];

/// A suspension that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspension {
    /// Why.
    pub reason: String,
    /// Who, since when.
    pub signature: Signature,
}

/// Stops the application.
///
/// # Errors
/// `SCOPE`, `REQUIRED` without a reason, or `WRONG_STATE` when it has ended.
pub fn suspend(file: &File, reason: String, by: &Occasion) -> Result<Vec<Event>, Common> {
    let signature = sign_without_duty(ROLES, file.content.village, by)?;
    super::refusal::require_text(&reason, "reason", "请填写理由")?;
    if let Some(known) = &file.suspension {
        let same = known.reason == reason && known.signature.person == signature.person;
        return if same { Ok(Vec::new()) } else { Err(Common::AlreadyDecided) };
    }
    if matches!(file.stage, Stage::Rejected(_) | Stage::Withdrawn { .. } | Stage::OutOfPool { .. }) {
        return Err(file.wrong_state("SuspendApplication"));
    }
    Ok(vec![Event::ApplicationSuspended { reason, signature }])
}

/// Lets it go on where it stood.
///
/// # Errors
/// `SCOPE`, or `WRONG_STATE` when it is not suspended.
pub fn resume(file: &File, by: &Occasion) -> Result<Vec<Event>, Common> {
    let signature = sign_without_duty(ROLES, file.content.village, by)?;
    let suspension = file.suspension.as_ref().ok_or_else(|| file.wrong_state("ResumeApplication"))?;
    let days = (civil_date(by.at) - civil_date(suspension.signature.at)).whole_days().max(0);
    let asked = file.township.last().filter(|round| round.given.is_none() && file.stage == Stage::TownshipReview);
    let asked = asked.map(|round| Asked {
        task: super::township_review::next_task(file),
        due: round.asked.due + Duration::days(days),
        ..round.asked.clone()
    });
    Ok(vec![Event::ApplicationResumed { days, asked, signature }])
}

/// Refuses what a suspension forbids.
///
/// # Errors
/// `SCOPE` for who may not even see it, else `SUSPENDED`.
pub fn permit(file: &File, command: &Command) -> Result<(), Common> {
    let Some(suspension) = &file.suspension else { return Ok(()) };
    let heard = matches!(
        command,
        Command::SuspendApplication { .. }
            | Command::ResumeApplication { .. }
            | Command::RaiseObjection { .. }
            | Command::EscalateObjections { .. }
            | Command::ReturnFromCounty(_)
            | Command::ConcludeAtCounty(_)
            | Command::HearProgress { .. }
    );
    if heard {
        return Ok(());
    }
    let zh = format!("项目已暂停({}),恢复前不得办理", suspension.reason);
    let en = format!("the project is suspended ({}): nothing may be done until it is resumed", suspension.reason);
    let since = civil_date(suspension.signature.at);
    let limit = "恢复后 once resumed";
    Err(Common::rule(unpriced("SUSPENDED", "X5", "本系统设计 [design]", zh, en).figures(since, limit)))
}

impl File {
    pub(super) fn suspend(&mut self, reason: &str, signature: &Signature) {
        self.suspension = Some(Suspension { reason: reason.to_owned(), signature: signature.clone() });
        self.retract_task();
    }

    pub(super) fn resume(&mut self, days: i64, asked: Option<&Asked>) {
        self.suspension = None;
        let later = |due: &mut OffsetDateTime| *due += Duration::days(days);
        self.objections.iter_mut().filter(|open| open.reply.is_none()).for_each(|open| later(&mut open.due));
        if let (Stage::Returned, Some(last)) = (&self.stage, self.returns.last_mut()) {
            later(&mut last.due);
        }
        if let Some(asked) = asked {
            let from_return = self.township.last().is_some_and(|round| round.from_return);
            self.ask(asked, from_return);
        }
    }
}

#[cfg(test)]
mod tests {
    use kernel::{Actor, Decider as _, testing::given};

    use super::*;
    use crate::domain::{
        Application,
        fixtures::{
            VILLAGE, and, approval, at, bureau, checked, clerk, drafted, head, holder, returned_by_township, secretary,
            task, township_rejected,
        },
    };

    fn suspend(who: &Actor, now: i64) -> Command {
        Command::SuspendApplication { reason: "群众举报,立案核查".into(), by: at(now, who) }
    }

    fn resume(who: &Actor, now: i64) -> Command {
        Command::ResumeApplication { by: at(now, who) }
    }

    #[test]
    fn it_stops_and_goes_on_in_the_same_state_with_its_dues_shifted() {
        let discipline = holder(Role::Discipline, VILLAGE, 0);
        for history in [drafted(), checked(), returned_by_township(2)] {
            let before = Application::fold(&history);
            given::<Application>(history.clone()).when(suspend(&secretary(), 30)).then_refused("SCOPE");
            let stopped = and(history, suspend(&discipline, 30));
            let propose = Command::ProposeApplication { by: at(31, &secretary()) };
            given::<Application>(stopped.clone()).when(propose).then_refused("SUSPENDED");
            given::<Application>(stopped.clone()).when(suspend(&discipline, 31)).then([]);
            given::<Application>(stopped.clone()).when(resume(&clerk(), 31)).then_refused("SCOPE");
            let going = Application::fold(&and(stopped, resume(&bureau(), 37)));
            let (Application::Opened(before), Application::Opened(going)) = (before, going) else { panic!("open") };
            assert_eq!(before.stage, going.stage);
            assert_eq!(
                going.returns.last().map(|last| last.due),
                before.returns.last().map(|last| last.due + Duration::days(7))
            );
        }
    }

    #[test]
    fn the_township_s_task_is_taken_away_and_asked_again() {
        let stopped = and(checked(), suspend(&bureau(), 30));
        let decide = |task| Command::CompleteTask { task, decision: approval(), by: at(38, &head()) };
        given::<Application>(stopped.clone()).when(decide(task(1))).then_refused("SUSPENDED");
        let going = and(stopped, resume(&bureau(), 37));
        let Application::Opened(file) = Application::fold(&going) else { panic!("open") };
        let again = file.township.last().expect("asked again").asked.clone();
        assert_eq!((again.round, again.due), (1, file.township[0].asked.due + Duration::days(7)));
        given::<Application>(going.clone()).when(decide(task(1))).then_refused("WRONG_STATE");
        given::<Application>(going).when(decide(again.task)).then_accepted();
    }

    #[test]
    fn what_has_ended_is_not_stopped_and_what_goes_on_not_resumed() {
        given::<Application>(township_rejected()).when(suspend(&bureau(), 30)).then_refused("WRONG_STATE");
        given::<Application>(drafted()).when(resume(&bureau(), 30)).then_refused("WRONG_STATE");
        let silent = Command::SuspendApplication { reason: " ".into(), by: at(3, &bureau()) };
        given::<Application>(drafted()).when(silent).then_refused("REQUIRED");
    }
}
