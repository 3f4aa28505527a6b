//! The machine of an annual implementation plan (年度实施计划, S10): `PROPOSED → APPROVED → NOTICE → EFFECTIVE`.
//!
//! It names pooled projects only, and none that is suspended. Approved, its projects may be funded; once its public notice was closed in time, money
//! may flow. The proposer does not approve.

use std::{collections::BTreeMap, sync::Arc};

use kernel::{
    Actor, Decider, Division, Duties, Duty, ProjectId, Role, RuleCode, YearRules,
    calendar::{civil_date, notice_may_close_from},
    refusal::{Common, breach},
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{Refusal, Signature, refusal::refuse};

/// A plan; nothing before it is proposed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Plan {
    /// Nothing was proposed yet.
    #[default]
    Unproposed,
    /// Waits for the leading group.
    Proposed(Proposal),
    /// Approved: its projects may be funded.
    Approved(Proposal, Approval),
    /// Its notice hangs.
    Notice(Proposal, Approval, Posting),
    /// Its notice was closed in time: money may flow.
    Effective(Proposal, Approval, Posting, #[doc = "When it was closed."] OffsetDateTime),
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

/// What someone wants to happen.
#[derive(Debug, Clone)]
pub struct Command {
    /// What.
    pub step: Step,
    /// Who.
    pub actor: Actor,
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
        /// Those of them that stand in the pool, and whether each is suspended.
        pooled: BTreeMap<ProjectId, bool>,
    },
    /// C-LG approves.
    ApprovePlan {
        /// Number of the resolution.
        resolution_no: String,
    },
    /// C-RRB posts the notice.
    PostPlanNotice,
    /// C-RRB closes it.
    ClosePlanNotice,
}

impl Step {
    fn name(&self) -> &'static str {
        match self {
            Self::ProposePlan { .. } => "ProposePlan",
            Self::ApprovePlan { .. } => "ApprovePlan",
            Self::PostPlanNotice => "PostPlanNotice",
            Self::ClosePlanNotice => "ClosePlanNotice",
        }
    }
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
        let Command { step, actor, rules, at } = command;
        let by = Signature::of(&actor);
        match (self, step) {
            (Self::Unproposed, Step::ProposePlan { county, title, projects, pooled }) => {
                actor.require_over(Role::RevitalizationBureau, county)?;
                all_pooled(&projects, &pooled)?;
                none_suspended(&pooled)?;
                let proposal = Proposal { county, fiscal_year: rules.year(), title, projects, by };
                Ok(vec![Event::PlanProposed { proposal }])
            }
            (Self::Unproposed, Step::ApprovePlan { .. } | Step::PostPlanNotice | Step::ClosePlanNotice) => {
                Err(Common::NotFound { what: "年度计划 plan" }.into())
            }
            (
                Self::Proposed(..) | Self::Approved(..) | Self::Notice(..) | Self::Effective(..),
                Step::ProposePlan { .. },
            ) => Err(Common::Exists { what: "年度计划 plan" }.into()),
            (Self::Proposed(proposal), Step::ApprovePlan { resolution_no }) => {
                approve(proposal, resolution_no, &actor).map_err(Refusal::from)
            }
            (
                Self::Approved(proposal, approval)
                | Self::Notice(proposal, approval, _)
                | Self::Effective(proposal, approval, ..),
                Step::ApprovePlan { resolution_no },
            ) => {
                actor.require_over(Role::LeadingGroup, proposal.county)?;
                if approval.resolution_no == resolution_no {
                    Ok(Vec::new())
                } else {
                    Err(Common::AlreadyDecided.into())
                }
            }
            (Self::Approved(proposal, _), Step::PostPlanNotice) => {
                actor.require_over(Role::RevitalizationBureau, proposal.county)?;
                let closable_at = notice_may_close_from(at, rules.number(RuleCode::NoticeDays));
                Ok(vec![Event::PlanNoticePosted { posting: Posting { posted_at: at, closable_at }, by }])
            }
            (Self::Notice(proposal, ..) | Self::Effective(proposal, ..), Step::PostPlanNotice) => {
                actor.require_over(Role::RevitalizationBureau, proposal.county)?;
                Ok(Vec::new())
            }
            (Self::Notice(proposal, _, posting), Step::ClosePlanNotice) => {
                actor.require_over(Role::RevitalizationBureau, proposal.county)?;
                hung_long_enough(posting, at, &rules)?;
                Ok(vec![Event::PlanNoticeClosed { by, at }])
            }
            (Self::Effective(proposal, ..), Step::ClosePlanNotice) => {
                actor.require_over(Role::RevitalizationBureau, proposal.county)?;
                Ok(Vec::new())
            }
            (Self::Proposed(_), step @ (Step::PostPlanNotice | Step::ClosePlanNotice))
            | (Self::Approved(..), step @ Step::ClosePlanNotice) => {
                Err(Common::WrongState { state: self.code(), command: step.name() }.into())
            }
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match (self, event) {
            (Self::Unproposed, Event::PlanProposed { proposal }) => Self::Proposed(proposal.clone()),
            (Self::Proposed(proposal), Event::PlanApproved { approval, .. }) => {
                Self::Approved(proposal, approval.clone())
            }
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
            | Self::Effective(proposal, ..) => Some(proposal),
        }
    }

    /// The approval, once there is one.
    #[must_use]
    pub fn approval(&self) -> Option<&Approval> {
        match self {
            Self::Unproposed | Self::Proposed(_) => None,
            Self::Approved(_, approval) | Self::Notice(_, approval, _) | Self::Effective(_, approval, ..) => {
                Some(approval)
            }
        }
    }

    /// The notice, once it was posted.
    #[must_use]
    pub fn posting(&self) -> Option<&Posting> {
        match self {
            Self::Unproposed | Self::Proposed(_) | Self::Approved(..) => None,
            Self::Notice(.., posting) | Self::Effective(_, _, posting, _) => Some(posting),
        }
    }

    /// Whether its notice was closed in time, so that money may flow (gate G1).
    #[must_use]
    pub fn is_effective(&self) -> bool {
        matches!(self, Self::Effective(..))
    }

    /// Refuses to fund a project that no approved plan contains (R-NOPOOL).
    ///
    /// # Errors
    /// `WRONG_STATE` before the approval, `NOT_IN_POOL` when the project is not in it.
    pub fn covers(&self, project: ProjectId) -> Result<(), Common> {
        let Some(proposal) = self.proposal().filter(|_| self.approval().is_some()) else {
            return Err(Common::WrongState { state: self.code(), command: "ApproveFunding" });
        };
        if proposal.projects.contains(&project) {
            return Ok(());
        }
        let zh = format!("项目未列入年度实施计划“{}”,不得安排资金,请先列入计划", proposal.title);
        Err(refuse("NOT_IN_POOL", zh, format!("project {project} is not in plan {:?}", proposal.title)))
    }
}

