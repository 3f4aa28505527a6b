//! What someone, another room or the treasury wants to happen to a project's money.
//!
//! Time, actor, the year's rules, new ids and what other streams say come as data.

use std::sync::Arc;

use kernel::{Actor, Duties, Fen, Pack, PersonId, SuspensionStep, TaskId, YearRules, duty::Exclusions};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::{
    plan::state::Plan,
    record::{Assignment, Contract, Decision, FinalAccount, PaymentRequest, Pooled, Registration, TaskKind},
};

/// What is wanted.
#[derive(Debug, Clone)]
pub enum Command {
    /// Intake says that the project stands in the pool.
    RecordPooled {
        /// What was approved.
        pooled: Pooled,
        /// Who had which duty before.
        acts: Duties,
    },
    /// Intake says that the project is suspended, or goes on.
    HearSuspension(Suspended),
    /// Intake says that the project has left the pool.
    RecordUnpooled {
        /// Why.
        reason: String,
        /// Who had which duty by then.
        acts: Duties,
    },
    /// Intake says that the project waits for a later plan year.
    RecordRolled {
        /// The plan year.
        year: i32,
        /// Who had which duty by then.
        acts: Duties,
    },
    /// Intake says who acted on the project in the pool.
    HearActs {
        /// Who had which duty by then.
        acts: Duties,
    },
    /// A year's calendar is known: what hung on it is counted again.
    RecountDues {
        /// The county pack, whose calendar has it.
        pack: Arc<Pack>,
    },
    /// C-RRB takes the project out of the pool, asked through intake.
    ReleaseProject(ReleaseProject),
    /// C-RRB lets it wait for a later plan year, asked through intake.
    PostponeProject(PostponeProject),
    /// C-FIN approves funding.
    ApproveFunding(ApproveFunding),
    /// V-COL or T-GOV records the contract.
    SignContract(SignContract),
    /// V-COL asks for a payment.
    RequestPayment(RequestPayment),
    /// A reviewer or releaser decides.
    CompleteTask(CompleteTask),
    /// C-AUD fixes the final account.
    FixFinalAccount(FixFinalAccount),
    /// Assets says that the village reported completion.
    RecordCompletion {
        /// Who had which duty there.
        acts: Duties,
    },
    /// Assets says that the county accepted what was built.
    RecordAcceptance {
        /// Accepted amount.
        accepted: Fen,
        /// Who had which duty there.
        acts: Duties,
    },
    /// Assets says that the assets stand in the register.
    RecordAssetRegistration {
        /// Values and owner.
        registration: Registration,
        /// Who had which duty there.
        acts: Duties,
    },
    /// The treasury answered, or did not.
    RecordAnswer {
        /// The payment.
        payment: Uuid,
        /// What it said.
        answer: Answer,
        /// Now.
        at: OffsetDateTime,
    },
}

/// What became of a payment order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Paid.
    Paid {
        /// 支付凭证号.
        treasury_ref: String,
    },
    /// Refused; no money moved.
    Failed {
        /// Why.
        reason: String,
    },
    /// Not known: no answer, or none that makes sense.
    Unknown {
        /// What went wrong.
        reason: String,
    },
}

/// A project that is to leave the pool.
#[derive(Debug, Clone)]
pub struct ReleaseProject {
    /// Why: intake's code.
    pub reason: String,
    /// Why, in words.
    pub text: String,
    /// The living plan that it is in.
    pub plan: Option<Uuid>,
    /// Who.
    pub actor: Actor,
    /// Which duties exclude each other.
    pub exclusions: Arc<Exclusions>,
    /// Now.
    pub at: OffsetDateTime,
}

/// A project that is to wait for a later plan year.
#[derive(Debug, Clone)]
pub struct PostponeProject {
    /// The plan year.
    pub year: i32,
    /// The living plan that it is in.
    pub plan: Option<Uuid>,
    /// Who.
    pub actor: Actor,
    /// Which duties exclude each other.
    pub exclusions: Arc<Exclusions>,
    /// Now.
    pub at: OffsetDateTime,
}

