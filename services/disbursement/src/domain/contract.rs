//! What a contract (合同, S12) must keep to, and who records it.
//!
//! Price ≤ what the approval covers; retention (质保金) ≤ R-RET3; signed between the funding's approval and today. The payee
//! is fixed here, once.

use kernel::{
    Duty, Explanation, Fen, Role, RuleCode, YearRules,
    calendar::civil_date,
    refusal::{Common, breach},
};
use time::Date;

use super::{
    project::{
        command::SignContract,
        event::Event,
        pool::require_in_pool,
        state::{Money, Stage},
    },
    record::{Contract, Signature},
    refusal::{fielded, refuse_figures},
};

/// The village's collective, or the township for it, records the contract.
pub(super) fn sign(money: &Money, command: SignContract) -> Result<Vec<Event>, Common> {
    let SignContract { contract, actor, exclusions, rules, at } = command;
    let village = money.pooled.village;
    if let Err(scope) = actor.require_over(Role::VillageCollective, village) {
        actor.post_over(Role::TownshipHead, village).ok_or(scope)?;
    }
    let duty = Duty::ContractSigner;
    let funding = match &money.stage {
        Stage::Pooled => return Err(money.wrong_state("SignContract")),
        Stage::Funded { funding } => funding,
        Stage::Contracted { contract: signed, .. }
        | Stage::Accepted { contract: signed, .. }
        | Stage::FinalAccount { contract: signed, .. } => {
            return if *signed == contract { Ok(Vec::new()) } else { Err(Common::AlreadyDecided) };
        }
    };
    money.suspensions.permit()?;
    require_in_pool(money)?;
    money.duties.permit(&actor, duty, &exclusions)?;
    check_date(&contract, money.funded_on, civil_date(at))?;
    check(&contract, funding.total().saturating_add(money.pooled.own_share()), &rules)?;
    Ok(vec![Event::ContractSigned { contract, by: Signature::of(&actor), duty, at }])
}

/// Refuses a contract that was not signed between these two days: of the funding's approval, and today.
///
/// # Errors
/// `BAD_DATE` with the day that it may not pass.
fn check_date(contract: &Contract, funded: Option<Date>, today: Date) -> Result<(), Common> {
    let signed = contract.signed_on;
    let (limit, zh, en) = if signed > today {
        (today, format!("签订日期 {signed} 晚于今天 {today}"), format!("{signed} lies in the future"))
    } else if let Some(funded) = funded.filter(|funded| signed < *funded) {
        let zh = format!("签订日期 {signed} 早于资金批复之日 {funded}:资金批复后方可签订合同");
        (funded, zh, format!("{signed} lies before the funding's approval on {funded}"))
    } else {
        return Ok(());
    };
    let explanation = Explanation::new("BAD_DATE", zh, en).figures(signed, limit);
    Err(Common::invalid(explanation.at("contract.sign_date")))
}

/// Refuses a price above what the approval covers and a retention above the rule.
///
/// # Errors
/// `PRICE_OVER_APPROVAL` or `RETENTION_CAP`, with figures.
fn check(contract: &Contract, covered: Fen, rules: &YearRules) -> Result<(), Common> {
    if contract.price > covered {
        let over = contract.price.saturating_sub(covered);
        let zh = format!("合同价 {} 元超过资金批复和自筹合计 {covered} 元,超出 {over} 元", contract.price);
        let en = format!("price {} exceeds what the approval covers, {covered}, by {over} yuan", contract.price);
        let refusal = refuse_figures("PRICE_OVER_APPROVAL", contract.price, covered, zh, en);
        return Err(fielded(refusal, ["contract.price_fen".to_owned()]));
    }
    let most = rules.share(RuleCode::RetentionMax);
    let retention = contract.retention();
    if retention.is_more_than(most) {
        let zh = format!("质保金比例 {retention} 超过上限 {most},请按不超过 {most} 修改合同");
        let en = format!("retention {retention} exceeds {most}");
        let explanation = breach("RETENTION_CAP", rules.rule(RuleCode::RetentionMax), zh, en);
        let explanation = explanation.figures(retention, most).at("contract.retention_basis_points");
        return Err(Common::rule(explanation));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use kernel::Refusal as _;
    use time::macros::date;

    use super::*;
    use crate::domain::{
        Payee,
        fixtures::{contract, rules},
    };

    fn figures(contract: &Contract, total: i64) -> Option<(&'static str, String, String)> {
        check(contract, Fen::new(total), &rules()).err().map(|refusal| {
            let said = refusal.explain();
            (said.code, said.actual.unwrap_or_default(), said.limit.unwrap_or_default())
        })
    }

    #[test]
    fn a_price_may_reach_the_approved_investment() {
        let contract = contract(120_000_000);
        assert_eq!(figures(&contract, 120_000_000), None);
        let refused = Some(("PRICE_OVER_APPROVAL", "1200000.00".into(), "1199999.99".into()));
        assert_eq!(figures(&contract, 119_999_999), refused);
    }

    #[test]
    fn c18_it_is_dated_between_the_funding_and_today() {
        let dated = |signed_on| Contract { signed_on, ..contract(100) };
        let (funded, today) = (date!(2022 - 03 - 01), date!(2022 - 03 - 10));
        for sound in [funded, today] {
            assert_eq!(check_date(&dated(sound), Some(funded), today), Ok(()));
        }
        for wrong in [date!(2022 - 02 - 28), date!(2022 - 03 - 11), date!(2099 - 01 - 01)] {
            let said = check_date(&dated(wrong), Some(funded), today).expect_err("outside").explain();
            assert_eq!((said.code, said.fields[0].field.as_str()), ("BAD_DATE", "contract.sign_date"));
        }
    }

    #[test]
    fn scenario_18_a_retention_of_3_01_percent_is_refused() {
        let contract = Contract { retention_basis_points: 301, ..contract(100) };
        assert_eq!(figures(&contract, 100), Some(("RETENTION_CAP", "3.01%".into(), "3%".into())));
    }

    #[test]
    fn an_account_number_is_masked() {
        let payee = |number: &str| Payee { holder: String::new(), bank: String::new(), number: number.to_owned() };
        assert_eq!(payee("6222021912345678").masked_number(), "****5678");
        assert_eq!(payee("1234").masked_number(), "****");
    }
}
