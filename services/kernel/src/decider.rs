//! A state machine: what may happen, and what it means that it happened.
//!
//! A decider is pure. Time, actor, rules and every new id come with the command; `evolve` cannot fail.
//! The shell that loads, stores and publishes around it is `runtime::journal`.

use serde::{Serialize, de::DeserializeOwned};

use crate::Refusal;

/// A state machine, folded from its events.
pub trait Decider: Default + Sized {
    /// What someone wants to happen, in the imperative.
    type Command;
    /// What has happened, in the past tense. Stored for ever: additive changes only.
    type Event: Serialize + DeserializeOwned;
    /// Why it may not happen.
    type Refusal: Refusal;

    /// The facts that follow, or why none may. `[]` means: already so.
    ///
    /// # Errors
    /// The refusal, when the state, the actor or a rule forbids the command.
    fn decide(&self, command: Self::Command) -> Result<Vec<Self::Event>, Self::Refusal>;

    /// The state after one more fact.
    #[must_use]
    fn evolve(self, event: &Self::Event) -> Self;

    /// The state after all of these facts.
    fn fold<'a>(events: impl IntoIterator<Item = &'a Self::Event>) -> Self
    where
        Self::Event: 'a,
    {
        events.into_iter().fold(Self::default(), Self::evolve)
    }
}