/// Funding of a project.
#[derive(Debug, Clone)]
pub struct ApproveFunding {
    /// Id of the plan.
    pub plan_id: Uuid,
    /// The plan as it stands.
    pub plan: Plan,
    /// 资金批复文号.
    pub document_no: String,
    /// Charges.
    pub charges: Vec<AskedCharge>,
    /// The indicators as they stand.
    pub indicators: Vec<IndicatorFacts>,
    /// Who approves.
    pub actor: Actor,
    /// Which duties exclude each other.
    pub exclusions: Arc<Exclusions>,
    /// Now.
    pub at: OffsetDateTime,
}

/// A signed contract.
#[derive(Debug, Clone)]
pub struct SignContract {
    /// The contract.
    pub contract: Contract,
    /// Who records it.
    pub actor: Actor,
    /// Which duties exclude each other.
    pub exclusions: Arc<Exclusions>,
    /// Rules of the project's year.
    pub rules: Arc<YearRules>,
    /// Now.
    pub at: OffsetDateTime,
}

/// A request for a payment.
#[derive(Debug, Clone)]
pub struct RequestPayment {
    /// Id of the new payment.
    pub payment: Uuid,
    /// What is asked for.
    pub request: PaymentRequest,
    /// Whether the plan's notice was closed in time (G1).
    pub notice_closed: bool,
    /// Who reviews, by when.
    pub review: Assignment,
    /// Who asks.
    pub actor: Actor,
    /// Which duties exclude each other.
    pub exclusions: Arc<Exclusions>,
    /// Rules of the project's year.
    pub rules: Arc<YearRules>,
    /// Now.
    pub at: OffsetDateTime,
}

/// A reviewer's or releaser's decision.
#[derive(Debug, Clone)]
pub struct CompleteTask {
    /// The task.
    pub task: TaskId,
    /// Its kind.
    pub task_kind: TaskKind,
    /// The decision.
    pub decision: Decision,
    /// Revision of the request that was read.
    pub subject_revision: i64,
    /// Whether the plan's notice was closed in time (G1).
    pub notice_closed: bool,
    /// Who releases after a review, by when.
    pub release: Assignment,
    /// Who decides.
    pub actor: Actor,
    /// Which duties exclude each other.
    pub exclusions: Arc<Exclusions>,
    /// Rules of the project's year.
    pub rules: Arc<YearRules>,
    /// Now.
    pub at: OffsetDateTime,
}

/// The audited final account.
#[derive(Debug, Clone)]
pub struct FixFinalAccount {
    /// The account.
    pub account: FinalAccount,
    /// Who fixes it.
    pub actor: Actor,
    /// Which duties that person has had in the room that accepts the works: what is entered there provisionally is not told.
    pub elsewhere: Duties,
    /// Which duties exclude each other.
    pub exclusions: Arc<Exclusions>,
    /// Now.
    pub at: OffsetDateTime,
}

/// A suspension begins or ends.
#[derive(Debug, Clone)]
pub struct Suspended {
    /// Which suspension of the project, from 1.
    pub number: u32,
    /// Whether it stood in the pool by then: what did not, concerns nobody here.
    pub pooled: bool,
    /// What happens.
    pub step: SuspensionStep,
    /// Who has had which duty by then.
    pub acts: Duties,
}

/// A charge that someone asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AskedCharge {
    /// Indicator.
    pub indicator: Uuid,
    /// Amount.
    pub amount: Fen,
}

/// An indicator as the store knows it at the moment of charging.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndicatorFacts {
    /// Indicator.
    pub indicator: Uuid,
    /// Source code.
    pub source: String,
    /// 指标文号.
    pub document_no: String,
    /// Fiscal year.
    pub fiscal_year: i32,
    /// Whether a second person has confirmed it.
    pub confirmed: bool,
    /// What is left of it.
    pub available: Fen,
    /// Who entered and confirmed it, and for whom.
    pub issuers: Vec<PersonId>,
}
