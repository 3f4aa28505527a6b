//! What an acceptance (县级验收) needs: a group in which all sides sit, and an amount within the contract's price.
//!
//! A group counts heads, so that one person named three times is one member.

use std::collections::BTreeSet;

use kernel::{
    Explanation, Fen, RuleCode, YearRules,
    refusal::{Common, breach},
};
use serde::{Deserialize, Serialize};

use super::Signature;

/// Whom a member of the group speaks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Side {
    /// 行业主管部门.
    Department,
    /// 财政部门.
    Finance,
    /// 乡镇.
    Township,
    /// 村民代表.
    Villagers,
}

impl Side {
    /// Every side.
    pub const ALL: [Self; 4] = [Self::Department, Self::Finance, Self::Township, Self::Villagers];

    /// Stable name, as in the contract.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Department => "DEPARTMENT",
            Self::Finance => "FINANCE",
            Self::Township => "TOWNSHIP",
            Self::Villagers => "VILLAGERS",
        }
    }

    /// The side of that stable name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|side| side.as_str() == name)
    }
}

/// A member of the acceptance group (验收组成员).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupMember {
    /// Name.
    pub name: String,
    /// Whom the member speaks for.
    pub side: Side,
}

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
        check_group(&self.members, rules)?;
        if self.accepted > price {
            let over = self.accepted.saturating_sub(price);
            let zh = format!("验收金额 {} 元超过合同价 {price} 元,超出 {over} 元,请核减", self.accepted);
            let en =
                format!("the accepted amount {} exceeds the contract's price {price} by {over} yuan", self.accepted);
            let mut explanation = Explanation::new("PRICE_OVER_APPROVAL", zh, en).figures(self.accepted, price);
            explanation.basis = Some("验收金额不得超过合同价 [design]".to_owned());
            return Err(Common::rule(explanation));
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

fn check_group(members: &[GroupMember], rules: &YearRules) -> Result<(), Common> {
    let rule = rules.rule(RuleCode::AcceptanceGroup);
    let needed = rules.number(RuleCode::AcceptanceGroup);
    let heads = members.iter().map(|member| member.name.as_str()).collect::<BTreeSet<_>>().len();
    if u32::try_from(heads).is_ok_and(|heads| heads < needed) {
        let zh = format!("验收组成员不得少于 {needed} 人,现有 {heads} 人");
        let en = format!("the acceptance group needs at least {needed} members and has {heads}");
        return Err(Common::rule(breach("PANEL_INVALID", rule, zh, en).figures(heads, needed)));
    }
    let sits = |sides: &[Side]| members.iter().any(|member| sides.contains(&member.side));
    let wanted: [(&[Side], &str); 3] = [
        (&[Side::Villagers], "村民代表 VILLAGERS"),
        (&[Side::Township], "乡镇 TOWNSHIP"),
        (&[Side::Department, Side::Finance], "行业主管部门或财政部门 DEPARTMENT or FINANCE"),
    ];
    let missing: Vec<&str> = wanted.into_iter().filter(|(sides, _)| !sits(sides)).map(|(_, name)| name).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let present: BTreeSet<Side> = members.iter().map(|member| member.side).collect();
    let present: Vec<&str> = present.into_iter().map(Side::as_str).collect();
    let missing = missing.join("、");
    let zh = format!("验收组缺少:{missing},请补充成员后再验收");
    let en = format!("the acceptance group lacks {missing}");
    Err(Common::rule(
        breach("PANEL_INVALID", rule, zh, en).figures(present.join(","), "VILLAGERS,TOWNSHIP,DEPARTMENT|FINANCE"),
    ))
}
