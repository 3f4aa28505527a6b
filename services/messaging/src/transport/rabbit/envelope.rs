//! A message as AMQP properties and headers, and back.
//!
//! Invariant: `read(properties(m)) == m`. A delivery that can't be read still yields a message to park, with an id
//! made from its content, so that its repeats fall on the same row.

use std::fmt::Display;

use bytes::Bytes;
use lapin::BasicProperties;
use lapin::message::Delivery;
use lapin::types::{AMQPValue, FieldTable, ShortString};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

use crate::message::Message;

const PERSISTENT: u8 = 2;
const DELIVERY_COUNT: &str = "x-delivery-count";

/// A word of at most 255 bytes, as AMQP has them.
pub(super) fn short(word: &str) -> Result<ShortString, String> {
    ShortString::try_new(word).map_err(|error| format!("{word}: {error}"))
}

/// The properties that carry everything but the payload.
pub(super) fn properties(message: &Message) -> Result<BasicProperties, String> {
    let occurred_at = message.occurred_at.format(&Rfc3339).map_err(|error| format!("occurred_at: {error}"))?;
    let mut headers = FieldTable::default();
    headers.insert("stream".into(), AMQPValue::LongString(message.stream.to_string().into()));
    headers.insert("version".into(), AMQPValue::LongLongInt(message.version));
    headers.insert("occurred_at".into(), AMQPValue::LongString(occurred_at.into()));
    if let Some(traceparent) = &message.traceparent {
        headers.insert("traceparent".into(), AMQPValue::LongString(traceparent.as_str().into()));
    }
    Ok(BasicProperties::default()
        .with_delivery_mode(PERSISTENT)
        .with_content_type("application/x-protobuf".into())
        .with_message_id(message.id.to_string().into())
        .with_type(short(&message.kind)?)
        .with_timestamp(u64::try_from(message.occurred_at.unix_timestamp()).unwrap_or(0))
        .with_headers(headers))
}

/// The message in a delivery, or what is wrong with it.
pub(super) fn read(delivery: &Delivery) -> Result<Message, String> {
    let properties = &delivery.properties;
    let id = properties.message_id().as_ref().ok_or("no message_id")?;
    let kind = properties.kind().as_ref().ok_or("no type")?;
    let traceparent = delivery_header(delivery, "traceparent").is_some().then(|| text(delivery, "traceparent"));
    Ok(Message {
        id: id.as_str().parse().map_err(|error| wrong("message_id", &error))?,
        kind: kind.as_str().to_owned(),
        stream: text(delivery, "stream")?.parse().map_err(|error| wrong("stream", &error))?,
        version: delivery_header(delivery, "version").and_then(integer).ok_or("no version")?,
        payload: Bytes::copy_from_slice(&delivery.data),
        occurred_at: OffsetDateTime::parse(&text(delivery, "occurred_at")?, &Rfc3339)
            .map_err(|error| wrong("occurred_at", &error))?,
        traceparent: traceparent.transpose()?,
    })
}

/// What can be saved of a delivery that can't be read, for a person to look at.
pub(super) fn salvage(delivery: &Delivery) -> Message {
    let properties = &delivery.properties;
    let claimed_id = properties.message_id().as_ref().map_or("", |id| id.as_str());
    let kind = properties.kind().as_ref().unwrap_or(&delivery.routing_key);
    let content = [claimed_id.as_bytes(), b"\n", kind.as_str().as_bytes(), b"\n", &delivery.data[..]].concat();
    Message {
        id: Uuid::new_v5(&Uuid::NAMESPACE_OID, &content),
        kind: kind.as_str().to_owned(),
        stream: Uuid::nil(),
        version: 0,
        payload: Bytes::copy_from_slice(&delivery.data),
        occurred_at: OffsetDateTime::now_utc(),
        traceparent: None,
    }
}

/// How often the broker has delivered it before.
pub(super) fn earlier_deliveries(delivery: &Delivery) -> u32 {
    let count = delivery_header(delivery, DELIVERY_COUNT).and_then(integer).unwrap_or(0);
    u32::try_from(count).unwrap_or(0)
}

fn delivery_header<'a>(delivery: &'a Delivery, name: &str) -> Option<&'a AMQPValue> {
    delivery.properties.headers().as_ref()?.inner().get(name)
}

fn text(delivery: &Delivery, name: &str) -> Result<String, String> {
    match delivery_header(delivery, name) {
        Some(AMQPValue::LongString(value)) => {
            String::from_utf8(value.as_bytes().to_vec()).map_err(|error| wrong(name, &error))
        }
        Some(_) => Err(wrong(name, &"not a string")),
        None => Err(format!("no {name}")),
    }
}

// Brokers and clients choose the width of an integer header as they like.
fn integer(value: &AMQPValue) -> Option<i64> {
    match value {
        AMQPValue::ShortShortInt(n) => Some(i64::from(*n)),
        AMQPValue::ShortShortUInt(n) => Some(i64::from(*n)),
        AMQPValue::ShortInt(n) => Some(i64::from(*n)),
        AMQPValue::ShortUInt(n) => Some(i64::from(*n)),
        AMQPValue::LongInt(n) => Some(i64::from(*n)),
        AMQPValue::LongUInt(n) => Some(i64::from(*n)),
        AMQPValue::LongLongInt(n) => Some(*n),
        _ => None,
    }
}

fn wrong(name: &str, error: &dyn Display) -> String {
    format!("{name}: {error}")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail")]
mod tests {
    use time::macros::datetime;

    use super::*;

    fn message() -> Message {
        Message {
            id: Uuid::from_u128(7),
            kind: "xianjie.intake.v1.ApplicationSubmitted".to_owned(),
            stream: Uuid::from_u128(8),
            version: 3,
            payload: Bytes::from_static(b"payload"),
            occurred_at: datetime!(2022-03-01 09:00:00.123456 +8),
            traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned()),
        }
    }

    fn delivery(properties: BasicProperties) -> Delivery {
        let mut delivery = Delivery::mock(1, "events".into(), "a.b.C".into(), false, b"payload".to_vec());
        delivery.properties = properties;
        delivery
    }

    #[test]
    fn reads_what_it_writes() {
        let sent = message();
        assert_eq!(read(&delivery(properties(&sent).unwrap())).unwrap(), sent);
        let untraced = Message { traceparent: None, ..sent };
        assert_eq!(read(&delivery(properties(&untraced).unwrap())).unwrap(), untraced);
    }

    #[test]
    fn names_what_is_wrong() {
        assert_eq!(read(&delivery(BasicProperties::default())).unwrap_err(), "no message_id");
        let mut broken = properties(&message()).unwrap().headers().clone().unwrap();
        broken.insert("version".into(), AMQPValue::LongString("three".into()));
        let unreadable = delivery(properties(&message()).unwrap().with_headers(broken));
        assert_eq!(read(&unreadable).unwrap_err(), "no version");
        let misnamed = delivery(properties(&message()).unwrap().with_message_id("seven".into()));
        assert!(read(&misnamed).unwrap_err().starts_with("message_id: "));
    }

    #[test]
    fn salvages_the_same_delivery_under_the_same_id() {
        let (first, again) =
            (salvage(&delivery(BasicProperties::default())), salvage(&delivery(BasicProperties::default())));
        assert_eq!(first.id, again.id);
        assert_eq!((first.kind.as_str(), &first.payload[..]), ("a.b.C", &b"payload"[..]));
    }

    #[test]
    fn a_kind_too_long_for_amqp_is_an_error() {
        assert!(properties(&Message { kind: "x".repeat(256), ..message() }).is_err());
    }
}
