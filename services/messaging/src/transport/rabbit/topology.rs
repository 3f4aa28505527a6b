//! Names and properties of the exchanges and queues.
//!
//! Invariant: a stored message leaves its queue only by an acknowledgement or into the room's dead-letter queue,
//! which has no limits. Declaring is idempotent, so each side declares what it needs on a channel of its own.

use lapin::ExchangeKind;
use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable, ShortString};

use super::link::{Link, LinkError};

/// After so many deliveries without an acknowledgement a message goes to the dead-letter queue.
pub(super) const DELIVERY_LIMIT: i32 = 20;

/// The names of what we have at the broker.
#[derive(Clone)]
pub(super) struct Names {
    prefix: String,
    /// The topic exchange for all messages.
    pub(super) events: ShortString,
    /// The direct exchange for dead letters; the routing key is the room.
    pub(super) dead: ShortString,
}

impl Names {
    pub(super) fn new(prefix: &str) -> Self {
        Self {
            prefix: prefix.to_owned(),
            events: format!("{prefix}.events").into(),
            dead: format!("{prefix}.dead").into(),
        }
    }

    /// The room's queue.
    pub(super) fn queue(&self, room: &str) -> ShortString {
        format!("{}.{room}", self.prefix).into()
    }

    /// The room's dead-letter queue.
    pub(super) fn dead_queue(&self, room: &str) -> ShortString {
        format!("{}.{room}.dead", self.prefix).into()
    }
}

/// Declares the two exchanges.
pub(super) async fn declare_exchanges(link: &Link, names: &Names) -> Result<(), LinkError> {
    // A refused declaration closes its channel, so it never shares one with other work.
    let channel = link.channel().await?;
    for (name, kind) in [(&names.events, ExchangeKind::Topic), (&names.dead, ExchangeKind::Direct)] {
        let durable = ExchangeDeclareOptions { durable: true, ..Default::default() };
        channel.exchange_declare(name.clone(), kind, durable, FieldTable::default()).await?;
    }
    channel.close(200, "declared".into()).await?;
    Ok(())
}

/// Declares the room's queues and binds them.
pub(super) async fn declare_queues(link: &Link, names: &Names, room: &str, kinds: &[String]) -> Result<(), LinkError> {
    declare_exchanges(link, names).await?;
    let channel = link.channel().await?;
    let durable = QueueDeclareOptions { durable: true, ..Default::default() };

    let dead_queue = names.dead_queue(room);
    channel.queue_declare(dead_queue.clone(), durable, arguments(&[("x-queue-type", text("quorum"))])).await?;
    let bind = QueueBindOptions::default();
    channel.queue_bind(dead_queue, names.dead.clone(), room.into(), bind, FieldTable::default()).await?;

    let queue = names.queue(room);
    let limits = arguments(&[
        ("x-queue-type", text("quorum")),
        ("x-delivery-limit", AMQPValue::LongInt(DELIVERY_LIMIT)),
        ("x-dead-letter-exchange", text(names.dead.as_str())),
        ("x-dead-letter-routing-key", text(room)),
        // At-least-once dead-lettering needs reject-publish; otherwise it falls back to at-most-once.
        ("x-dead-letter-strategy", text("at-least-once")),
        ("x-overflow", text("reject-publish")),
    ]);
    channel.queue_declare(queue.clone(), durable, limits).await?;
    for kind in kinds {
        let key = kind.as_str().into();
        channel.queue_bind(queue.clone(), names.events.clone(), key, bind, FieldTable::default()).await?;
    }
    channel.close(200, "declared".into()).await?;
    Ok(())
}

fn arguments(pairs: &[(&str, AMQPValue)]) -> FieldTable {
    let mut table = FieldTable::default();
    for (name, value) in pairs {
        table.insert((*name).into(), value.clone());
    }
    table
}

fn text(value: &str) -> AMQPValue {
    AMQPValue::LongString(value.into())
}
