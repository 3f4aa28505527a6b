//! The state of a task that a room asked for: what is asked, who holds it, when it is due; and the questions that several
//! rules ask of it.
//!
//! A suspension is no stage of its own: it lies over READY and RESERVED. How a fact changes the state stands in `evolve`.

mod evolve;

use kernel::{PersonId, Suspensions, decision::Outcome, refusal::Common};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::record::{Lease, Request};

/// A task that a room asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// What is asked.
    pub request: Request,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub raised_at: OffsetDateTime,
    /// Token of the latest claim; 0 before the first.
    pub latest_token: i64,
    /// Where it stands.
    pub stage: Stage,
    /// How often it rested, and whether it does.
    #[serde(default)]
    pub suspensions: Suspensions,
    /// When it is due since it was resumed, or counted again.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub postponed_to: Option<OffsetDateTime>,
    /// Whether it hangs on a year that is not published yet (暂定).
    #[serde(default)]
    pub due_provisional: bool,
    /// How often its due time was counted again.
    #[serde(default)]
    pub recounts: u32,
    /// Whether the matter was decided without it: whoever comes then hears that, and not only that it is closed.
    #[serde(default)]
    pub overtaken: bool,
}

/// Where a task stands, in the words of WS-HumanTask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// 待领取: free to be claimed.
    Ready {
        /// Who held it last and gave it back: that person's second release is a repeat.
        released_by: Option<PersonId>,
    },
    /// 已领取: claimed, as long as the lease stands.
    Reserved(Lease),
    /// 已办结: decided.
    Completed {
        /// How.
        outcome: Outcome,
        /// By whom.
        person: PersonId,
        /// Whom that person stood in for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on_behalf_of: Option<PersonId>,
    },
    /// 已终止: no longer needed.
    Obsolete,
}

impl Stage {
    /// Stable name, as stored.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Ready { .. } => "READY",
            Self::Reserved(_) => "RESERVED",
            Self::Completed { .. } => "COMPLETED",
            Self::Obsolete => "OBSOLETE",
        }
    }

    /// The claim that stands now.
    #[must_use]
    pub fn lease(&self, at: OffsetDateTime) -> Option<&Lease> {
        match self {
            Self::Reserved(lease) => Some(lease).filter(|lease| lease.stands(at)),
            Self::Ready { .. } | Self::Completed { .. } | Self::Obsolete => None,
        }
    }
}

impl State {
    /// When it is due.
    #[must_use]
    pub fn due_at(&self) -> OffsetDateTime {
        self.postponed_to.unwrap_or(self.request.due_at)
    }

    /// Whether it waits past its due time.
    #[must_use]
    pub fn is_overdue(&self, at: OffsetDateTime) -> bool {
        self.is_open() && self.due_at() < at
    }

    /// Whether it waits for a person now.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.awaits_a_decision() && !self.is_suspended()
    }

    /// Whether it rests.
    #[must_use]
    pub fn is_suspended(&self) -> bool {
        self.awaits_a_decision() && self.suspensions.standing().is_some()
    }

    /// Stable name of its state, as stored.
    #[must_use]
    pub fn code(&self) -> &'static str {
        if self.is_suspended() { "SUSPENDED" } else { self.stage.code() }
    }

    /// Whether nobody has decided it and somebody still should, now or once it is resumed.
    #[must_use]
    pub fn awaits_a_decision(&self) -> bool {
        match self.stage {
            Stage::Ready { .. } | Stage::Reserved(_) => true,
            Stage::Completed { .. } | Stage::Obsolete => false,
        }
    }

    /// Refuses a step while it rests.
    ///
    /// # Errors
    /// `SUSPENDED`.
    pub fn permit(&self) -> Result<(), Common> {
        if self.is_suspended() { self.suspensions.permit() } else { Ok(()) }
    }

    /// The refusal of a step on a task that is closed: decided without it, or not needed any more.
    #[must_use]
    pub fn closed(&self, command: &'static str) -> Common {
        if self.overtaken { Common::AlreadyDecided } else { self.wrong_state(command) }
    }

    /// The refusal of a step that does not fit where the task stands.
    #[must_use]
    pub fn wrong_state(&self, command: &'static str) -> Common {
        Common::WrongState { state: self.stage.code(), command }
    }
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use crate::domain::{Event, fixtures::task};

    #[test]
    fn only_an_open_task_is_overdue() {
        let late = task([]).request.due_at + Duration::seconds(1);
        assert!(task([]).is_overdue(late));
        assert!(!task([]).is_overdue(late - Duration::seconds(1)));
        assert!(!task([Event::TaskObsoleted]).is_overdue(late));
    }
}
