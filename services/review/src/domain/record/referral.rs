//! What was forwarded to the county (移送): the facts of the application that a reviewer must see, and what was corrected.
//!
//! The whole application form stays in `intake`; a case keeps what its tasks show and what its rules ask for, with the
//! names that the county pack gave at that moment, so that an old case reads as it was judged.

use std::collections::BTreeMap;

use kernel::{Division, Fen, id::sha256_hex};
use serde::{Deserialize, Serialize};

/// The application as a reviewer sees it (审核对象).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Project name.
    pub title: String,
    /// Village.
    pub village: Division,
    /// Village's name.
    pub village_name: String,
    /// Main category of the county pack.
    pub category: String,
    /// Its name.
    pub category_name: String,
    /// Sub-type of that category.
    pub sub_type: String,
    /// Plan year (计划年度): its rules judge the project.
    pub fiscal_year: i32,
    /// Total investment (总投资).
    pub total: Fen,
    /// Money by source and use (资金来源).
    pub budget: Vec<BudgetLine>,
    /// Operator and operating mode (经营主体).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub operator: String,
}

/// Money from one source for one use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetLine {
    /// Source code of the county pack.
    pub source: String,
    /// Its name.
    pub source_name: String,
    /// Whether it pays for ancillary infrastructure (配套基础设施) rather than the construction itself.
    pub ancillary: bool,
    /// Amount.
    pub amount: Fen,
}

impl Subject {
    /// The sources as one line: `衔接资金 1,200,000.00 元;交通资金 200,000.00 元(配套)`.
    #[must_use]
    pub fn sources(&self) -> String {
        let line = |line: &BudgetLine| {
            let mark = if line.ancillary { "(配套)" } else { "" };
            format!("{} {} 元{mark}", line.source_name, line.amount.grouped())
        };
        self.budget.iter().map(line).collect::<Vec<_>>().join(";")
    }
}

/// One returned item and what the village did about it (补正情况).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Corrected {
    /// Path of the field or section.
    pub field: String,
    /// What had to be done.
    pub text: String,
    /// The post that asked.
    pub asked_by: String,
    /// What was done.
    pub answer: String,
}

/// What the county judges in one round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Referral {
    /// Round at the county, from 1.
    pub round: u32,
    /// The application.
    pub subject: Subject,
    /// Revision of its content: a decision on another revision is stale.
    pub content_revision: i64,
    /// The township's opinion (乡镇意见).
    pub township_opinion: String,
    /// From round 2: what was corrected.
    pub corrections: Vec<Corrected>,
    /// Hash of each section of the application, by its code in the county pack; empty in cases older than that.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sections: BTreeMap<String, String>,
}

/// The section that everyone judges: what has no section of its own.
pub const OTHER: &str = "other";

impl Referral {
    /// One hash of what stands in these sections, in all of them when none is named: unchanged as long as none of them is.
    #[must_use]
    pub fn hash_of_sections(&self, sections: &[String]) -> String {
        self.hash_of(|code| sections.is_empty() || code == OTHER || sections.iter().any(|section| section == code))
    }

    /// One hash of the whole application.
    #[must_use]
    pub fn whole(&self) -> String {
        self.hash_of(|_| true)
    }

    fn hash_of(&self, is_part: impl Fn(&str) -> bool) -> String {
        if self.sections.is_empty() {
            return String::new();
        }
        let lines =
            self.sections.iter().filter(|(code, _)| is_part(code)).map(|(code, hash)| format!("{code}={hash}\n"));
        sha256_hex(lines.collect::<String>().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sources_are_one_readable_line() {
        let line = |name: &str, fen, ancillary| BudgetLine {
            source: "X".into(),
            source_name: name.into(),
            ancillary,
            amount: Fen::new(fen),
        };
        let subject = Subject {
            title: "稻虾加工".into(),
            village: "430921105201".parse().expect("a village"),
            village_name: "向阳村".into(),
            category: "INDUSTRY".into(),
            category_name: "产业发展".into(),
            sub_type: "X".into(),
            fiscal_year: 2022,
            total: Fen::new(140_000_000),
            budget: vec![line("衔接资金", 120_000_000, false), line("交通资金", 20_000_000, true)],
            operator: String::new(),
        };
        assert_eq!(subject.sources(), "衔接资金 1,200,000.00 元;交通资金 200,000.00 元(配套)");
    }
}
