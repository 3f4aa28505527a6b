//! Why a case says no: what all machines refuse alike, and four refusals of its own.

use kernel::{Explanation, Kind, PersonId, Post, calendar::UnknownYear, refusal::Common};

/// Why a case says no.
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
    /// One person may not speak for two departments.
    #[error("{person} has already given the opinion of {held}, so not that of {tried}")]
    TwoDepartments {
        /// Who tried.
        person: PersonId,
        /// The department whose opinion that person gave.
        held: Post,
        /// The department that was tried.
        tried: Post,
    },
    /// The county pack has no rules for the plan year.
    #[error("the county pack has no rules for fiscal year {0}")]
    NoRules(i32),
    /// The county pack names no departments for the category.
    #[error("the county pack names no reviewing departments for category {0:?}")]
    NoDepartments(String),
    /// The holiday calendar ends before the due date.
    #[error(transparent)]
    Calendar(#[from] UnknownYear),
}

impl kernel::Refusal for Refusal {
    fn kind(&self) -> Kind {
        match self {
            Self::Common(common) => common.kind(),
            Self::StaleRevision { .. } => Kind::Stale,
            Self::TwoDepartments { .. } => Kind::Forbidden,
            Self::NoRules(_) | Self::NoDepartments(_) | Self::Calendar(_) => Kind::Conflict,
        }
    }

    fn explain(&self) -> Explanation {
        let en = self.to_string();
        match self {
            Self::Common(common) => common.explain(),
            Self::StaleRevision { read, current } => {
                Explanation::new("STALE_VERSION", "项目已变更,请刷新后重新审核", en).figures(read, current)
            }
            Self::TwoDepartments { person, held, tried } => {
                let zh = format!("不相容岗位分离:{person} 已代表 {held} 出具意见,不得再代表 {tried} 出具意见");
                Explanation::new("SOD", zh, en).figures(held, tried)
            }
            Self::NoRules(year) => {
                Explanation::new("NO_RULES", format!("县级配置包缺少 {year} 年度规则,请系统管理员补充"), en)
            }
            Self::NoDepartments(category) => {
                Explanation::new("NO_DEPARTMENTS", format!("县级配置包未指定类别“{category}”的审核部门"), en)
            }
            Self::Calendar(year) => Explanation::new("NO_CALENDAR", year.zh(), en),
        }
    }
}
