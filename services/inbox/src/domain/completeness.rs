//! Whether a decision (办理意见) is complete: an outcome that was offered, every required question answered.
//!
//! Only completeness is judged here, all at once and field by field. What an answer or an opinion is worth, the room
//! that asked judges, by its rules.

use kernel::{
    decision::{Correction, Outcome, Question, QuestionKind, within},
    refusal::{Common, Violations},
};

use super::record::Request;

/// Where the request has the decision.
const PATH: &str = "decision";

/// What of an answer shows whether the question was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// The question.
    pub question: String,
    /// Its text.
    pub text: String,
}

/// What of a decision shows whether it is complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completeness {
    /// What is decided.
    pub outcome: Outcome,
    /// Answers to the questions.
    pub answers: Vec<Answered>,
    /// How many corrections (补正事项) it lists.
    pub corrections: usize,
}

/// Refuses a decision that leaves out what was asked.
///
/// # Errors
/// [`Common::Invalid`] with every field that is missing or wrong.
pub fn check(decision: &Completeness, request: &Request) -> Result<(), Common> {
    let mut wrong = Violations::default();
    if !request.outcomes.contains(&decision.outcome) {
        let zh = format!("此事项不能作出“{}”的决定", decision.outcome.zh());
        wrong.add("OUTCOME", "decision.outcome", zh, "this task can't end with this outcome");
    }
    for question in &request.questions {
        if question.is_required_for(decision.outcome) && !has_answered(decision, question) {
            question.unanswered(PATH, &mut wrong);
        }
    }
    if decision.outcome == Outcome::Return && decision.corrections == 0 {
        Correction::missing(within(PATH, "corrections"), &mut wrong);
    }
    wrong.finish()
}

fn has_answered(decision: &Completeness, question: &Question) -> bool {
    decision.answers.iter().filter(|answer| answer.question == question.id).any(|answer| match question.kind {
        QuestionKind::Text | QuestionKind::Date => !answer.text.trim().is_empty(),
        // No, zero and nothing are answers, too.
        QuestionKind::YesNo | QuestionKind::Amount | QuestionKind::Number => true,
    })
}

#[cfg(test)]
mod tests {
    use kernel::Refusal as _;

    use super::*;
    use crate::domain::fixtures::request;

    fn answer(question: &str, text: &str) -> Answered {
        Answered { question: question.into(), text: text.into() }
    }

    fn decision(outcome: Outcome, answers: Vec<Answered>, corrections: usize) -> Completeness {
        Completeness { outcome, answers, corrections }
    }

    fn wrong_fields(decision: &Completeness) -> Vec<(&'static str, String)> {
        let refusal = check(decision, &request()).expect_err("it is incomplete");
        refusal.explain().fields.into_iter().map(|field| (field.code, field.field)).collect()
    }

    #[test]
    fn a_complete_decision_stands() {
        let approval = decision(Outcome::Approve, vec![answer("site", ""), answer("checkers", "张三、李四")], 0);
        assert_eq!(check(&approval, &request()), Ok(()));
        let returned = decision(Outcome::Return, vec![answer("site", "")], 1);
        assert_eq!(check(&returned, &request()), Ok(()), "`checkers` is asked for approvals only");
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
        let refusal = check(&decision(Outcome::Return, Vec::new(), 0), &asked).expect_err("it is incomplete");
        let codes: Vec<_> = refusal.explain().fields.into_iter().map(|field| field.code).collect();
        assert_eq!(codes, ["OUTCOME", "ANSWER_MISSING", "CORRECTIONS"]);
    }
}
