//! The step to which a thing to correct goes back (退回环节): whoever returns may name any step that is passed.
//!
//! The application walks the named steps in their order, then comes straight back to whoever returned it; every step that
//! nobody named stands as it is. Each level first answers what it was asked, then walks from the named step on.

use serde::{Deserialize, Serialize};

/// A step of the approval chain that may be named in a return (domain steps S0 to S5).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReturnStep {
    /// 村级补正: the village corrects and answers; its vote and notice stand.
    #[default]
    Application,
    /// 村民表决: the village corrects, answers, votes anew and posts anew.
    VillageVote,
    /// 村级公示: the village corrects, answers and posts anew.
    VillageNotice,
    /// 乡镇审核: the township's head judges anew and answers.
    TownshipReview,
    /// 乡镇公示: the township's head judges anew and answers, and the township posts anew.
    TownshipNotice,
    /// 县级部门审核: departments whose section is named judge anew and answer, or all of them for what has no section.
    DepartmentReview,
}

impl ReturnStep {
    /// Every step, in the order of the chain.
    pub const ALL: [Self; 6] = [
        Self::Application,
        Self::VillageVote,
        Self::VillageNotice,
        Self::TownshipReview,
        Self::TownshipNotice,
        Self::DepartmentReview,
    ];
    /// The village's steps: passed when the township judges.
    pub const OF_VILLAGE: &[Self] = Self::ALL.split_at(3).0;
    /// The village's and the township's steps: passed when a county department judges.
    pub const BELOW_COUNTY: &[Self] = Self::ALL.split_at(5).0;

    /// Stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Application => "APPLICATION",
            Self::VillageVote => "VILLAGE_VOTE",
            Self::VillageNotice => "VILLAGE_NOTICE",
            Self::TownshipReview => "TOWNSHIP_REVIEW",
            Self::TownshipNotice => "TOWNSHIP_NOTICE",
            Self::DepartmentReview => "DEPARTMENT_REVIEW",
        }
    }

    /// The step of that code.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.code() == code)
    }

    /// Chinese name.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::Application => "村级补正",
            Self::VillageVote => "村民表决",
            Self::VillageNotice => "村级公示",
            Self::TownshipReview => "乡镇审核",
            Self::TownshipNotice => "乡镇公示",
            Self::DepartmentReview => "县级部门审核",
        }
    }

    /// Whether the village must answer it.
    #[must_use]
    pub fn is_of_village(self) -> bool {
        Self::OF_VILLAGE.contains(&self)
    }

    /// Whether the township must answer it.
    #[must_use]
    pub fn is_of_township(self) -> bool {
        matches!(self, Self::TownshipReview | Self::TownshipNotice)
    }

    /// Whether it is the village's correction: what every return asked for before steps could be named.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_belongs_to_one_level_and_is_known_by_its_code() {
        for step in ReturnStep::ALL {
            assert_eq!(ReturnStep::parse(step.code()), Some(step));
            let levels = [step.is_of_village(), step.is_of_township(), step == ReturnStep::DepartmentReview];
            assert_eq!(levels.iter().filter(|level| **level).count(), 1, "{step:?}");
            assert_eq!(ReturnStep::BELOW_COUNTY.contains(&step), step != ReturnStep::DepartmentReview);
            assert_eq!(serde_json::to_value(step).expect("encodes"), step.code());
        }
        assert_eq!(ReturnStep::parse("COUNTY"), None);
    }
}
