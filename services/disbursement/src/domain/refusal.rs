//! Why a machine of this room says no: what all machines refuse alike, and what only money refuses.
//!
//! Rules that depend on no year's value (a balance, a payee, a sum) are made with [`refuse`]; those of a year with
//! [`kernel::refusal::breach`].

use std::fmt;

use kernel::{Explanation, Kind, Role, refusal::Common};

/// Why a machine of this room says no.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// As in every machine.
    #[error(transparent)]
    Common(#[from] Common),
    /// The county pack names nobody for a post that payments need.
    #[error("the county pack has no post {0}")]
    NoPost(Role),
}

impl kernel::Refusal for Refusal {
    fn kind(&self) -> Kind {
        match self {
            Self::Common(common) => common.kind(),
            Self::NoPost(_) => Kind::Conflict,
        }
    }

    fn explain(&self) -> Explanation {
        let en = self.to_string();
        match self {
            Self::Common(common) => common.explain(),
            Self::NoPost(role) => {
                Explanation::new("NO_POST", format!("县级配置包未设置岗位“{}”,请系统管理员补充", role.zh()), en)
            }
        }
    }
}

/// A refusal by a rule that has no value of its own in the year's rules.
pub fn refuse(code: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Common {
    Common::rule(Explanation::new(code, zh, en))
}

/// The same with what was found and what is allowed.
pub fn refuse_figures(
    code: &'static str,
    actual: impl fmt::Display,
    limit: impl fmt::Display,
    zh: impl Into<String>,
    en: impl Into<String>,
) -> Common {
    Common::rule(Explanation::new(code, zh, en).figures(actual, limit))
}

/// The same refusal, naming these fields of the request, each with the refusal's own words.
pub fn fielded(refusal: Common, fields: impl IntoIterator<Item = String>) -> Common {
    match refusal {
        Common::Rule(explanation) => Common::rule(fields.into_iter().fold(*explanation, Explanation::at)),
        other => other,
    }
}

/// The same refusal without fields: of a request that has none of them.
pub fn unfielded(refusal: Common) -> Common {
    match refusal {
        Common::Rule(mut explanation) => {
            explanation.fields.clear();
            Common::Rule(explanation)
        }
        other => other,
    }
}
