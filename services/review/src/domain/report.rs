//! The panel's report (论证报告): what its members said together, signed by each, under one hash that nobody can change.
//!
//! At least the share of rule `PANEL_MAJORITY` must be positive. With a member who asks for changes it passes with changes.

use std::fmt::Write as _;

use kernel::{PersonId, RuleCode, YearRules, decision::Outcome, id::sha256_hex};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{File, opinion::Given};

/// What a panel finds (论证结论).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Verdict {
    /// 通过.
    Passed,
    /// 修改后通过: one merged list goes back to the village, then the panel judges again.
    PassedWithChanges,
    /// 不通过: the leading group's office rejects or returns.
    Failed,
}

impl Verdict {
    /// Stable name, as in the contract.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Passed => "PASSED",
            Self::PassedWithChanges => "PASSED_WITH_CHANGES",
            Self::Failed => "FAILED",
        }
    }

    /// Chinese name.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::Passed => "通过",
            Self::PassedWithChanges => "修改后通过",
            Self::Failed => "不通过",
        }
    }

    /// The verdict of so many opinions.
    #[must_use]
    pub fn of(outcomes: &[Outcome], rules: &YearRules) -> Self {
        let count = |wanted: Outcome| outcomes.iter().filter(|outcome| **outcome == wanted).count();
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let positive = count(Outcome::Approve) + count(Outcome::Return);
        if !rules.share(RuleCode::PanelMajority).reached_by(number(positive), number(outcomes.len())) {
            Self::Failed
        } else if count(Outcome::Return) > 0 {
            Self::PassedWithChanges
        } else {
            Self::Passed
        }
    }
}

/// A signed report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Round in which it was made.
    pub round: u32,
    /// What the panel finds.
    pub verdict: Verdict,
    /// Positive opinions.
    pub positive: usize,
    /// Who signed what.
    pub signatures: Vec<Signature>,
    /// Hash of the content that was judged.
    pub content_sha256: String,
    /// Hash of the report: of all that stands here, with every opinion in its words.
    pub report_sha256: String,
}

/// One member's signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Who.
    pub person: PersonId,
    /// That person's name.
    pub name: String,
    /// Which outcome.
    pub outcome: Outcome,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

impl Report {
    /// The report of a panel whose members have all spoken.
    #[must_use]
    pub fn of(file: &File, opinions: &[&Given], rules: &YearRules) -> Self {
        let outcomes: Vec<Outcome> = opinions.iter().map(|given| given.outcome).collect();
        let verdict = Verdict::of(&outcomes, rules);
        let (round, content_sha256) = (file.referral.round, file.referral.whole());
        let mut text = format!("{}\n{round}\n{content_sha256}\n{}\n", file.project, verdict.code());
        for Given { person, outcome, text: opinion, at, .. } in opinions.iter().copied() {
            // Writing to a String can't fail.
            let _ = writeln!(text, "{person}\n{outcome:?}\n{opinion}\n{}", at.unix_timestamp());
        }
        let signature = |given: &&Given| Signature {
            person: given.person.clone(),
            name: given.person_name.clone(),
            outcome: given.outcome,
            at: given.at,
        };
        Self {
            round,
            verdict,
            positive: outcomes.iter().filter(|outcome| **outcome != Outcome::Reject).count(),
            signatures: opinions.iter().map(signature).collect(),
            content_sha256,
            report_sha256: sha256_hex(text.as_bytes()),
        }
    }

    /// One line for those who decide: `通过:5 人中 4 人同意`.
    #[must_use]
    pub fn line(&self) -> String {
        format!("{}:{} 人中 {} 人肯定", self.verdict.zh(), self.signatures.len(), self.positive)
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
            assert_eq!(Verdict::of(outcomes, rules), verdict, "{outcomes:?}");
        }
    }
}
