//! The pure part of a step: where a stream stands, what a command comes to there, what is said of it.
//!
//! Invariant: no store, no clock, no `await`. [`Journal`](super::Journal) puts the room's store around it; the simulation of
//! the tests puts one around it that fails on purpose.

use kernel::{Kind, Refusal, id::derive_at};
use messaging::{Message, consumer::HandleError};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Change, Machine, Snapshot};
use crate::Outgoing;

/// How often a step starts again when another writer was faster.
pub const ATTEMPTS: u32 = 16;

/// Why a command brings no facts.
#[derive(Debug)]
pub enum Denied<R> {
    /// The machine refuses it.
    Refused(R),
    /// The stream has moved on since its caller read it, to this version.
    Stale {
        /// Where it stands.
        version: i64,
    },
}

impl<M: Machine> Snapshot<M> {
    /// A stream to which nothing has happened.
    #[must_use]
    pub fn new(stream: Uuid) -> Self {
        Self { stream, version: 0, state: M::default(), changed_at: OffsetDateTime::UNIX_EPOCH }
    }

    /// What follows from a command of someone who read the version `expected`, or doesn't care which it is.
    ///
    /// # Errors
    /// When it is another version by now, or the machine refuses.
    pub fn decide(&self, expected: Option<i64>, command: M::Command) -> Result<Vec<M::Event>, Denied<M::Refusal>> {
        match expected {
            Some(expected) if expected != self.version => Err(Denied::Stale { version: self.version }),
            _ => self.state.decide(command).map_err(Denied::Refused),
        }
    }

    /// The stream after these facts, recorded at that time; without facts it is as it was.
    ///
    /// # Panics
    /// When a step has more facts than can be counted.
    #[must_use]
    pub fn after(&self, events: &[M::Event], at: OffsetDateTime) -> Self {
        let added = i64::try_from(events.len()).expect("a step has few events");
        Self {
            stream: self.stream,
            version: self.version + added,
            state: events.iter().fold(self.state.clone(), M::evolve),
            changed_at: if events.is_empty() { self.changed_at } else { at },
        }
    }
}

impl<'a, M: Machine> Change<'a, M> {
    /// What these facts, at least one, make of a stream: the second snapshot is the first after them.
    #[must_use]
    pub fn between(before: &'a Snapshot<M>, after: &'a Snapshot<M>, events: &'a [M::Event]) -> Self {
        Self {
            stream: after.stream,
            version: after.version,
            before: &before.state,
            state: &after.state,
            events,
            at: after.changed_at,
        }
    }
}

/// What a room says of a change, each message under an id that is the same however often the change is told.
#[must_use]
pub fn messages<M: Machine>(room: &str, change: &Change<'_, M>, traceparent: Option<&str>) -> Vec<Message> {
    let message = |(place, outgoing): (usize, Outgoing)| Message {
        // The same on every replay of the journal, so that a message told again is known by its receipt.
        id: derive_at(change.at, change.stream, &format!("message:{room}:{}:{place}", change.version)),
        kind: outgoing.kind,
        stream: change.stream,
        version: change.version,
        payload: outgoing.payload.into(),
        occurred_at: change.at,
        traceparent: traceparent.map(str::to_owned),
    };
    M::publish(change).into_iter().enumerate().map(message).collect()
}

/// What becomes of a message whose command was refused: one that came too early is tried again, any other waits for a person.
#[must_use]
pub fn unheard(refusal: &dyn Refusal) -> HandleError {
    match refusal.kind() {
        Kind::TooEarly => HandleError::TooEarly(refusal.to_string()),
        _ => HandleError::Refused(refusal.to_string()),
    }
}
