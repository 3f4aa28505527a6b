//! A draw of experts (随机抽取) as it is on record: the chance, who could be drawn and who could not, so that anyone can draw
//! again and find the same persons.

use kernel::PersonId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One draw from the register of experts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draw {
    /// What the chance was.
    pub seed: Uuid,
    /// Who could be drawn, in order of id.
    pub candidates: Vec<PersonId>,
    /// Who stands in the register and could not.
    pub barred: Vec<Barred>,
    /// Who was drawn, in order of the draw.
    pub drawn: Vec<PersonId>,
}

/// An expert who could not be drawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Barred {
    /// Who.
    pub person: PersonId,
    /// Why not.
    pub bar: Bar,
}

/// Why an expert can't be drawn (回避事由).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Bar {
    /// Has another duty in the project (SOD-1).
    Duty,
    /// Has declared an interest in the village, its township or the operator (SOD-3).
    Interest,
    /// Has left this panel: recused, or replaced when late.
    Left,
    /// Sits on the panel already.
    Seated,
}

impl Bar {
    /// Stable name, as in the contract.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Duty => "DUTY",
            Self::Interest => "INTEREST",
            Self::Left => "LEFT",
            Self::Seated => "SEATED",
        }
    }
}

impl Draw {
    /// Everyone who stood in the register at that moment.
    pub fn register(&self) -> impl Iterator<Item = &PersonId> {
        self.candidates.iter().chain(self.barred.iter().map(|barred| &barred.person))
    }
}
