//! What has happened to a project's money. Stored for ever: additive changes only.
//!
//! `golden.rs` keeps one stored JSON of each.

use kernel::{Due, Duties, Duty, Fen, Post};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::record::{
    Assignment, Contract, Decision, FinalAccount, Funding, PaymentRequest, Pooled, Registration, Signature, TaskKind,
};

/// What has happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind")]
pub enum Event {
    /// The project stands in the pool.
    ProjectPooled {
        /// What was approved.
        pooled: Pooled,
        /// Who had which duty before.
        acts: Duties,
    },
    /// Funding was approved and charged to indicators.
    FundingApproved {
        /// The funding.
        funding: Funding,
        /// Who proposed and approved its plan; not kept before.
        #[serde(default, skip_serializing_if = "Duties::is_empty")]
        acts: Duties,
        /// Who approved it.
        by: Signature,
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
    /// The contract was signed.
    ContractSigned {
        /// The contract.
        contract: Contract,
        /// Who recorded it.
        by: Signature,
        /// The village's applicant or the township's reviewer.
        duty: Duty,
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
    /// A payment was asked for.
    PaymentRequested {
        /// Its id.
        payment: Uuid,
        /// What was asked for.
        request: PaymentRequest,
        /// Who must review it.
        #[serde(rename = "desk")]
        assignment: Assignment,
        /// Who asked.
        by: Signature,
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
    /// The reviewer agreed.
    PaymentReviewed {
        /// The payment.
        payment: Uuid,
        /// The decision.
        decision: Decision,
        /// Who must release it.
        #[serde(rename = "desk")]
        assignment: Assignment,
        /// Who decided.
        by: Signature,
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
    /// The releaser agreed: the money is held and the treasury is to be asked.
    PaymentInstructed {
        /// The payment.
        payment: Uuid,
        /// The decision.
        decision: Decision,
        /// Who decided.
        by: Signature,
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
    /// The reviewer or the releaser gave it back.
    PaymentRefused {
        /// The payment.
        payment: Uuid,
        /// Which of the two.
        task_kind: TaskKind,
        /// The decision.
        decision: Decision,
        /// Who decided.
        by: Signature,
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
    /// The treasury paid.
    PaymentSettled {
        /// The payment.
        payment: Uuid,
        /// 支付凭证号.
        treasury_ref: String,
        /// When we knew.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
    /// The treasury refused; no money moved.
    PaymentFailed {
        /// The payment.
        payment: Uuid,
        /// Why.
        reason: String,
        /// When we knew.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
    /// The treasury's answer is missing: it will be asked.
    #[serde(rename = "PaymentUncertain")]
    PaymentUnknown {
        /// The payment.
        payment: Uuid,
        /// What went wrong.
        reason: String,
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
    /// The county accepted what was built.
    AcceptanceRecorded {
        /// Accepted amount.
        accepted: Fen,
        /// Who had which duty there.
        acts: Duties,
    },
    /// The audit fixed the final account.
    FinalAccountFixed {
        /// The account.
        account: FinalAccount,
        /// Who fixed it.
        by: Signature,
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
    /// The assets stand in the register.
    AssetRegistrationRecorded {
        /// Values and owner.
        registration: Registration,
        /// Who had which duty there.
        acts: Duties,
    },
    /// The project was suspended.
    ProjectSuspended {
        /// Why.
        reason: String,
    },
    /// The project goes on.
    ProjectResumed {
        /// Days by which everything is due later.
        days: i64,
    },
    /// The project has left the pool, as intake says.
    ProjectUnpooled {
        /// Why.
        reason: String,
        /// Who had which duty by then.
        acts: Duties,
    },
    /// Nothing held the project: it has left the pool.
    ProjectReleased {
        /// Why: intake's code.
        reason: String,
        /// Why, in words.
        text: String,
        /// In which post.
        post: Post,
        /// Who.
        by: Signature,
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
    /// Nothing held the project: it waits for a later plan year.
    ProjectPostponed {
        /// The plan year.
        year: i32,
        /// In which post.
        post: Post,
        /// Who.
        by: Signature,
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
    /// The project waits for a later plan year, as intake says.
    ProjectRolled {
        /// The plan year.
        year: i32,
        /// Who had which duty by then.
        acts: Duties,
    },
    /// A provisional due date was counted again, since a year's calendar is known (节假日安排).
    DueRecounted {
        /// The payment whose decision is awaited.
        payment: Uuid,
        /// When it is due now.
        due: Due,
    },
    /// Who has had which duty elsewhere, as another room says.
    ActsHeard {
        /// Those that were not known here.
        acts: Duties,
    },
    /// The village reported completion.
    CompletionReported {
        /// Who had which duty there.
        acts: Duties,
    },
}
