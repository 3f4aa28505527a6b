//! Who signs, what a payment's reviewer or releaser says, and what a decision must contain (SOD-6).
//!
//! A decision is never changed; a correction is a new request with new decisions.

use kernel::{
    Actor, Attachment, Duties, Duty, Explanation, PersonId, YearRules,
    decision::{Outcome, check_length},
    refusal::Common,
};
use serde::{Deserialize, Serialize};

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

    /// Who acted, and who was acted for.
    pub fn persons(&self) -> impl Iterator<Item = &PersonId> {
        std::iter::once(&self.person).chain(self.on_behalf_of.as_ref())
    }

    /// Remembers this duty of the one who acted and of the one acted for (SOD-5).
    pub fn record(&self, duties: &mut Duties, duty: Duty) {
        self.persons().for_each(|person| duties.record_person(person, duty));
    }
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
    pub fn check(&self, subject_revision: i64, rules: &YearRules) -> Result<(), Common> {
        if subject_revision != SUBJECT_REVISION {
            let (read, current) = (subject_revision, SUBJECT_REVISION);
            let en = format!("revision {read} of the request was read, but revision {current} is to be judged");
            let explanation = Explanation::new("STALE_VERSION", "支付申请已变更,请刷新后重新办理", en);
            return Err(Common::stale(explanation.figures(read, current)));
        }
        if self.opinion.trim().is_empty() {
            let explanation = Explanation::new("OPINION", "请填写审核意见", "a decision needs an opinion");
            return Err(Common::invalid(explanation.at("decision.opinion")));
        }
        check_length("decision", self.outcome, &self.opinion, rules)
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
