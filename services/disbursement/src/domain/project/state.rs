//! What is known of a project's money, and what several rules ask of it; what each fact makes of it stands in `evolve`.
//!
//! It is also the read table's `file`: a field that comes later has a default.

mod evolve;

use std::collections::BTreeMap;

use kernel::{Due, Duties, Fen, Suspensions, refusal::Common};
use serde::{Deserialize, Serialize};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use crate::domain::record::{
    Assignment, Contract, FinalAccount, Funding, PaymentRequest, Pooled, Registration, Signature, TaskKind,
};

/// All that is known of a project's money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
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

impl Money {
    /// That of a project which has entered the pool.
    #[must_use]
    pub fn pooled(pooled: &Pooled, acts: &Duties) -> Self {
        Self {
            pooled: pooled.clone(),
            duties: acts.clone(),
            stage: Stage::Pooled,
            payments: BTreeMap::new(),
            asset: None,
            suspensions: Suspensions::after(pooled.suspensions),
            unpooled: None,
            funded_on: None,
            completion_reported: false,
        }
    }

    /// The first moment that is due and still hangs on a year that is not published.
    #[must_use]
    pub fn first_provisional(&self) -> Option<OffsetDateTime> {
        self.provisional().map(|(_, due)| due.at).min()
    }

    /// What is awaited, payment by payment, and due at a moment that hangs on a year which is not published.
    pub fn provisional(&self) -> impl Iterator<Item = (Uuid, Due)> {
        let awaited = self.payments.values().filter_map(|payment| Some((payment.id, payment.awaits()?.1.due)));
        awaited.filter(|(_, due)| due.is_provisional())
    }

    /// The refusal of a step that its stage does not know.
    #[must_use]
    pub fn wrong_state(&self, command: &'static str) -> Common {
        Common::WrongState { state: self.stage.code(), command }
    }
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

/// Where a payment is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PaymentStage {
    /// 待复核.
    Requested {
        /// Who must review it.
        #[serde(rename = "desk")]
        assignment: Assignment,
    },
    /// 待审批.
    Reviewed {
        /// Who must release it.
        #[serde(rename = "desk")]
        assignment: Assignment,
    },
    /// 已发支付指令: money is held, the treasury is to be asked.
    Instructed,
    /// The treasury's answer is missing.
    Unknown {
        /// What went wrong.
        reason: String,
    },
    /// 已支付.
    Settled {
        /// 支付凭证号.
        treasury_ref: String,
    },
    /// 支付失败: the hold was released.
    Failed {
        /// The treasury's reason.
        reason: String,
    },
    /// 退回 by the reviewer or releaser.
    Refused {
        /// That person's opinion.
        reason: String,
    },
}

impl PaymentStage {
    /// Stable name, as in the contract and the tables.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Requested { .. } => "REQUESTED",
            Self::Reviewed { .. } => "REVIEWED",
            Self::Instructed => "INSTRUCTED",
            Self::Unknown { .. } => "UNKNOWN",
            Self::Settled { .. } => "SETTLED",
            Self::Failed { .. } => "FAILED",
            Self::Refused { .. } => "REFUSED",
        }
    }
}

/// A payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// Id, and the key that the treasury sees.
    pub id: Uuid,
    /// What was asked for.
    pub request: PaymentRequest,
    /// Who asked.
    pub requested_by: Signature,
    /// Who reviewed it.
    pub reviewed_by: Option<Signature>,
    /// Who released it.
    pub released_by: Option<Signature>,
    /// Where it is.
    pub stage: PaymentStage,
    /// How often its open task was suspended.
    #[serde(default)]
    pub suspended: u32,
    /// How often the due date of its open task was counted again.
    #[serde(default)]
    pub recounts: u32,
}

impl Payment {
    /// Whether its money and its invoices are taken: paid, or still under way.
    #[must_use]
    pub fn counts(&self) -> bool {
        match self.stage {
            PaymentStage::Requested { .. }
            | PaymentStage::Reviewed { .. }
            | PaymentStage::Instructed
            | PaymentStage::Unknown { .. }
            | PaymentStage::Settled { .. } => true,
            PaymentStage::Failed { .. } | PaymentStage::Refused { .. } => false,
        }
    }

    /// Whether its money is held in the ledger: instructed, with no answer yet.
    #[must_use]
    pub fn is_held(&self) -> bool {
        matches!(self.stage, PaymentStage::Instructed | PaymentStage::Unknown { .. })
    }

    /// Whether it was paid.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        matches!(self.stage, PaymentStage::Settled { .. })
    }

    /// The decision that is awaited, and whose task it is.
    #[must_use]
    pub fn awaits(&self) -> Option<(TaskKind, &Assignment)> {
        match &self.stage {
            PaymentStage::Requested { assignment } => Some((TaskKind::PaymentReview, assignment)),
            PaymentStage::Reviewed { assignment } => Some((TaskKind::PaymentRelease, assignment)),
            PaymentStage::Instructed
            | PaymentStage::Unknown { .. }
            | PaymentStage::Settled { .. }
            | PaymentStage::Failed { .. }
            | PaymentStage::Refused { .. } => None,
        }
    }

    /// Whose task the awaited decision is, to say when it is due.
    pub fn assignment_mut(&mut self) -> Option<&mut Assignment> {
        match &mut self.stage {
            PaymentStage::Requested { assignment } | PaymentStage::Reviewed { assignment } => Some(assignment),
            PaymentStage::Instructed
            | PaymentStage::Unknown { .. }
            | PaymentStage::Settled { .. }
            | PaymentStage::Failed { .. }
            | PaymentStage::Refused { .. } => None,
        }
    }
}
