//! What a reviewer decides (审核决定), and what a decision must contain before it counts: every question answered, things
//! to correct for a return, an opinion that says why. All that is wrong is said at once, field by field.
//!
//! What is asked stands in `decision/question.rs`, what a "no" means in `decision/no.rs`, where a return may go in
//! `decision/step.rs`, what of the form it may name in `decision/field.rs`. Who may decide, with which outcomes, and which steps
//! are passed, is the asking room's question. Every refusal names the field by the path at which the request has the decision.

mod field;
mod no;
mod question;
mod step;

use serde::{Deserialize, Serialize};

pub use self::{
    field::is_of_the_form,
    no::NoMeans,
    question::{Answer, Question, QuestionKind},
    step::ReturnStep,
};
use crate::{
    Attachment, Explanation, RuleCode, YearRules,
    refusal::{Common, Violations, breach},
};

/// What a reviewer decides (办理结果).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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

    /// Chinese name.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::Approve => "同意",
            Self::Return => "退回补正",
            Self::Reject => "不予通过",
        }
    }
}

/// One thing to correct (补正事项).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// Path of the field or section.
    pub field: String,
    /// What must be done.
    pub text: String,
    /// The step that it goes back to.
    #[serde(default, skip_serializing_if = "ReturnStep::is_default")]
    pub step: ReturnStep,
}

impl Correction {
    /// Notes that a return names none; `path` is where the list stands in the request.
    pub fn missing(path: impl Into<String>, wrong: &mut Violations) {
        let zh = "退回补正须列明至少一项补正事项";
        wrong.add("CORRECTIONS", path, zh, "a return must name at least one thing to correct");
    }
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
    /// Documents.
    pub attachments: Vec<Attachment>,
    /// Revision of the content that was read.
    pub subject_revision: i64,
}

impl Decision {
    /// Refuses a decision that is about another revision of the content than the one to be judged.
    ///
    /// # Errors
    /// `STALE_VERSION`.
    pub fn check_revision(&self, current: i64) -> Result<(), Common> {
        let read = self.subject_revision;
        if read == current {
            return Ok(());
        }
        let en = format!("revision {read} of the content was read, but revision {current} is to be judged");
        let explanation = Explanation::new("STALE_VERSION", "项目已变更,请刷新后重新审核", en);
        Err(Common::stale(explanation.figures(read, current)))
    }

    /// Refuses a decision that doesn't answer what was asked, or that goes back to a step that is not among those `passed`;
    /// `also` notes what else the room finds wrong. `path` is where the request has the decision, empty when it is the request
    /// itself.
    ///
    /// # Errors
    /// [`Common::Invalid`] with every wrong field, `NO_BLOCKS` for an approval against an own "no", or `OPINION_LENGTH` when a
    /// return or rejection says too little.
    pub fn check(
        &self,
        path: &str,
        questions: &[Question],
        passed: &[ReturnStep],
        rules: &YearRules,
        also: impl FnOnce(&mut Violations),
    ) -> Result<(), Common> {
        self.faults(path, questions, passed, rules, also).into_iter().next().map_or(Ok(()), Err)
    }

    /// All that [`Decision::check`] refuses, in its order.
    pub fn faults(
        &self,
        path: &str,
        questions: &[Question],
        passed: &[ReturnStep],
        rules: &YearRules,
        also: impl FnOnce(&mut Violations),
    ) -> Vec<Common> {
        let mut wrong = Violations::default();
        question::check(path, self.outcome, &self.answers, questions, &mut wrong);
        self.check_corrections(&within(path, "corrections"), passed, &mut wrong);
        also(&mut wrong);
        // What a return or rejection must say at least is a rule of the year, judged last.
        if self.outcome == Outcome::Approve && self.opinion.trim().is_empty() {
            wrong.add("OPINION", within(path, "opinion"), "请填写审核意见", "a decision needs an opinion");
        }
        let faults = [
            wrong.finish(),
            question::check_noes(path, self.outcome, &self.answers, questions),
            check_length(path, self.outcome, &self.opinion, rules),
        ];
        faults.into_iter().filter_map(Result::err).collect()
    }

