//! What an opinion must contain before it counts: an outcome that the task offers, and what every decision must
//! ([`kernel::decision`]). Who may give it is [`super::completion`]'s question.

use kernel::{
    Explanation, YearRules,
    decision::{self, Decision, Outcome},
    refusal::Common,
};

use super::record::{Asked, TaskKind};

/// Refuses a decision that doesn't answer what was asked.
///
/// # Errors
/// `OUTCOME`, [`Common::Invalid`] with every wrong field, or `OPINION_LENGTH` when a return or rejection says too little.
pub fn check(decision: &Decision, asked: &Asked, rules: &YearRules) -> Result<(), Common> {
    if !asked.task_kind.outcomes().contains(&decision.outcome) {
        return Err(not_offered(asked.task_kind, decision.outcome));
    }
    let questions: Vec<decision::Question> = asked.questions.iter().map(Into::into).collect();
    decision.check("decision", &questions, asked.task_kind.return_steps(), rules, |_| {})
}

/// The refusal of an outcome that the task doesn't offer.
pub fn not_offered(kind: TaskKind, outcome: Outcome) -> Common {
    let zh = format!("{}不能作出“{}”的决定", kind.zh(), outcome.zh());
    let explanation = Explanation::new("OUTCOME", zh, "this task can't end with this outcome");
    Common::invalid(explanation.at("decision.outcome"))
}

#[cfg(test)]
mod tests {
    use kernel::decision::{Answer, Correction, ReturnStep};

    use super::*;
    use crate::domain::story::{Story, decision, departments, holder};

    /// The code of the refusal, with the fields at fault.
    #[track_caller]
    fn refused(outcome: Outcome, change: impl FnOnce(&mut Decision), code: &str) -> Vec<String> {
        let (story, post) = (Story::opened(), departments().remove(0));
        let mut decision = decision(&story.task(&post), outcome);
        change(&mut decision);
        let refusal = story.when(story.completing_with(&post, decision, holder(&post))).then_refused(code);
        kernel::Refusal::explain(&refusal).fields.into_iter().map(|violation| violation.field).collect()
    }

    #[test]
    fn every_question_is_answered_once_and_a_no_says_why() {
        use Outcome::Approve;
        let first = |decision: &Decision| decision.answers[0].question.clone();
        refused(Approve, |decision| decision.answers.clear(), "ANSWER_MISSING");
        refused(Approve, |decision| decision.answers[0].yes = false, "ANSWER_TEXT");
        refused(Outcome::Reject, |decision| drop(decision.answers.pop()), "ANSWER_MISSING");
        let twice = |decision: &mut Decision| decision.answers.push(decision.answers[0].clone());
        refused(Approve, twice, "ANSWER_TWICE");
        let stranger = |decision: &mut Decision| {
            let answer = Answer { question: "stranger".into(), ..decision.answers[0].clone() };
            assert_ne!(first(decision), answer.question);
            decision.answers.push(answer);
        };
        let answers = decision(&Story::opened().task(&departments()[0]), Approve).answers.len();
        assert_eq!(refused(Approve, stranger, "ANSWER_UNKNOWN"), [format!("decision.answers[{answers}]")]);
    }

    #[test]
    fn a_return_says_what_to_correct_and_nothing_else_does() {
        let correction =
            || Correction { field: "land_note".into(), text: "补充用地批复".into(), step: ReturnStep::default() };
        refused(Outcome::Return, |decision| decision.corrections.clear(), "CORRECTIONS");
        refused(Outcome::Approve, |decision| decision.corrections.push(correction()), "CORRECTIONS");
        refused(Outcome::Reject, |decision| decision.corrections.push(correction()), "CORRECTIONS");
        let fields = refused(Outcome::Return, |decision| decision.corrections[0].text = " ".into(), "CORRECTIONS");
        assert_eq!(fields, ["decision.corrections[0].text"]);
    }

    #[test]
    fn a_return_or_rejection_explains_itself_in_ten_characters() {
        for outcome in [Outcome::Return, Outcome::Reject] {
            refused(outcome, |decision| decision.opinion = "不同意此项目的实施".into(), "OPINION_LENGTH");
            refused(outcome, |decision| decision.opinion = "不 同 意 此 项 目 实 施".into(), "OPINION_LENGTH");
            refused(outcome, |decision| decision.opinion.clear(), "OPINION_LENGTH");
        }
        refused(Outcome::Approve, |decision| decision.opinion = "  ".into(), "OPINION");
        let (story, post) = (Story::opened(), departments().remove(0));
        for (outcome, opinion) in [(Outcome::Approve, "同意"), (Outcome::Reject, "不同意此项目付诸实施")] {
            let short = Decision { opinion: opinion.into(), ..decision(&story.task(&post), outcome) };
            story.when(story.completing_with(&post, short, holder(&post))).then_accepted();
        }
    }

    #[test]
    fn all_faults_of_the_form_are_said_at_once() {
        let empty = |decision: &mut Decision| {
            decision.answers.clear();
            decision.corrections.clear();
        };
        assert!(refused(Outcome::Return, empty, "ANSWER_MISSING").contains(&"decision.corrections".to_owned()));
    }
}
