//! The machine of an annual implementation plan (年度实施计划, S10): `PROPOSED → APPROVED → NOTICE → EFFECTIVE`; what is only
//! proposed may be taken back, `WITHDRAWN`.
//!
//! What it asks of its projects ([`eligibility`]) is asked at its [`proposal`] and again at its [`approval`]. Approved, its
//! projects may be funded ([`coverage`]); once its public [`notice`] was closed in time, money may flow. The proposer does
//! not approve.

pub mod approval;
pub mod command;
pub mod coverage;
pub mod eligibility;
pub mod event;
pub mod notice;
pub mod proposal;
pub mod state;

use kernel::{Decider, refusal::Common};

use self::{approval::approve, proposal::propose};
pub use self::{
    command::{Command, Step},
    event::Event,
    state::Plan,
};
use super::{Refusal, record::Signature};

impl Decider for Plan {
    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Refusal> {
        let Command { step, actor, exclusions, rules, at } = command;
        let by = Signature::of(&actor);
        if let Some(known) = self.proposal() {
            actor.require_over(step.role(), known.county)?;
        }
        match (self, step) {
            (Self::Unproposed, Step::ProposePlan { county, title, projects, pooled }) => {
                propose(county, rules.year(), title, projects, &pooled, &actor, &exclusions)
            }
            (
                Self::Unproposed,
                Step::ApprovePlan { .. } | Step::WithdrawPlan | Step::PostPlanNotice { .. } | Step::ClosePlanNotice,
            ) => Err(Common::NotFound { what: "年度计划 plan" }.into()),
            (
                Self::Proposed(..) | Self::Approved(..) | Self::Notice(..) | Self::Effective(..) | Self::Withdrawn(_),
                Step::ProposePlan { .. },
            ) => Err(Common::Exists { what: "年度计划 plan" }.into()),
            (Self::Proposed(proposal), Step::ApprovePlan { resolution_no, plan, pooled }) => {
                approve(proposal, resolution_no, plan, &pooled, &actor, &exclusions).map_err(Refusal::from)
            }
            (
                Self::Approved(_, known) | Self::Notice(_, known, _) | Self::Effective(_, known, ..),
                Step::ApprovePlan { resolution_no, .. },
            ) => match known.approval.resolution_no == resolution_no {
                true => Ok(Vec::new()),
                false => Err(Common::AlreadyDecided.into()),
            },
            (Self::Proposed(_), Step::WithdrawPlan) => Ok(vec![Event::PlanWithdrawn { by, at }]),
            (Self::Approved(..), Step::PostPlanNotice { calendar }) => {
                Ok(vec![Event::PlanNoticePosted { notice: notice::posted(at, &calendar, &rules)?, by }])
            }
            (Self::Notice(_, _, notice), Step::ClosePlanNotice) => {
                notice::hung_long_enough(notice, at, &rules)?;
                Ok(vec![Event::PlanNoticeClosed { by, at }])
            }
            // It is so already.
            (Self::Withdrawn(_), Step::WithdrawPlan)
            | (Self::Notice(..) | Self::Effective(..), Step::PostPlanNotice { .. })
            | (Self::Effective(..), Step::ClosePlanNotice) => Ok(Vec::new()),
            (Self::Proposed(_), step @ (Step::PostPlanNotice { .. } | Step::ClosePlanNotice))
            | (Self::Approved(..), step @ (Step::WithdrawPlan | Step::ClosePlanNotice))
            | (Self::Notice(..) | Self::Effective(..), step @ Step::WithdrawPlan)
            | (
                Self::Withdrawn(_),
                step @ (Step::ApprovePlan { .. } | Step::PostPlanNotice { .. } | Step::ClosePlanNotice),
            ) => Err(Common::WrongState { state: self.code(), command: step.name() }.into()),
        }
    }

    fn evolve(self, event: &Event) -> Self {
        self.evolved(event)
    }
}

#[cfg(test)]
mod tests;
