//! A suspension (暂停、冻结, X5): discipline inspection or the bureau stop a project where it stands, in the pool, too. Nothing
//! but the village's objections and what the county had already decided is heard until it is resumed to the same state.
//!
//! What was due is due later by the days that it was stopped; the township's task rests. Other rooms are told, and do alike.

use kernel::{Role, calendar::civil_date, refusal::Common, suspension::forbidden};

use super::{
    Command, Event, Occasion, Signature, Stage, State,
    authority::sign_without_duty,
    record::{
        suspension::{Suspension, duty_of},
        township::{Asked, Round},
    },
    township_task,
};

/// Who may stop an application.
pub const ROLES: &[Role] = &[Role::Discipline, Role::RevitalizationBureau];

/// Who may let it go on: who stopped it, and discipline inspection whoever did.
#[must_use]
pub fn ended_by(suspension: &Suspension) -> &'static [Role] {
    match suspension.signature.post.role {
        Role::RevitalizationBureau => ROLES,
        _ => &[Role::Discipline],
    }
}

/// Stops the application.
///
/// # Errors
/// `SCOPE`, `SOD`, `REQUIRED` without a reason, or `WRONG_STATE` when it has ended.
pub fn suspend(state: &State, reason: String, by: &Occasion) -> Result<Vec<Event>, Common> {
    let signature = sign(ROLES, state, by)?;
    super::refusal::require_text(&reason, "reason", "请填写理由")?;
    if let Some(known) = &state.suspension {
        let same = known.reason == reason && known.signature.person == signature.person;
        return if same { Ok(Vec::new()) } else { Err(Common::AlreadyDecided) };
    }
    if state.stage.is_over() {
        return Err(state.wrong_state("SuspendApplication"));
    }
    Ok(vec![Event::ApplicationSuspended { reason, signature, kept: true }])
}

/// Lets it go on where it stood.
///
/// # Errors
/// `SCOPE`, also for the bureau where discipline inspection stopped it, `SOD`, or `WRONG_STATE` when it is not suspended.
pub fn resume(state: &State, by: &Occasion) -> Result<Vec<Event>, Common> {
    sign_without_duty(ROLES, state.content.village, by)?;
    let suspension = state.suspension.as_ref().ok_or_else(|| state.wrong_state("ResumeApplication"))?;
    let signature = sign(ended_by(suspension), state, by)?;
    let days = (civil_date(by.at) - civil_date(suspension.signature.at)).whole_days().max(0);
    // A task that was kept goes on; one that an earlier version took away is asked again.
    let taken = |round: &&Round| round.record.is_none() && round.retracted && state.stage == Stage::TownshipReview;
    let asked = state.township.last().filter(taken);
    let asked = asked.map(|round| Asked {
        task: township_task::next_task(state),
        due: round.asked.due.later(days),
        ..round.asked.clone()
    });
    Ok(vec![Event::ApplicationResumed { days, asked, signature }])
}

/// The signature of who stops a project or lets it go on: that is discipline's duty, or the county office's.
fn sign(roles: &[Role], state: &State, by: &Occasion) -> Result<Signature, Common> {
    let signature = sign_without_duty(roles, state.content.village, by)?;
    by.permit(&state.duties, duty_of(&signature))?;
    Ok(signature)
}

/// Refuses what a suspension forbids; the caller says so only to who might take the step otherwise.
///
/// # Errors
/// `SUSPENDED`.
pub fn permit(state: &State, command: &Command) -> Result<(), Common> {
    let Some(suspension) = &state.suspension else { return Ok(()) };
    let heard = matches!(
        command,
        Command::SuspendApplication { .. }
            | Command::ResumeApplication { .. }
            | Command::RaiseObjection { .. }
            | Command::FileObjection { .. }
            | Command::EscalateObjections { .. }
            | Command::EnforceCorrection { .. }
            | Command::RecountDues { .. }
            | Command::ReturnFromCounty(_)
            | Command::ConcludeAtCounty(_)
            | Command::RecordLeft { .. }
            | Command::RecordRolled { .. }
            | Command::HearExperts(_)
            | Command::HearWithdrawal { .. }
            | Command::HearProgress { .. }
    );
    if heard {
        return Ok(());
    }
    let since = civil_date(suspension.signature.at);
    Err(Common::rule(forbidden(&suspension.reason).figures(since, "恢复后 once resumed")))
}

#[cfg(test)]
mod tests {
    use kernel::{Actor, Decider as _, testing::given};

