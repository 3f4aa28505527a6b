//! What an acceptance (县级验收) needs: its group ([`super::group`]), and an amount within the contract's price.
//!
//! The sector department that the pack names for the category decides it, and no other.

use kernel::{Explanation, Fen, Pack, Post, YearRules, refusal::Common};
use serde::{Deserialize, Serialize};

use super::{GroupMember, Signature, group};

/// An acceptance that passed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acceptance {
    /// The group.
    pub members: Vec<GroupMember>,
    /// Accepted amount (验收金额).
    pub accepted: Fen,
    /// What was found.
    pub opinion: String,
    /// Who accepted.
    pub signed: Signature,
}

impl Acceptance {
    /// Refuses a group that is too small or lacks a side, and an amount over the contract's price.
    pub(crate) fn check(&self, price: Fen, rules: &YearRules) -> Result<(), Common> {
        group::check(&self.members, rules)?;
        if self.accepted > price {
            let over = self.accepted.saturating_sub(price);
            let zh = format!("验收金额 {} 元超过合同价 {price} 元,超出 {over} 元,请核减", self.accepted);
            let en =
                format!("the accepted amount {} exceeds the contract's price {price} by {over} yuan", self.accepted);
            let mut explanation = Explanation::new("PRICE_OVER_APPROVAL", zh, en).figures(self.accepted, price);
            explanation.basis = Some("验收金额不得超过合同价 [design]".to_owned());
            return Err(Common::rule(explanation.at("accepted_fen")));
        }
        Ok(())
    }

    /// Whether this is the same acceptance by the same person, whenever it was made.
    pub(crate) fn repeats(&self, other: &Self) -> bool {
        self.members == other.members
            && self.accepted == other.accepted
            && self.opinion == other.opinion
            && self.signed.is_by_same(&other.signed)
    }
}

/// The post that accepts what this category builds.
pub(crate) fn decides<'a>(pack: &'a Pack, category: &str) -> Result<&'a Post, Common> {
    let category = pack.category(category).ok_or(Common::NotFound { what: "项目类别 category" })?;
    Ok(&category.acceptance)
}
