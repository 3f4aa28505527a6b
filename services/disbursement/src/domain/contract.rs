//! A contract (合同, S12): whom the project pays, what it costs, what is kept back; and what it must keep to.
//!
//! Price ≤ the approved total investment; retention (质保金) ≤ R-RET3. The payee is fixed here, once.

use kernel::{
    Attachment, Fen, RuleCode, YearRules,
    money::Share,
    refusal::{Common, breach},
};
use serde::{Deserialize, Serialize};
use time::Date;

use super::refusal::refuse_figures;

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
    /// Refuses a price above the approved investment and a retention above the rule.
    ///
    /// # Errors
    /// `PRICE_OVER_APPROVAL` or `RETENTION_CAP`, with figures.
    pub fn check(&self, total_investment: Fen, rules: &YearRules) -> Result<(), Common> {
        if self.price > total_investment {
            let over = self.price.saturating_sub(total_investment);
            let zh = format!("合同价 {} 元超过批准的总投资 {total_investment} 元,超出 {over} 元", self.price);
            let en = format!("price {} exceeds the approved investment {total_investment} by {over} yuan", self.price);
            return Err(refuse_figures("PRICE_OVER_APPROVAL", self.price, total_investment, zh, en));
        }
        let most = rules.share(RuleCode::RetentionMax);
        let retention = self.retention();
        if retention.is_more_than(most) {
            let zh = format!("质保金比例 {retention} 超过上限 {most},请按不超过 {most} 修改合同");
            let en = format!("retention {retention} exceeds {most}");
            let explanation = breach("RETENTION_CAP", rules.rule(RuleCode::RetentionMax), zh, en);
            return Err(Common::rule(explanation.figures(retention, most)));
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
