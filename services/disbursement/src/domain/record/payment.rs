//! What a payment (支付) is made of: what is asked for, and the two decisions that it waits for.

use kernel::{Attachment, Due, Duty, Fen, Post, Role, TaskId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Payee;

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

/// A payment as it is asked for (支付申请).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentRequest {
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

/// Whose task a decision is, and by when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
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
