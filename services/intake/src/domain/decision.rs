//! What the township's decision must contain before it counts: every question answered, an opinion that says why, items
//! for a return, a reason for a rejection. All that is wrong is said at once.
//!
//! Whether the one who decides may, and whether the site was checked, is [`super::township_review`]'s question.

use std::collections::BTreeSet;

use kernel::{
    RuleCode, YearRules, pack,
    refusal::{Common, Violations, breach},
};
use serde::{Deserialize, Serialize};

use super::{Signature, content::Attachment};

/// What a reviewer decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Outcome {
    /// 同意.
    Approve,
    /// 退回补正.
    Return,
    /// 不予通过.
    Reject,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 3] = [Self::Approve, Self::Return, Self::Reject];
}

/// Why the township rejects (不予通过理由).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RejectReason {
    /// 不真实.
    NotAuthentic,
    /// 不必要.
    NotNecessary,
    /// 属于负面清单.
    NegativeList,
    /// 重复申报.
    Duplicate,
    /// 用地不落实.
    NoLand,
    /// 无经营主体.
    NoOperator,
    /// 出资比例不符.
    Ratio,
}

impl RejectReason {
    /// Every reason.
    pub const ALL: [Self; 7] = [
        Self::NotAuthentic,
        Self::NotNecessary,
        Self::NegativeList,
        Self::Duplicate,
        Self::NoLand,
        Self::NoOperator,
        Self::Ratio,
    ];

    /// Stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NotAuthentic => "NOT_AUTHENTIC",
            Self::NotNecessary => "NOT_NECESSARY",
            Self::NegativeList => "NEGATIVE_LIST",
            Self::Duplicate => "DUPLICATE",
            Self::NoLand => "NO_LAND",
            Self::NoOperator => "NO_OPERATOR",
            Self::Ratio => "RATIO",
        }
    }

    /// The reason of that code.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }
}

/// A question that goes with the task, answered with yes or no; a no says why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Id within the task.
    pub id: String,
    /// Text in Chinese.
    pub zh: String,
    /// Text in English.
    pub en: String,
}

impl From<&pack::Question> for Question {
    fn from(question: &pack::Question) -> Self {
        Self { id: question.id.clone(), zh: question.zh.clone(), en: question.en.clone() }
    }
}

/// An answer to a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The question.
    pub question: String,
    /// Yes or no.
    pub yes: bool,
    /// Remark.
    pub text: String,
}

/// One thing to correct (补正事项).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// Path of the field or section.
    pub field: String,
    /// What must be done.
    pub text: String,
}

/// What a reviewer says (审核决定).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Outcome.
    pub outcome: Outcome,
    /// Opinion (意见).
    pub opinion: String,
    /// Answers to the task's questions.
    pub answers: Vec<Answer>,
    /// For a return: what must be corrected.
    pub corrections: Vec<Correction>,
    /// For a rejection: why.
    pub reason: Option<RejectReason>,
    /// Documents.
    pub attachments: Vec<Attachment>,
    /// Revision of the content that was read.
    pub subject_revision: i64,
}

/// A decision that was made: a decision record (决定记录), immutable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// What was said.
    pub decision: Decision,
    /// Who said it, in which post, when.
    pub signature: Signature,
}

impl Decision {
    /// Refuses a decision that doesn't answer what was asked.
    ///
    /// # Errors
    /// [`Common::Invalid`] with every wrong field, or `OPINION_LENGTH` when a return or rejection says too little.
    pub fn check(&self, questions: &[Question], rules: &YearRules) -> Result<(), Common> {
        let mut wrong = Violations::default();
        self.check_answers(questions, &mut wrong);
        self.check_corrections(&mut wrong);
        match (self.outcome, self.reason) {
            (Outcome::Reject, None) => {
                let codes: Vec<&str> = RejectReason::ALL.iter().map(|reason| reason.code()).collect();
                let zh = format!("不予通过须选择理由:{}", codes.join("、"));
                wrong.add("REASON", "decision.reason_code", zh, "a rejection needs a reason code");
            }
            (Outcome::Approve | Outcome::Return, Some(_)) => {
                wrong.add(
                    "REASON",
                    "decision.reason_code",
                    "只有不予通过才需选择理由",
                    "only a rejection has a reason code",
                );
            }
            (Outcome::Reject, Some(_)) | (Outcome::Approve | Outcome::Return, None) => {}
        }
        // What a return or rejection must say at least is a rule of the year, judged last.
        if self.outcome == Outcome::Approve && self.opinion.trim().is_empty() {
            wrong.add("OPINION", "decision.opinion", "请填写审核意见", "a decision needs an opinion");
        }
        wrong.finish()?;
        self.check_length(rules)
    }

