//! What a "no" to a question of the county pack means (否定答复的后果): it is noted, it stands in the way of an approval, or it
//! calls for an expert panel. Data of the pack, so that no room hard-codes what a question is worth.

use serde::{Deserialize, Serialize};

/// What a "no" means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum NoMeans {
    /// 记录在案: it stands in the record, with its reason.
    #[default]
    Note,
    /// 不得同意: who says no can't approve.
    Blocks,
    /// 须组织专家论证: a legal question (涉及法律问题).
    ExpertLegal,
    /// 须组织专家论证: a technical question (技术复杂).
    ExpertTechnical,
    /// 须组织专家论证: a question of policy (政策性强).
    ExpertPolicy,
}

impl NoMeans {
    /// Every meaning.
    pub const ALL: [Self; 5] = [Self::Note, Self::Blocks, Self::ExpertLegal, Self::ExpertTechnical, Self::ExpertPolicy];
    /// Those that call for experts: every county asks at least one question of each.
    pub const EXPERT: [Self; 3] = [Self::ExpertLegal, Self::ExpertTechnical, Self::ExpertPolicy];

    /// Stable code, as in the pack and in stored questions.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Note => "NOTE",
            Self::Blocks => "BLOCKS",
            Self::ExpertLegal => "EXPERT_LEGAL",
            Self::ExpertTechnical => "EXPERT_TECHNICAL",
            Self::ExpertPolicy => "EXPERT_POLICY",
        }
    }

    /// Chinese name.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::Note => "记录在案",
            Self::Blocks => "不得同意",
            Self::ExpertLegal => "涉及法律问题,须组织专家论证",
            Self::ExpertTechnical => "技术复杂,须组织专家论证",
            Self::ExpertPolicy => "政策性强,须组织专家论证",
        }
    }

    /// Whether it calls for experts.
    #[must_use]
    pub fn calls_experts(self) -> bool {
        Self::EXPERT.contains(&self)
    }

    /// Whether it is only noted: what every question was before a pack could say more.
    #[must_use]
    pub fn is_note(&self) -> bool {
        *self == Self::Note
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_meaning_is_known_by_its_code() {
        for meaning in NoMeans::ALL {
            assert_eq!(serde_json::to_value(meaning).expect("encodes"), meaning.code());
        }
        assert!(NoMeans::ALL.iter().all(|meaning| meaning.calls_experts() == meaning.code().starts_with("EXPERT_")));
    }
}
