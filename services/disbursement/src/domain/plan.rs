//! The machine of an annual implementation plan (年度实施计划, S10): `PROPOSED → APPROVED → NOTICE → EFFECTIVE`; what is only
//! proposed may be taken back, `WITHDRAWN`.
//!
//! What it asks of its projects stands in [`super::standing`], and is asked again at the approval. Approved, its projects may
//! be funded; once its public notice was closed in time, money may flow. The proposer does not approve.

mod command;

use kernel::{
    Actor, Decider, Division, Duties, Duty, ProjectId, Role, RuleCode, YearRules,
    calendar::civil_date,
    duty::Exclusions,
    refusal::{Common, breach},
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

pub use self::command::{Command, Step};
use super::{
    Refusal, Signature,
    refusal::{fielded, refuse, refuse_figures, unfielded},
    standing,
};

/// A plan; nothing before it is proposed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Plan {
    /// Nothing was proposed yet.
    #[default]
    Unproposed,
    /// Waits for the leading group.
    Proposed(Proposal),
    /// Approved: its projects may be funded.
    Approved(Proposal, Approved),
    /// Its notice hangs.
    Notice(Proposal, Approved, Posting),
    /// Its notice was closed in time: money may flow.
    Effective(Proposal, Approved, Posting, #[doc = "When it was closed."] OffsetDateTime),
    /// Taken back before its approval: it holds no project any more.
    Withdrawn(Proposal),
}

/// What is proposed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// The county.
    pub county: Division,
    /// Plan year.
    pub fiscal_year: i32,
    /// Title.
    pub title: String,
    /// Its projects.
    pub projects: Vec<ProjectId>,
    /// Who proposed it.
    pub by: Signature,
}

/// The leading group's approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Number of the resolution (会议纪要文号).
    pub resolution_no: String,
}

/// The approval, with who recorded it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approved {
    /// The approval.
    pub approval: Approval,
    /// Who recorded it.
    pub by: Signature,
}

/// The plan's public notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posting {
    /// When it was posted.
    #[serde(with = "time::serde::rfc3339")]
    pub posted_at: OffsetDateTime,
    /// From when it may be closed.
    #[serde(with = "time::serde::rfc3339")]
    pub closable_at: OffsetDateTime,
}

