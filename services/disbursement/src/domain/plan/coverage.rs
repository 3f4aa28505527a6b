//! What a plan lets be funded: its own projects, of its own year, once it is approved.

use kernel::{ProjectId, refusal::Common};

use super::state::Plan;
use crate::domain::refusal::{fielded, refuse, refuse_figures};

/// Refuses to fund a project of this year that the plan does not contain, once approved.
///
/// # Errors
/// `WRONG_STATE` before the approval, `NOT_IN_PLAN` when the project is not in it, `PLAN_YEAR` when it is of another year.
pub fn covers(plan: &Plan, project: ProjectId, year: i32) -> Result<(), Common> {
    let Some(proposal) = plan.proposal().filter(|_| plan.approval().is_some()) else {
        return Err(Common::WrongState { state: plan.code(), command: "ApproveFunding" });
    };
    if !proposal.projects.contains(&project) {
        let zh = format!("项目未列入年度实施计划“{}”,不得安排资金,请先列入计划", proposal.title);
        let refusal = refuse("NOT_IN_PLAN", zh, format!("project {project} is not in plan {:?}", proposal.title));
        return Err(fielded(refusal, ["plan_id".to_owned()]));
    }
    if proposal.fiscal_year == year {
        return Ok(());
    }
    let planned = proposal.fiscal_year;
    let zh = format!("项目属 {year} 年度,计划“{}”属 {planned} 年度,不得据此安排资金", proposal.title);
    let en = format!("the project is of plan year {year}, plan {:?} of {planned}", proposal.title);
    Err(fielded(refuse_figures("PLAN_YEAR", year, planned, zh, en), ["plan_id".to_owned()]))
}
