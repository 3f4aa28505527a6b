//! Which living plan each project is in, kept in memory as the table of `disbursement` keeps it, with its keys.

use disbursement::domain::{
    Plan, Project,
    plan::{
        Event,
        command::{PooledProject, PooledProjects},
    },
};
use kernel::ProjectId;
use runtime::Change;
use uuid::Uuid;

use crate::{money::file, store::Store};

pub fn of_plan(store: &mut Store, change: &Change<'_, Plan>) -> Result<(), &'static str> {
    for event in change.events {
        match event {
            Event::PlanProposed { proposal } => {
                for project in &proposal.projects {
                    if store.planned.contains_key(&project.0) {
                        return Err("planned_projects_pkey");
                    }
                    let known = file(store, project.0);
                    if known
                        .is_none_or(|file| file.unpooled.is_some() || file.pooled.fiscal_year != proposal.fiscal_year)
                    {
                        return Err("planned_projects_place");
                    }
                }
                store.planned.extend(proposal.projects.iter().map(|project| (project.0, change.stream)));
            }
            Event::PlanWithdrawn { .. } => store.planned.retain(|_, plan| *plan != change.stream),
            Event::PlanApproved { .. } | Event::PlanNoticePosted { .. } | Event::PlanNoticeClosed { .. } => {}
        }
    }
    Ok(())
}

/// What a plan holds neither leaves the pool nor changes its year.
pub fn of_project(store: &Store, change: &Change<'_, Project>) -> Result<(), &'static str> {
    let place = |project: &Project| project.money().map(|file| (file.unpooled.is_some(), file.pooled.fiscal_year));
    let held = store.planned.contains_key(&change.stream) && place(change.before) != place(change.state);
    if held { Err("planned_projects_place") } else { Ok(()) }
}

/// How a project stands, if it stands in the pool.
pub fn pooled(store: &Store, project: Uuid) -> PooledProjects {
    let known = file(store, project).filter(|file| file.unpooled.is_none());
    let pooled = known.map(|file| PooledProject {
        fiscal_year: file.pooled.fiscal_year,
        suspended: file.suspensions.standing().is_some(),
        plan: store.planned.get(&project).copied(),
        duties: file.duties.clone(),
    });
    pooled.map(|pooled| (ProjectId(project), pooled)).into_iter().collect()
}
