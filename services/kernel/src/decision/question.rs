//! What a task asks (审核要点) and what is answered: every question that the outcome needs, each once, in its own kind.
//!
//! A no says why, and what it means is the question's own ([`NoMeans`]). An answer is named by its place in the request.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{NoMeans, Outcome, within};
use crate::{
    Explanation,
    calendar::parse_date,
    pack,
    refusal::{Common, Violations},
};

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
    /// What a "no" means.
    #[serde(default, skip_serializing_if = "NoMeans::is_note")]
    pub no: NoMeans,
}

impl From<&pack::Question> for Question {
    /// A question of the county pack: always asked, and answered with yes or no.
    fn from(question: &pack::Question) -> Self {
        let pack::Question { id, zh, en, standing: _, no } = question.clone();
        Self { id, zh, en, kind: QuestionKind::YesNo, required_for: Vec::new(), no }
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
            no: NoMeans::Note,
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

    /// Notes that it is not answered; `path` is where the request has the decision.
    pub fn unanswered(&self, path: &str, wrong: &mut Violations) {
        let (zh, en) = (format!("请回答:{}", self.zh), format!("unanswered: {}", self.en));
        wrong.add("ANSWER_MISSING", within(path, "answers"), zh, en);
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
pub(super) fn check(path: &str, outcome: Outcome, answers: &[Answer], questions: &[Question], wrong: &mut Violations) {
    let mut seen = BTreeSet::new();
    for (index, answer) in answers.iter().enumerate() {
        let field = answer_at(path, index);
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
            question.unanswered(path, wrong);
        }
    }
}

/// Refuses an approval by who has answered no to a question of which a no stands in the way.
///
/// # Errors
/// `NO_BLOCKS`, naming each such question.
pub(super) fn check_noes(
    path: &str,
    outcome: Outcome,
    answers: &[Answer],
    questions: &[Question],
) -> Result<(), Common> {
    let blocking = |answer: &Answer| {
        let question = questions.iter().find(|question| question.id == answer.question)?;
        (!answer.yes && question.no == NoMeans::Blocks).then_some(question)
    };
    let noes: Vec<(usize, &Question)> =
        answers.iter().enumerate().filter_map(|(index, answer)| Some((index, blocking(answer)?))).collect();
    let [(_, first), ..] = noes[..] else { return Ok(()) };
    if outcome != Outcome::Approve {
        return Ok(());
    }
    let list = |name: fn(&Question) -> &str, between| {
        noes.iter().map(|(_, question)| name(question)).collect::<Vec<_>>().join(between)
    };
    let zh = format!("对下列事项答“否”的,不得同意,只能退回或不予通过:{}", list(|question| &question.zh, ";"));
    let en = format!("who answers no can't approve: {}", list(|question| &question.en, "; "));
    let basis = format!("县级配置包 questions.toml,{}:no = \"BLOCKS\"", first.id);
    let explanation = Explanation::new("NO_BLOCKS", zh, en).figures("否", "是");
    let explanation = Explanation { basis: Some(basis), ..explanation };
    Err(Common::rule(noes.iter().fold(explanation, |explanation, (index, _)| explanation.at(answer_at(path, *index)))))
}

/// The path of the answer at this place of the request.
fn answer_at(path: &str, index: usize) -> String {
    format!("{}[{index}]", within(path, "answers"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Refusal as _;

    fn asked(kind: QuestionKind, required_for: &[Outcome]) -> Question {
        let id = format!("{kind:?}");
        Question { zh: id.clone(), en: id.clone(), id, kind, required_for: required_for.to_vec(), no: NoMeans::Note }
    }

    fn said(kind: QuestionKind, text: &str) -> Answer {
        Answer { question: format!("{kind:?}"), yes: false, text: text.to_owned(), number: None }
    }

    fn faults(outcome: Outcome, answers: &[Answer], questions: &[Question]) -> Vec<(&'static str, String)> {
        let mut wrong = Violations::default();
        check("decision", outcome, answers, questions, &mut wrong);
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
        let missing = [("ANSWER_MISSING", "decision.answers".to_owned())];
        assert_eq!(faults(Outcome::Approve, &answers[..1], &questions), missing);
        let twice = [answers[0].clone(), answers[1].clone(), answers[0].clone()];
        assert_eq!(faults(Outcome::Approve, &twice, &questions), [("ANSWER_TWICE", "decision.answers[2]".to_owned())]);
        let unknown = [("ANSWER_UNKNOWN", "decision.answers[1]".to_owned())];
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
            let field = "decision.answers[0].text".to_owned();
            assert_eq!(faults, code.map(|code| (code, field)).into_iter().collect::<Vec<_>>(), "{kind:?} {text:?}");
        }
    }

    #[test]
    fn c30_who_says_no_to_what_blocks_does_not_approve() {
        let blocks = Question { no: NoMeans::Blocks, ..asked(QuestionKind::YesNo, &[]) };
        let code = |outcome, yes, no| {
            let question = Question { no, ..blocks.clone() };
            let answer = Answer { yes, ..said(QuestionKind::YesNo, "不属实") };
            let refused = check_noes("decision", outcome, &[answer], &[question]).err();
            refused.map(|refusal| refusal.explain()).map(|refusal| (refusal.code, refusal.fields[0].field.clone()))
        };
        let blocked = Some(("NO_BLOCKS", "decision.answers[0]".to_owned()));
        assert_eq!(code(Outcome::Approve, false, NoMeans::Blocks), blocked);
        assert_eq!(code(Outcome::Approve, true, NoMeans::Blocks), None);
        for outcome in [Outcome::Return, Outcome::Reject] {
            assert_eq!(code(outcome, false, NoMeans::Blocks), None, "{outcome:?}");
        }
        for other in NoMeans::ALL.into_iter().filter(|other| *other != NoMeans::Blocks) {
            assert_eq!(code(Outcome::Approve, false, other), None, "{other:?}");
        }
    }

    #[test]
    fn a_question_of_before_notes() {
        let stored = r#"{"id":"q","zh":"问","en":"q","kind":"YES_NO","required_for":[]}"#;
        let question: Question = serde_json::from_str(stored).expect("reads");
        assert_eq!(question.no, NoMeans::Note);
        assert_eq!(serde_json::to_string(&question).expect("JSON"), stored);
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
            let expected = [("ANSWER_NUMBER", "decision.answers[0].number".to_owned())];
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
