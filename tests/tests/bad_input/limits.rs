//! A request again and again, each time with one field at a limit that no clerk ever reaches.

use std::borrow::Cow;

use bytes::Bytes;
use prost::Message as _;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, ReflectMessage as _, Value};

/// More than any text may have.
const LONG: usize = 10_001;
/// More than a message may have.
const HUGE: usize = 10 << 20;
const HUGE_TEXT: &str = "10 MB";

/// What the caller does not decide: the server works it out and does not read it.
const NOT_READ: [&str; 3] = ["paid_fen", "held_fen", "passed"];

/// A request with one field changed.
pub struct Variant {
    /// The field.
    pub field: String,
    /// What stands there now.
    pub value: String,
    /// The request.
    pub body: Bytes,
}

/// All variants of a request.
pub fn variants(request: &DynamicMessage) -> Vec<Variant> {
    let mut variants = Vec::new();
    vary(request, "", &mut |field, value, changed: &DynamicMessage| {
        // Ten megabytes are refused before anybody looks which field they are in: one try is enough.
        if value != HUGE_TEXT || !variants.iter().any(|variant: &Variant| variant.value == HUGE_TEXT) {
            variants.push(Variant { field, value, body: changed.encode_to_vec().into() });
        }
    });
    // What a mask leaves out is not read.
    let masked = masked(request);
    variants.retain(|variant| {
        let inside = |section: &String| variant.field.starts_with(&format!("content.{section}"));
        masked.is_empty() || !variant.field.starts_with("content.") || masked.iter().any(inside)
    });
    variants
}

/// The sections that the request's field mask names; none when it has no mask.
fn masked(request: &DynamicMessage) -> Vec<String> {
    let mask = request.get_field_by_name("update_mask").map(Cow::into_owned);
    let paths = match mask {
        Some(Value::Message(mask)) => mask.get_field_by_name("paths").map(Cow::into_owned),
        _ => None,
    };
    match paths {
        Some(Value::List(paths)) => paths.iter().filter_map(|path| path.as_str().map(str::to_owned)).collect(),
        _ => Vec::new(),
    }
}

type Keep<'a> = dyn FnMut(String, String, &DynamicMessage) + 'a;

fn vary(message: &DynamicMessage, above: &str, keep: &mut Keep<'_>) {
    for field in message.descriptor().fields().filter(|field| !NOT_READ.contains(&field.name())) {
        let path = if above.is_empty() { field.name().to_owned() } else { format!("{above}.{}", field.name()) };
        let set = |value: Value, path: &str, what: String, keep: &mut Keep<'_>| {
            let mut changed = message.clone();
            changed.set_field(&field, value);
            keep(path.to_owned(), what, &changed);
        };
        let now = message.get_field(&field).into_owned();
        match now {
            Value::List(values) => {
                let one = values.first().cloned().unwrap_or_else(|| empty(&field));
                set(Value::List(vec![one.clone(); 2_001]), &path, "2001 entries".into(), keep);
                // The first entry only: the others are read by the same code.
                let rest = values.get(1..).unwrap_or_default().to_vec();
                let path = format!("{path}[0]");
                each(&field, &one, &path, &mut |path, what, value| {
                    let mut list = vec![value];
                    list.extend(rest.iter().cloned());
                    set(Value::List(list), &path, what, keep);
                });
            }
            value => each(&field, &value, &path, &mut |path, what, value| set(value, &path, what, keep)),
        }
    }
}

/// The values that one place takes.
fn each(field: &FieldDescriptor, now: &Value, path: &str, take: &mut dyn FnMut(String, String, Value)) {
    let mut simple = |values: Vec<(&str, Value)>| {
        for (what, value) in values {
            take(path.to_owned(), what.to_owned(), value);
        }
    };
    match (field.kind(), now) {
        (Kind::String, _) => simple(vec![
            ("a NUL", Value::String("南\0县".into())),
            ("an escape", Value::String("\u{1b}[2J".into())),
            ("a zero-width space", Value::String("南\u{200b}县".into())),
            ("a reversed text", Value::String("南\u{202e}县".into())),
            ("blanks", Value::String(" \u{3000}".into())),
            ("a decomposed letter", Value::String("Cafe\u{301}".into())),
            ("10,001 characters", Value::String("衔".repeat(LONG))),
            (HUGE_TEXT, Value::String("x".repeat(HUGE))),
        ]),
        (Kind::Int32, _) => simple(vec![
            ("the least", Value::I32(i32::MIN)),
            ("-1", Value::I32(-1)),
            ("the most", Value::I32(i32::MAX)),
        ]),
        (Kind::Int64, _) => simple(vec![
            ("the least", Value::I64(i64::MIN)),
            ("-1", Value::I64(-1)),
            ("the most", Value::I64(i64::MAX)),
        ]),
        (Kind::Enum(_), _) => simple(vec![
            ("99", Value::EnumNumber(99)),
            ("-1", Value::EnumNumber(-1)),
            ("the most", Value::EnumNumber(i32::MAX)),
        ]),
        (Kind::Message(_), Value::Message(inner)) => vary(inner, path, &mut |path, what, changed| {
            take(path, what, Value::Message(changed.clone()));
        }),
        _ => {}
    }
}

fn empty(field: &FieldDescriptor) -> Value {
    match field.kind() {
        Kind::Message(inner) => Value::Message(DynamicMessage::new(inner)),
        kind => Value::default_value(&kind),
    }
}
