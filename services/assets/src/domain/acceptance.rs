//! What an acceptance (县级验收) needs: its group ([`super::group`]), and an amount within the contract's price.
//!
//! The sector department that the pack names for the category decides it, and no other. While the project is suspended
//! nothing is accepted.

use kernel::{Actor, Duty, Explanation, Fen, Pack, Post, YearRules, reach::seat, refusal::Common};

use super::{
    command::RecordAcceptance,
    event::Event,
    group,
    record::{Acceptance, Signature, Site},
    state::{Stage, Works},
    step::already,
};

/// The county accepts what was built, for so much.
pub(super) fn record(works: &Works, command: RecordAcceptance) -> Result<Vec<Event>, Common> {
    let RecordAcceptance { members, accepted, opinion, by } = command;
    let decides = decides(&by.pack, &works.site.category)?;
    by.actor.require(decides)?;
    by.permit(&works.duties, Duty::Acceptor)?;
    works.suspensions.permit()?;
    let signed = Signature::of(&by.actor, decides, by.at);
    let acceptance = || {
        let members = group::seat(members, &works.site, decides, &by.pack)?;
        Ok::<_, Common>(Acceptance { members, accepted, opinion, signed })
    };
    match &works.stage {
        Stage::Construction | Stage::CompletionReported(_) => Err(works.too_soon("县级验收 RecordAcceptance")),
        Stage::TownshipChecked(..) => {
            let acceptance = acceptance()?;
            check(&acceptance, works.site.price, by.pack.rules_of(works.site.fiscal_year)?)?;
            Ok(vec![Event::AcceptancePassed(acceptance)])
        }
        Stage::Accepted(_, _, done) | Stage::AssetRegistered(_, _, done, _) => {
            already(acceptance().is_ok_and(|again| done.repeats(&again)))
        }
    }
}

/// Refuses a group that is too small or lacks a side, and an amount over the contract's price.
fn check(acceptance: &Acceptance, price: Fen, rules: &YearRules) -> Result<(), Common> {
    group::check(&acceptance.members, rules)?;
    if acceptance.accepted > price {
        let over = acceptance.accepted.saturating_sub(price);
        let zh = format!("验收金额 {} 元超过合同价 {price} 元,超出 {over} 元,请核减", acceptance.accepted);
        let en =
            format!("the accepted amount {} exceeds the contract's price {price} by {over} yuan", acceptance.accepted);
        let mut explanation = Explanation::new("PRICE_OVER_APPROVAL", zh, en).figures(acceptance.accepted, price);
        explanation.basis = Some("验收金额不得超过合同价 [design]".to_owned());
        return Err(Common::rule(explanation.at("accepted_fen")));
    }
    Ok(())
}

/// The post that accepts what this category builds.
fn decides<'a>(pack: &'a Pack, category: &str) -> Result<&'a Post, Common> {
    let category = pack.category(category).ok_or(Common::NotFound { what: "项目类别 category" })?;
    Ok(&category.acceptance)
}

/// Who reads it at the county: who was asked about it, and the department that accepts what its category builds.
#[must_use]
pub fn readers(site: &Site, pack: &Pack) -> Vec<String> {
    let acceptor = pack.category(&site.category).map(|category| seat(&category.acceptance, None));
    site.seats().into_iter().chain(acceptor).collect()
}

/// Refuses whoever may not read the project.
///
/// # Errors
/// `SCOPE`.
pub fn require_reader(site: &Site, actor: &Actor, pack: &Pack) -> Result<(), Common> {
    actor.require_reach(site.village, &readers(site, pack))
}
