//! What makes the three machines machines of the runtime: which command begins a stream, the rows and messages of a step.
//!
//! A violated constraint becomes the refusal that it stands for: the database is the last judge of what spans projects (an
//! indicator's balance, an invoice, a project's place in one plan).

use kernel::refusal::Common;
use runtime::{Change, Machine, Outgoing, Statement};

use crate::{
    domain::{
        Indicator, Plan, Project, Refusal, every_refusal,
        funding::balance_taken,
        gates::duplicate_invoice,
        indicator::{self, entry::exists},
        plan::{self, eligibility},
        project::{self, pool::planned},
    },
    publish, store,
};

impl Machine for Indicator {
    const NAME: &'static str = "indicator";

    fn project(change: &Change<'_, Self>) -> Vec<Statement> {
        store::indicator_rows(change)
    }

    fn publish(_: &Change<'_, Self>) -> Vec<Outgoing> {
        Vec::new()
    }

    fn refused_by(constraint: &str, _: &indicator::Command) -> Option<Common> {
        matches!(constraint, "indicators_document_once" | "indicators_document_key_once").then(exists)
    }
}

impl Machine for Plan {
    const NAME: &'static str = "plan";

    fn project(change: &Change<'_, Self>) -> Vec<Statement> {
        store::plan_rows(change)
    }

    fn publish(_: &Change<'_, Self>) -> Vec<Outgoing> {
        Vec::new()
    }

    fn refused_by(constraint: &str, command: &plan::Command) -> Option<Refusal> {
        let plan::Step::ProposePlan { projects, .. } = &command.step else { return None };
        let listed = projects.iter().map(ToString::to_string).collect::<Vec<_>>().join("、");
        match constraint {
            "planned_projects_pkey" => Some(eligibility::in_other_plan(&listed).into()),
            "planned_projects_place" => {
                let zh = format!("以下项目中有的刚刚出库或滚动到其他年度,请刷新后重新提出:{listed}");
                Some(eligibility::not_in_pool(zh, &listed).into())
            }
            _ => None,
        }
    }
}

impl Machine for Project {
    const NAME: &'static str = "project";

    fn begins(command: &project::Command) -> bool {
        matches!(command, project::Command::RecordPooled { .. })
    }

    fn project(change: &Change<'_, Self>) -> Vec<Statement> {
        store::project_rows(change)
    }

    fn publish(change: &Change<'_, Self>) -> Vec<Outgoing> {
        publish::project(change)
    }

    fn also_refused(&self, command: &project::Command, first: &Refusal) -> Vec<Refusal> {
        every_refusal::besides(self, command, first)
    }

    fn refused_by(constraint: &str, command: &project::Command) -> Option<Refusal> {
        match (constraint, command) {
            ("accounts_not_overdrawn", _) => Some(balance_taken().into()),
            ("invoices_pkey" | "invoices_key_once", project::Command::RequestPayment(asked)) => {
                Some(duplicate_invoice(&asked.request.invoices, 0).into())
            }
            ("planned_projects_place", _) => Some(planned().into()),
            _ => None,
        }
    }
}