fn all_pooled(projects: &[ProjectId], pooled: &BTreeMap<ProjectId, bool>) -> Result<(), Common> {
    let missing: Vec<String> =
        projects.iter().filter(|project| !pooled.contains_key(project)).map(ToString::to_string).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let zh = format!("以下项目未入库,不得列入年度计划:{}", missing.join("、"));
    Err(refuse("NOT_IN_POOL", zh, format!("not in the pool: {}", missing.join(", "))))
}

/// A project that is suspended after the plan was proposed stays in it, and gets neither money nor contract until it is resumed.
fn none_suspended(pooled: &BTreeMap<ProjectId, bool>) -> Result<(), Common> {
    let stopped: Vec<String> =
        pooled.iter().filter(|(_, suspended)| **suspended).map(|(project, _)| project.to_string()).collect();
    if stopped.is_empty() {
        return Ok(());
    }
    let zh = format!("以下项目已暂停,恢复前不得列入年度计划:{}", stopped.join("、"));
    Err(refuse("SUSPENDED", zh, format!("suspended, so not to be planned: {}", stopped.join(", "))))
}

fn approve(proposal: &Proposal, resolution_no: String, actor: &Actor) -> Result<Vec<Event>, Common> {
    actor.require_over(Role::LeadingGroup, proposal.county)?;
    let mut duties = Duties::default();
    proposal.by.record(&mut duties, Duty::CountyReviewer);
    duties.permit(actor, Duty::Decider)?;
    if resolution_no.trim().is_empty() {
        let zh = "批准年度计划须填写领导小组会议纪要文号";
        return Err(refuse("NO_RESOLUTION", zh, "an approval needs the number of the leading group's resolution"));
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
