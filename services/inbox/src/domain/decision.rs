//! Whether a decision (办理意见) is complete: an outcome that was offered, every required question answered.
//!
//! Only completeness is judged here, all at once and field by field. What an answer or an opinion is worth, the room
//! that asked judges, by its rules.

use kernel::{
    decision::{Correction, Outcome, Question, QuestionKind, within},
    refusal::{Common, Violations},
};

use super::Request;

/// Where the request has the decision.
const PATH: &str = "decision";

/// An answer, as far as completeness goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The question.
    pub question: String,
    /// Its text.
    pub text: String,
}

/// A decision, as far as completeness goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What is decided.
    pub outcome: Outcome,
    /// Answers to the questions.
    pub answers: Vec<Answer>,
    /// How many corrections (补正事项) it lists.
    pub corrections: usize,
}

impl Decision {
    /// Refuses a decision that leaves out what was asked.
    ///
    /// # Errors
    /// [`Common::Invalid`] with every field that is missing or wrong.
    pub fn check(&self, request: &Request) -> Result<(), Common> {
        let mut wrong = Violations::default();
        if !request.outcomes.contains(&self.outcome) {
            let zh = format!("此事项不能作出“{}”的决定", self.outcome.zh());
            wrong.add("OUTCOME", "decision.outcome", zh, "this task can't end with this outcome");
        }
        for question in &request.questions {
            if question.is_required_for(self.outcome) && !self.has_answered(question) {
                question.unanswered(PATH, &mut wrong);
            }
        }
        if self.outcome == Outcome::Return && self.corrections == 0 {
            Correction::missing(within(PATH, "corrections"), &mut wrong);
        }
        wrong.finish()
    }

    fn has_answered(&self, question: &Question) -> bool {
        self.answers.iter().filter(|answer| answer.question == question.id).any(|answer| match question.kind {
            QuestionKind::Text | QuestionKind::Date => !answer.text.trim().is_empty(),
            // No, zero and nothing are answers, too.
            QuestionKind::YesNo | QuestionKind::Amount | QuestionKind::Number => true,
        })
    }
}

#[cfg(test)]
mod tests {
    use kernel::Refusal as _;

    use super::*;
    use crate::domain::fixtures::request;

    fn answer(question: &str, text: &str) -> Answer {
        Answer { question: question.into(), text: text.into() }
    }

    fn decision(outcome: Outcome, answers: Vec<Answer>, corrections: usize) -> Decision {
        Decision { outcome, answers, corrections }
    }

    fn wrong_fields(decision: &Decision) -> Vec<(&'static str, String)> {
        let refusal = decision.check(&request()).expect_err("it is incomplete");
        refusal.explain().fields.into_iter().map(|field| (field.code, field.field)).collect()
    }

    #[test]
    fn a_complete_decision_stands() {
        let approval = decision(Outcome::Approve, vec![answer("site", ""), answer("checkers", "张三、李四")], 0);
        assert_eq!(approval.check(&request()), Ok(()));
        let returned = decision(Outcome::Return, vec![answer("site", "")], 1);
        assert_eq!(returned.check(&request()), Ok(()), "`checkers` is asked for approvals only");
    }

    #[test]
    fn every_required_question_is_answered_and_a_blank_text_is_no_answer() {
        let approval = decision(Outcome::Approve, vec![answer("checkers", "  ")], 0);
        let missing = || ("ANSWER_MISSING", "decision.answers".to_owned());
        assert_eq!(wrong_fields(&approval), [missing(), missing()], "one fault a question");
    }

    #[test]
    fn a_return_names_what_to_correct() {
        let returned = decision(Outcome::Return, vec![answer("site", "")], 0);
        assert_eq!(wrong_fields(&returned), [("CORRECTIONS", "decision.corrections".to_owned())]);
    }

    #[test]
    fn only_an_offered_outcome_is_possible_and_all_faults_are_said_at_once() {
        let mut asked = request();
        asked.outcomes = vec![Outcome::Approve];
        let refusal = decision(Outcome::Return, Vec::new(), 0).check(&asked).expect_err("it is incomplete");
        let codes: Vec<_> = refusal.explain().fields.into_iter().map(|field| field.code).collect();
        assert_eq!(codes, ["OUTCOME", "ANSWER_MISSING", "CORRECTIONS"]);
    }
}
