//! Duplicates (重复申报): another application of the same village, or of one that takes part in a joint project (联村), at the same place or with the same items, perhaps paid from
//! another department's money. What looks like one enters the pool only with an explanation that stays in the record.
//!
//! Source: the usual findings of audits (duplicate claims) [found]; what counts as alike is our design, its share a rule.

use kernel::{
    Division, ProjectId, RuleCode, YearRules,
    refusal::{Common, breach},
};

use super::record::{
    content::Content,
    pool::{Likeness, Suspect},
};

/// The village's own money says nothing about who else pays.
const OWN_MONEY: &str = "VILLAGE";

/// Another application of one of the same villages, as far as likeness goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neighbour {
    /// The project.
    pub project: ProjectId,
    /// The village that applied for it.
    pub village: Division,
    /// Its name.
    pub title: String,
    /// Stable code of its state.
    pub state: String,
    /// Place of construction.
    pub place: String,
    /// Names of its items.
    pub items: Vec<String>,
    /// Codes of its sources.
    pub sources: Vec<String>,
}

/// Which of its villages' other applications this one looks like.
#[must_use]
pub fn suspects(content: &Content, neighbours: &[Neighbour], rules: &YearRules) -> Vec<Suspect> {
    let least = rules.share(RuleCode::DuplicateOverlap);
    let own: Vec<String> = content.items.iter().map(|item| bare(&item.title)).collect();
    let place = bare(&content.place);
    let like = |neighbour: &Neighbour| {
        let theirs: Vec<String> = neighbour.items.iter().map(|title| bare(title)).collect();
        let shared = own.iter().filter(|title| theirs.contains(title)).count();
        let (shared, all) = (u32::try_from(shared).ok()?, u32::try_from(own.len()).ok()?);
        let same_place = !place.is_empty() && place == bare(&neighbour.place);
        let same_content = shared > 0 && least.reached_by(shared, all);
        if !same_place && !same_content {
            return None;
        }
        let mut likeness = Vec::new();
        likeness.extend(same_place.then_some(Likeness::SamePlace));
        likeness.extend(same_content.then_some(Likeness::SameContent));
        likeness.extend(pays_otherwise(content, neighbour).then_some(Likeness::OtherMoney));
        Some(Suspect {
            project: neighbour.project,
            title: neighbour.title.clone(),
            state: neighbour.state.clone(),
            likeness,
            overlap_percent: shared * 100 / all.max(1),
        })
    };
    neighbours.iter().filter_map(like).collect()
}

/// Refuses a project that looks like a duplicate and that nobody explains.
///
/// # Errors
/// `DUPLICATE`, naming what it looks like.
pub fn require_explained(suspects: &[Suspect], explanation: &str, rules: &YearRules) -> Result<(), Common> {
    if suspects.is_empty() || !explanation.trim().is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = suspects.iter().map(|suspect| suspect.title.as_str()).take(5).collect();
    let zh = format!("疑似与本村项目重复:{};确非重复的请写明理由", names.join("、"));
    let en = format!("looks like a duplicate of {}: say why it is none", names.join(", "));
    let most = suspects.iter().map(|suspect| suspect.overlap_percent).max().unwrap_or_default();
    let limit = rules.rule(RuleCode::DuplicateOverlap);
    let explanation = breach("DUPLICATE", limit, zh, en).figures(format_args!("{most}%"), "写明理由 an explanation");
    Err(Common::rule(explanation.at("duplicate_explanation")))
}

fn pays_otherwise(content: &Content, neighbour: &Neighbour) -> bool {
    let foreign = |source: &&str| **source != *OWN_MONEY;
    let own: Vec<&str> = content.budget.iter().map(|line| line.source.as_str()).filter(foreign).collect();
    let mut theirs = neighbour.sources.iter().map(String::as_str).filter(foreign).peekable();
    theirs.peek().is_some() && theirs.all(|source| !own.contains(&source))
}

/// A name without what people write differently: spaces and punctuation.
fn bare(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use kernel::Refusal as _;
    use uuid::Uuid;

    use super::*;
    use crate::domain::fixtures::{content, pack};

    fn neighbour(place: &str, items: &[&str], sources: &[&str]) -> Neighbour {
        Neighbour {
            project: ProjectId(Uuid::from_u128(8)),
            village: content().village,
            title: "另一项目".into(),
            state: "IN_POOL".into(),
            place: place.into(),
            items: items.iter().map(|title| (*title).to_owned()).collect(),
            sources: sources.iter().map(|source| (*source).to_owned()).collect(),
        }
    }

    fn found(neighbour: Neighbour) -> Option<(Vec<Likeness>, u32)> {
        let pack = pack();
        let rules = pack.rules(2022).expect("2022 has rules");
        suspects(&content(), &[neighbour], rules).pop().map(|found| (found.likeness, found.overlap_percent))
    }

    #[test]
    fn the_same_place_or_half_of_the_items_make_a_suspect() {
        use Likeness::{OtherMoney, SameContent, SamePlace};
        assert_eq!(found(neighbour("三组", &["道路"], &["LINK"])), None);
        assert_eq!(found(neighbour(" 村部 东侧", &["道路"], &["LINK"])), Some((vec![SamePlace], 0)));
        let half = neighbour("三组", &["加工车间。", "道路"], &["LINK"]);
        assert_eq!(found(half), Some((vec![SameContent], 50)));
        let twice_paid = neighbour("村部东侧", &["加工车间", "清洗分级设备"], &["VILLAGE", "WATER"]);
        assert_eq!(found(twice_paid), Some((vec![SamePlace, SameContent, OtherMoney], 100)));
    }

    #[test]
    fn a_suspect_is_explained_before_it_enters_the_pool() {
        let pack = pack();
        let rules = pack.rules(2022).expect("2022 has rules");
        let suspects = suspects(&content(), &[neighbour("村部东侧", &["加工车间"], &["LINK"])], rules);
        let refused = require_explained(&suspects, " ", rules).expect_err("unexplained").explain();
        assert_eq!((refused.code, refused.actual.as_deref()), ("DUPLICATE", Some("50%")));
        assert!(require_explained(&suspects, "二期工程,内容不重复", rules).is_ok());
        assert!(require_explained(&[], "", rules).is_ok());
    }
}
