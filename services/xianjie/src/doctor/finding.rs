//! What can be wrong: a code, what was found in both languages, and the cure.

use std::fmt;

use serde::Serialize;

/// How bad it is; the worse stands first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Weight {
    /// Something does not work, or will not survive a fault.
    Fail,
    /// Someone should look at it in time.
    Warn,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub weight: Weight,
    /// Stable name.
    pub code: &'static str,
    /// What was found, in Chinese.
    pub zh: String,
    /// What was found, in English.
    pub en: String,
    /// What to do.
    pub cure: String,
}

impl Finding {
    pub(super) fn fail(code: &'static str, zh: String, en: String, cure: impl Into<String>) -> Self {
        Self { weight: Weight::Fail, code, zh, en, cure: cure.into() }
    }

    pub(super) fn warn(code: &'static str, zh: String, en: String, cure: impl Into<String>) -> Self {
        Self { weight: Weight::Warn, code, zh, en, cure: cure.into() }
    }

    pub(super) fn pack(error: &anyhow::Error) -> Self {
        let said = format!("{error:#}");
        let cure = "xianjie pack check FOLDER names each fault by file and key";
        Self::fail("PACK", format!("县级配置包不完整:{said}"), format!("the county pack has faults: {said}"), cure)
    }

    pub(super) fn no_database() -> Self {
        Self::fail(
            "DATABASE_UNSET",
            "未设置数据库".to_owned(),
            "no database is set".to_owned(),
            "set DATABASE_URL, as the rooms have it",
        )
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = match self.weight {
            Weight::Fail => "✗",
            Weight::Warn => "!",
        };
        // One line a finding, whatever a server said.
        let line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        write!(f, "{mark} {} {} / {} → {}", self.code, line(&self.zh), line(&self.en), line(&self.cure))
    }
}
