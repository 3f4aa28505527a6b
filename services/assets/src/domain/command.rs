//! What a person or another room wants to happen to a project's works.
//!
//! Who acts, when, by which pack and what other streams say come as data.

use std::collections::BTreeSet;

use kernel::{Attachment, Duties, Fen, Occasion, PersonId, SuspensionStep};

use super::record::{AssetClass, NonCapital, Side, Site};

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

/// A suspension (暂停、冻结, X5) that intake begins or ends.
#[derive(Debug, Clone)]
pub struct Suspended {
    /// Which suspension of the project, from 1.
    pub number: u32,
    /// What happens.
    pub step: SuspensionStep,
    /// Who has had which duty by then.
    pub acts: Duties,
}

/// A member as it is put forward.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nominee {
    /// Person of the pack; villagers' representatives may have none.
    pub person: Option<PersonId>,
    /// Name; empty for a person of the pack.
    pub name: String,
    /// Whom the member is to speak for.
    pub side: Side,
}

/// An asset as it is put forward for registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Name.
    pub title: String,
    /// Class.
    pub class: AssetClass,
    /// Place.
    pub place: String,
    /// Original value (原值).
    pub value: Fen,
    /// Owner (所有权人), as it was written.
    pub owner: String,
    /// Care person (管护责任人).
    pub care_person: String,
    /// Operator (经营者); empty when there is none.
    pub operator: String,
}