    use super::*;
    use crate::domain::{
        Application,
        fixtures::{
            VILLAGE, and, approval, at, bureau, checked, clerk, complaint, day, drafted, head, holder, pack, pooled,
            returned_by_township, secretary, task, township_rejected, village_posted,
        },
        objection,
        record::pool::LeaveReason,
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
            let stranger = Command::ProposeApplication { by: at(31, &head()) };
            given::<Application>(stopped.clone()).when(stranger).then_refused("SCOPE");
            given::<Application>(stopped.clone()).when(suspend(&discipline, 31)).then([]);
            given::<Application>(stopped.clone()).when(resume(&clerk(), 31)).then_refused("SCOPE");
            given::<Application>(stopped.clone()).when(resume(&bureau(), 36)).then_refused("SCOPE");
            let going = Application::fold(&and(stopped, resume(&discipline, 37)));
            let (Application::Opened(before), Application::Opened(going)) = (before, going) else { panic!("open") };
            assert_eq!(before.stage, going.stage);
            assert_eq!(going.returns.last().map(|last| last.due), before.returns.last().map(|last| last.due.later(7)));
        }
    }

    fn decide(task: kernel::TaskId) -> Command {
        Command::CompleteTask { task, decision: approval(), by: at(38, &head()) }
    }

    fn opened(history: &[Event]) -> Box<State> {
        let Application::Opened(state) = Application::fold(history) else { panic!("it is open") };
        state
    }

    #[test]
    fn the_township_s_task_rests_and_goes_on_due_later() {
        let stopped = and(checked(), suspend(&bureau(), 30));
        given::<Application>(stopped.clone()).when(decide(task(1))).then_refused("SUSPENDED");
        let [_, asked] = &opened(&stopped).township[..] else { panic!("the clerk was asked, then the head") };
        let due = asked.asked.due;
        let going = and(stopped, resume(&bureau(), 37));
        let [done, round] = &opened(&going).township[..] else { panic!("the same tasks") };
        assert_eq!((round.suspended, round.asked.due), (1, due.later(7)));
        assert_eq!(done.suspended, 0, "what is done does not rest");
        given::<Application>(going).when(decide(task(1))).then_accepted();
    }

    #[test]
    fn a_task_that_an_earlier_version_took_away_is_asked_again() {
        let Some(Event::ApplicationSuspended { reason, signature, .. }) = and(checked(), suspend(&bureau(), 30)).pop()
        else {
            panic!("it is suspended")
        };
        let taken = Event::ApplicationSuspended { reason, signature, kept: false };
        let stopped: Vec<Event> = checked().into_iter().chain([taken]).collect();
        let going = and(stopped, resume(&bureau(), 37));
        let state = opened(&going);
        let again = state.township.last().expect("asked again").asked.clone();
        assert_eq!((again.round, again.due), (1, state.township[0].asked.due.later(7)));
        given::<Application>(going.clone()).when(decide(task(1))).then_refused("WRONG_STATE");
        given::<Application>(going).when(decide(again.task)).then_accepted();
    }

    #[test]
    fn a_project_in_the_pool_is_stopped_and_goes_on_there() {
        let stopped = and(pooled(), suspend(&bureau(), 80));
        let leave =
            Command::LeavePool { reason: LeaveReason::Policy, text: "政策调整".into(), by: at(81, &bureau()) };
        given::<Application>(stopped.clone()).when(leave.clone()).then_refused("SUSPENDED");
        let going = and(stopped, resume(&bureau(), 87));
        assert_eq!(opened(&going).stage.code(), "IN_POOL");
        given::<Application>(going).when(leave).then_accepted();
    }

    #[test]
    fn an_objection_goes_up_only_when_its_days_without_the_suspension_are_over() {
        let supervisor = holder(Role::VillageSupervision, VILLAGE, 0);
        let object = Command::RaiseObjection { complaint: complaint("名单不实"), by: at(5, &supervisor) };
        let stopped = and(and(village_posted(), object), suspend(&bureau(), 6));
        let escalate = |now| Command::EscalateObjections { pack: pack(), at: day(now) };
        given::<Application>(stopped.clone()).when(escalate(20)).then([]);
        assert_eq!(objection::next_escalation(&opened(&stopped)), None);
        let going = and(stopped, resume(&bureau(), 20));
        given::<Application>(going.clone()).when(escalate(21)).then([]);
        given::<Application>(going).when(escalate(40)).then_accepted();
    }

    #[test]
    fn what_has_ended_is_not_stopped_and_what_goes_on_not_resumed() {
        given::<Application>(township_rejected()).when(suspend(&bureau(), 30)).then_refused("WRONG_STATE");
        given::<Application>(drafted()).when(resume(&bureau(), 30)).then_refused("WRONG_STATE");
        let silent = Command::SuspendApplication { reason: " ".into(), by: at(3, &bureau()) };
        given::<Application>(drafted()).when(silent).then_refused("REQUIRED");
    }
}
