//! The machine: one project's application from the village's first draft to the county's pool (S0 to S9, X1, X2).
//!
//! Here stand what may be asked and what has happened. What each command needs stands in the file of its rule; what an
//! opened application remembers, and how facts change it, in [`super::state`].

mod command;

use kernel::{Decider, refusal::Common};

pub use self::command::Command;
use super::{
    Event, Stage, State, clerk_return, correction, county, deadline, deliberation, draft, notice_period, objection,
    pool, pool_life, readers, recount, site_check, suspension, township_review, village_vote, withdrawal,
};

/// An application; nothing before its first draft.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Application {
    /// Nobody has drafted anything.
    #[default]
    Unopened,
    /// Somewhere between draft and pool.
    Opened(Box<State>),
}

impl Application {
    /// Where it stands; none before its first draft.
    #[must_use]
    pub fn stage(&self) -> Option<&Stage> {
        match self {
            Self::Unopened => None,
            Self::Opened(state) => Some(&state.stage),
        }
    }
}

impl Decider for Application {
    type Command = Command;
    type Event = Event;
    type Refusal = Common;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Common> {
        match (self, command) {
            (Self::Unopened, Command::CreateApplication { project, content, by }) => draft::open(project, content, &by),
            (
                Self::Unopened,
                Command::ReturnFromCounty(_)
                | Command::ConcludeAtCounty(_)
                | Command::HearExperts(_)
                | Command::HearWithdrawal { .. },
            ) => Err(county::too_early()),
            (
                Self::Unopened,
                Command::UpdateApplication { .. }
                | Command::ProposeApplication { .. }
                | Command::RecordVote { .. }
                | Command::PostNotice { .. }
                | Command::CloseNotice { .. }
                | Command::SubmitApplication { .. }
                | Command::RecordSiteCheck { .. }
                | Command::ConfirmSiteCheck { .. }
                | Command::CompleteTask { .. }
                | Command::ResubmitApplication { .. }
                | Command::EnterPool { .. }
                | Command::RecordDeliberation { .. }
                | Command::RaiseObjection { .. }
                | Command::AnswerObjection { .. }
                | Command::EscalateObjections { .. }
                | Command::FileObjection { .. }
                | Command::EnforceCorrection { .. }
                | Command::RecountDues { .. }
                | Command::ReturnApplication { .. }
                | Command::RecallApplication { .. }
                | Command::WithdrawApplication { .. }
                | Command::SuspendApplication { .. }
                | Command::ResumeApplication { .. }
                | Command::SetPoolPriority { .. }
                | Command::RollPoolProject { .. }
                | Command::LeavePool { .. }
                | Command::RecordLeft { .. }
                | Command::RecordRolled { .. }
                | Command::HearProgress { .. },
            ) => Err(Common::NotFound { what: "项目申报 application" }),
            (Self::Opened(state), command) => on_opened(state, command),
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match (self, event) {
            (Self::Unopened, Event::ApplicationCreated { project, content, signature }) => {
                Self::Opened(Box::new(State::opened(*project, content, signature)))
            }
            (Self::Opened(mut state), event) => {
                state.evolve(event);
                Self::Opened(state)
            }
            // A stream begins with its creation: nothing else can stand there.
            (
                Self::Unopened,
                Event::ApplicationUpdated { .. }
                | Event::ApplicationProposed { .. }
                | Event::VoteRecorded { .. }
                | Event::NoticePosted { .. }
                | Event::NoticeClosed { .. }
                | Event::ApplicationSubmitted { .. }
                | Event::SiteCheckRecorded { .. }
                | Event::SiteCheckConfirmed { .. }
                | Event::CompletenessChecked { .. }
                | Event::TownshipApproved { .. }
                | Event::TownshipReturned { .. }
                | Event::TownshipRejected { .. }
                | Event::ApplicationResubmitted { .. }
                | Event::TownshipAskedAgain { .. }
                | Event::ApplicationForwarded { .. }
                | Event::ExpertsSeated { .. }
                | Event::CountyReturned { .. }
                | Event::CountyApproved { .. }
                | Event::CountyRejected { .. }
                | Event::ProjectPooled { .. }
                | Event::DeliberationRecorded { .. }
                | Event::ObjectionRaised { .. }
                | Event::ObjectionEscalated { .. }
                | Event::ObjectionAnswered { .. }
                | Event::ReturnedOnObjection { .. }
                | Event::CorrectionOverdue { .. }
                | Event::ApplicationLapsed { .. }
                | Event::DueRecounted { .. }
                | Event::ApplicationRecalled { .. }
                | Event::ApplicationWithdrawn { .. }
                | Event::ApplicationSuspended { .. }
                | Event::ApplicationResumed { .. }
                | Event::PoolPrioritySet { .. }
                | Event::PoolProjectRolled { .. }
                | Event::ProjectUnpooled { .. }
                | Event::ProgressHeard { .. },
            ) => Self::Unopened,
        }
    }
}

/// A suspension answers last: who may not take the step at all hears that, and nothing of the suspension.
fn on_opened(state: &State, command: Command) -> Result<Vec<Event>, Common> {
    readers::admit(state, &command)?;
    let forbidden = suspension::permit(state, &command).err();
    match (decide(state, command), forbidden) {
        (Err(scope @ Common::Scope { .. }), _) => Err(scope),
        (_, Some(suspended)) => Err(suspended),
        (decided, None) => decided,
    }
}

fn decide(state: &State, command: Command) -> Result<Vec<Event>, Common> {
    match command {
        Command::RecordDeliberation { meeting, ballot, by } => deliberation::record(state, meeting, ballot, &by),
        Command::RaiseObjection { complaint, by } => objection::raise(state, complaint, &by),
        Command::FileObjection { complaint, pack, at } => objection::file_publicly(state, complaint, &pack, at),
        Command::AnswerObjection { id, said, by } => objection::answer(state, &id, said, &by),
        Command::EnforceCorrection { pack, at } => deadline::enforce(state, &pack, at),
        Command::RecountDues { pack } => recount::recount(state, &pack.calendar),
        Command::EscalateObjections { pack, at } => objection::escalate(state, &pack, at),
        Command::ReturnApplication { opinion, corrections, by } => {
            clerk_return::return_by_clerk(state, opinion, corrections, &by)
        }
        Command::RecallApplication { by } => withdrawal::recall(state, &by),
        Command::WithdrawApplication { reason, agreed, by } => withdrawal::withdraw(state, reason, agreed, &by),
        Command::HearWithdrawal { reason, signature } => withdrawal::hear(state, reason, signature),
        Command::SuspendApplication { reason, by } => suspension::suspend(state, reason, &by),
        Command::ResumeApplication { by } => suspension::resume(state, &by),
        Command::SetPoolPriority { priority, by } => pool_life::prioritise(state, priority, &by),
        Command::RollPoolProject { year, by } => pool_life::roll(state, year, &by),
        Command::LeavePool { reason, text, by } => pool_life::leave(state, reason, text, &by),
        Command::RecordLeft { reason, text, signature } => pool_life::record_left(state, reason, text, signature),
        Command::RecordRolled { year, signature } => pool_life::record_rolled(state, year, signature),
        Command::HearProgress { progress } => pool_life::hear(state, progress),
        Command::HearExperts(seated) => Ok(readers::hear(state, seated)),
        Command::CreateApplication { content, by, .. } => draft::open_again(state, &content, &by),
        Command::UpdateApplication { content, by } => draft::update(state, content, &by),
        Command::ProposeApplication { by } => draft::propose(state, &by),
        Command::RecordVote { ballot, by } => village_vote::record(state, ballot, &by),
        Command::PostNotice { notice, by } => notice_period::post(state, notice, &by),
        Command::CloseNotice { level, photo, by } => notice_period::close(state, level, photo, &by),
        Command::SubmitApplication { by } => township_review::submit(state, &by),
        Command::RecordSiteCheck { site_check, by } => site_check::record(state, site_check, &by),
        Command::ConfirmSiteCheck { by } => site_check::confirm(state, &by),
        Command::CompleteTask { task, decision, by } => township_review::complete(state, task, decision, &by),
        Command::ResubmitApplication { answers, by } => correction::resubmit(state, answers, &by),
        Command::EnterPool { likeness, by } => pool::enter(state, likeness, &by),
        Command::ReturnFromCounty(heard) => county::return_from_county(state, heard),
        Command::ConcludeAtCounty(heard) => county::conclude(state, heard),
    }
}

#[cfg(test)]
mod tests;
