//! What any request may hold, whatever the method: texts and lists of bounded length, texts that show what they hold,
//! choices that exist. The contract marks by `[(xianjie.common.v1.text)]` where a text may have several lines; what a field
//! means is its room's question.

use kernel::{refusal::Violations, text};
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, ReflectMessage, Value};

/// Characters of a text at most: some twenty printed pages.
pub const LONGEST_TEXT: usize = 10_000;
/// Characters of a number at most (文号、合同号、发票号): what the contract names `…_no` or `…_nos`. Stores keep many of them in
/// unique indexes, whose rows have an end.
pub const LONGEST_NUMBER: usize = 100;
/// Entries of a list at most: a county's plan of a year has nearly a thousand projects.
pub const LONGEST_LIST: usize = 2_000;

/// Notes every field of a request that holds what none may hold; `encoded` is the request as it travels. Gives the request
/// with its fields by name.
pub(crate) fn check(request: &impl ReflectMessage, encoded: &[u8], wrong: &mut Violations) -> DynamicMessage {
    let message = DynamicMessage::decode(request.descriptor(), encoded).expect("what was just written can be read");
    fields_of(&message, "", wrong);
    message
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
        Value::String(text) => check_text(text, longest(field), || kind_of(field), path, wrong),
        Value::EnumNumber(number) => {
            let known = matches!(field.kind(), Kind::Enum(choices) if choices.get_value(*number).is_some());
            if !known {
                wrong.add("UNKNOWN_CHOICE", path, format!("未知的选项{number}"), format!("{number} is no choice here"));
            }
        }
        _ => {}
    }
}

/// What the contract says of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Text {
    Line,
    Page,
    Secret,
}

/// Read by name: the shell doesn't know the contracts.
fn kind_of(field: &FieldDescriptor) -> Text {
    let marked = field.parent_pool().get_extension_by_name("xianjie.common.v1.text").and_then(|option| {
        let number = field.options().get_extension(&option).as_enum_number()?;
        Some(option.kind().as_enum()?.get_value(number)?.name().to_owned())
    });
    match marked.as_deref() {
        Some("TEXT_PAGE") => Text::Page,
        Some("TEXT_SECRET") => Text::Secret,
        _ => Text::Line,
    }
}

fn longest(field: &FieldDescriptor) -> usize {
    let name = field.name();
    if name.ends_with("_no") || name.ends_with("_nos") { LONGEST_NUMBER } else { LONGEST_TEXT }
}

fn check_text(text: &str, longest: usize, kind: impl Fn() -> Text, path: &str, wrong: &mut Violations) {
    // Bytes bound the characters from above: a short text is not counted.
    if text.len() > longest && text.chars().count() > longest {
        let en = format!("at most {longest} characters");
        return wrong.add("TEXT_TOO_LONG", path, format!("文本过长,最多{longest}字"), en);
    }
    // Most texts are short and plain: the contract is asked only about the others.
    let plain = |letter: char| letter.is_ascii_graphic() || ('\u{4e00}'..='\u{9fff}').contains(&letter);
    if text.chars().all(plain) || kind() == Text::Secret {
        return;
    }
    let (code, zh, en) = if text.chars().any(|letter| text::is_invisible(letter) && !is_line_break(letter)) {
        // Nobody types them, PostgreSQL keeps no NUL, and in a log or on a page they hide what stands beside them.
        (
            "BAD_TEXT",
            "文本含有看不见的字符(控制符、零宽或方向控制符),请删除后重新录入",
            "holds a character that nobody sees",
        )
    } else if text.chars().any(is_line_break) && kind() != Text::Page {
        (
            "SEVERAL_LINES",
            "本项只能填写一行,不得换行或使用制表符",
            "may have one line only, without line breaks and tabs",
        )
    } else if text::is_blank(text) {
        ("BLANK_TEXT", "本项只有空格,请填写内容或留空", "holds only blanks: write something, or leave it empty")
    } else if !text::is_composed(text) {
        ("NOT_COMPOSED", "文本不是Unicode组合形式(NFC),请转换后提交", "is not in Unicode's composed form (NFC)")
    } else {
        return;
    };
    wrong.add(code, path, zh, en);
}

