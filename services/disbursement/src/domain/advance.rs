//! R-ADV: advances (预付款) together are at most a share of the contract price, 30 % by default; the ceiling itself is allowed.

use kernel::{
    Fen, RuleCode, YearRules,
    refusal::{Common, breach},
};

/// Refuses advances that add up to more than the rule allows.
///
/// # Errors
/// `ADVANCE_CAP` with both figures.
pub fn check(cumulative: Fen, price: Fen, rules: &YearRules) -> Result<(), Common> {
    let most = rules.share(RuleCode::AdvanceMax);
    if cumulative.is_at_most(most, price) {
        return Ok(());
    }
    let limit = price.share_floor(most);
    let over = cumulative.saturating_sub(limit);
    let zh = format!("预付款累计 {cumulative} 元,超过合同价 {price} 元的 {most}(上限 {limit} 元),超出 {over} 元");
    let en = format!("advances of {cumulative} exceed {most} of the price {price}, that is {limit}");
    let explanation = breach("ADVANCE_CAP", rules.rule(RuleCode::AdvanceMax), zh, en).figures(cumulative, limit);
    Err(Common::rule(explanation.at("amount_fen")))
}

#[cfg(test)]
mod tests {
    use kernel::Refusal as _;

    use super::*;
    use crate::domain::fixtures::rules;

    #[test]
    fn thirty_percent_is_allowed_and_a_fen_more_is_not() {
        let price = Fen::new(120_000_000);
        assert_eq!(check(Fen::new(36_000_000), price, &rules()), Ok(()));
        let said = check(Fen::new(36_000_001), price, &rules()).expect_err("a fen too much").explain();
        assert_eq!((said.code, said.rule), ("ADVANCE_CAP", Some("R-ADV")));
        assert_eq!((said.actual.as_deref(), said.limit.as_deref()), (Some("360000.01"), Some("360000.00")));
        assert!(said.zh.contains("超出 0.01 元"), "{}", said.zh);
    }
}
