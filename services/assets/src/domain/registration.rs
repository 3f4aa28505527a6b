//! What a registration (资产确权登记) needs: values that, with what is declared to be no asset, add up to the audited amount to
//! the fen (to the accepted one while it is provisional, 暂估), and the village collective as owner.
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

/// What was paid for and became no asset (费用化部分): surveys, supervision, training.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NonCapital {
    /// How much.
    pub amount: Fen,
    /// What it was for.
    pub note: String,
}

/// The amount that a registration accounts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Due {
    /// What was accepted: the registration is provisional.
    Accepted(Fen),
    /// What the audit fixed.
    Audited(Fen),
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
    pub(crate) fn repeats(&self, other: &Self) -> bool {
        self.assets == other.assets
            && self.non_capital == other.non_capital
            && self.transfer_sheet == other.transfer_sheet
            && self.signed.is_by_same(&other.signed)
    }
}

/// The village collective (村级集体经济组织), owner of what fiscal money built in the village.
#[must_use]
pub fn collective_of(village: Division) -> OrgCode {
    OrgCode::department_of(village, COLLECTIVE)
}

/// The assets as they will stand in the register; refuses another owner, and values that don't add up to what is due.
pub(crate) fn register(
    site: &Site,
    due: Due,
    non_capital: Option<&NonCapital>,
    drafts: Vec<Draft>,
) -> Result<Vec<Asset>, Common> {
    let owner = collective_of(site.village);
    if let Some((index, draft)) = drafts.iter().enumerate().find(|(_, draft)| draft.owner != owner.to_string()) {
        return Err(wrong_owner(index, draft, &owner));
    }
    let value: Fen = drafts.iter().map(|draft| draft.value).sum();
    let value = value.saturating_add(non_capital.map_or(Fen::ZERO, |part| part.amount));
    match due {
        Due::Accepted(amount) | Due::Audited(amount) if amount == value => {}
        Due::Accepted(amount) => return Err(wrong_sum(value, amount, "验收金额", "accepted")),
        Due::Audited(amount) => return Err(wrong_sum(value, amount, "审定金额", "audited")),
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
    Common::rule(explanation.at(format!("assets[{index}].owner")))
}

fn wrong_sum(value: Fen, due: Fen, named: &str, english: &str) -> Common {
    let (word, gap_en, gap) = if value < due {
        ("尚差", "short by", due.saturating_sub(value))
    } else {
        ("超出", "too much by", value.saturating_sub(due))
    };
    let zh = format!("资产原值与费用化部分合计 {value} 元,{named} {due} 元,{word} {gap} 元,请核对资产清单");
    let en =
        format!("values and the non-capital part add up to {value} yuan, {gap_en} {gap} against the {english} {due}");
    let mut explanation = Explanation::new("ASSET_SUM", zh, en).figures(value, due);
    explanation.basis = Some(format!("资产原值与费用化部分合计须等于{named} [design]"));
    Common::rule(explanation.at("assets"))
}

/// The refusal of a registration that is not provisional, before there is an audited amount.
pub(crate) fn not_audited() -> Common {
    let zh = "竣工决算尚未审定:可先按验收金额办理暂估登记,审定后再按审定金额正式登记";
    let en = "the final account is not audited yet: register provisionally, then again at the audited amount";
    let mut explanation = Explanation::new("NOT_AUDITED", zh, en).figures("未审定 not audited", "审定后 once audited");
    explanation.basis = Some("资产登记以审定的竣工决算为准 [design]".to_owned());
    Common::rule(explanation.at("provisional"))
}

/// The refusal of a provisional registration once there is an audited amount.
pub(crate) fn audited(amount: Fen) -> Common {
    let zh = format!("竣工决算已审定为 {amount} 元,请按审定金额正式登记,不再办理暂估登记");
    let en = format!("the final account is audited at {amount}: register that, not provisionally");
    let mut explanation = Explanation::new("AUDITED", zh, en).figures(amount, "审定前 before the audit");
    explanation.basis = Some("资产登记以审定的竣工决算为准 [design]".to_owned());
    Common::rule(explanation.at("provisional"))
}
