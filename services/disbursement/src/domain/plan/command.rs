//! What someone wants to happen to a plan. Time, person, rules and what is known of its projects come as data.

use std::{collections::BTreeMap, sync::Arc};

use kernel::{Actor, Calendar, Division, Duties, ProjectId, Role, YearRules, duty::Exclusions};
use time::OffsetDateTime;
use uuid::Uuid;

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
        pooled: PooledProjects,
    },
    /// C-LG approves.
    ApprovePlan {
        /// Number of the resolution.
        resolution_no: String,
        /// The plan's own id.
        plan: Uuid,
        /// Those of its projects that stand in the pool now.
        pooled: PooledProjects,
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

/// A project of the pool, as a plan needs to know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PooledProject {
    /// The plan year that it waits for.
    pub fiscal_year: i32,
    /// Whether it is suspended.
    pub suspended: bool,
    /// The living plan that it is in.
    pub plan: Option<Uuid>,
    /// Who has had which duty in it.
    pub duties: Duties,
}

/// What a plan must know of its projects: those of them that stand in the pool.
pub type PooledProjects = BTreeMap<ProjectId, PooledProject>;
