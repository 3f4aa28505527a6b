//! Why a case says no: what all machines refuse alike, and two refusals of its own. Each is explained in both languages, and
//! its kind says whether to come again.

use kernel::{Explanation, Kind, PersonId, Post, refusal::Common};

/// Why a case says no.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// As in every machine.
    #[error(transparent)]
    Common(#[from] Common),
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
    /// The county pack names no departments for the category.
    #[error("the county pack names no reviewing departments for category {0:?}")]
    NoDepartments(String),
}

impl Refusal {
    /// The refusal of what comes before a fact that it must follow: it waits and comes again.
    #[must_use]
    pub fn too_early(what: &'static str) -> Self {
        Common::TooEarly { what }.into()
    }
}

impl kernel::Refusal for Refusal {
    fn kind(&self) -> Kind {
        match self {
            Self::Common(common) => common.kind(),
            Self::TwoDepartments { .. } => Kind::Forbidden,
            Self::NoDepartments(_) => Kind::Conflict,
        }
    }

    fn explain(&self) -> Explanation {
        let en = self.to_string();
        match self {
            Self::Common(common) => common.explain(),
            Self::TwoDepartments { person, held, tried } => {
                let zh = format!("不相容岗位分离:{person} 已代表 {held} 出具意见,不得再代表 {tried} 出具意见");
                Explanation::new("SOD", zh, en).figures(held, tried)
            }
            Self::NoDepartments(category) => {
                Explanation::new("NO_DEPARTMENTS", format!("县级配置包未指定类别“{category}”的审核部门"), en)
            }
        }
    }
}