    fn check_answers(&self, questions: &[Question], wrong: &mut Violations) {
        let mut seen = BTreeSet::new();
        for answer in &self.answers {
            let field = format!("decision.answers[{}]", answer.question);
            match questions.iter().find(|question| question.id == answer.question) {
                None => wrong.add("ANSWER_UNKNOWN", field, "此事项没有该问题", "the task has no such question"),
                Some(_) if !seen.insert(&answer.question) => {
                    wrong.add("ANSWER_TWICE", field, "同一问题不得重复回答", "the question is answered twice");
                }
                Some(question) if !answer.yes && answer.text.trim().is_empty() => {
                    let zh = format!("回答“否”须说明理由:{}", question.zh);
                    wrong.add("ANSWER_TEXT", format!("{field}.text"), zh, "a no must say why");
                }
                Some(_) => {}
            }
        }
        for question in questions.iter().filter(|question| !seen.contains(&question.id)) {
            let field = format!("decision.answers[{}]", question.id);
            wrong.add(
                "ANSWER_MISSING",
                field,
                format!("请回答:{}", question.zh),
                format!("unanswered: {}", question.en),
            );
        }
    }

    fn check_corrections(&self, wrong: &mut Violations) {
        const FIELD: &str = "decision.corrections";
        match (self.outcome, self.corrections.is_empty()) {
            (Outcome::Return, true) => {
                wrong.add(
                    "CORRECTIONS",
                    FIELD,
                    "退回补正须列明至少一项补正事项",
                    "a return must name at least one thing to correct",
                );
            }
            (Outcome::Approve | Outcome::Reject, false) => {
                wrong.add(
                    "CORRECTIONS",
                    FIELD,
                    "只有退回补正才能列补正事项",
                    "only a return may name things to correct",
                );
            }
            (Outcome::Return, false) | (Outcome::Approve | Outcome::Reject, true) => {}
        }
        for (index, correction) in self.corrections.iter().enumerate() {
            for (name, value) in [("field", &correction.field), ("text", &correction.text)] {
                if value.trim().is_empty() {
                    let field = format!("{FIELD}[{index}].{name}");
                    wrong.add("CORRECTIONS", field, "补正事项须写明位置和要求", "must say where and what");
                }
            }
        }
    }

    fn check_length(&self, rules: &YearRules) -> Result<(), Common> {
        let least = rules.number(RuleCode::OpinionLength);
        let length = self.opinion.chars().filter(|character| !character.is_whitespace()).count();
        match self.outcome {
            Outcome::Return | Outcome::Reject if u32::try_from(length).is_ok_and(|length| length < least) => {
                let zh = format!("退回或不予通过的意见不得少于 {least} 个字,现有 {length} 个字");
                let en = format!("a return or rejection needs an opinion of at least {least} characters, not {length}");
                let explanation = breach("OPINION_LENGTH", rules.rule(RuleCode::OpinionLength), zh, en);
                Err(Common::rule(explanation.figures(length, least).at("decision.opinion")))
            }
            Outcome::Approve | Outcome::Return | Outcome::Reject => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use kernel::{Explanation, Refusal as _};

    use super::*;
    use crate::domain::fixtures::{approval, pack, rejection, township_return};

    fn refused(decision: &Decision) -> Explanation {
        let pack = pack();
        let questions: Vec<Question> = pack.township.questions.iter().map(Question::from).collect();
        decision.check(&questions, pack.rules(2022).expect("2022 has rules")).expect_err("refused").explain()
    }

    #[test]
    fn every_question_is_answered_once_and_a_no_says_why() {
        let mut decision = approval();
        decision.answers[0].yes = false;
        decision.answers[0].text.clear();
        decision.answers.push(Answer { question: "other".into(), yes: true, text: String::new() });
        assert_eq!(refused(&decision).fields.len(), 2);
        let unanswered = Decision { answers: Vec::new(), ..approval() };
        assert_eq!(refused(&unanswered).code, "ANSWER_MISSING");
        let mut twice = approval();
        twice.answers.push(twice.answers[0].clone());
        assert_eq!(refused(&twice).code, "ANSWER_TWICE");
    }

    #[test]
    fn each_outcome_says_what_it_must() {
        assert_eq!(refused(&Decision { corrections: Vec::new(), ..township_return(1) }).code, "CORRECTIONS");
        assert_eq!(
            refused(&Decision { corrections: township_return(1).corrections, ..approval() }).code,
            "CORRECTIONS"
        );
        assert_eq!(refused(&Decision { reason: None, ..rejection() }).code, "REASON");
        assert_eq!(refused(&Decision { reason: rejection().reason, ..approval() }).code, "REASON");
        assert_eq!(refused(&Decision { opinion: " ".into(), ..approval() }).code, "OPINION");
        let short = refused(&Decision { opinion: "材料不全".into(), ..township_return(1) });
        assert_eq!(
            (short.code, short.actual.as_deref(), short.limit.as_deref()),
            ("OPINION_LENGTH", Some("4"), Some("10"))
        );
    }

    #[test]
    fn reasons_have_stable_codes() {
        for reason in RejectReason::ALL {
            assert_eq!(RejectReason::parse(reason.code()), Some(reason));
            assert_eq!(serde_json::to_value(reason).expect("encodes"), reason.code());
        }
    }
}
