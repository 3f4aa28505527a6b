//! What a payment's reviewer or releaser must say (SOD-6): of the request that was read, with an opinion, long enough.

use kernel::{Explanation, YearRules, decision::check_length, refusal::Common};

use super::record::Decision;

/// A payment request is never edited: its only revision is the first.
pub const SUBJECT_REVISION: i64 = 1;

/// Refuses a decision about another revision, or one that says too little.
///
/// # Errors
/// `STALE_VERSION`, `OPINION` or `OPINION_LENGTH`.
pub fn check(decision: &Decision, subject_revision: i64, rules: &YearRules) -> Result<(), Common> {
    if subject_revision != SUBJECT_REVISION {
        let (read, current) = (subject_revision, SUBJECT_REVISION);
        let en = format!("revision {read} of the request was read, but revision {current} is to be judged");
        let explanation = Explanation::new("STALE_VERSION", "支付申请已变更,请刷新后重新办理", en);
        return Err(Common::stale(explanation.figures(read, current)));
    }
    if decision.opinion.trim().is_empty() {
        let explanation = Explanation::new("OPINION", "请填写审核意见", "a decision needs an opinion");
        return Err(Common::invalid(explanation.at("decision.opinion")));
    }
    check_length("decision", decision.outcome, &decision.opinion, rules)
}

#[cfg(test)]
mod tests {
    use kernel::{Refusal as _, decision::Outcome};

    use super::*;
    use crate::domain::fixtures::rules;

    fn code(outcome: Outcome, opinion: &str, revision: i64) -> Option<&'static str> {
        let decision = Decision { outcome, opinion: opinion.to_owned(), attachments: Vec::new() };
        check(&decision, revision, &rules()).err().map(|refusal| refusal.explain().code)
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
