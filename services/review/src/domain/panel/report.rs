//! What a panel finds (论证结论): at least the share of rule `PANEL_MAJORITY` must be positive, and with a member who asks for
//! changes it passes with changes. The report stands under one hash of all that was said.

use std::fmt::Write as _;

use kernel::{RuleCode, YearRules, decision::Outcome, id::sha256_hex};

use crate::domain::{
    record::{DecisionRecord, Report, SignedOpinion, Verdict},
    state::State,
};

/// The verdict of so many opinions.
#[must_use]
pub fn verdict_of(outcomes: &[Outcome], rules: &YearRules) -> Verdict {
    let count = |wanted: Outcome| outcomes.iter().filter(|outcome| **outcome == wanted).count();
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let positive = count(Outcome::Approve) + count(Outcome::Return);
    if !rules.share(RuleCode::PanelMajority).reached_by(number(positive), number(outcomes.len())) {
        Verdict::Failed
    } else if count(Outcome::Return) > 0 {
        Verdict::PassedWithChanges
    } else {
        Verdict::Passed
    }
}

/// The report of a panel whose members have all spoken.
#[must_use]
pub fn report_of(state: &State, decisions: &[&DecisionRecord], rules: &YearRules) -> Report {
    let outcomes: Vec<Outcome> = decisions.iter().map(|decision| decision.outcome).collect();
    let verdict = verdict_of(&outcomes, rules);
    let (round, content_sha256) = (state.referral.round, state.referral.whole());
    let mut text = format!("{}\n{round}\n{content_sha256}\n{}\n", state.project, verdict.code());
    for DecisionRecord { person, outcome, text: opinion, at, .. } in decisions.iter().copied() {
        // Writing to a String can't fail.
        let _ = writeln!(text, "{person}\n{outcome:?}\n{opinion}\n{}", at.unix_timestamp());
    }
    let signature = |decision: &&DecisionRecord| SignedOpinion {
        person: decision.person.clone(),
        name: decision.person_name.clone(),
        outcome: decision.outcome,
        at: decision.at,
    };
    Report {
        round,
        verdict,
        positive: outcomes.iter().filter(|outcome| **outcome != Outcome::Reject).count(),
        signatures: decisions.iter().map(signature).collect(),
        content_sha256,
        report_sha256: sha256_hex(text.as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::story::pack;

    #[test]
    fn two_thirds_must_be_positive_and_changes_are_changes() {
        use Outcome::{Approve, Reject, Return};
        let pack = pack();
        let rules = pack.rules_of(2022).expect("known");
        let table: [(&[Outcome], Verdict); 8] = [
            (&[Approve, Approve, Approve], Verdict::Passed),
            (&[Approve, Approve, Reject], Verdict::Passed),
            (&[Approve, Reject, Reject], Verdict::Failed),
            (&[Approve, Approve, Return], Verdict::PassedWithChanges),
            (&[Approve, Return, Reject], Verdict::PassedWithChanges),
            (&[Approve, Approve, Approve, Reject, Reject], Verdict::Failed),
            (&[Approve, Approve, Approve, Approve, Reject], Verdict::Passed),
            (&[Return, Return, Return, Return, Reject], Verdict::PassedWithChanges),
        ];
        for (outcomes, verdict) in table {
            assert_eq!(verdict_of(outcomes, rules), verdict, "{outcomes:?}");
        }
    }
}
