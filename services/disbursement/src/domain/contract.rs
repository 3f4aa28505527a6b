//! A contract (合同, S12): whom the project pays, what it costs, what is kept back; and what it must keep to.
//!
//! Price ≤ what the approval covers; retention (质保金) ≤ R-RET3; signed between the funding's approval and today. The payee
//! is fixed here, once.

use kernel::{
    Attachment, Explanation, Fen, RuleCode, YearRules,
    money::Share,
    refusal::{Common, breach},
};
use serde::{Deserialize, Serialize};
use time::Date;

use super::refusal::{fielded, refuse_figures};

time::serde::format_description!(iso_date, Date, "[year]-[month]-[day]");

/// A signed contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contract {
    /// Contract number.
    pub contract_no: String,
    /// Contractor (施工单位).
    pub contractor: String,
    /// Account to be paid.
    pub payee: Payee,
    /// Price.
    pub price: Fen,
    /// Quality retention in hundredths of a percent: 3 % is 300.
    pub retention_basis_points: u32,
    /// Date of signing.
    #[serde(with = "iso_date")]
    pub signed_on: Date,
    /// Scan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scan: Option<Attachment>,
}

/// A bank account to be paid (收款账户).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payee {
    /// Holder.
    pub holder: String,
    /// Bank.
    pub bank: String,
    /// Number.
    pub number: String,
}

impl Payee {
    /// The number with all but its last four characters hidden.
    #[must_use]
    pub fn masked_number(&self) -> String {
        let length = self.number.chars().count();
        let shown: String = self.number.chars().skip(length.saturating_sub(4)).collect();
        // A number that is too short to hide anything is hidden whole.
        if length > 4 { format!("****{shown}") } else { "****".to_owned() }
    }

    /// Holder, bank and masked number, for messages.
    #[must_use]
    pub fn masked(&self) -> String {
        format!("{} {} {}", self.holder, self.bank, self.masked_number())
    }
}

impl Contract {
    /// Refuses a contract that was not signed between these two days: of the funding's approval, and today.
    ///
    /// # Errors
    /// `BAD_DATE` with the day that it may not pass.
    pub fn check_date(&self, funded: Option<Date>, today: Date) -> Result<(), Common> {
        let signed = self.signed_on;
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
    pub fn check(&self, covered: Fen, rules: &YearRules) -> Result<(), Common> {
        if self.price > covered {
            let over = self.price.saturating_sub(covered);
            let zh = format!("合同价 {} 元超过资金批复和自筹合计 {covered} 元,超出 {over} 元", self.price);
            let en = format!("price {} exceeds what the approval covers, {covered}, by {over} yuan", self.price);
            let refusal = refuse_figures("PRICE_OVER_APPROVAL", self.price, covered, zh, en);
            return Err(fielded(refusal, ["contract.price_fen".to_owned()]));
        }
        let most = rules.share(RuleCode::RetentionMax);
        let retention = self.retention();
        if retention.is_more_than(most) {
            let zh = format!("质保金比例 {retention} 超过上限 {most},请按不超过 {most} 修改合同");
            let en = format!("retention {retention} exceeds {most}");
            let explanation = breach("RETENTION_CAP", rules.rule(RuleCode::RetentionMax), zh, en);
            let explanation = explanation.figures(retention, most).at("contract.retention_basis_points");
            return Err(Common::rule(explanation));
        }
        Ok(())
    }

    /// The retention as a share.
    #[must_use]
    pub fn retention(&self) -> Share {
        Share::new(self.retention_basis_points, 10_000).expect("ten thousand is not zero")
    }
}

#[cfg(test)]
mod tests {
    use kernel::Refusal as _;
    use time::macros::date;

    use super::*;
    use crate::domain::fixtures::{contract, rules};

    fn figures(contract: &Contract, total: i64) -> Option<(&'static str, String, String)> {
        contract.check(Fen::new(total), &rules()).err().map(|refusal| {
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
            assert_eq!(dated(sound).check_date(Some(funded), today), Ok(()));
        }
        for wrong in [date!(2022 - 02 - 28), date!(2022 - 03 - 11), date!(2099 - 01 - 01)] {
            let said = dated(wrong).check_date(Some(funded), today).expect_err("outside").explain();
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
