//! The post office on a real PostgreSQL and a real RabbitMQ: at least once on the wire, once in effect.
//!
//! [`transport`] is one suite for every transport; what RabbitMQ alone does stands in [`rabbit`].

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod consumer;
mod express;
mod outbox;
mod rabbit;
mod support;
mod transport;
