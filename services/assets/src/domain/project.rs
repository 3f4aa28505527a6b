//! The machine: a project from its signed contract to its registered assets (S13, S14, S16).
//!
//! `CONSTRUCTION → COMPLETION_REPORTED → TOWNSHIP_CHECKED → ACCEPTED → ASSET_REGISTERED`, and before the last perhaps
//! `PROVISIONALLY_REGISTERED`. Here stand what may be asked and what has happened; who may take which step stands in
//! [`super::works`], what is heard of intake and disbursement in [`super::heard`].

use std::collections::BTreeSet;

use kernel::{Attachment, Decider, Duties, Fen, Occasion, Suspensions, refusal::Common};
use serde::{Deserialize, Serialize};

use super::{
    Acceptance, Completion, Draft, Nominee, NonCapital, Registration, Site, Suspended, TownshipCheck, Works, heard,
};

/// A project here; nothing before its contract is signed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Project {
    /// No contract was signed yet.
    #[default]
    Unknown,
    /// Nor here, but the project was suspended before.
    Awaited(Suspensions),
    /// Being built, or built.
    Known(Box<Works>),
}

/// What someone wants to happen.
#[derive(Debug, Clone)]
pub enum Command {
    /// A contract was signed: works are to be expected.
    Expect {
        /// What the contract says.
        site: Site,
        /// Who has had which duty so far.
        acts: Duties,
    },
    /// Intake suspends the project, or lets it go on.
    HearSuspension(Suspended),
    /// The audit has fixed the final account (竣工决算审定).
    HearFinalAccount {
        /// Audited amount.
        audited: Fen,
        /// Who has had which duty so far.
        acts: Duties,
    },
    /// The village reports completion (竣工报告).
    ReportCompletion(ReportCompletion),
    /// The township records its first check (乡镇初验).
    RecordTownshipCheck(RecordTownshipCheck),
    /// The county records its acceptance (县级验收).
    RecordAcceptance(RecordAcceptance),
    /// The township registers the assets (资产确权登记).
    RegisterAssets(RegisterAssets),
}

/// A completion report.
#[derive(Debug, Clone)]
pub struct ReportCompletion {
    /// Photographs before.
    pub before: Vec<Attachment>,
    /// Photographs after.
    pub after: Vec<Attachment>,
    /// Those of them that serve another project.
    pub used_elsewhere: BTreeSet<String>,
    /// Who reports.
    pub by: Occasion,
}

impl ReportCompletion {
    /// What its photographs are named by.
    pub fn photographs(&self) -> impl Iterator<Item = &str> {
        self.before.iter().chain(&self.after).map(|photograph| photograph.sha256.as_str())
    }
}

/// A township's first check.
#[derive(Debug, Clone)]
pub struct RecordTownshipCheck {
    /// What was found.
    pub opinion: String,
    /// Who checks.
    pub by: Occasion,
}

/// An acceptance that passed.
#[derive(Debug, Clone)]
pub struct RecordAcceptance {
    /// The group.
    pub members: Vec<Nominee>,
    /// Accepted amount, more than nothing.
    pub accepted: Fen,
    /// What was found.
    pub opinion: String,
    /// Who accepts.
    pub by: Occasion,
}

/// A registration.
#[derive(Debug, Clone)]
pub struct RegisterAssets {
    /// What is to stand in the register.
    pub assets: Vec<Draft>,
    /// What became no asset.
    pub non_capital: Option<NonCapital>,
    /// Whether it is only provisional (暂估): at the accepted amount, before the audit.
    pub provisional: bool,
    /// Transfer sheet.
    pub transfer_sheet: Attachment,
    /// Who registers.
    pub by: Occasion,
}

