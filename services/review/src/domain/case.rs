//! The machine: one project's case at the county, over as many rounds as it takes (S5, S6, S7, X1, X2, X3, X5).
//!
//! `DEPARTMENTS → EXPERT_REVIEW → LEADING_GROUP → APPROVED`, the experts only where needed, with `OFFICE_DECISION`, `RETURNED`
//! (and again `DEPARTMENTS`) and `REJECTED` on the way. Here it is only said which rule answers which command.

use kernel::{Decider, Duties, refusal::Common};

use super::{
    command::Command, completion, event::Event, forwarding, guarantee, overdue, recount, refusal::Refusal,
    state::State, suspension, withdrawal,
};

/// A case; nothing before the application is forwarded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Case {
    /// Nothing was forwarded yet.
    #[default]
    Unopened,
    /// Somewhere between the first forwarding and the conclusion.
    Opened(Box<State>),
}

impl Case {
    /// Who has had which duty, as far as it is known here.
    #[must_use]
    pub fn duties(&self) -> Option<&Duties> {
        match self {
            Self::Unopened => None,
            Self::Opened(state) => Some(&state.duties),
        }
    }
}

impl Decider for Case {
    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Refusal> {
        match (self, command) {
            (Self::Unopened, Command::OpenCase(forwarded)) => forwarding::open(forwarded),
            (Self::Unopened, Command::ReopenCase(_)) => Err(Refusal::too_early("首轮送审 first round")),
            (Self::Unopened, Command::CompleteTask(_) | Command::EscalateOverdue(_) | Command::RecountDues { .. }) => {
                Err(Common::NotFound { what: "案卷 case" }.into())
            }
            (Self::Unopened, Command::WithdrawCase(_)) => Err(withdrawal::not_open()),
            (Self::Unopened, Command::HearWithdrawal(withdrawn)) => withdrawal::unopened(withdrawn.county_round),
            (Self::Unopened, Command::HearSuspension(suspended)) => withdrawal::unopened(suspended.county_round),
            (Self::Unopened, Command::EndGuarantee(_)) => Err(withdrawal::not_open()),
            // Every open case is at least in round 1.
            (Self::Opened(_), Command::OpenCase(_)) => Ok(Vec::new()),
            (Self::Opened(state), Command::ReopenCase(forwarded)) => forwarding::reopen(state, forwarded),
            (Self::Opened(state), Command::CompleteTask(complete)) => completion::complete(state, complete),
            (Self::Opened(state), Command::EscalateOverdue(escalate)) => overdue::escalate(state, &escalate),
            (Self::Opened(state), Command::RecountDues { pack }) => recount::recount(state, &pack.calendar),
            (Self::Opened(state), Command::WithdrawCase(withdrawal)) => withdrawal::withdraw(state, withdrawal),
            (Self::Opened(state), Command::HearWithdrawal(withdrawn)) => Ok(withdrawal::hear(state, withdrawn)),
            (Self::Opened(state), Command::HearSuspension(suspended)) => suspension::hear(state, suspended),
            (Self::Opened(state), Command::EndGuarantee(end)) => Ok(guarantee::end(state, end)),
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match (self, event) {
            (Self::Unopened, Event::CaseOpened { project, referral, acts, asked, suspensions }) => {
                Self::Opened(Box::new(State::opened(*project, referral, acts, asked, *suspensions)))
            }
            (Self::Opened(mut state), event) => {
                state.evolve(event);
                Self::Opened(state)
            }
            // A stream begins with its opening: nothing else can stand there.
            (
                Self::Unopened,
                Event::CaseReopened { .. }
                | Event::OpinionGiven { .. }
                | Event::OfficeAsked { .. }
                | Event::OfficeDecided { .. }
                | Event::LeadingGroupAsked { .. }
                | Event::LeadingGroupDecided { .. }
                | Event::CaseReturned { .. }
                | Event::DepartmentsAskedAgain { .. }
                | Event::CaseApproved { .. }
                | Event::CaseRejected
                | Event::OpinionOverdue { .. }
                | Event::SupervisionAsked { .. }
                | Event::SupervisionGiven { .. }
                | Event::DispensationAsked { .. }
                | Event::OpinionsDispensed { .. }
                | Event::GuaranteeEnded { .. }
                | Event::PanelCalled { .. }
                | Event::PanelConvened { .. }
                | Event::PanelAskedAgain { .. }
                | Event::ExpertJudged { .. }
                | Event::ExpertRecused { .. }
                | Event::ExpertsReleased { .. }
                | Event::SeatsFilled { .. }
                | Event::PanelReported { .. }
                | Event::CaseWithdrawn { .. }
                | Event::CaseSuspended { .. }
                | Event::CaseResumed { .. }
                | Event::DueRecounted { .. }
                | Event::ActsHeard { .. },
            ) => Self::Unopened,
        }
    }
}

#[cfg(test)]
mod golden;
#[cfg(test)]
mod kept_opinions;
#[cfg(test)]
mod tests;
