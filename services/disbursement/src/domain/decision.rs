//! Who signs, what a payment's reviewer or releaser says, and what a decision must contain (SOD-6).
//!
//! A decision is never changed; a correction is a new request with new decisions.

use kernel::{
    Actor, Duties, Duty, Explanation, PersonId, RuleCode, YearRules,
    refusal::{Common, breach},
};
use serde::{Deserialize, Serialize};

use super::Refusal;

/// A payment request is never edited: its only revision is the first.
pub const SUBJECT_REVISION: i64 = 1;

/// Who did it, and for whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Who really acted.
    pub person: PersonId,
    /// Name, for records that people read.
    pub name: String,
    /// Whom that person stood in for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<PersonId>,
}

impl Signature {
    /// The actor's.
    #[must_use]
    pub fn of(actor: &Actor) -> Self {
        Self { person: actor.person.clone(), name: actor.name.clone(), on_behalf_of: actor.on_behalf_of.clone() }
    }

    /// Remembers this duty of the one who acted and of the one acted for (SOD-5).
    pub fn record(&self, duties: &mut Duties, duty: Duty) {
        duties.record_person(&self.person, duty);
        if let Some(person) = &self.on_behalf_of {
            duties.record_person(person, duty);
        }
    }
}

/// A file kept elsewhere, named by its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// SHA-256, 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// What a person calls it.
    pub title: String,
}

/// What a reviewer or releaser decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Outcome {
    /// 同意.
    Approve,
    /// 退回补正.
    Return,
    /// 不予通过.
    Reject,
}

/// A decision on a payment (支付审核决定).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Outcome.
    pub outcome: Outcome,
    /// Opinion (意见).
    pub opinion: String,
    /// Documents.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
}

impl Decision {
    /// Refuses a decision about another revision, or one that says too little.
    ///
    /// # Errors
    /// `STALE_VERSION`, `OPINION` or `OPINION_LENGTH`.
    pub fn check(&self, subject_revision: i64, rules: &YearRules) -> Result<(), Refusal> {
        if subject_revision != SUBJECT_REVISION {
            return Err(Refusal::StaleRevision { read: subject_revision, current: SUBJECT_REVISION });
        }
        let length = self.opinion.chars().filter(|character| !character.is_whitespace()).count();
        if length == 0 {
            let explanation = Explanation::new("OPINION", "请填写审核意见", "a decision needs an opinion");
            return Err(Common::invalid(explanation.at("decision.opinion")).into());
        }
        let least = rules.number(RuleCode::OpinionLength);
        match self.outcome {
            Outcome::Return | Outcome::Reject if u32::try_from(length).is_ok_and(|length| length < least) => {
                let zh = format!("退回或不予通过的意见不得少于 {least} 个字,现有 {length} 个字");
                let en = format!("a return or rejection needs an opinion of at least {least} characters, not {length}");
                let explanation = breach("OPINION_LENGTH", rules.rule(RuleCode::OpinionLength), zh, en);
                Err(Common::rule(explanation.figures(length, least).at("decision.opinion")).into())
            }
            Outcome::Approve | Outcome::Return | Outcome::Reject => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use kernel::Refusal as _;

    use super::*;
    use crate::domain::fixtures::rules;

    fn code(outcome: Outcome, opinion: &str, revision: i64) -> Option<&'static str> {
        let decision = Decision { outcome, opinion: opinion.to_owned(), attachments: Vec::new() };
        decision.check(revision, &rules()).err().map(|refusal| refusal.explain().code)
    }

    #[test]
    fn a_return_says_why_and_every_decision_says_something() {
        assert_eq!(code(Outcome::Approve, "同意", 1), None);
        assert_eq!(code(Outcome::Approve, "  ", 1), Some("OPINION"));
        assert_eq!(code(Outcome::Return, "发票不清楚", 1), Some("OPINION_LENGTH"));
        assert_eq!(code(Outcome::Reject, "发票抬头与合同单位不一致", 1), None);
        assert_eq!(code(Outcome::Approve, "同意", 2), Some("STALE_VERSION"));
    }
}
