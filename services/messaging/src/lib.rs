//! The post office: at least once on the wire, once in effect.
//!
//! A room writes what it says into its [`outbox`] in the transaction of the fact. The [`Express`] hands it to a
//! [`Transport`] from memory; should that fail, the [`Relay`] does from the outbox. The [`Consumer`] of another room
//! handles it and records a receipt in the transaction of the effect. What can't be handled is [`parked`].
//! Invariant: nothing is dropped, and a repeat has no second effect.
//!
//! Read on: [`message`] (what travels), [`express`] and [`relay`] (the ways out), [`transport`] (the wire), [`consumer`]
//! (the way in).

pub mod consumer;
pub mod crash;
pub mod express;
pub mod message;
pub mod outbox;
pub mod parked;
pub mod receipts;
pub mod relay;
pub mod trace;
pub mod transport;

mod backoff;
mod schema;

pub use consumer::{Consumer, HandleError};
pub use express::{Express, Outlet};
pub use message::Message;
pub use outbox::Backlog;
pub use parked::Parked;
pub use receipts::Receipt;
pub use relay::{Drained, Relay, RelayError};
pub use schema::migration;
pub use trace::{current_traceparent, link_to};
pub use transport::chaos::Chaos;
pub use transport::in_process::InProcess;
pub use transport::rabbit::{ConnectError, Rabbit};
pub use transport::{Handler, PublishError, SubscribeError, Subscriber, Transport, Verdict};

/// The post office's migrations, numbered 1 to 99; the runtime merges them with its own and the room's.
#[must_use]
pub fn schema() -> Vec<sqlx::migrate::Migration> {
    crate::migrations!["0001_messaging.sql"]
}