/// What has happened. Stored for ever: additive changes only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind")]
pub enum Event {
    /// A contract was signed: works are expected.
    ProjectExpected {
        /// What the contract says.
        site: Site,
        /// Who had which duty before.
        acts: Duties,
    },
    /// The village reported completion.
    CompletionReported(Completion),
    /// The township's first check passed.
    TownshipCheckPassed(TownshipCheck),
    /// The county accepted.
    AcceptancePassed(Acceptance),
    /// The assets stand in the register.
    AssetsRegistered(Registration),
    /// They stand there provisionally, at the accepted amount.
    AssetsProvisionallyRegistered(Registration),
    /// The project was suspended.
    ProjectSuspended {
        /// Why.
        reason: String,
    },
    /// The project goes on.
    ProjectResumed,
    /// Who has had which duty elsewhere, as another room says.
    ActsHeard {
        /// Those that were not known here.
        acts: Duties,
    },
    /// The audit fixed the final account.
    FinalAccountHeard {
        /// Audited amount.
        audited: Fen,
        /// Who had which duty by then.
        acts: Duties,
    },
}

impl Project {
    /// Who has had which duty, as far as it is known here.
    #[must_use]
    pub fn duties(&self) -> Option<&Duties> {
        match self {
            Self::Unknown | Self::Awaited(_) => None,
            Self::Known(works) => Some(&works.duties),
        }
    }
}

impl Decider for Project {
    type Command = Command;
    type Event = Event;
    type Refusal = Common;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Common> {
        match (self, command) {
            (Self::Unknown | Self::Awaited(_), Command::Expect { site, acts }) => {
                Ok(vec![Event::ProjectExpected { site, acts }])
            }
            (Self::Unknown, Command::HearSuspension(suspended)) => {
                heard::suspension(&Suspensions::default(), None, suspended)
            }
            (Self::Awaited(suspensions), Command::HearSuspension(suspended)) => {
                heard::suspension(suspensions, None, suspended)
            }
            (Self::Unknown | Self::Awaited(_), Command::HearFinalAccount { .. }) => {
                Err(Common::TooEarly { what: "合同 contract" })
            }
            (
                Self::Unknown | Self::Awaited(_),
                Command::ReportCompletion(_)
                | Command::RecordTownshipCheck(_)
                | Command::RecordAcceptance(_)
                | Command::RegisterAssets(_),
            ) => Err(Common::NotFound { what: "项目 project" }),
            (Self::Known(works), Command::Expect { site, .. }) if works.site == site => Ok(Vec::new()),
            (Self::Known(_), Command::Expect { .. }) => Err(Common::Exists { what: "项目 project" }),
            (Self::Known(works), Command::HearSuspension(suspended)) => {
                heard::suspension(&works.suspensions, Some(&works.duties), suspended)
            }
            (Self::Known(works), Command::HearFinalAccount { audited, acts }) => {
                works.hear_final_account(audited, acts)
            }
            (Self::Known(works), Command::ReportCompletion(command)) => works.report_completion(command),
            (Self::Known(works), Command::RecordTownshipCheck(command)) => works.record_township_check(command),
            (Self::Known(works), Command::RecordAcceptance(command)) => works.record_acceptance(command),
            (Self::Known(works), Command::RegisterAssets(command)) => works.register_assets(command),
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match (self, event) {
            (Self::Unknown, Event::ProjectExpected { site, acts }) => {
                Self::Known(Box::new(Works::expected(site, acts, Suspensions::default())))
            }
            (Self::Awaited(suspensions), Event::ProjectExpected { site, acts }) => {
                Self::Known(Box::new(Works::expected(site, acts, suspensions)))
            }
            (Self::Unknown, event @ (Event::ProjectSuspended { .. } | Event::ProjectResumed)) => {
                Self::Awaited(heard::after(Suspensions::default(), event))
            }
            (Self::Awaited(suspensions), event) => Self::Awaited(heard::after(suspensions, event)),
            (Self::Known(mut works), event) => {
                works.apply(event);
                Self::Known(works)
            }
            // A stream begins with its contract or a suspension: nothing else can stand there.
            (
                Self::Unknown,
                Event::CompletionReported(_)
                | Event::TownshipCheckPassed(_)
                | Event::AcceptancePassed(_)
                | Event::AssetsRegistered(_)
                | Event::AssetsProvisionallyRegistered(_)
                | Event::ActsHeard { .. }
                | Event::FinalAccountHeard { .. },
            ) => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests;
