//! What a plan asks of each of its projects (列入计划的条件), when it is proposed and again when it is approved: it stands in the
//! pool, waits for that very year, is in no other living plan and is not suspended.
//!
//! Between two plans, and between a plan and the project's leaving the pool, the store decides: here stands what is known.

use std::fmt;

use kernel::{Actor, Duty, ProjectId, duty::Exclusions, refusal::Common};
use uuid::Uuid;

use super::command::{PooledProject, PooledProjects};
use crate::domain::refusal::{fielded, refuse, refuse_figures};

/// Refuses a plan of this year with these projects. `own` is the plan itself, once there is one.
///
/// # Errors
/// `NOT_IN_POOL`, `SUSPENDED`, `PLAN_YEAR` or `IN_OTHER_PLAN`, naming every project at fault.
pub fn check(projects: &[ProjectId], year: i32, own: Option<Uuid>, pooled: &PooledProjects) -> Result<(), Common> {
    let those =
        |at_fault: &dyn Fn(Option<&PooledProject>) -> bool| AtFault::of(projects, |id| at_fault(pooled.get(id)));
    those(&|known| known.is_none())
        .refuse(|listed| not_in_pool(format!("以下项目未入库,不得列入年度计划:{listed}"), listed))?;
    those(&|known| known.is_some_and(|known| known.suspended)).refuse(|listed| {
        let zh = format!("以下项目已暂停,恢复前不得列入年度计划:{listed}");
        refuse("SUSPENDED", zh, format!("suspended, so not to be planned: {listed}"))
    })?;
    let of_other_year = those(&|known| known.is_some_and(|known| known.fiscal_year != year));
    let found = of_other_year.first().and_then(|id| pooled.get(id)).map_or(year, |known| known.fiscal_year);
    of_other_year.refuse(|listed| {
        let zh = format!("以下项目不属 {year} 年度(首个属 {found} 年度),不得列入该年度计划:{listed}");
        let en = format!("not of plan year {year} (the first is of {found}): {listed}");
        refuse_figures("PLAN_YEAR", found, year, zh, en)
    })?;
    those(&|known| known.is_some_and(|known| known.plan.is_some_and(|plan| Some(plan) != own))).refuse(in_other_plan)
}

/// Refuses who has a duty in one of the projects that excludes this one (SOD-1): a plan is an act in each of its projects.
///
/// # Errors
/// `SOD`.
pub fn permit(actor: &Actor, tried: Duty, exclusions: &Exclusions, pooled: &PooledProjects) -> Result<(), Common> {
    pooled.values().try_for_each(|known| known.duties.permit(actor, tried, exclusions))
}

/// The refusal of projects that stand in another living plan.
pub fn in_other_plan(listed: &dyn fmt::Display) -> Common {
    let zh = format!("以下项目已列入其他年度计划,不得重复列入:{listed}");
    refuse("IN_OTHER_PLAN", zh, format!("in another living plan already: {listed}"))
}

/// The refusal of projects that don't stand in the pool.
pub fn not_in_pool(zh: String, listed: &dyn fmt::Display) -> Common {
    refuse("NOT_IN_POOL", zh, format!("not in the pool: {listed}"))
}

/// Projects of a plan that break a rule, each with its place in the request.
struct AtFault(Vec<(usize, ProjectId)>);

impl AtFault {
    fn of(projects: &[ProjectId], at_fault: impl Fn(&ProjectId) -> bool) -> Self {
        Self(projects.iter().copied().enumerate().filter(|(_, project)| at_fault(project)).collect())
    }

    fn first(&self) -> Option<&ProjectId> {
        self.0.first().map(|(_, project)| project)
    }

    fn refuse(&self, refusal: impl FnOnce(&dyn fmt::Display) -> Common) -> Result<(), Common> {
        if self.0.is_empty() {
            return Ok(());
        }
        let listed = self.0.iter().map(|(_, project)| project.to_string()).collect::<Vec<_>>().join("、");
        let fields = self.0.iter().map(|(place, _)| format!("project_ids[{place}]"));
        Err(fielded(refusal(&listed), fields))
    }
}

#[cfg(test)]
mod tests {
    use kernel::{Duties, Refusal as _};

    use super::*;

    const PLAN: Uuid = Uuid::from_u128(0x22);

    fn project(number: u128) -> ProjectId {
        ProjectId(Uuid::from_u128(number))
    }

    fn said(second: Option<PooledProject>, own: Option<Uuid>) -> Option<(&'static str, Vec<String>)> {
        let sound = PooledProject { fiscal_year: 2022, suspended: false, plan: own, duties: Duties::default() };
        let known = [(project(1), Some(sound)), (project(2), second)];
        let known = known.into_iter().filter_map(|(project, known)| Some((project, known?))).collect();
        let refusal = check(&[project(1), project(2)], 2022, own, &known).err()?.explain();
        Some((refusal.code, refusal.fields.into_iter().map(|field| field.field).collect()))
    }

    #[test]
    fn c15_c28_the_second_project_is_at_fault() {
        let sound = PooledProject { fiscal_year: 2022, suspended: false, plan: None, duties: Duties::default() };
        let wrong = |code| Some((code, vec!["project_ids[1]".to_owned()]));
        assert_eq!(said(Some(sound.clone()), None), None);
        assert_eq!(said(None, None), wrong("NOT_IN_POOL"));
        assert_eq!(said(Some(PooledProject { suspended: true, ..sound.clone() }), None), wrong("SUSPENDED"));
        assert_eq!(said(Some(PooledProject { fiscal_year: 2023, ..sound.clone() }), None), wrong("PLAN_YEAR"));
        let planned = PooledProject { plan: Some(PLAN), ..sound };
        assert_eq!(said(Some(planned.clone()), None), wrong("IN_OTHER_PLAN"));
        assert_eq!(said(Some(planned.clone()), Some(PLAN)), None, "its own plan");
        assert_eq!(said(Some(planned), Some(Uuid::from_u128(1))), wrong("IN_OTHER_PLAN"));
    }
}
