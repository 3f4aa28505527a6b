//! An opinion (审核意见): asked of one post in one round, then given once by one person, and never changed. The state keeps
//! those of all rounds; it is no part of a fact.

use kernel::decision::Outcome;

use super::{Asked, DecisionRecord};

/// An opinion from the asking to the giving.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opinion {
    /// What was asked of whom.
    pub asked: Asked,
    /// What was answered; none while it is awaited.
    pub decision: Option<DecisionRecord>,
    /// Whether it counts no more: asked again, returned over, or not needed. It stays in the record.
    pub lapsed: bool,
    /// Whether it was found overdue (逾期). Overdue never approves.
    pub overdue: bool,
    /// How often it was suspended while it was awaited.
    pub suspended: u32,
    /// How often its due date was counted again.
    pub recounts: u32,
    /// Whether the leading group dispensed with it (免予征求).
    pub dispensed: bool,
}

impl Opinion {
    /// An opinion that has just been asked for.
    #[must_use]
    pub fn awaited(asked: &Asked) -> Self {
        Self {
            asked: asked.clone(),
            decision: None,
            lapsed: false,
            overdue: false,
            suspended: 0,
            recounts: 0,
            dispensed: false,
        }
    }

    /// Whether a person must still give it.
    #[must_use]
    pub fn is_awaited(&self) -> bool {
        self.decision.is_none() && !self.lapsed
    }

    /// Whether it is given and agrees.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.decision.as_ref().is_some_and(|decision| decision.outcome == Outcome::Approve)
    }
}
