//! A registration (资产确权登记): the assets in the register, and what was paid for and became none (费用化部分).

use kernel::{Attachment, Fen, OrgCode};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Signature;

/// Class of an asset (资产类别).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AssetClass {
    /// 经营性资产.
    Operating,
    /// 公益性资产.
    Public,
    /// 到户类资产.
    Household,
}

impl AssetClass {
    /// Stable name, as in the contract and the tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Operating => "OPERATING",
            Self::Public => "PUBLIC",
            Self::Household => "HOUSEHOLD",
        }
    }
}

/// An asset in the register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asset {
    /// Id.
    pub id: Uuid,
    /// Asset number (资产编号).
    pub number: String,
    /// Name.
    pub title: String,
    /// Class.
    pub class: AssetClass,
    /// Place.
    pub place: String,
    /// Original value (原值).
    pub value: Fen,
    /// Owner (所有权人).
    pub owner: OrgCode,
    /// Care person (管护责任人).
    pub care_person: String,
    /// Operator (经营者); empty when there is none.
    pub operator: String,
}

/// What was paid for and became no asset (费用化部分): surveys, supervision, training.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NonCapital {
    /// How much.
    pub amount: Fen,
    /// What it was for.
    pub note: String,
}

/// A registration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// What stands in the register.
    pub assets: Vec<Asset>,
    /// Transfer sheet (移交单), signed by builder, owner and township.
    pub transfer_sheet: Attachment,
    /// Who registered.
    pub signed: Signature,
    /// What became no asset, where that was declared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub non_capital: Option<NonCapital>,
    /// The audited amount that it accounts for; none when provisional, and in those of before audits were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audited: Option<Fen>,
}

impl Registration {
    /// Sum of values.
    #[must_use]
    pub fn value(&self) -> Fen {
        self.assets.iter().map(|asset| asset.value).sum()
    }

    /// What was declared to be no asset.
    #[must_use]
    pub fn non_capital(&self) -> Fen {
        self.non_capital.as_ref().map_or(Fen::ZERO, |part| part.amount)
    }

    /// Whether this is the same registration by the same person, whenever it was made.
    #[must_use]
    pub fn repeats(&self, other: &Self) -> bool {
        self.assets == other.assets
            && self.non_capital == other.non_capital
            && self.transfer_sheet == other.transfer_sheet
            && self.signed.is_by_same(&other.signed)
    }
}
