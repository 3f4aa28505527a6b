//! What may be asked of a case. Time, the pack, balances and every new id come as data, so that the rules ask no clock and
//! no generator. Which rule answers, [`super::case`] says.

use std::sync::Arc;

use kernel::{Actor, Duties, Pack, ProjectId, SuspensionStep, TaskId, decision::Decision, duty::Exclusions};
use time::OffsetDateTime;
use uuid::Uuid;

use super::record::{Balances, GuaranteeEnd, Referral, TaskKind};

/// What someone wants to happen.
#[derive(Debug, Clone)]
pub enum Command {
    /// The application comes to the county for the first time.
    OpenCase(Forwarded),
    /// It comes again, corrected.
    ReopenCase(Forwarded),
    /// A reviewer decides a task.
    CompleteTask(Complete),
    /// Time has passed: what is overdue is said.
    EscalateOverdue(Escalate),
    /// A year's calendar is known: what hung on it is counted again.
    RecountDues {
        /// The county pack, whose calendar has it.
        pack: Arc<Pack>,
    },
    /// The village gives it up.
    WithdrawCase(Withdrawal),
    /// Intake says that the village gave it up.
    HearWithdrawal(Withdrawn),
    /// Intake says that the project is suspended, or goes on.
    HearSuspension(Suspended),
    /// Another room says that the project is funded or has left the pool.
    EndGuarantee(GuaranteeEnd),
}

/// What is overdue is to be found.
#[derive(Debug, Clone)]
pub struct Escalate {
    /// The county pack: who sees to it, and by when.
    pub pack: Arc<Pack>,
    /// Now.
    pub at: OffsetDateTime,
}

/// An application that was forwarded.
#[derive(Debug, Clone)]
pub struct Forwarded {
    /// The project.
    pub project: ProjectId,
    /// What is to be judged.
    pub referral: Referral,
    /// Who has had which duty so far.
    pub acts: Duties,
    /// How often the project has been suspended so far.
    pub suspensions: u32,
    /// The county pack: who judges, and by when.
    pub pack: Arc<Pack>,
    /// Now.
    pub at: OffsetDateTime,
}

/// A reviewer's decision on a task.
#[derive(Debug, Clone)]
pub struct Complete {
    /// The task.
    pub task: TaskId,
    /// Its kind.
    pub task_kind: TaskKind,
    /// The decision.
    pub decision: Decision,
    /// Who decides.
    pub actor: Actor,
    /// The county pack: the rules of the plan year, and who is asked next.
    pub pack: Arc<Pack>,
    /// Chance, should experts be drawn.
    pub seed: Uuid,
    /// What is left of the year's indicators, where the finance bureau agrees.
    pub balances: Balances,
    /// What of it the bureau has vouched for already.
    pub reserved: Balances,
    /// Now.
    pub at: OffsetDateTime,
}

/// The village gives its application up.
#[derive(Debug, Clone)]
pub struct Withdrawal {
    /// Why.
    pub reason: String,
    /// Who.
    pub actor: Actor,
    /// Which duties exclude each other.
    pub exclusions: Arc<Exclusions>,
    /// Now.
    pub at: OffsetDateTime,
}

/// Intake says that an application was withdrawn.
#[derive(Debug, Clone)]
pub struct Withdrawn {
    /// Rounds at the county by then; 0 when it never came here.
    pub county_round: u32,
    /// Why.
    pub reason: String,
    /// Who has had which duty.
    pub acts: Duties,
}

/// A suspension begins or ends.
#[derive(Debug, Clone)]
pub struct Suspended {
    /// Which suspension of the project, from 1.
    pub number: u32,
    /// Rounds at the county by then; 0 when it never came here.
    pub county_round: u32,
    /// What happens.
    pub step: SuspensionStep,
    /// Who has had which duty by then.
    pub acts: Duties,
}
