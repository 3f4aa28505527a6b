//! What a registration (资产确权登记) needs: values that add up to the accepted amount to the fen, and the village collective as owner.
//!
//! Ids and numbers of assets follow from the project and the order of the list, so a replay gives the same ones.

use kernel::{Attachment, Division, Explanation, Fen, OrgCode, ProjectId, id, refusal::Common};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Signature, Site};

/// The village collective's short code in its organisation code, `<village>-COL`.
const COLLECTIVE: &str = "COL";

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

/// An asset as it is put forward for registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Name.
    pub title: String,
    /// Class.
    pub class: AssetClass,
    /// Place.
    pub place: String,
    /// Original value (原值).
    pub value: Fen,
    /// Owner (所有权人), as it was written.
    pub owner: String,
    /// Care person (管护责任人).
    pub care_person: String,
    /// Operator (经营者); empty when there is none.
    pub operator: String,
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

/// A registration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// What stands in the register.
    pub assets: Vec<Asset>,
    /// Transfer sheet (移交单), signed by builder, owner and township.
    pub transfer_sheet: Attachment,
    /// Who registered.
    pub signed: Signature,
}

impl Registration {
    /// Sum of values.
    #[must_use]
    pub fn value(&self) -> Fen {
        self.assets.iter().map(|asset| asset.value).sum()
    }

    /// Whether this is the same registration by the same person, whenever it was made.
    pub(crate) fn repeats(&self, other: &Self) -> bool {
        self.assets == other.assets
            && self.transfer_sheet == other.transfer_sheet
            && self.signed.is_by_same(&other.signed)
    }
}

/// The village collective (村级集体经济组织), owner of what fiscal money built in the village.
#[must_use]
pub fn collective_of(village: Division) -> OrgCode {
    OrgCode::department_of(village, COLLECTIVE)
}

/// The assets as they will stand in the register; refuses another owner, and values that don't add up.
pub(crate) fn register(site: &Site, accepted: Fen, drafts: Vec<Draft>) -> Result<Vec<Asset>, Common> {
    let owner = collective_of(site.village);
    if let Some((index, draft)) = drafts.iter().enumerate().find(|(_, draft)| draft.owner != owner.to_string()) {
        return Err(wrong_owner(index, draft, &owner));
    }
    let value: Fen = drafts.iter().map(|draft| draft.value).sum();
    if value != accepted {
        return Err(wrong_sum(value, accepted));
    }
    Ok(drafts.into_iter().enumerate().map(|(index, draft)| asset(site, index + 1, draft, &owner)).collect())
}

fn asset(site: &Site, place_in_list: usize, draft: Draft, owner: &OrgCode) -> Asset {
    let Draft { title, class, place, value, owner: _, care_person, operator } = draft;
    Asset {
        id: id::derive(site.project.0, &format!("asset:{place_in_list}")),
        number: asset_number(site.project, site.village, site.fiscal_year, place_in_list),
        title,
        class,
        place,
        value,
        owner: owner.clone(),
        care_person,
        operator,
    }
}

/// `ZC` and village, plan year, last group of the project's id, place in its list: a clerk can trace it by eye.
fn asset_number(project: ProjectId, village: Division, fiscal_year: i32, place_in_list: usize) -> String {
    let project = project.to_string();
    let group = project.rsplit('-').next().unwrap_or_default();
    format!("ZC{village}-{fiscal_year}-{group}-{place_in_list:02}")
}

fn wrong_owner(index: usize, draft: &Draft, owner: &OrgCode) -> Common {
    let zh = format!(
        "资产“{}”的所有权人为“{}”;财政资金形成的资产须登记在村集体经济组织名下({owner})",
        draft.title, draft.owner
    );
    let en = format!("assets[{index}] is to belong to {:?}; what fiscal money built belongs to {owner}", draft.owner);
    let mut explanation = Explanation::new("OWNER", zh, en).figures(&draft.owner, owner);
    explanation.basis = Some("财政资金形成的固定资产须明确归村集体所有 [source]".to_owned());
    Common::rule(explanation)
}

fn wrong_sum(value: Fen, accepted: Fen) -> Common {
    let (word, english, gap) = if value < accepted {
        ("尚差", "short by", accepted.saturating_sub(value))
    } else {
        ("超出", "too much by", value.saturating_sub(accepted))
    };
    let zh = format!("资产原值合计 {value} 元,验收金额 {accepted} 元,{word} {gap} 元,请核对资产清单");
    let en = format!("the assets' values add up to {value} yuan, {english} {gap} against the accepted {accepted}");
    let mut explanation = Explanation::new("ASSET_SUM", zh, en).figures(value, accepted);
    explanation.basis = Some("资产原值合计须等于审定的验收金额 [design]".to_owned());
    Common::rule(explanation)
}
