//! The state of an open case (案卷): what was asked and given, and where the case is.
//!
//! Here stand the questions that several rules ask of it. How a fact changes it stands in `evolve`, and nowhere else.

mod evolve;
mod panel;

use kernel::{Due, Duties, PersonId, Post, ProjectId, Suspensions};
use time::OffsetDateTime;

use super::record::{Asked, DecisionRecord, Draw, Guarantee, Opinion, Referral, Resolution, ReturnedItem, TaskKind};

pub use self::panel::Panel;

/// All that is known of an open case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// The project.
    pub project: ProjectId,
    /// What is judged in this round.
    pub referral: Referral,
    /// Who has had which duty in the project.
    pub duties: Duties,
    /// Opinions asked for and given, all rounds, in the order of asking.
    pub opinions: Vec<Opinion>,
    /// What was returned last.
    pub returned: Vec<ReturnedItem>,
    /// The expert panel, once one was called.
    pub panel: Option<Panel>,
    /// The suspensions of the project.
    pub suspensions: Suspensions,
    /// What the finance bureau vouched for last; see [`super::guarantee::reserved`].
    pub guarantee: Option<Guarantee>,
    /// When the silence of late departments goes on to the leading group, once the office has seen to it.
    pub goes_on_at: Option<Due>,
    /// Where the case is.
    pub stage: Stage,
}

/// Where a case is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// S5 部门并联审核.
    Departments,
    /// A department rejected: the county office decides.
    OfficeDecision,
    /// S6 专家论证.
    ExpertReview,
    /// S7 领导小组审定.
    LeadingGroup,
    /// X1 退回补正.
    Returned,
    /// 审定通过.
    Approved(Resolution),
    /// X2 不予通过.
    Rejected,
    /// X3 撤回.
    Withdrawn {
        /// Why.
        reason: String,
    },
}

impl Stage {
    /// Stable name, as in the contract and the tables.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Departments => "DEPARTMENTS",
            Self::OfficeDecision => "OFFICE_DECISION",
            Self::ExpertReview => "EXPERT_REVIEW",
            Self::LeadingGroup => "LEADING_GROUP",
            Self::Returned => "RETURNED",
            Self::Approved(_) => "APPROVED",
            Self::Rejected => "REJECTED",
            Self::Withdrawn { .. } => "WITHDRAWN",
        }
    }

    /// Whether nothing more happens to the case.
    #[must_use]
    pub fn is_over(&self) -> bool {
        match self {
            Self::Approved(_) | Self::Rejected | Self::Withdrawn { .. } => true,
            Self::Departments | Self::OfficeDecision | Self::ExpertReview | Self::LeadingGroup | Self::Returned => {
                false
            }
        }
    }
}

impl State {
    /// Opinions that are still awaited: the open tasks.
    pub fn awaited(&self) -> impl Iterator<Item = &Opinion> {
        self.opinions.iter().filter(|opinion| opinion.is_awaited())
    }

    /// Those of them that may be given now: none while the project is suspended.
    pub fn waits_for(&self) -> impl Iterator<Item = &Opinion> {
        let going = self.suspensions.standing().is_none();
        self.awaited().filter(move |_| going)
    }

    /// When the first of them is due.
    #[must_use]
    pub fn first_due(&self) -> Option<OffsetDateTime> {
        self.waits_for().map(|opinion| opinion.asked.due.at).min()
    }

    /// The departments' opinions that count: those of this round, and agreement from earlier ones. A return or rejection
    /// lapses with its round, also where the pack no longer names the department; an agreement when it is asked again.
    pub fn standing(&self) -> impl Iterator<Item = &Opinion> {
        self.opinions.iter().filter(|opinion| opinion.asked.task_kind == TaskKind::DepartmentReview && !opinion.lapsed)
    }

    /// The panel's opinions that count: one a member, of this round or agreed before on the same content.
    pub fn seats(&self) -> impl Iterator<Item = &Opinion> {
        let members = self.panel.as_ref().map_or(&[][..], |panel| panel.members.as_slice());
        self.opinions.iter().filter(move |opinion| {
            let seated = opinion.asked.assignee.as_ref().is_some_and(|person| members.contains(person));
            seated && opinion.asked.task_kind == TaskKind::ExpertReview && !opinion.lapsed
        })
    }

    /// For a department's task: the other departments' opinions that stand.
    pub fn others<'a>(&'a self, asked: &'a Asked) -> impl Iterator<Item = (&'a Post, &'a DecisionRecord)> {
        self.standing()
            .filter(|opinion| asked.task_kind == TaskKind::DepartmentReview && opinion.asked.post != asked.post)
            .filter_map(|opinion| Some((&opinion.asked.post, opinion.decision.as_ref()?)))
    }

    /// Persons who may not work on this task, whatever their duties: another department's opinion, or another seat of the
    /// panel.
    #[must_use]
    pub fn excluded_from(&self, asked: &Asked) -> Vec<PersonId> {
        let mut persons = self.spoke_elsewhere(asked);
        if let Some(assignee) = &asked.assignee {
            let register = self.panel.iter().flat_map(|panel| panel.draws.iter().flat_map(Draw::register));
            persons.extend(register.filter(|person| *person != assignee).cloned());
        }
        persons.sort();
        persons.dedup();
        persons
    }

    /// Persons who may not decide this task, because they gave another department's opinion.
    #[must_use]
    pub fn spoke_elsewhere(&self, asked: &Asked) -> Vec<PersonId> {
        let mut persons: Vec<PersonId> =
            self.others(asked).flat_map(|(_, decision)| decision.persons()).cloned().collect();
        persons.sort();
        persons.dedup();
        persons
    }
}
