//! The contracts are tight: closed sets are enums, every enum begins with what is not said, and everything has a comment.
//!
//! Read from the descriptors that the contracts' crate was built from. What stays text says so in its comment: see
//! `proto/README.md`.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message as _;
use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorSet, field_descriptor_proto::Type,
};

/// How the comment of a text begins to say why it is no enum.
const STAYS: &str = "stays text:";

/// Where a thing stands in its file, as the descriptors number it.
type Place = Vec<i32>;

/// A thing of the contracts, by its full name, with its comment.
struct Said<T> {
    name: String,
    comment: String,
    what: T,
}

/// All that the contracts of ours say.
#[derive(Default)]
struct Contracts {
    messages: Vec<Said<()>>,
    fields: Vec<Said<FieldDescriptorProto>>,
    enums: Vec<Said<EnumDescriptorProto>>,
    values: Vec<Said<i32>>,
    rpcs: Vec<Said<()>>,
}

impl Contracts {
    fn read() -> Self {
        let set = FileDescriptorSet::decode(proto::DESCRIPTORS).expect("our own contracts");
        let mut contracts = Self::default();
        for file in set.file.iter().filter(|file| file.package().starts_with("xianjie.")) {
            let places = file.source_code_info.iter().flat_map(|info| &info.location);
            let comments: BTreeMap<Place, String> =
                places.map(|place| (place.path.clone(), place.leading_comments().to_owned())).collect();
            for (number, message) in (0..).zip(&file.message_type) {
                contracts.message(file.package(), message, &[4, number], &comments);
            }
            for (number, set) in (0..).zip(&file.enum_type) {
                contracts.closed_set(file.package(), set, &[5, number], &comments);
            }
            for (number, service) in (0..).zip(&file.service) {
                let name = format!("{}.{}", file.package(), service.name());
                contracts.rpcs.push(said(&name, (), &[6, number], &comments));
                for (nth, rpc) in (0..).zip(&service.method) {
                    contracts.rpcs.push(said(&format!("{name}.{}", rpc.name()), (), &[6, number, 2, nth], &comments));
                }
            }
        }
        contracts
    }

    fn message(&mut self, above: &str, message: &DescriptorProto, place: &[i32], comments: &BTreeMap<Place, String>) {
        let name = format!("{above}.{}", message.name());
        self.messages.push(said(&name, (), place, comments));
        for (number, field) in (0..).zip(&message.field) {
            let place = [place, &[2, number]].concat();
            self.fields.push(said(&format!("{name}.{}", field.name()), field.clone(), &place, comments));
        }
        for (number, inner) in (0..).zip(&message.nested_type) {
            self.message(&name, inner, &[place, &[3, number]].concat(), comments);
        }
        for (number, set) in (0..).zip(&message.enum_type) {
            self.closed_set(&name, set, &[place, &[4, number]].concat(), comments);
        }
    }

    fn closed_set(
        &mut self,
        above: &str,
        set: &EnumDescriptorProto,
        place: &[i32],
        comments: &BTreeMap<Place, String>,
    ) {
        let name = format!("{above}.{}", set.name());
        self.enums.push(said(&name, set.clone(), place, comments));
        for (number, value) in (0..).zip(&set.value) {
            let place = [place, &[2, number]].concat();
            self.values.push(said(&format!("{name}.{}", value.name()), value.number(), &place, comments));
        }
    }
}

fn said<T>(name: &str, what: T, place: &[i32], comments: &BTreeMap<Place, String>) -> Said<T> {
    Said { name: name.to_owned(), comment: comments.get(place).cloned().unwrap_or_default(), what }
}

/// The words in capitals that a comment quotes, as it would those of a closed set.
fn quoted_capitals(comment: &str) -> BTreeSet<&str> {
    let is_one = |word: &&str| {
        word.len() > 1
            && word.starts_with(|letter: char| letter.is_ascii_uppercase())
            && word.chars().all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_')
    };
    comment.split('`').skip(1).step_by(2).filter(is_one).collect()
}

/// What of these things is not so, by name.
fn names<T>(things: &[Said<T>], is_wrong: impl Fn(&Said<T>) -> bool) -> Vec<&str> {
    things.iter().filter(|thing| is_wrong(thing)).map(|thing| thing.name.as_str()).collect()
}

#[test]
fn closed_sets_are_enums_and_what_stays_text_says_why() {
    let contracts = Contracts::read();
    let looks_closed = |field: &Said<FieldDescriptorProto>| {
        field.what.r#type() == Type::String
            && quoted_capitals(&field.comment).len() > 1
            && !field.comment.to_lowercase().contains(STAYS)
    };
    let found = names(&contracts.fields, looks_closed);
    assert!(found.is_empty(), "texts with a closed set of values: make them enums, or say why not: {found:#?}");
    let stay = names(&contracts.fields, |field| field.comment.to_lowercase().contains(STAYS));
    assert!(stay.contains(&"xianjie.inbox.v1.Task.kind"), "the comments are read: {stay:?}");
    let no_text = names(&contracts.fields, |field| {
        field.comment.to_lowercase().contains(STAYS) && field.what.r#type() != Type::String
    });
    assert!(no_text.is_empty(), "no texts: {no_text:?}");
}

#[test]
fn every_enum_begins_with_what_is_not_said() {
    for set in Contracts::read().enums {
        let zeros: Vec<&str> = set
            .what
            .value
            .iter()
            .filter(|value| value.number() == 0)
            .map(prost_types::EnumValueDescriptorProto::name)
            .collect();
        let [zero] = zeros[..] else { panic!("{} has {} zeros", set.name, zeros.len()) };
        assert!(zero.ends_with("_UNSPECIFIED"), "{}: {zero}", set.name);
    }
}

fn bare<T>(said: &Said<T>) -> bool {
    said.comment.trim().is_empty()
}

#[test]
fn everything_has_a_comment() {
    let contracts = Contracts::read();
    let found = [
        names(&contracts.messages, bare),
        names(&contracts.fields, bare),
        names(&contracts.enums, bare),
        names(&contracts.values, bare),
        names(&contracts.rpcs, bare),
    ];
    assert!(found.iter().all(Vec::is_empty), "without a comment: {found:#?}");
}

#[test]
fn every_value_of_an_enum_has_its_official_term() {
    let is_chinese = |letter: char| ('\u{4e00}'..='\u{9fff}').contains(&letter);
    let contracts = Contracts::read();
    let found = names(&contracts.values, |value| value.what != 0 && !value.comment.contains(is_chinese));
    assert!(found.is_empty(), "without a Chinese term: {found:#?}");
}
