//! The township's decision (乡镇审核决定): what every reviewer says ([`kernel::decision`]), and a reason for a rejection.
//!
//! Whether the one who decides may, and whether the site was checked, is [`super::township_review`]'s question.

use kernel::{
    YearRules,
    decision::{self, Outcome, Question, ReturnStep},
    refusal::{Common, Violations},
};
use serde::{Deserialize, Serialize};

use super::Signature;

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
    /// 逾期未补正: nobody's word, but what time brought.
    Lapsed,
}

impl RejectReason {
    /// Every reason that the township's head may give.
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
            Self::Lapsed => "LAPSED",
        }
    }

    /// The reason of that code.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }
}

/// What the township says (乡镇审核决定).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// As every reviewer says it.
    #[serde(flatten)]
    pub said: decision::Decision,
    /// For a rejection: why.
    pub reason: Option<RejectReason>,
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
    /// Refuses a decision that doesn't answer what was asked; `path` is where the request has it.
    ///
    /// # Errors
    /// [`Common::Invalid`] with every wrong field, `NO_BLOCKS`, or `OPINION_LENGTH` when a return or rejection says too little.
    pub fn check(&self, path: &str, questions: &[Question], rules: &YearRules) -> Result<(), Common> {
        self.said.check(path, questions, ReturnStep::OF_VILLAGE, rules, |wrong| self.check_reason(wrong))
    }

    fn check_reason(&self, wrong: &mut Violations) {
        const FIELD: &str = "decision.reject_reason";
        match (self.said.outcome, self.reason) {
            (Outcome::Reject, None) => {
                let codes: Vec<&str> = RejectReason::ALL.iter().map(|reason| reason.code()).collect();
                let zh = format!("不予通过须选择理由:{}", codes.join("、"));
                wrong.add("REASON", FIELD, zh, "a rejection needs a reason");
            }
            (Outcome::Approve | Outcome::Return, Some(_)) => {
                wrong.add("REASON", FIELD, "只有不予通过才需选择理由", "only a rejection has a reason");
            }
            (Outcome::Reject, Some(_)) | (Outcome::Approve | Outcome::Return, None) => {}
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
        decision
            .check("decision", &questions, pack.rules(2022).expect("2022 has rules"))
            .expect_err("refused")
            .explain()
    }

    #[test]
    fn every_question_of_the_township_is_answered_and_a_no_says_why() {
        let mut decision = approval();
        decision.said.answers[0].yes = false;
        decision.said.answers[0].text.clear();
        assert_eq!(refused(&decision).code, "ANSWER_TEXT");
        decision.said.answers.clear();
        let missing = refused(&decision);
        assert_eq!((missing.code, missing.fields.len()), ("ANSWER_MISSING", pack().township.questions.len()));
    }

    #[test]
    fn only_a_rejection_has_a_reason() {
        assert_eq!(refused(&Decision { reason: None, ..rejection() }).code, "REASON");
        assert_eq!(refused(&Decision { reason: rejection().reason, ..approval() }).code, "REASON");
        let mut short = township_return(1);
        short.said.opinion = "材料不全".into();
        assert_eq!(refused(&short).code, "OPINION_LENGTH");
    }

    #[test]
    fn reasons_have_stable_codes() {
        for reason in RejectReason::ALL {
            assert_eq!(RejectReason::parse(reason.code()), Some(reason));
            assert_eq!(serde_json::to_value(reason).expect("encodes"), reason.code());
        }
    }
}
