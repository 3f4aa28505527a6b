//! Why an application says no: what all machines refuse alike, and three refusals of its own.
//!
//! Refusals by a rule of domain are [`Common::Rule`], made where the rule stands.

use kernel::{Explanation, Kind, calendar::UnknownYear, refusal::Common};

/// Why an application says no.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// As in every machine.
    #[error(transparent)]
    Common(#[from] Common),
    /// The decision is about another revision of the content.
    #[error("revision {read} of the content was read, but revision {current} is to be judged")]
    StaleRevision {
        /// The revision that was read.
        read: i64,
        /// The revision that is to be judged.
        current: i64,
    },
    /// The county pack has no rules for the plan year.
    #[error("the county pack has no rules for fiscal year {0}")]
    NoRules(i32),
    /// The holiday calendar ends before the due date.
    #[error(transparent)]
    Calendar(#[from] UnknownYear),
}

impl kernel::Refusal for Refusal {
    fn kind(&self) -> Kind {
        match self {
            Self::Common(common) => common.kind(),
            Self::StaleRevision { .. } => Kind::Stale,
            Self::NoRules(_) | Self::Calendar(_) => Kind::Conflict,
        }
    }

    fn explain(&self) -> Explanation {
        let en = self.to_string();
        match self {
            Self::Common(common) => common.explain(),
            Self::StaleRevision { read, current } => {
                Explanation::new("STALE_VERSION", "项目已变更,请刷新后重新审核", en).figures(read, current)
            }
            Self::NoRules(year) => {
                Explanation::new("NO_RULES", format!("县级配置包缺少 {year} 年度规则,请系统管理员补充"), en)
            }
            Self::Calendar(year) => Explanation::new("NO_CALENDAR", year.zh(), en),
        }
    }
}

/// A rule of domain that has no value in the county pack, with the document that it rests on.
pub fn unpriced(
    code: &'static str,
    rule: &'static str,
    basis: &str,
    zh: impl Into<String>,
    en: impl Into<String>,
) -> Explanation {
    let mut explanation = Explanation::new(code, zh, en);
    explanation.rule = Some(rule);
    explanation.basis = Some(basis.to_owned());
    explanation
}
