//! What a list of tasks can be filtered, ordered and keyed by, and who reads it: the words that a request is read into and
//! that the store asks with, so that neither needs to know the other.

use time::OffsetDateTime;
use uuid::Uuid;

/// Who reads.
#[derive(Debug, Clone)]
pub struct Reader {
    /// The person who holds tasks.
    pub person: String,
    /// The posts held.
    pub posts: Vec<String>,
    /// The posts below these, of whose tasks the reader is told when they are overdue or nobody may work on them.
    pub below: Vec<String>,
    /// Of the posts below, those that someone holds, one entry a holder.
    pub held: Vec<String>,
    /// Who holds them, in the same order.
    pub holders: Vec<String>,
}

/// Which tasks are wanted.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// States as read now, at least one.
    pub states: Vec<&'static str>,
    /// Only this project's.
    pub project: Option<Uuid>,
    /// Only this kind.
    pub kind: Option<String>,
    /// Only those that the reader holds.
    pub mine: bool,
}

/// Place in a list: the soonest due first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// When the task is due.
    pub due_at: OffsetDateTime,
    /// The task.
    pub task_id: Uuid,
}
