//! What a task asks (审核要点) and what is answered: every question that the outcome needs, each once, in its own kind.
//!
//! A no says why. What the answers are worth is the asking room's question.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::{calendar::parse_date, pack, refusal::Violations};

/// The largest number or amount in fen that is an answer: ten billion yuan, more than any county has.
const LARGEST: i64 = 1_000_000_000_000;

/// How a question is answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum QuestionKind {
    /// Yes or no, with a text; a no says why.
    #[default]
    YesNo,
    /// A text.
    Text,
    /// An amount in fen.
    Amount,
    /// A date, `2022-03-01`.
    Date,
    /// A whole number.
    Number,
}

/// A question that goes with a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Id within the task.
    pub id: String,
    /// Text in Chinese.
    pub zh: String,
    /// Text in English.
    pub en: String,
    /// How it is answered.
    #[serde(default)]
    pub kind: QuestionKind,
    /// With which outcomes it must be answered; with every outcome when empty.
    #[serde(default)]
    pub required_for: Vec<Outcome>,
}

impl From<&pack::Question> for Question {
    /// A question of the county pack: always asked, and answered with yes or no.
    fn from(question: &pack::Question) -> Self {
        let pack::Question { id, zh, en, .. } = question.clone();
        Self { id, zh, en, kind: QuestionKind::YesNo, required_for: Vec::new() }
    }
}

impl Question {
    /// Asks what was done about one thing that was returned: an approval must say it.
    #[must_use]
    pub fn about_return(number: &str, field: &str, text: &str) -> Self {
        Self {
            id: Self::id_about_return(number),
            zh: format!("退回事项 {number}({field}:{text})的办理情况"),
            en: format!("What was done about return item {number} ({field})"),
            kind: QuestionKind::Text,
            required_for: vec![Outcome::Approve],
        }
    }

    /// The id of that question.
    #[must_use]
    pub fn id_about_return(number: &str) -> String {
        format!("return-{number}")
    }

    /// Whether this outcome needs an answer to it.
    #[must_use]
    pub fn is_required_for(&self, outcome: Outcome) -> bool {
        self.required_for.is_empty() || self.required_for.contains(&outcome)
    }

    /// Notes that it is not answered.
    pub fn unanswered(&self, wrong: &mut Violations) {
        let (zh, en) = (format!("请回答:{}", self.zh), format!("unanswered: {}", self.en));
        wrong.add("ANSWER_MISSING", format!("decision.answers[{}]", self.id), zh, en);
    }
}

/// An answer to a question; which field counts depends on the question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The question.
    pub question: String,
    /// For yes or no.
    pub yes: bool,
    /// For texts and dates, and the remark to a yes or no.
    pub text: String,
    /// For numbers and amounts; none where a room asks for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<i64>,
}

impl Answer {
    fn check(&self, question: &Question, field: &str, wrong: &mut Violations) {
        let most = match question.kind {
            QuestionKind::Amount | QuestionKind::Number => LARGEST,
            QuestionKind::YesNo | QuestionKind::Text | QuestionKind::Date => 0,
        };
        if !(0..=most).contains(&self.number.unwrap_or_default()) {
            let zh = if most == 0 { "此问题不填数字".to_owned() } else { format!("须在0至{most}之间") };
            let en = if most == 0 { "is answered without a number".into() } else { format!("must be 0 to {most}") };
            wrong.add("ANSWER_NUMBER", format!("{field}.number"), zh, en);
        }
        let field = format!("{field}.text");
        let blank = self.text.trim().is_empty();
        match question.kind {
            QuestionKind::YesNo if !self.yes && blank => {
                let zh = format!("回答“否”须说明理由:{}", question.zh);
                wrong.add("ANSWER_TEXT", field, zh, "a no must say why");
            }
            QuestionKind::Text if blank => {
                wrong.add("ANSWER_TEXT", field, format!("请填写:{}", question.zh), "must not be empty");
            }
            QuestionKind::Date if parse_date(self.text.trim()).is_none() => {
                wrong.add("BAD_DATE", field, "日期无效,应如 2022-03-01", "is no date such as 2022-03-01");
            }
            QuestionKind::YesNo
            | QuestionKind::Text
            | QuestionKind::Amount
            | QuestionKind::Date
            | QuestionKind::Number => {}
        }
    }
}

