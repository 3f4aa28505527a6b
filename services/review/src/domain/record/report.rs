//! The panel's report (论证报告): what its members said together, signed by each, under one hash that nobody can change. It
//! is made by [`crate::domain::panel::report`].

use kernel::{PersonId, decision::Outcome};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

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
    pub signatures: Vec<SignedOpinion>,
    /// Hash of the content that was judged.
    pub content_sha256: String,
    /// Hash of the report: of all that stands here, with every opinion in its words.
    pub report_sha256: String,
}

/// One member's signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedOpinion {
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
    /// One line for those who decide: `通过:5 人中 4 人同意`.
    #[must_use]
    pub fn line(&self) -> String {
        format!("{}:{} 人中 {} 人肯定", self.verdict.zh(), self.signatures.len(), self.positive)
    }
}
