//! An acceptance that passed (县级验收): its group, the amount, what was found.

use kernel::Fen;
use serde::{Deserialize, Serialize};

use super::{GroupMember, Signature};

/// An acceptance that passed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acceptance {
    /// The group.
    pub members: Vec<GroupMember>,
    /// Accepted amount (验收金额).
    pub accepted: Fen,
    /// What was found.
    pub opinion: String,
    /// Who accepted.
    pub signed: Signature,
}

impl Acceptance {
    /// Whether this is the same acceptance by the same person, whenever it was made.
    #[must_use]
    pub fn repeats(&self, other: &Self) -> bool {
        self.members == other.members
            && self.accepted == other.accepted
            && self.opinion == other.opinion
            && self.signed.is_by_same(&other.signed)
    }
}
