//! Why this machine says no: what all machines refuse alike, and a pack without rules for the year.

use kernel::{Explanation, Kind, refusal::Common};

/// Why the machine says no.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// As in every machine.
    #[error(transparent)]
    Common(#[from] Common),
    /// The county pack has no rules for the plan year.
    #[error("the county pack has no rules for fiscal year {0}")]
    NoRules(i32),
}

impl kernel::Refusal for Refusal {
    fn kind(&self) -> Kind {
        match self {
            Self::Common(common) => common.kind(),
            Self::NoRules(_) => Kind::Conflict,
        }
    }

    fn explain(&self) -> Explanation {
        match self {
            Self::Common(common) => common.explain(),
            Self::NoRules(year) => {
                let zh = format!("县级配置包缺少 {year} 年度规则,请系统管理员补充");
                Explanation::new("NO_RULES", zh, self.to_string())
            }
        }
    }
}
