//! What the lists of plans and projects ask for. Pure; every wrong field is said at once.

use kernel::refusal::{Common, Violations};
use proto::disbursement::v1::{ListPlansRequest, ListProjectsRequest, PlanState};
use translation::field::{division_prefix, optional_uuid};

use crate::domain::listing::{PlanFilter, ProjectFilter};

/// What the names of plans' states begin with in the contract.
const PLAN_STATE: &str = "PLAN_STATE_";

/// Which plans a list asks for; only the public ones of a reader who doesn't read the whole county.
///
/// # Errors
/// INVALID_ARGUMENT with every wrong field.
pub fn plans(asked: &ListPlansRequest, public_only: bool) -> Result<PlanFilter, Common> {
    let mut wrong = Violations::default();
    // A choice that is none was refused before; one that says nothing is a slip.
    let states = asked.states().enumerate().filter_map(|(index, state)| {
        let code = state.as_str_name().strip_prefix(PLAN_STATE).filter(|_| state != PlanState::Unspecified);
        if code.is_none() {
            wrong.add("STATE", format!("states[{index}]"), "请选择计划状态", "must say which state of a plan");
        }
        code
    });
    let states = states.collect();
    wrong.finish().map(|()| PlanFilter { fiscal_year: asked.fiscal_year, states, public_only })
}

/// Which projects a list asks for.
///
/// # Errors
/// INVALID_ARGUMENT with every wrong field.
pub fn projects(asked: &ListProjectsRequest) -> Result<ProjectFilter, Common> {
    let mut wrong = Violations::default();
    let division = division_prefix(&asked.division, "division", &mut wrong);
    let plan = optional_uuid(&asked.plan_id, "plan_id", &mut wrong);
    wrong.finish()?;
    let states = asked.states().filter_map(super::state_code).collect();
    let (fiscal_year, category) = (asked.fiscal_year, asked.category.clone());
    Ok(ProjectFilter { states, division, fiscal_year, plan, category })
}

#[cfg(test)]
mod tests {
    use kernel::Refusal as _;
    use proto::disbursement::v1::ProjectState;
    use uuid::Uuid;

    use super::*;

    fn fields(refusal: &Common) -> Vec<String> {
        refusal.explain().fields.into_iter().map(|wrong| wrong.field).collect()
    }

    #[test]
    fn filters_are_checked_and_name_their_pages() {
        let plan = Uuid::from_u128(7);
        let asked = ListProjectsRequest {
            states: vec![ProjectState::Funded.into()],
            division: "430921129000".into(),
            fiscal_year: 2022,
            plan_id: plan.to_string(),
            category: "INDUSTRY".into(),
            ..Default::default()
        };
        let filter = projects(&asked).expect("known");
        assert_eq!((filter.division.as_str(), filter.plan), ("430921129", Some(plan)));
        assert_eq!(filter.key(), format!("FUNDED;430921129;2022;{plan};INDUSTRY"));
        assert_ne!(filter.key(), projects(&ListProjectsRequest::default()).expect("everything").key());
        let wrong = ListProjectsRequest { division: "南县".into(), plan_id: "17".into(), ..asked };
        assert_eq!(fields(&projects(&wrong).expect_err("refused")), ["division", "plan_id"]);

        let states = |states: &[i32]| ListPlansRequest { states: states.to_vec(), ..Default::default() };
        let effective = plans(&states(&[PlanState::Effective.into()]), true).expect("known");
        assert_eq!(effective.key(), "0;EFFECTIVE;true");
        assert_eq!(fields(&plans(&states(&[3, 0]), false).expect_err("refused")), ["states[1]"]);
    }
}
