//! What a registration (资产确权登记) needs: values that, with what is declared to be no asset, add up to the audited amount to
//! the fen (to the accepted one while it is provisional, 暂估), and the village collective as owner.
//!
//! Ids and numbers of assets follow from the project and the order of the list, so a replay gives the same ones.

use kernel::{Division, Explanation, Fen, OrgCode, ProjectId, Role, id, refusal::Common};

use super::{
    command::{Draft, RegisterAssets},
    event::Event,
    record::{Asset, NonCapital, Registration, Site},
    state::{REGISTERS, Stage, Works},
    step::{already, sign},
};

/// The village collective's short code in its organisation code, `<village>-COL`.
const COLLECTIVE: &str = "COL";

/// The amount that a registration accounts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Due {
    /// What was accepted: the registration is provisional.
    Accepted(Fen),
    /// What the audit fixed.
    Audited(Fen),
}

/// The township enters the assets in the village collective's name: for good once the audit has fixed the amount,
/// provisionally before.
pub(super) fn register(works: &Works, command: RegisterAssets) -> Result<Vec<Event>, Common> {
    let RegisterAssets { assets, non_capital, provisional, transfer_sheet, by } = command;
    let signed = sign(works, &by, &[Role::TownshipHead], REGISTERS)?;
    works.suspensions.permit()?;
    let registration = |due| {
        let assets = assets_of(&works.site, due, non_capital.as_ref(), assets)?;
        let audited = match due {
            Due::Accepted(_) => None,
            Due::Audited(amount) => Some(amount),
        };
        Ok::<_, Common>(Registration { assets, transfer_sheet, signed, non_capital, audited })
    };
    match (&works.stage, &works.provisional, works.audited) {
        (Stage::Construction | Stage::CompletionReported(_) | Stage::TownshipChecked(..), _, _) => {
            Err(works.too_soon("资产登记 RegisterAssets"))
        }
        (Stage::Accepted(_, _, acceptance), Some(made), _) if provisional => {
            already(registration(Due::Accepted(acceptance.accepted)).is_ok_and(|again| made.repeats(&again)))
        }
        (Stage::Accepted(..), None, Some(amount)) if provisional => Err(audited(amount)),
        (Stage::Accepted(_, _, acceptance), None, None) if provisional => {
            let made = registration(Due::Accepted(acceptance.accepted))?;
            Ok(vec![Event::AssetsProvisionallyRegistered(made)])
        }
        (Stage::Accepted(..), _, None) => Err(not_audited()),
        (Stage::Accepted(..), _, Some(amount)) => {
            Ok(vec![Event::AssetsRegistered(registration(Due::Audited(amount))?)])
        }
        (Stage::AssetRegistered(_, _, _, done), _, _) => {
            let due = Due::Audited(done.value().saturating_add(done.non_capital()));
            already(!provisional && registration(due).is_ok_and(|again| done.repeats(&again)))
        }
    }
}

/// The village collective (村级集体经济组织), owner of what fiscal money built in the village.
#[must_use]
pub fn collective_of(village: Division) -> OrgCode {
    OrgCode::department_of(village, COLLECTIVE)
}

/// The assets as they will stand in the register; refuses another owner, and values that don't add up to what is due.
pub(crate) fn assets_of(
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
fn not_audited() -> Common {
    let zh = "竣工决算尚未审定:可先按验收金额办理暂估登记,审定后再按审定金额正式登记";
    let en = "the final account is not audited yet: register provisionally, then again at the audited amount";
    let mut explanation = Explanation::new("NOT_AUDITED", zh, en).figures("未审定 not audited", "审定后 once audited");
    explanation.basis = Some("资产登记以审定的竣工决算为准 [design]".to_owned());
    Common::rule(explanation.at("provisional"))
}

/// The refusal of a provisional registration once there is an audited amount.
fn audited(amount: Fen) -> Common {
    let zh = format!("竣工决算已审定为 {amount} 元,请按审定金额正式登记,不再办理暂估登记");
    let en = format!("the final account is audited at {amount}: register that, not provisionally");
    let mut explanation = Explanation::new("AUDITED", zh, en).figures(amount, "审定前 before the audit");
    explanation.basis = Some("资产登记以审定的竣工决算为准 [design]".to_owned());
    Common::rule(explanation.at("provisional"))
}
