//! What may be said to a task: by the people who work on it, and by the room that asked for it. Time comes as data; which rule
//! answers, [`super::task`] says.

use kernel::{Actor, PersonId, decision::Outcome};
use time::OffsetDateTime;

use super::record::Request;

/// What someone wants to happen to a task.
#[derive(Debug, Clone)]
pub enum Command {
    /// A room asks for a person.
    RaiseTask {
        /// What is asked.
        request: Box<Request>,
        /// When.
        at: OffsetDateTime,
    },
    /// A person takes it, or stays with it.
    ClaimTask {
        /// Who.
        actor: Actor,
        /// When.
        at: OffsetDateTime,
    },
    /// The holder gives it back.
    ReleaseTask {
        /// Who.
        actor: Actor,
        /// From the claim.
        token: i64,
    },
    /// The decision that the asking room has accepted is recorded.
    CompleteTask {
        /// How it was decided.
        outcome: Outcome,
        /// By whom.
        person: PersonId,
        /// Whom that person stood in for.
        on_behalf_of: Option<PersonId>,
    },
    /// The asking room needs no person any more, without a decision.
    CancelTask,
    /// The asking room has gone on without this person's word: whoever comes now comes too late.
    OvertakeTask,
    /// The asking room says that the project is suspended.
    SuspendTask {
        /// Which suspension of the task, from 1.
        number: u32,
        /// Why.
        reason: String,
    },
    /// The asking room says that the project goes on.
    ResumeTask {
        /// Which suspension ended.
        number: u32,
        /// When the task is due now.
        due_at: OffsetDateTime,
        /// Whether that hangs on a year that is not published (暂定).
        provisional: bool,
    },
    /// The asking room has counted its due time again.
    RescheduleTask(Recounted),
}

/// The asking room has counted the due time again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recounted {
    /// How often it has been counted again, from 1.
    pub number: u32,
    /// How many suspensions of the task had ended by then.
    pub suspensions_ended: u32,
    /// When it is due now.
    pub due_at: OffsetDateTime,
    /// Whether that still hangs on a year that is not published.
    pub provisional: bool,
}
