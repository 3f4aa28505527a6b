//! The machine of one project's money: `POOLED → FUNDED → CONTRACTED → ACCEPTED → FINAL_ACCOUNT` (S9, S11, S12, S14, S15).
//!
//! All payments of a project are facts of its one stream, so a cap is exact and no payment is made twice. Commands are in
//! [`command`], facts in [`event`], what each command needs in `steps.rs` and `treasury.rs`, what intake decides in
//! [`suspension`], what leaves the pool or waits in `pool.rs`, what is due at another time in `recount.rs`; a payment's rules in
//! [`super::gates`].

pub mod command;
pub mod event;
mod evolve;
mod pool;
mod recount;
mod steps;
pub mod suspension;
mod treasury;

use std::collections::BTreeMap;

use kernel::{Decider, Division, Duties, Fen, Post, ProjectId, Suspensions, reach::seat, refusal::Common};
use serde::{Deserialize, Serialize};
use time::Date;
use uuid::Uuid;

pub use command::Command;
pub use event::Event;
pub use pool::planned;
pub use suspension::Suspended;

use super::{
    Refusal,
    contract::Contract,
    funding::{BudgetLine, Funding, VILLAGE},
    payment::Payment,
    settlement::FinalAccount,
};

/// A project's money; nothing before it stands in the pool.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Project {
    /// Not pooled yet, as far as this room knows.
    #[default]
    Unknown,
    /// In the pool, or further.
    Known(Box<File>),
}

/// All that is known of a project's money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// What was approved when it entered the pool.
    pub pooled: Pooled,
    /// Who has had which duty in the project.
    pub duties: Duties,
    /// Where it is.
    pub stage: Stage,
    /// Payments; their ids are time-ordered.
    pub payments: BTreeMap<Uuid, Payment>,
    /// The registered assets, once they stand in the register (S16).
    pub asset: Option<Registration>,
    /// The suspensions of the project.
    #[serde(default)]
    pub suspensions: Suspensions,
    /// Why it has left the pool.
    #[serde(default)]
    pub unpooled: Option<String>,
    /// The day of its funding's approval.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "iso_date::option")]
    pub funded_on: Option<Date>,
    /// Whether the village has reported completion.
    #[serde(default)]
    pub completion_reported: bool,
}

time::serde::format_description!(iso_date, Date, "[year]-[month]-[day]");

/// What was approved when a project entered the pool (入库).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pooled {
    /// The project.
    pub project: ProjectId,
    /// Number in the pool.
    pub pool_no: String,
    /// Name.
    pub title: String,
    /// Village.
    pub village: Division,
    /// Category.
    pub category: String,
    /// Plan year, whose rules judge it; a later one once it was rolled.
    pub fiscal_year: i32,
    /// Approved budget.
    pub budget: Vec<BudgetLine>,
    /// Total investment.
    pub total: Fen,
    /// How often it had been suspended before.
    #[serde(default, skip_serializing_if = "kernel::suspension::never")]
    pub suspensions: u32,
    /// Departments that were asked about it at the county: beside those in whose division it lies they read it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<Post>,
}

impl Pooled {
    /// Who is asked about it: see [`kernel::reach::seat`].
    #[must_use]
    pub fn seats(&self) -> Vec<String> {
        self.asked.iter().map(|post| seat(post, None)).collect()
    }

    /// What the village pays by its approved budget (村级自筹).
    #[must_use]
    pub fn village_share(&self) -> Fen {
        self.budget.iter().filter(|line| line.source == VILLAGE).map(|line| line.amount).sum()
    }

    /// What others than the public pay by its approved budget (自筹).
    #[must_use]
    pub fn own_share(&self) -> Fen {
        self.budget.iter().filter(|line| !line.public).map(|line| line.amount).sum()
    }
}

/// The assets in the register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// Sum of values.
    pub value: Fen,
    /// Owner: organisation code.
    pub owner: String,
    /// What became no asset (费用化部分).
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub non_capital: Fen,
    /// The audited amount that it accounts for; none in one of before audits were asked for, which counts as it stood.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audited: Option<Fen>,
}

impl Registration {
    /// Whether it accounts for this audited amount.
    #[must_use]
    pub fn accounts_for(&self, audited: Fen) -> bool {
        self.audited.is_none() || self.value.saturating_add(self.non_capital) == audited
    }
}

fn is_nothing(amount: &Fen) -> bool {
    *amount == Fen::ZERO
}

/// Where a project's money is. Each stage keeps the facts of those before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Stage {
    /// S9 入库.
    Pooled,
    /// S11 资金安排批复.
    Funded {
        /// The funding.
        funding: Funding,
    },
    /// S12 合同.
    Contracted {
        /// The funding.
        funding: Funding,
        /// The contract.
        contract: Contract,
    },
    /// S14 竣工验收 passed.
    Accepted {
        /// The funding.
        funding: Funding,
        /// The contract.
        contract: Contract,
        /// Accepted amount.
        accepted: Fen,
    },
    /// S15 竣工决算 fixed.
    FinalAccount {
        /// The funding.
        funding: Funding,
        /// The contract.
        contract: Contract,
        /// Accepted amount.
        accepted: Fen,
        /// The audited final account.
        account: FinalAccount,
    },
}

