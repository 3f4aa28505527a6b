//! What a room gives the journal: a decider, and what follows from its facts.

use kernel::Decider;
use sqlx::{Postgres, postgres::PgArguments, query::Query};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::Outgoing;

/// A decider with what the shell must know to keep it.
pub trait Machine:
    Decider<Command: Clone + Send + Sync, Event: Send + Sync, Refusal: Sized> + Clone + Send + Sync + 'static
{
    /// Its name in the journal and in logs, e.g. `application`.
    const NAME: &'static str;

    /// Whether this command, as a rule, is the first of its stream. Then nothing is read before it: should there be something
    /// after all, as when a message comes again, its write finds that out.
    #[must_use]
    fn begins(_command: &Self::Command) -> bool {
        false
    }

    /// The statements that bring the read tables up to date, in the step's own transaction. One of them or none makes the
    /// step a single round trip.
    fn project(change: &Change<'_, Self>) -> Vec<Statement>;

    /// What other rooms are told. An empty list is an answer.
    fn publish(change: &Change<'_, Self>) -> Vec<Outgoing>;

    /// What speaks against a command besides what `decide` has refused `first`, as far as it can be told while that is not
    /// mended: for whoever tries a step without taking it. It is not asked about who may not take the step at all.
    #[must_use]
    fn also_refused(&self, _command: &Self::Command, _first: &Self::Refusal) -> Vec<Self::Refusal> {
        Vec::new()
    }

    /// The refusal that a violated constraint of the store stands for: the database is the last judge of what spans streams.
    #[must_use]
    fn refused_by(_constraint: &str, _command: &Self::Command) -> Option<Self::Refusal> {
        None
    }
}

/// A statement with its arguments, to be run by the journal.
pub type Statement = Query<'static, Postgres, PgArguments>;

/// One step of a stream.
pub struct Change<'a, M: Machine> {
    /// The stream.
    pub stream: Uuid,
    /// Version after the step.
    pub version: i64,
    /// State before the step.
    pub before: &'a M,
    /// State after the step.
    pub state: &'a M,
    /// What happened, at least one fact.
    pub events: &'a [M::Event],
    /// When, by the clock of the runtime.
    pub at: OffsetDateTime,
}

/// A stream as it stands.
#[derive(Debug, Clone)]
pub struct Snapshot<M> {
    /// The stream.
    pub stream: Uuid,
    /// Number of events; 0 for a stream that has none.
    pub version: i64,
    /// Folded state.
    pub state: M,
    /// When the last event was recorded.
    pub changed_at: OffsetDateTime,
}