    fn check_corrections(&self, path: &str, passed: &[ReturnStep], wrong: &mut Violations) {
        match (self.outcome, self.corrections.is_empty()) {
            (Outcome::Return, true) => Correction::missing(path, wrong),
            (Outcome::Approve | Outcome::Reject, false) => {
                let zh = "只有退回补正才能列补正事项";
                wrong.add("CORRECTIONS", path, zh, "only a return may name things to correct");
            }
            (Outcome::Return, false) | (Outcome::Approve | Outcome::Reject, true) => {}
        }
        for (index, correction) in self.corrections.iter().enumerate() {
            for (name, value) in [("field", &correction.field), ("text", &correction.text)] {
                if value.trim().is_empty() {
                    let field = format!("{path}[{index}].{name}");
                    wrong.add("CORRECTIONS", field, "补正事项须写明位置和要求", "must say where and what");
                }
            }
            if !correction.field.trim().is_empty() && !is_of_the_form(&correction.field) {
                let zh = format!(
                    "申报书没有“{}”这一栏目,请填写栏目名称,如 land_note、items[0].amount_fen",
                    brief(&correction.field)
                );
                let en = "is neither a section nor a field of the application form, such as land_note or items[0].amount_fen";
                wrong.add("UNKNOWN_FIELD", format!("{path}[{index}].field"), zh, en);
            }
            if !passed.contains(&correction.step) {
                let zh = format!("不能退回到“{}”:只能退回到已经过的环节", correction.step.zh());
                let en = format!("{} is not passed yet: a return goes back, never sideways", correction.step.code());
                wrong.add("RETURN_STEP", format!("{path}[{index}].step"), zh, en);
            }
        }
    }
}

/// The path of this field of a message that stands at `path`; at the top of the request when that is empty.
#[must_use]
pub fn within(path: &str, field: &str) -> String {
    if path.is_empty() { field.to_owned() } else { format!("{path}.{field}") }
}

/// So much of a text as a refusal repeats of it.
fn brief(text: &str) -> String {
    text.chars().take(40).collect()
}