impl Stage {
    /// Stable name, as in the contract and the tables.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Pooled => "POOLED",
            Self::Funded { .. } => "FUNDED",
            Self::Contracted { .. } => "CONTRACTED",
            Self::Accepted { .. } => "ACCEPTED",
            Self::FinalAccount { .. } => "FINAL_ACCOUNT",
        }
    }

    /// The funding, once approved.
    #[must_use]
    pub fn funding(&self) -> Option<&Funding> {
        match self {
            Self::Pooled => None,
            Self::Funded { funding }
            | Self::Contracted { funding, .. }
            | Self::Accepted { funding, .. }
            | Self::FinalAccount { funding, .. } => Some(funding),
        }
    }

    /// The contract, once signed.
    #[must_use]
    pub fn contract(&self) -> Option<&Contract> {
        match self {
            Self::Pooled | Self::Funded { .. } => None,
            Self::Contracted { contract, .. }
            | Self::Accepted { contract, .. }
            | Self::FinalAccount { contract, .. } => Some(contract),
        }
    }

    /// The accepted amount, once accepted.
    #[must_use]
    pub fn accepted(&self) -> Option<Fen> {
        match self {
            Self::Pooled | Self::Funded { .. } | Self::Contracted { .. } => None,
            Self::Accepted { accepted, .. } | Self::FinalAccount { accepted, .. } => Some(*accepted),
        }
    }

    /// The audited final account, once fixed.
    #[must_use]
    pub fn audit(&self) -> Option<&FinalAccount> {
        match self {
            Self::Pooled | Self::Funded { .. } | Self::Contracted { .. } | Self::Accepted { .. } => None,
            Self::FinalAccount { account, .. } => Some(account),
        }
    }
}

impl Project {
    /// All that is known; none before the project is pooled.
    #[must_use]
    pub fn file(&self) -> Option<&File> {
        match self {
            Self::Unknown => None,
            Self::Known(file) => Some(file),
        }
    }
}

impl Project {
    /// Who has had which duty, as far as it is known here.
    #[must_use]
    pub fn duties(&self) -> Option<&Duties> {
        self.file().map(|file| &file.duties)
    }
}

impl Decider for Project {
    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Refusal> {
        match (self, command) {
            (Self::Unknown, Command::RecordPooled { pooled, acts }) => Ok(vec![Event::ProjectPooled { pooled, acts }]),
            (
                Self::Unknown,
                Command::RecordAcceptance { .. }
                | Command::RecordAssetRegistration { .. }
                | Command::RecordCompletion { .. }
                | Command::RecordUnpooled { .. }
                | Command::RecordRolled { .. }
                | Command::HearActs { .. }
                | Command::ReleaseProject(_)
                | Command::PostponeProject(_),
            ) => Err(Common::TooEarly { what: "项目入库 pooling" }.into()),
            (Self::Unknown, Command::HearSuspension(suspended)) => Ok(suspended.unknown()?),
            (
                Self::Unknown,
                Command::ApproveFunding(_)
                | Command::SignContract(_)
                | Command::RequestPayment(_)
                | Command::CompleteTask(_)
                | Command::FixFinalAccount(_)
                | Command::RecountDues { .. }
                | Command::RecordAnswer { .. },
            ) => Err(Common::NotFound { what: "项目 project" }.into()),
            // A project enters the pool once; the message may come again.
            (Self::Known(_), Command::RecordPooled { .. }) => Ok(Vec::new()),
            (Self::Known(file), Command::HearSuspension(suspended)) => Ok(file.hear_suspension(suspended)?),
            (Self::Known(file), Command::RecordUnpooled { reason, acts }) => Ok(file.record_unpooled(reason, acts)),
            (Self::Known(file), Command::RecordRolled { year, acts }) => Ok(file.record_rolled(year, acts)),
            (Self::Known(file), Command::RecountDues { pack }) => file.recount(&pack.calendar),
            (Self::Known(file), Command::HearActs { acts }) => Ok(file.hear_acts(&acts).into_iter().collect()),
            (Self::Known(file), Command::ReleaseProject(command)) => Ok(file.release(command)?),
            (Self::Known(file), Command::PostponeProject(command)) => Ok(file.postpone(command)?),
            (Self::Known(file), Command::RecordCompletion { acts }) => Ok(file.record_completion(acts)?),
            (Self::Known(file), Command::ApproveFunding(command)) => Ok(file.approve_funding(command)?),
            (Self::Known(file), Command::SignContract(command)) => Ok(file.sign_contract(command)?),
            (Self::Known(file), Command::RequestPayment(command)) => Ok(file.request_payment(command)?),
            (Self::Known(file), Command::CompleteTask(command)) => file.complete_task(command),
            (Self::Known(file), Command::FixFinalAccount(command)) => Ok(file.fix_final_account(command)?),
            (Self::Known(file), Command::RecordAcceptance { accepted, acts }) => {
                Ok(file.record_acceptance(accepted, acts)?)
            }
            (Self::Known(file), Command::RecordAssetRegistration { registration, acts }) => {
                Ok(file.record_asset_registration(registration, acts)?)
            }
            (Self::Known(file), Command::RecordAnswer { payment, answer, at }) => {
                Ok(file.record_answer(payment, answer, at)?)
            }
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match (self, event) {
            (Self::Unknown, Event::ProjectPooled { pooled, acts }) => Self::Known(Box::new(File {
                pooled: pooled.clone(),
                duties: acts.clone(),
                stage: Stage::Pooled,
                payments: BTreeMap::new(),
                asset: None,
                suspensions: Suspensions::after(pooled.suspensions),
                unpooled: None,
                funded_on: None,
                completion_reported: false,
            })),
            (Self::Known(mut file), event) => {
                file.apply(event);
                Self::Known(file)
            }
            // A stream begins with the pooling; nothing else can stand there.
            (Self::Unknown, _) => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod golden;
#[cfg(test)]
mod scenarios;
#[cfg(test)]
mod story;
#[cfg(test)]
mod tests;