/// Notes answers to what was not asked, second answers, poor ones and missing ones.
pub(super) fn check(outcome: Outcome, answers: &[Answer], questions: &[Question], wrong: &mut Violations) {
    let mut seen = BTreeSet::new();
    for answer in answers {
        let field = format!("decision.answers[{}]", answer.question);
        match questions.iter().find(|question| question.id == answer.question) {
            None => wrong.add("ANSWER_UNKNOWN", field, "此事项没有该问题", "the task has no such question"),
            Some(_) if !seen.insert(&answer.question) => {
                wrong.add("ANSWER_TWICE", field, "同一问题不得重复回答", "the question is answered twice");
            }
            Some(question) => answer.check(question, &field, wrong),
        }
    }
    for question in questions {
        if question.is_required_for(outcome) && !seen.contains(&question.id) {
            question.unanswered(wrong);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Refusal as _;

    fn asked(kind: QuestionKind, required_for: &[Outcome]) -> Question {
        let id = format!("{kind:?}");
        Question { zh: id.clone(), en: id.clone(), id, kind, required_for: required_for.to_vec() }
    }

    fn said(kind: QuestionKind, text: &str) -> Answer {
        Answer { question: format!("{kind:?}"), yes: false, text: text.to_owned(), number: None }
    }

    fn faults(outcome: Outcome, answers: &[Answer], questions: &[Question]) -> Vec<(&'static str, String)> {
        let mut wrong = Violations::default();
        check(outcome, answers, questions, &mut wrong);
        let fields = wrong.finish().map_or_else(|refusal| refusal.explain().fields, |()| Vec::new());
        fields.into_iter().map(|fault| (fault.code, fault.field)).collect()
    }

    #[test]
    fn every_question_is_answered_once() {
        let questions = [asked(QuestionKind::YesNo, &[]), asked(QuestionKind::Number, &[Outcome::Approve])];
        let answers = [said(QuestionKind::YesNo, "不真实"), said(QuestionKind::Number, "")];
        assert!(faults(Outcome::Approve, &answers, &questions).is_empty());
        let reject = faults(Outcome::Reject, &answers[..1], &questions);
        assert!(reject.is_empty(), "the number is asked for approvals only");
        let missing = [("ANSWER_MISSING", "decision.answers[Number]".to_owned())];
        assert_eq!(faults(Outcome::Approve, &answers[..1], &questions), missing);
        let twice = [answers[0].clone(), answers[1].clone(), answers[0].clone()];
        assert_eq!(
            faults(Outcome::Approve, &twice, &questions),
            [("ANSWER_TWICE", "decision.answers[YesNo]".to_owned())]
        );
        let unknown = [("ANSWER_UNKNOWN", "decision.answers[Number]".to_owned())];
        assert_eq!(faults(Outcome::Approve, &answers, &questions[..1]), unknown);
    }

    #[test]
    fn each_kind_has_its_own_answer() {
        for (kind, text, code) in [
            (QuestionKind::YesNo, " ", Some("ANSWER_TEXT")),
            (QuestionKind::Text, " ", Some("ANSWER_TEXT")),
            (QuestionKind::Text, "3号", None),
            (QuestionKind::Date, "2022-02-30", Some("BAD_DATE")),
            (QuestionKind::Date, " 2022-03-01 ", None),
            (QuestionKind::Number, "", None),
            (QuestionKind::Amount, "", None),
        ] {
            let faults = faults(Outcome::Approve, &[said(kind, text)], &[asked(kind, &[])]);
            let field = format!("decision.answers[{kind:?}].text");
            assert_eq!(faults, code.map(|code| (code, field)).into_iter().collect::<Vec<_>>(), "{kind:?} {text:?}");
        }
    }

    #[test]
    fn a_number_is_said_where_one_is_asked() {
        for (kind, number, good) in [
            (QuestionKind::YesNo, 1, false),
            (QuestionKind::Text, -1, false),
            (QuestionKind::Date, 0, true),
            (QuestionKind::Number, -1, false),
            (QuestionKind::Number, 9, true),
            (QuestionKind::Amount, LARGEST, true),
            (QuestionKind::Amount, i64::MAX, false),
        ] {
            let answer = Answer { number: Some(number), ..said(kind, "2022-03-01") };
            let faults = faults(Outcome::Approve, &[answer], &[asked(kind, &[])]);
            let expected = [("ANSWER_NUMBER", format!("decision.answers[{kind:?}].number"))];
            assert_eq!(faults, if good { Vec::new() } else { expected.to_vec() }, "{kind:?} {number}");
        }
    }

    #[test]
    fn an_answer_is_stored_with_a_number_only_where_one_is_said() {
        for stored in
            [r#"{"question":"q","yes":true,"text":"属实"}"#, r#"{"question":"q","yes":true,"text":"属实","number":0}"#]
        {
            let answer: Answer = serde_json::from_str(stored).expect("both rooms' answers are read");
            assert_eq!(serde_json::to_string(&answer).expect("JSON"), stored);
        }
    }
}