/// Refuses a return or rejection whose opinion says too little; spaces don't count. `path` is where the request has the
/// decision.
///
/// # Errors
/// `OPINION_LENGTH`.
pub fn check_length(path: &str, outcome: Outcome, opinion: &str, rules: &YearRules) -> Result<(), Common> {
    let least = rules.number(RuleCode::OpinionLength);
    let length = opinion.chars().filter(|character| !character.is_whitespace()).count();
    match outcome {
        Outcome::Return | Outcome::Reject if u32::try_from(length).is_ok_and(|length| length < least) => {
            let zh = format!("退回或不予通过的意见不得少于 {least} 个字,现有 {length} 个字");
            let en = format!("a return or rejection needs an opinion of at least {least} characters, not {length}");
            let explanation = breach("OPINION_LENGTH", rules.rule(RuleCode::OpinionLength), zh, en);
            Err(Common::rule(explanation.figures(length, least).at(within(path, "opinion"))))
        }
        Outcome::Approve | Outcome::Return | Outcome::Reject => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Fen, Kind, Refusal as _,
        money::Share,
        rules::{Rule, Standing, Value, ValueKind},
    };

    fn rules() -> YearRules {
        let rule = |code: &RuleCode| Rule {
            code: *code,
            name: "甲".to_owned(),
            value: match code.value_kind() {
                ValueKind::Share => Value::Share(Share::parse_percent("20").expect("a percentage")),
                ValueKind::Amount => Value::Amount(Fen::new(1)),
                ValueKind::Days => Value::Days(10),
                ValueKind::WorkingDays => Value::WorkingDays(10),
                ValueKind::Count => Value::Count(10),
            },
            basis: "甲".to_owned(),
            standing: Standing::Design,
        };
        YearRules::try_new(2022, RuleCode::ALL.iter().map(rule)).expect("complete")
    }

    fn decision(outcome: Outcome) -> Decision {
        let correction = Correction {
            field: "land_note".to_owned(),
            text: "补充用地批复".to_owned(),
            step: ReturnStep::TownshipReview,
        };
        Decision {
            outcome,
            opinion: "用地尚未落实,请补充用地批复".to_owned(),
            answers: Vec::new(),
            corrections: if outcome == Outcome::Return { vec![correction] } else { Vec::new() },
            attachments: Vec::new(),
            subject_revision: 3,
        }
    }

    fn refused(decision: &Decision) -> Explanation {
        decision.check("decision", &[], ReturnStep::BELOW_COUNTY, &rules(), |_| {}).expect_err("refused").explain()
    }

    #[test]
    fn a_return_names_what_to_correct_and_nothing_else_does() {
        for outcome in Outcome::ALL {
            assert_eq!(
                decision(outcome).check("decision", &[], ReturnStep::BELOW_COUNTY, &rules(), |_| {}),
                Ok(()),
                "{outcome:?}"
            );
        }
        let corrections = decision(Outcome::Return).corrections;
        assert_eq!(refused(&Decision { corrections: Vec::new(), ..decision(Outcome::Return) }).code, "CORRECTIONS");
        for outcome in [Outcome::Approve, Outcome::Reject] {
            let named = Decision { corrections: corrections.clone(), ..decision(outcome) };
            assert_eq!(refused(&named).code, "CORRECTIONS", "{outcome:?}");
        }
        let mut vague = decision(Outcome::Return);
        vague.corrections[0].text = " ".to_owned();
        assert_eq!(refused(&vague).fields[0].field, "decision.corrections[0].text");
    }

    #[test]
    fn c33_a_return_names_a_field_that_the_form_has() {
        let naming = |field: &str| {
            let mut decision = decision(Outcome::Return);
            decision.corrections[0].field = field.to_owned();
            decision
        };
        let fault = refused(&naming("no_such"));
        assert_eq!((fault.code, fault.fields[0].field.as_str()), ("UNKNOWN_FIELD", "decision.corrections[0].field"));
        let nested = naming("items[0].amount_fen");
        assert_eq!(nested.check("decision", &[], ReturnStep::BELOW_COUNTY, &rules(), |_| {}), Ok(()));
    }

    #[test]
    fn a_return_goes_back_to_a_passed_step_only() {
        let returned = decision(Outcome::Return);
        assert_eq!(returned.check("decision", &[], ReturnStep::BELOW_COUNTY, &rules(), |_| {}), Ok(()));
        let refusal = returned
            .check("decision", &[], ReturnStep::OF_VILLAGE, &rules(), |_| {})
            .expect_err("not passed")
            .explain();
        assert_eq!((refusal.code, refusal.fields[0].field.as_str()), ("RETURN_STEP", "decision.corrections[0].step"));
    }

    #[test]
    fn an_approval_says_something_and_a_return_or_rejection_says_why() {
        assert_eq!(refused(&Decision { opinion: "  ".to_owned(), ..decision(Outcome::Approve) }).code, "OPINION");
        for outcome in [Outcome::Return, Outcome::Reject] {
            for (opinion, length) in [("", "0"), ("材料不全", "4"), ("材 料 不 全 请 补 充 后 报", "9")] {
                let short = refused(&Decision { opinion: opinion.to_owned(), ..decision(outcome) });
                assert_eq!(short.code, "OPINION_LENGTH");
                assert_eq!((short.actual.as_deref(), short.limit.as_deref()), (Some(length), Some("10")));
            }
        }
        let ten = Decision { opinion: "材料不全请补充后再报".to_owned(), ..decision(Outcome::Reject) };
        assert_eq!(ten.check("decision", &[], ReturnStep::BELOW_COUNTY, &rules(), |_| {}), Ok(()));
    }

    #[test]
    fn what_the_room_finds_is_said_with_the_rest() {
        let empty = Decision { corrections: Vec::new(), ..decision(Outcome::Return) };
        let also = |wrong: &mut Violations| wrong.add("REASON", "decision.reject_reason", "理由", "reason");
        let fields = empty
            .check("decision", &[], ReturnStep::BELOW_COUNTY, &rules(), also)
            .expect_err("two faults")
            .explain()
            .fields;
        let codes: Vec<&str> = fields.iter().map(|fault| fault.code).collect();
        assert_eq!(codes, ["CORRECTIONS", "REASON"]);
    }

    #[test]
    fn a_decision_is_about_what_was_read() {
        assert_eq!(decision(Outcome::Approve).check_revision(3), Ok(()));
        let stale = decision(Outcome::Approve).check_revision(4).expect_err("another revision");
        assert_eq!((stale.kind(), stale.explain().code), (Kind::Stale, "STALE_VERSION"));
    }
}
