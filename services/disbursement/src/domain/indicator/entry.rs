//! An indicator's amount keeps to the rule's ceiling, and a second person reads the document (双人复核).
//!
//! That a document is issued once for a source, however its number is typed, is the store's last word.

use kernel::{
    Actor, Explanation, Fen, RuleCode, YearRules,
    refusal::{Common, breach},
};

use crate::domain::record::Signature;

/// Refuses an amount above the rule's: a zero too many is typed easily.
pub(super) fn within_ceiling(amount: Fen, rules: &YearRules) -> Result<(), Common> {
    let most = rules.amount(RuleCode::IndicatorCeiling);
    if amount <= most {
        return Ok(());
    }
    let zh = format!("单份指标金额 {amount} 元超过上限 {most} 元,请核对是否多写了零");
    let en = format!("an indicator of {amount} exceeds {most}: was a zero too many typed?");
    let explanation = breach("INDICATOR_CEILING", rules.rule(RuleCode::IndicatorCeiling), zh, en);
    Err(Common::rule(explanation.figures(amount, most).at("amount_fen")))
}

/// Refuses whoever entered it, or had it entered for him.
pub(super) fn by_another(entered: &Signature, actor: &Actor) -> Result<(), Common> {
    let Some(person) = actor.persons().find(|person| entered.persons().any(|known| known == *person)) else {
        return Ok(());
    };
    let zh = format!("指标须由两人分别录入和确认:{person} 已录入,请由另一人对照上级文件确认");
    let en = format!("{person} entered it: another person confirms it against the document");
    Err(Common::rule(Explanation::new("SAME_PERSON", zh, en).figures(person, "另一人 another person")))
}

/// The refusal of a document that was issued before for this source.
#[must_use]
pub fn exists() -> Common {
    Common::Exists { what: "该来源的指标文号 indicator of this document and source" }
}
