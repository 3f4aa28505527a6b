//! Tests of a machine that read as a story: `given([facts]).when(command).then([facts])`.

use std::fmt::Debug;

use crate::{Decider, Refusal};

/// A machine that these facts have brought to its state.
pub fn given<D: Decider>(events: impl IntoIterator<Item = D::Event>) -> Given<D> {
    let events: Vec<D::Event> = events.into_iter().collect();
    Given { state: D::fold(&events) }
}

/// See [`given`].
pub struct Given<D> {
    state: D,
}

impl<D: Decider> Given<D> {
    /// Asks the machine to decide.
    pub fn when(self, command: D::Command) -> Decided<D> {
        let outcome = self.state.decide(command);
        Decided { state: self.state, outcome }
    }
}

/// What the machine answered.
pub struct Decided<D: Decider> {
    state: D,
    outcome: Result<Vec<D::Event>, D::Refusal>,
}

impl<D: Decider> Decided<D>
where
    D::Event: PartialEq + Debug,
{
    /// Expects exactly these facts, and gives the state after them.
    ///
    /// # Panics
    /// When the machine answered otherwise.
    #[track_caller]
    pub fn then(self, expected: impl IntoIterator<Item = D::Event>) -> D {
        let expected: Vec<D::Event> = expected.into_iter().collect();
        match self.outcome {
            Ok(events) => assert_eq!(events, expected),
            Err(refusal) => panic!("refused: {refusal}; expected {expected:?}"),
        }
        expected.iter().fold(self.state, D::evolve)
    }

    /// Expects some facts, and gives them with the state after them.
    ///
    /// # Panics
    /// When the machine refused.
    #[track_caller]
    pub fn then_accepted(self) -> (Vec<D::Event>, D) {
        match self.outcome {
            Ok(events) => {
                let state = events.iter().fold(self.state, D::evolve);
                (events, state)
            }
            Err(refusal) => panic!("refused: {refusal}"),
        }
    }

    /// Expects a refusal with this stable code, and gives the refusal.
    ///
    /// # Panics
    /// When the machine accepted, or refused with another code.
    #[track_caller]
    pub fn then_refused(self, code: &str) -> D::Refusal {
        match self.outcome {
            Ok(events) => panic!("accepted: {events:?}; expected refusal {code}"),
            Err(refusal) => {
                assert_eq!(refusal.explain().code, code, "{refusal}");
                refusal
            }
        }
    }
}
