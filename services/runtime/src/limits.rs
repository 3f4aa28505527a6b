//! What any request may hold, whatever the method: texts and lists of bounded length, no control characters, choices
//! that exist. What a field means is its room's question.

use kernel::refusal::Violations;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, ReflectMessage, Value};

/// Characters of a text at most: some twenty printed pages.
pub const LONGEST_TEXT: usize = 10_000;
/// Entries of a list at most: a county's plan of a year has nearly a thousand projects.
pub const LONGEST_LIST: usize = 2_000;

/// Notes every field of a request that holds what none may hold; `encoded` is the request as it travels.
pub(crate) fn check(request: &impl ReflectMessage, encoded: &[u8], wrong: &mut Violations) {
    let message = DynamicMessage::decode(request.descriptor(), encoded);
    fields_of(&message.expect("what was just written can be read"), "", wrong);
}

fn fields_of(message: &DynamicMessage, above: &str, wrong: &mut Violations) {
    for (field, value) in message.fields() {
        let path = if above.is_empty() { field.name().to_owned() } else { format!("{above}.{}", field.name()) };
        match value {
            Value::List(values) if values.len() > LONGEST_LIST => {
                let zh = format!("最多{LONGEST_LIST}项,现有{}项", values.len());
                wrong.add("TOO_MANY", path, zh, format!("at most {LONGEST_LIST} entries, here are {}", values.len()));
            }
            Value::List(values) => {
                for (index, value) in values.iter().enumerate() {
                    check_value(&field, value, &format!("{path}[{index}]"), wrong);
                }
            }
            value => check_value(&field, value, &path, wrong),
        }
    }
}

fn check_value(field: &FieldDescriptor, value: &Value, path: &str, wrong: &mut Violations) {
    match value {
        Value::Message(message) => fields_of(message, path, wrong),
        Value::String(text) => check_text(text, path, wrong),
        Value::EnumNumber(number) => {
            let known = matches!(field.kind(), Kind::Enum(choices) if choices.get_value(*number).is_some());
            if !known {
                wrong.add("UNKNOWN_CHOICE", path, format!("未知的选项{number}"), format!("{number} is no choice here"));
            }
        }
        _ => {}
    }
}

fn check_text(text: &str, path: &str, wrong: &mut Violations) {
    // Bytes bound the characters from above: a short text is not counted.
    if text.len() > LONGEST_TEXT && text.chars().count() > LONGEST_TEXT {
        let en = format!("at most {LONGEST_TEXT} characters");
        wrong.add("TEXT_TOO_LONG", path, format!("文本过长,最多{LONGEST_TEXT}字"), en);
    }
    // Nobody types them, PostgreSQL keeps no NUL, and in a log or on a page they hide what stands beside them.
    if text.chars().any(|letter| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t')) {
        wrong.add("BAD_TEXT", path, "文本含有不允许的控制字符", "holds a control character");
    }
}

#[cfg(test)]
mod tests {
    use kernel::Refusal as _;
    use proto::{
        common::v1::Attachment,
        inbox::v1::{CompleteTaskRequest, Decision, ListTasksRequest},
        intake::v1::{BudgetLine, Content, CreateApplicationRequest},
    };

    use super::*;

    fn wrong_fields(request: &impl ReflectMessage) -> Vec<(&'static str, String)> {
        let mut wrong = Violations::default();
        check(request, &request.encode_to_vec(), &mut wrong);
        match wrong.finish() {
            Ok(()) => Vec::new(),
            Err(refusal) => refusal.explain().fields.into_iter().map(|field| (field.code, field.field)).collect(),
        }
    }

    #[test]
    fn what_a_clerk_writes_passes() {
        let opinion = "同意。\r\n\t一、资料齐全;\n二、选址合规。".to_owned();
        let decision = Decision { opinion, outcome: 1, ..Decision::default() };
        assert_eq!(wrong_fields(&CompleteTaskRequest { decision: Some(decision), ..Default::default() }), []);
        let page = Content { land_note: "衔".repeat(LONGEST_TEXT), ..Content::default() };
        assert_eq!(wrong_fields(&CreateApplicationRequest { content: Some(page), ..Default::default() }), []);
    }

    #[test]
    fn every_field_that_holds_too_much_is_named() {
        let content = Content {
            title: "a\0b".into(),
            place: "接".repeat(LONGEST_TEXT + 1),
            budget: vec![BudgetLine::default(), BudgetLine { r#use: 99, ..BudgetLine::default() }],
            attachments: vec![Attachment::default(); LONGEST_LIST + 1],
            ..Content::default()
        };
        let request = CreateApplicationRequest { request_id: "\u{7}".into(), content: Some(content) };
        let expected = [
            ("BAD_TEXT", "request_id"),
            ("BAD_TEXT", "content.title"),
            ("TEXT_TOO_LONG", "content.place"),
            ("UNKNOWN_CHOICE", "content.budget[1].use"),
            ("TOO_MANY", "content.attachments"),
        ];
        assert_eq!(wrong_fields(&request), expected.map(|(code, field)| (code, field.to_owned())));
        let states = ListTasksRequest { states: vec![1, -7], ..ListTasksRequest::default() };
        assert_eq!(wrong_fields(&states), [("UNKNOWN_CHOICE", "states[1]".to_owned())]);
    }
}
