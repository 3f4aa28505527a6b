//! What may be asked of a case. Time, the pack, balances and every new id come as data.

use std::sync::Arc;

use kernel::{Actor, Duties, Pack, ProjectId, TaskId, decision::Decision};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::{
    Suspended, Withdrawal, Withdrawn,
    guarantee::{Balances, GuaranteeEnd},
    opinion::TaskKind,
    referral::Referral,
};

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
