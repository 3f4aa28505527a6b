//! What is known of a plan, what each fact makes of it, and what several rules ask of it.

use kernel::{Duties, Duty};
use time::OffsetDateTime;

use super::event::Event;
use crate::domain::record::{Approval, Notice, Proposal, Signature};

/// A plan; nothing before it is proposed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Plan {
    /// Nothing was proposed yet.
    #[default]
    Unproposed,
    /// Waits for the leading group.
    Proposed(Proposal),
    /// Approved: its projects may be funded.
    Approved(Proposal, Approved),
    /// Its notice hangs.
    Notice(Proposal, Approved, Notice),
    /// Its notice was closed in time: money may flow.
    Effective(Proposal, Approved, Notice, #[doc = "When it was closed."] OffsetDateTime),
    /// Taken back before its approval: it holds no project any more.
    Withdrawn(Proposal),
}

/// The approval, with who recorded it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approved {
    /// The approval.
    pub approval: Approval,
    /// Who recorded it.
    pub by: Signature,
}

impl Plan {
    /// Stable name of the state, as in the contract.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unproposed => "UNPROPOSED",
            Self::Proposed(..) => "PROPOSED",
            Self::Approved(..) => "APPROVED",
            Self::Notice(..) => "NOTICE",
            Self::Effective(..) => "EFFECTIVE",
            Self::Withdrawn(_) => "WITHDRAWN",
        }
    }

    /// What was proposed.
    #[must_use]
    pub fn proposal(&self) -> Option<&Proposal> {
        match self {
            Self::Unproposed => None,
            Self::Proposed(proposal)
            | Self::Approved(proposal, _)
            | Self::Notice(proposal, ..)
            | Self::Effective(proposal, ..)
            | Self::Withdrawn(proposal) => Some(proposal),
        }
    }

    /// The approval, once there is one.
    #[must_use]
    pub fn approval(&self) -> Option<&Approval> {
        self.approved().map(|known| &known.approval)
    }

    fn approved(&self) -> Option<&Approved> {
        match self {
            Self::Unproposed | Self::Proposed(_) | Self::Withdrawn(_) => None,
            Self::Approved(_, known) | Self::Notice(_, known, _) | Self::Effective(_, known, ..) => Some(known),
        }
    }

    /// Who proposed and who approved it: each acted in every one of its projects.
    #[must_use]
    pub fn acts(&self) -> Duties {
        let mut duties = Duties::default();
        if let Some(proposal) = self.proposal() {
            proposal.by.record(&mut duties, Duty::CountyOffice);
        }
        if let Some(known) = self.approved() {
            known.by.record(&mut duties, Duty::Decider);
        }
        duties
    }

    /// The notice, once it was posted.
    #[must_use]
    pub fn notice(&self) -> Option<&Notice> {
        match self {
            Self::Unproposed | Self::Proposed(_) | Self::Approved(..) | Self::Withdrawn(_) => None,
            Self::Notice(.., notice) | Self::Effective(_, _, notice, _) => Some(notice),
        }
    }

    /// Whether whoever works in the county may read it: once its notice hangs.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.notice().is_some()
    }

    /// Whether its notice was closed in time, so that money may flow (gate G1).
    #[must_use]
    pub fn is_effective(&self) -> bool {
        matches!(self, Self::Effective(..))
    }

    /// The plan after one more fact.
    #[must_use]
    pub fn evolved(self, event: &Event) -> Self {
        match (self, event) {
            (Self::Unproposed, Event::PlanProposed { proposal }) => Self::Proposed(proposal.clone()),
            (Self::Proposed(proposal), Event::PlanApproved { approval, by }) => {
                Self::Approved(proposal, Approved { approval: approval.clone(), by: by.clone() })
            }
            (Self::Proposed(proposal), Event::PlanWithdrawn { .. }) => Self::Withdrawn(proposal),
            (Self::Approved(proposal, approval), Event::PlanNoticePosted { notice, .. }) => {
                Self::Notice(proposal, approval, *notice)
            }
            (Self::Notice(proposal, approval, notice), Event::PlanNoticeClosed { at, .. }) => {
                Self::Effective(proposal, approval, notice, *at)
            }
            // Facts come in this order and once each: nothing else can stand in a stream.
            (
                unchanged,
                Event::PlanProposed { .. }
                | Event::PlanApproved { .. }
                | Event::PlanWithdrawn { .. }
                | Event::PlanNoticePosted { .. }
                | Event::PlanNoticeClosed { .. },
            ) => unchanged,
        }
    }
}
