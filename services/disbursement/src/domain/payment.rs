//! A payment (支付, §6): asked for, reviewed, released, instructed, and settled at most once.
//!
//! `REQUESTED → REVIEWED → INSTRUCTED → SETTLED | FAILED`, with `REFUSED` by a person and `UNKNOWN` while the treasury's
//! answer is missing. Payments live in their project's stream; what may be paid is [`super::gates`]'.

use kernel::{Attachment, Due, Duty, Fen, Post, Role, TaskId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Payee, Signature};

/// Type of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PaymentType {
    /// 预付款.
    Advance,
    /// 结算款, without the retention.
    Settlement,
}

impl PaymentType {
    /// Chinese name.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::Advance => "预付款",
            Self::Settlement => "结算款",
        }
    }
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Type.
    #[serde(rename = "type")]
    pub payment_type: PaymentType,
    /// Amount.
    pub amount: Fen,
    /// Indicator to charge.
    pub indicator: Uuid,
    /// Account to be paid.
    pub payee: Payee,
    /// Invoice numbers (发票号码), unique in the county.
    pub invoices: Vec<String>,
    /// Vouchers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub vouchers: Vec<Attachment>,
}

/// A person whose task it is, and by when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Desk {
    /// The post.
    pub post: Post,
    /// Due.
    pub due: Due,
}

/// A step that a person decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TaskKind {
    /// 支付复核.
    PaymentReview,
    /// 支付审批.
    PaymentRelease,
}

impl TaskKind {
    /// Stable code, as in the inbox.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::PaymentReview => "PAYMENT_REVIEW",
            Self::PaymentRelease => "PAYMENT_RELEASE",
        }
    }

    /// The kind of that code.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        [Self::PaymentReview, Self::PaymentRelease].into_iter().find(|kind| kind.code() == code)
    }

    /// Chinese name.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::PaymentReview => "支付复核",
            Self::PaymentRelease => "支付审批",
        }
    }

    /// The role whose task it is.
    #[must_use]
    pub fn role(self) -> Role {
        match self {
            Self::PaymentReview => Role::PaymentReviewer,
            Self::PaymentRelease => Role::PaymentReleaser,
        }
    }

    /// The duty that it is.
    #[must_use]
    pub fn duty(self) -> Duty {
        match self {
            Self::PaymentReview => Duty::PaymentReviewer,
            Self::PaymentRelease => Duty::PaymentReleaser,
        }
    }

    /// The task of this kind for a payment: a replay names the same task.
    #[must_use]
    pub fn task(self, project: Uuid, payment: Uuid) -> TaskId {
        TaskId::derive("disbursement", project, &format!("{}:{payment}", self.code()))
    }
}

/// Where a payment is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Stage {
    /// 待复核.
    Requested {
        /// Who must review it.
        desk: Desk,
    },
    /// 待审批.
    Reviewed {
        /// Who must release it.
        desk: Desk,
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

impl Stage {
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
    pub request: Request,
    /// Who asked.
    pub requested_by: Signature,
    /// Who reviewed it.
    pub reviewed_by: Option<Signature>,
    /// Who released it.
    pub released_by: Option<Signature>,
    /// Where it is.
    pub stage: Stage,
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
            Stage::Requested { .. }
            | Stage::Reviewed { .. }
            | Stage::Instructed
            | Stage::Unknown { .. }
            | Stage::Settled { .. } => true,
            Stage::Failed { .. } | Stage::Refused { .. } => false,
        }
    }

    /// Whether its money is held in the ledger: instructed, with no answer yet.
    #[must_use]
    pub fn is_held(&self) -> bool {
        matches!(self.stage, Stage::Instructed | Stage::Unknown { .. })
    }

    /// Whether it was paid.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        matches!(self.stage, Stage::Settled { .. })
    }

    /// The decision that is awaited, and whose task it is.
    #[must_use]
    pub fn awaits(&self) -> Option<(TaskKind, &Desk)> {
        match &self.stage {
            Stage::Requested { desk } => Some((TaskKind::PaymentReview, desk)),
            Stage::Reviewed { desk } => Some((TaskKind::PaymentRelease, desk)),
            Stage::Instructed
            | Stage::Unknown { .. }
            | Stage::Settled { .. }
            | Stage::Failed { .. }
            | Stage::Refused { .. } => None,
        }
    }

    /// Whose task the awaited decision is, to say when it is due.
    pub fn desk_mut(&mut self) -> Option<&mut Desk> {
        match &mut self.stage {
            Stage::Requested { desk } | Stage::Reviewed { desk } => Some(desk),
            Stage::Instructed
            | Stage::Unknown { .. }
            | Stage::Settled { .. }
            | Stage::Failed { .. }
            | Stage::Refused { .. } => None,
        }
    }
}
