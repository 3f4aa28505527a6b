//! What is no request at all: fields left out, broken UTF-8, other wire types, cut and random bytes, nested groups.

use bytes::{BufMut as _, Bytes};
use prost::{Message as _, encoding};
use prost_reflect::{DynamicMessage, Kind, MessageDescriptor, MethodDescriptor, Value};
use tests::wire;

use super::{
    door::{CONTRACTS, Door, Passed},
    verdict,
};

/// Random bodies a method.
const RANDOM: usize = 20;

/// Served by no socket of this process.
const ELSEWHERE: [&str; 6] = [
    "xianjie.treasury.v1",
    "xianjie.inbox.v1.TaskSource",
    "xianjie.intake.v1.StandingService",
    "xianjie.common.v1.ActService",
    "xianjie.disbursement.v1.PoolService",
    "xianjie.review.v1.CaseSource",
];

/// Sends all of it to every method; says what was wrong with the answers.
pub async fn send(door: &Door, anyone: &str) -> Vec<String> {
    let passed = door.requests();
    let mut findings = Vec::new();
    let services = CONTRACTS.services().filter(|service| service.full_name().starts_with("xianjie."));
    let services =
        services.filter(|service| !ELSEWHERE.iter().any(|elsewhere| service.full_name().starts_with(elsewhere)));
    for method in services.flat_map(|service| service.methods().collect::<Vec<_>>()) {
        let path = format!("/{}/{}", method.parent_service().full_name(), method.name());
        if method.is_server_streaming() {
            continue;
        }
        let sample = passed.iter().rev().find(|request| request.method == path).cloned();
        let sample =
            sample.unwrap_or_else(|| Passed { method: path, authorization: anyone.to_owned(), body: Bytes::new() });
        for (what, body) in bodies(&method, &sample.body) {
            let answer = wire::call(&door.house, &sample.method, &sample.authorization, body).await;
            let fault = answer.err().and_then(|status| verdict::fault(&status));
            findings.extend(fault.map(|fault| format!("{} with {what} {fault}", sample.method)));
        }
    }
    findings
}

fn bodies(method: &MethodDescriptor, sample: &Bytes) -> Vec<(String, Bytes)> {
    let mut bodies = vec![("nothing".to_owned(), Bytes::new())];
    let whole = DynamicMessage::decode(method.input(), sample.clone()).expect("a sample is sound");
    left_out(&whole, "", &mut |what, message| bodies.push((format!("no {what}"), message.encode_to_vec().into())));
    broken_texts(&method.input(), "", &mut |what, bytes| {
        bodies.push((format!("broken UTF-8 in {what}"), [sample, bytes.as_slice()].concat().into()));
    });
    for field in method.input().fields() {
        let mut bytes = sample.to_vec();
        // A fixed 64-bit number: no field of ours is one.
        encoding::encode_key(field.number(), encoding::WireType::SixtyFourBit, &mut bytes);
        bytes.put_u64(u64::MAX);
        bodies.push((format!("another wire type in {}", field.name()), bytes.into()));
    }
    for cut in [1, 2, 7].into_iter().filter(|cut| *cut < sample.len()) {
        bodies.push((format!("{cut} bytes cut off"), sample.slice(..sample.len() - cut)));
    }
    let mut nested = Vec::new();
    for _ in 0..100_000 {
        encoding::encode_key(1_000, encoding::WireType::StartGroup, &mut nested);
    }
    bodies.push(("100,000 groups in each other".to_owned(), nested.into()));
    let mut dice = Dice(0x5eed ^ u64::try_from(sample.len()).unwrap_or(0));
    for turn in 0..RANDOM {
        let length = dice.next() % 300;
        let bytes: Vec<u8> = (0..length).map(|_| dice.next().to_le_bytes()[3]).collect();
        bodies.push((format!("random bytes, turn {turn}"), bytes.into()));
    }
    bodies
}

/// The message without each of its fields in turn.
fn left_out(message: &DynamicMessage, above: &str, take: &mut dyn FnMut(String, &DynamicMessage)) {
    for (field, value) in message.fields() {
        let path = format!("{above}{}", field.name());
        let mut without = message.clone();
        without.clear_field(&field);
        take(path.clone(), &without);
        if let Value::Message(inner) = value {
            left_out(inner, &format!("{path}."), &mut |what, changed| {
                let mut with = message.clone();
                with.set_field(&field, Value::Message(changed.clone()));
                take(what, &with);
            });
        }
    }
}

/// Bytes that, behind a message, put broken UTF-8 into each of its texts in turn.
fn broken_texts(message: &MessageDescriptor, above: &str, take: &mut dyn FnMut(String, Vec<u8>)) {
    for field in message.fields() {
        let path = format!("{above}{}", field.name());
        let delimited = |content: &[u8]| {
            let mut bytes = Vec::new();
            encoding::encode_key(field.number(), encoding::WireType::LengthDelimited, &mut bytes);
            encoding::encode_varint(u64::try_from(content.len()).expect("short"), &mut bytes);
            bytes.extend_from_slice(content);
            bytes
        };
        match field.kind() {
            Kind::String => take(path, delimited(&[0xc3, 0x28])),
            Kind::Message(inner) if inner.full_name().starts_with("xianjie.") => {
                broken_texts(&inner, &format!("{path}."), &mut |what, bytes| take(what, delimited(&bytes)));
            }
            _ => {}
        }
    }
}

/// A small generator: the same bytes in each run.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 17
    }
}