/// What a text of several lines may hold and a name may not.
fn is_line_break(letter: char) -> bool {
    matches!(letter, '\n' | '\r' | '\t')
}

#[cfg(test)]
mod tests {
    use kernel::Refusal as _;
    use proto::{
        common::v1::{Attachment, Decision},
        directory::v1::SignInRequest,
        inbox::v1::{CompleteTaskRequest, ListTasksRequest},
        intake::v1::{BudgetLine, Content, CreateApplicationRequest, ListApplicationsRequest, PostNoticeRequest},
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
    fn s14_a_number_is_short() {
        use proto::disbursement::v1::{IssueIndicatorRequest, RequestPaymentRequest};
        let number = |length| "号".repeat(length);
        let issue = |length| IssueIndicatorRequest { document_no: number(length), ..Default::default() };
        assert_eq!(wrong_fields(&issue(LONGEST_NUMBER)), []);
        assert_eq!(wrong_fields(&issue(LONGEST_NUMBER + 1)), [("TEXT_TOO_LONG", "document_no".to_owned())]);
        let invoice_nos = vec![number(1), number(LONGEST_NUMBER + 1)];
        let asked = RequestPaymentRequest { invoice_nos, ..Default::default() };
        assert_eq!(wrong_fields(&asked), [("TEXT_TOO_LONG", "invoice_nos[1]".to_owned())]);
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

    #[test]
    fn c33_a_name_shows_what_it_holds() {
        for (title, code) in [
            ("\u{200b}", "BAD_TEXT"),
            ("修建村部办\u{200b}公\u{200b}楼", "BAD_TEXT"),
            ("大棚\u{202e}", "BAD_TEXT"),
            ("大\u{2066}棚", "BAD_TEXT"),
            ("大棚\u{feff}", "BAD_TEXT"),
            ("大\u{ad}棚", "BAD_TEXT"),
            ("大\u{2028}棚", "BAD_TEXT"),
            ("大棚\u{fe0f}", "BAD_TEXT"),
            ("\u{3164}", "BAD_TEXT"),
            ("大\n棚", "SEVERAL_LINES"),
            ("大\t棚", "SEVERAL_LINES"),
            (" ", "BLANK_TEXT"),
            ("\u{3000}\u{a0}", "BLANK_TEXT"),
            ("e\u{301}", "NOT_COMPOSED"),
        ] {
            let content = Content { title: title.into(), ..Content::default() };
            let request = CreateApplicationRequest { content: Some(content), ..Default::default() };
            assert_eq!(wrong_fields(&request), [(code, "content.title".to_owned())], "{title:?}");
        }
        let places = vec!["村务公开栏".to_owned(), "村\n口".to_owned()];
        let notice = PostNoticeRequest { places, ..Default::default() };
        assert_eq!(wrong_fields(&notice), [("SEVERAL_LINES", "places[1]".to_owned())]);
        let sought = ListApplicationsRequest { title_contains: "e\u{301}".into(), ..Default::default() };
        assert_eq!(wrong_fields(&sought), [("NOT_COMPOSED", "title_contains".to_owned())]);
        let content = Content { title: "龙虾 大棚(二期)é🦐".into(), ..Content::default() };
        assert_eq!(wrong_fields(&CreateApplicationRequest { content: Some(content), ..Default::default() }), []);
    }

    #[test]
    fn c33_several_lines_stand_where_the_contract_says_so_and_a_secret_is_nobody_s_business() {
        for (note, code) in [("\r\n\t", "BLANK_TEXT"), ("一\u{200b}\n二", "BAD_TEXT"), ("e\u{301}\n", "NOT_COMPOSED")]
        {
            let content = Content { land_note: note.into(), ..Content::default() };
            let request = CreateApplicationRequest { content: Some(content), ..Default::default() };
            assert_eq!(wrong_fields(&request), [(code, "content.land_note".to_owned())], "{note:?}");
        }
        let secret = SignInRequest { password: "e\u{301}\t \u{200b}".into(), ..SignInRequest::default() };
        assert_eq!(wrong_fields(&secret), []);
        let endless = SignInRequest { password: "x".repeat(LONGEST_TEXT + 1), ..SignInRequest::default() };
        assert_eq!(wrong_fields(&endless), [("TEXT_TOO_LONG", "password".to_owned())]);
    }
}
