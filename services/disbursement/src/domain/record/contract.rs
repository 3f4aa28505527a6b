//! A contract (合同): whom the project pays, what it costs, what is kept back as quality retention (质保金).
//!
//! An account number is shown whole to nobody but those who pay: [`Payee::masked`] is what messages say.

use kernel::{Attachment, Fen, money::Share};
use serde::{Deserialize, Serialize};
use time::Date;

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
    /// The retention as a share.
    #[must_use]
    pub fn retention(&self) -> Share {
        Share::new(self.retention_basis_points, 10_000).expect("ten thousand is not zero")
    }
}
