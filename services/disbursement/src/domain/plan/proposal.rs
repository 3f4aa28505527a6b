//! A plan's proposal (提出年度计划): of eligible projects, by somebody who judged none of them.

use kernel::{Actor, Division, Duty, ProjectId, Role, duty::Exclusions};

use super::{command::PooledProjects, eligibility, event::Event};
use crate::domain::{
    Refusal,
    record::{Proposal, Signature},
};

/// C-RRB proposes these projects for that year.
pub(super) fn propose(
    county: Division,
    fiscal_year: i32,
    title: String,
    projects: Vec<ProjectId>,
    pooled: &PooledProjects,
    actor: &Actor,
    exclusions: &Exclusions,
) -> Result<Vec<Event>, Refusal> {
    actor.require_over(Role::RevitalizationBureau, county)?;
    eligibility::check(&projects, fiscal_year, None, pooled)?;
    eligibility::permit(actor, Duty::CountyOffice, exclusions, pooled)?;
    let proposal = Proposal { county, fiscal_year, title, projects, by: Signature::of(actor) };
    Ok(vec![Event::PlanProposed { proposal }])
}
