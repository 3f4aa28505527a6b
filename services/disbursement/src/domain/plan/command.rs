//! What someone wants to happen to a plan.

use std::sync::Arc;

use kernel::{Actor, Calendar, Division, ProjectId, Role, YearRules, duty::Exclusions};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::standing::Standings;

/// What someone wants to happen.
#[derive(Debug, Clone)]
pub struct Command {
    /// What.
    pub step: Step,
    /// Who.
    pub actor: Actor,
    /// Which duties exclude each other.
    pub exclusions: Arc<Exclusions>,
    /// Rules of the plan year.
    pub rules: Arc<YearRules>,
    /// Now.
    pub at: OffsetDateTime,
}

/// See [`Command`].
#[derive(Debug, Clone)]
pub enum Step {
    /// C-RRB proposes.
    ProposePlan {
        /// The county.
        county: Division,
        /// Title.
        title: String,
        /// Its projects.
        projects: Vec<ProjectId>,
        /// Those of them that stand in the pool.
        standings: Standings,
    },
    /// C-LG approves.
    ApprovePlan {
        /// Number of the resolution.
        resolution_no: String,
        /// The plan's own id.
        plan: Uuid,
        /// Those of its projects that stand in the pool now.
        standings: Standings,
    },
    /// C-RRB takes it back.
    WithdrawPlan,
    /// C-RRB posts the notice.
    PostPlanNotice {
        /// Which days are worked.
        calendar: Calendar,
    },
    /// C-RRB closes it.
    ClosePlanNotice,
}

impl Step {
    /// Whose step it is: nobody else hears how the plan stands.
    pub(super) fn role(&self) -> Role {
        match self {
            Self::ApprovePlan { .. } => Role::LeadingGroup,
            Self::ProposePlan { .. } | Self::WithdrawPlan | Self::PostPlanNotice { .. } | Self::ClosePlanNotice => {
                Role::RevitalizationBureau
            }
        }
    }

    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::ProposePlan { .. } => "ProposePlan",
            Self::ApprovePlan { .. } => "ApprovePlan",
            Self::WithdrawPlan => "WithdrawPlan",
            Self::PostPlanNotice { .. } => "PostPlanNotice",
            Self::ClosePlanNotice => "ClosePlanNotice",
        }
    }
}