/// What has happened. Stored for ever: additive changes only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind")]
pub enum Event {
    /// A plan was proposed.
    PlanProposed {
        /// What it says.
        proposal: Proposal,
    },
    /// The leading group approved it.
    PlanApproved {
        /// By this resolution.
        approval: Approval,
        /// Who recorded it.
        by: Signature,
    },
    /// It was taken back.
    PlanWithdrawn {
        /// Who took it back.
        by: Signature,
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
    /// Its notice was posted.
    PlanNoticePosted {
        /// When, and until when it must hang.
        posting: Posting,
        /// Who posted it.
        by: Signature,
    },
    /// Its notice was closed.
    PlanNoticeClosed {
        /// Who closed it.
        by: Signature,
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
}

impl Decider for Plan {
    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Refusal> {
        let Command { step, actor, exclusions, rules, at } = command;
        let by = Signature::of(&actor);
        if let Some(known) = self.proposal() {
            actor.require_over(step.role(), known.county)?;
        }
        match (self, step) {
            (Self::Unproposed, Step::ProposePlan { county, title, projects, standings }) => {
                actor.require_over(Role::RevitalizationBureau, county)?;
                standing::check(&projects, rules.year(), None, &standings)?;
                standing::permit(&actor, Duty::CountyOffice, &exclusions, &standings)?;
                let proposal = Proposal { county, fiscal_year: rules.year(), title, projects, by };
                Ok(vec![Event::PlanProposed { proposal }])
            }
            (
                Self::Unproposed,
                Step::ApprovePlan { .. } | Step::WithdrawPlan | Step::PostPlanNotice { .. } | Step::ClosePlanNotice,
            ) => Err(Common::NotFound { what: "年度计划 plan" }.into()),
            (
                Self::Proposed(..) | Self::Approved(..) | Self::Notice(..) | Self::Effective(..) | Self::Withdrawn(_),
                Step::ProposePlan { .. },
            ) => Err(Common::Exists { what: "年度计划 plan" }.into()),
            (Self::Proposed(proposal), Step::ApprovePlan { resolution_no, plan, standings }) => {
                standing::check(&proposal.projects, proposal.fiscal_year, Some(plan), &standings).map_err(unfielded)?;
                standing::permit(&actor, Duty::Decider, &exclusions, &standings)?;
                approve(proposal, resolution_no, &actor, &exclusions).map_err(Refusal::from)
            }
            (
                Self::Approved(_, known) | Self::Notice(_, known, _) | Self::Effective(_, known, ..),
                Step::ApprovePlan { resolution_no, .. },
            ) => match known.approval.resolution_no == resolution_no {
                true => Ok(Vec::new()),
                false => Err(Common::AlreadyDecided.into()),
            },
            (Self::Proposed(_), Step::WithdrawPlan) => Ok(vec![Event::PlanWithdrawn { by, at }]),
            (Self::Approved(..), Step::PostPlanNotice { calendar }) => {
                let (days, extended) =
                    (rules.number(RuleCode::NoticeDays), rules.number(RuleCode::NoticeExtension) > 0);
                let closable_at = calendar.notice_may_close_from(at, days, extended).map_err(Common::from)?;
                Ok(vec![Event::PlanNoticePosted { posting: Posting { posted_at: at, closable_at }, by }])
            }
            (Self::Notice(_, _, posting), Step::ClosePlanNotice) => {
                hung_long_enough(posting, at, &rules)?;
                Ok(vec![Event::PlanNoticeClosed { by, at }])
            }
            // It is so already.
            (Self::Withdrawn(_), Step::WithdrawPlan)
            | (Self::Notice(..) | Self::Effective(..), Step::PostPlanNotice { .. })
            | (Self::Effective(..), Step::ClosePlanNotice) => Ok(Vec::new()),
            (Self::Proposed(_), step @ (Step::PostPlanNotice { .. } | Step::ClosePlanNotice))
            | (Self::Approved(..), step @ (Step::WithdrawPlan | Step::ClosePlanNotice))
            | (Self::Notice(..) | Self::Effective(..), step @ Step::WithdrawPlan)
            | (
                Self::Withdrawn(_),
                step @ (Step::ApprovePlan { .. } | Step::PostPlanNotice { .. } | Step::ClosePlanNotice),
            ) => Err(Common::WrongState { state: self.code(), command: step.name() }.into()),
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match (self, event) {
            (Self::Unproposed, Event::PlanProposed { proposal }) => Self::Proposed(proposal.clone()),
            (Self::Proposed(proposal), Event::PlanApproved { approval, by }) => {
                Self::Approved(proposal, Approved { approval: approval.clone(), by: by.clone() })
            }
            (Self::Proposed(proposal), Event::PlanWithdrawn { .. }) => Self::Withdrawn(proposal),
            (Self::Approved(proposal, approval), Event::PlanNoticePosted { posting, .. }) => {
                Self::Notice(proposal, approval, *posting)
            }
            (Self::Notice(proposal, approval, posting), Event::PlanNoticeClosed { at, .. }) => {
                Self::Effective(proposal, approval, posting, *at)
            }
            // Facts come in this order and once each: nothing else can stand in a stream.
            (unchanged, _) => unchanged,
        }
    }
}

impl Plan {
    /// Stable name of the state, as in the contract.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unproposed => "UNPROPOSED",
            Self::Proposed(..) => "PROPOSED",
            Self::Approved(..) => "APPROVED",
            Self::Notice(..) => "NOTICE",
            Self::Effective(..) => "EFFECTIVE",
            Self::Withdrawn(_) => "WITHDRAWN",
        }
    }

    /// What was proposed.
    #[must_use]
    pub fn proposal(&self) -> Option<&Proposal> {
        match self {
            Self::Unproposed => None,
            Self::Proposed(proposal)
            | Self::Approved(proposal, _)
            | Self::Notice(proposal, ..)
            | Self::Effective(proposal, ..)
            | Self::Withdrawn(proposal) => Some(proposal),
        }
    }

    /// The approval, once there is one.
    #[must_use]
    pub fn approval(&self) -> Option<&Approval> {
        self.approved().map(|known| &known.approval)
    }

    fn approved(&self) -> Option<&Approved> {
        match self {
            Self::Unproposed | Self::Proposed(_) | Self::Withdrawn(_) => None,
            Self::Approved(_, known) | Self::Notice(_, known, _) | Self::Effective(_, known, ..) => Some(known),
        }
    }

    /// Who proposed and who approved it: each acted in every one of its projects.
    #[must_use]
    pub fn acts(&self) -> Duties {
        let mut duties = Duties::default();
        if let Some(proposal) = self.proposal() {
            proposal.by.record(&mut duties, Duty::CountyOffice);
        }
        if let Some(known) = self.approved() {
            known.by.record(&mut duties, Duty::Decider);
        }
        duties
    }

    /// The notice, once it was posted.
    #[must_use]
    pub fn posting(&self) -> Option<&Posting> {
        match self {
            Self::Unproposed | Self::Proposed(_) | Self::Approved(..) | Self::Withdrawn(_) => None,
            Self::Notice(.., posting) | Self::Effective(_, _, posting, _) => Some(posting),
        }
    }

    /// Whether its notice was closed in time, so that money may flow (gate G1).
    #[must_use]
    pub fn is_effective(&self) -> bool {
        matches!(self, Self::Effective(..))
    }

    /// Refuses to fund a project of this year that the plan does not contain, once approved.
    ///
    /// # Errors
    /// `WRONG_STATE` before the approval, `NOT_IN_PLAN` when the project is not in it, `PLAN_YEAR` when it is of another year.
    pub fn covers(&self, project: ProjectId, year: i32) -> Result<(), Common> {
        let Some(proposal) = self.proposal().filter(|_| self.approval().is_some()) else {
            return Err(Common::WrongState { state: self.code(), command: "ApproveFunding" });
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
}

fn approve(
    proposal: &Proposal,
    resolution_no: String,
    actor: &Actor,
    exclusions: &Exclusions,
) -> Result<Vec<Event>, Common> {
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

fn hung_long_enough(posting: &Posting, at: OffsetDateTime, rules: &YearRules) -> Result<(), Common> {
    if at >= posting.closable_at {
        return Ok(());
    }
    let days = rules.number(RuleCode::NoticeDays);
    let (today, from) = (civil_date(at), civil_date(posting.closable_at));
    let zh = format!("计划公示不得少于 {days} 天,{from} 起方可结束公示");
    let en = format!("a notice hangs at least {days} days: it may be closed from {from}");
    Err(Common::rule(breach("NOTICE_SHORT", rules.rule(RuleCode::NoticeDays), zh, en).figures(today, from)))
}

#[cfg(test)]
mod tests;
