//! The leading group's approval of a plan (批准年度计划): by a resolution, by another person than the proposer (SOD-1), and as
//! long as its projects are still eligible.

use kernel::{Actor, Duties, Duty, duty::Exclusions, refusal::Common};
use uuid::Uuid;

use super::{command::PooledProjects, eligibility, event::Event};
use crate::domain::{
    record::{Approval, Proposal, Signature},
    refusal::{fielded, refuse, unfielded},
};

/// The approval of what is proposed. `own` is the plan itself, which holds its projects already.
pub(super) fn approve(
    proposal: &Proposal,
    resolution_no: String,
    own: Uuid,
    pooled: &PooledProjects,
    actor: &Actor,
    exclusions: &Exclusions,
) -> Result<Vec<Event>, Common> {
    eligibility::check(&proposal.projects, proposal.fiscal_year, Some(own), pooled).map_err(unfielded)?;
    eligibility::permit(actor, Duty::Decider, exclusions, pooled)?;
    let mut duties = Duties::default();
    proposal.by.record(&mut duties, Duty::CountyOffice);
    duties.permit(actor, Duty::Decider, exclusions)?;
    if resolution_no.trim().is_empty() {
        let zh = "批准年度计划须填写领导小组会议纪要文号";
        let refusal = refuse("NO_RESOLUTION", zh, "an approval needs the number of the leading group's resolution");
        return Err(fielded(refusal, ["resolution_no".to_owned()]));
    }
    Ok(vec![Event::PlanApproved { approval: Approval { resolution_no }, by: Signature::of(actor) }])
}
