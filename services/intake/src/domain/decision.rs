//! The township's decision (乡镇审核决定): what every reviewer says ([`kernel::decision`]), and a reason for a rejection.
//!
//! Whether the one who decides may, and whether the site was checked, is [`super::township_review`]'s question.

use kernel::{
    YearRules,
    decision::{Outcome, Question, ReturnStep},
    refusal::{Common, Violations},
};

use super::{Decision, record::decision::RejectReason};

/// Refuses a decision that doesn't answer what was asked; `path` is where the request has it.
///
/// # Errors
/// [`Common::Invalid`] with every wrong field, `NO_BLOCKS`, or `OPINION_LENGTH` when a return or rejection says too little.
pub fn check(decision: &Decision, path: &str, questions: &[Question], rules: &YearRules) -> Result<(), Common> {
    decision.said.check(path, questions, ReturnStep::OF_VILLAGE, rules, |wrong| check_reason(decision, wrong))
}

pub(super) fn check_reason(decision: &Decision, wrong: &mut Violations) {
    const FIELD: &str = "decision.reason_code";
    match (decision.said.outcome, decision.reason) {
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

#[cfg(test)]
mod tests {
    use kernel::{Explanation, Refusal as _};

    use super::*;
    use crate::domain::fixtures::{approval, pack, rejection, township_return};

    fn refused(decision: &Decision) -> Explanation {
        let pack = pack();
        let questions: Vec<Question> = pack.township.questions.iter().map(Question::from).collect();
        let rules = pack.rules(2022).expect("2022 has rules");
        check(decision, "decision", &questions, rules).expect_err("refused").explain()
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
            assert_eq!(serde_json::to_value(reason).expect("encodes"), reason.code());
        }
    }
}
