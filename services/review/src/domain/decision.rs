//! What an opinion must contain before it counts: an allowed outcome, every question answered, a text that says why.
//!
//! All that is wrong is said at once, field by field. Who may give it is [`super::case`]'s question.

use std::collections::BTreeSet;

use kernel::{
    Actor, Explanation, RuleCode, YearRules,
    refusal::{Common, Violations, breach},
};
use time::OffsetDateTime;

use super::{
    opinion::{Answer, Asked, Attachment, Correction, Given, Outcome, Question, QuestionKind, TaskKind},
    resolution::parse_date,
};

/// What a reviewer says (审核决定).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Outcome.
    pub outcome: Outcome,
    /// Opinion (意见).
    pub opinion: String,
    /// Answers to the task's questions.
    pub answers: Vec<Answer>,
    /// For a return: what must be corrected.
    pub corrections: Vec<Correction>,
    /// Documents.
    pub attachments: Vec<Attachment>,
    /// Revision of the content that was read.
    pub subject_revision: i64,
}

impl Decision {
    /// Refuses a decision that doesn't answer what was asked.
    ///
    /// # Errors
    /// [`Common::Invalid`] with every wrong field, or `OPINION_LENGTH` when a return or rejection says too little.
    pub fn check(&self, asked: &Asked, rules: &YearRules) -> Result<(), Common> {
        if !asked.task_kind.outcomes().contains(&self.outcome) {
            return Err(not_offered(asked.task_kind, self.outcome));
        }
        let mut wrong = Violations::default();
        self.check_answers(&asked.questions, &mut wrong);
        self.check_corrections(&mut wrong);
        // What a return or rejection must say at least is a rule of the year, judged last.
        if self.outcome == Outcome::Approve && self.opinion.trim().is_empty() {
            wrong.add("OPINION", "decision.opinion", "请填写审核意见", "a decision needs an opinion");
        }
        wrong.finish()?;
        self.check_length(rules)
    }

    /// The decision record that this becomes.
    #[must_use]
    pub fn given_by(self, actor: &Actor, at: OffsetDateTime) -> Given {
        Given {
            outcome: self.outcome,
            text: self.opinion,
            answers: self.answers,
            corrections: self.corrections,
            attachments: self.attachments,
            person: actor.person.clone(),
            person_name: actor.name.clone(),
            on_behalf_of: actor.on_behalf_of.clone(),
            at,
        }
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
                Some(question) => check_answer(question, answer, field, wrong),
            }
        }
        for question in questions {
            if question.is_required_for(self.outcome) && !seen.contains(&question.id) {
                let field = format!("decision.answers[{}]", question.id);
                wrong.add(
                    "ANSWER_MISSING",
                    field,
                    format!("请回答:{}", question.zh),
                    format!("unanswered: {}", question.en),
                );
            }
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

/// The refusal of an outcome that the task doesn't offer.
pub fn not_offered(kind: TaskKind, outcome: Outcome) -> Common {
    let zh = format!("{}不能作出“{}”的决定", kind.zh(), outcome.zh());
    let explanation = Explanation::new("OUTCOME", zh, "this task can't end with this outcome");
    Common::invalid(explanation.at("decision.outcome"))
}

fn check_answer(question: &Question, answer: &Answer, field: String, wrong: &mut Violations) {
    match question.answered_as {
        QuestionKind::YesNo if !answer.yes && answer.text.trim().is_empty() => {
            let zh = format!("回答“否”须说明理由:{}", question.zh);
            wrong.add("ANSWER_TEXT", format!("{field}.text"), zh, "a no must say why");
        }
        QuestionKind::Text if answer.text.trim().is_empty() => {
            wrong.add("ANSWER_TEXT", format!("{field}.text"), format!("请填写:{}", question.zh), "must not be empty");
        }
        QuestionKind::Date if parse_date(&answer.text).is_none() => {
            wrong.add("BAD_DATE", format!("{field}.text"), "日期无效,应如 2022-03-01", "is no date such as 2022-03-01");
        }
        QuestionKind::YesNo | QuestionKind::Text | QuestionKind::Date | QuestionKind::Number => {}
    }
}

#[cfg(test)]
mod tests {
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
        assert_eq!(refused(Approve, stranger, "ANSWER_UNKNOWN"), ["decision.answers[stranger]"]);
    }

    #[test]
    fn a_return_says_what_to_correct_and_nothing_else_does() {
        let correction = || Correction { field: "land_note".into(), text: "补充用地批复".into() };
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
