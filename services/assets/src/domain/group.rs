//! Who may sit in the acceptance group (验收组), and every side that must sit in it.
//!
//! Nobody sits for an office that is not his. Being named is no act: it gives no duty. A group counts heads, so that one
//! person named three times is one member.

use std::collections::BTreeSet;

use kernel::{
    Explanation, Pack, PersonId, Post, Role, RuleCode, YearRules,
    pack::Person,
    refusal::{Common, Violations, breach},
};

use super::{
    command::Nominee,
    record::{GroupMember, Side, Site},
};

/// The members in their posts; refuses, field by field, whoever does not sit for that side.
pub(super) fn seat(
    nominees: Vec<Nominee>,
    site: &Site,
    decides: &Post,
    pack: &Pack,
) -> Result<Vec<GroupMember>, Common> {
    let mut wrong = Violations::default();
    let seats = nominees.into_iter().enumerate();
    let members = seats.filter_map(|(index, nominee)| {
        let Nominee { person, name, side } = nominee;
        let Some(id) = person else {
            if side != Side::Villagers {
                let zh = format!("{}的成员须填写人员编号", side.zh());
                wrong.add("PERSON", format!("members[{index}].person_id"), zh, "an official is named by person id");
            }
            return Some(GroupMember { name, side, person: None, post: None });
        };
        let Some(known) = pack.person(&id) else {
            let zh = format!("县级配置中没有人员“{id}”");
            wrong.add("PERSON", format!("members[{index}].person_id"), zh, "is no person of the county");
            return None;
        };
        if !name.is_empty() && name != known.name {
            let zh = format!("人员“{id}”的姓名为“{}”,与填写的“{name}”不符", known.name);
            wrong.add("PERSON", format!("members[{index}].display_name"), zh, "is not that person's name");
        }
        let Some(post) = post_for(known, side, site, decides) else {
            let zh = format!("{}不能代表{}:未担任相应岗位({})", known.name, side.zh(), needed(side, site, decides));
            let en = format!("holds no post for that side: {}", needed(side, site, decides));
            wrong.add("PANEL_INVALID", format!("members[{index}].person_id"), zh, en);
            return None;
        };
        Some(GroupMember { name: known.name.clone(), side, person: Some(id), post: Some(post.clone()) })
    });
    let members: Vec<GroupMember> = members.collect();
    wrong.finish()?;
    Ok(members)
}

/// Refuses a group that is too small or lacks a side.
pub(super) fn check(members: &[GroupMember], rules: &YearRules) -> Result<(), Common> {
    let rule = rules.rule(RuleCode::AcceptanceGroup);
    let (needed, heads) = (rules.number(RuleCode::AcceptanceGroup), heads(members.iter()));
    if heads < needed {
        let zh = format!("验收组成员不得少于 {needed} 人,现有 {heads} 人");
        let en = format!("the acceptance group needs at least {needed} members and has {heads}");
        return Err(Common::rule(breach("PANEL_INVALID", rule, zh, en).figures(heads, needed).at("members")));
    }
    for side in [Side::Department, Side::Finance, Side::Township] {
        sits(members, side, 1, breach("PANEL_INVALID", rule, "", ""))?;
    }
    let villagers = rules.number(RuleCode::AcceptanceVillagers);
    let rule = rules.rule(RuleCode::AcceptanceVillagers);
    sits(members, Side::Villagers, villagers, breach("PANEL_INVALID", rule, "", ""))
}

fn sits(members: &[GroupMember], side: Side, needed: u32, broken: Explanation) -> Result<(), Common> {
    let there = heads(members.iter().filter(|member| member.side == side));
    if there >= needed {
        return Ok(());
    }
    let zh = format!("验收组须有{}至少 {needed} 人,现有 {there} 人,请补充成员后再验收", side.zh());
    let en = format!("the acceptance group needs at least {needed} of {} and has {there}", side.as_str());
    let figure = |count: u32| format!("{} {count}", side.as_str());
    Err(Common::rule(Explanation { zh, en, ..broken }.figures(figure(there), figure(needed)).at("members")))
}

/// Persons of the pack, and names that are none of theirs.
fn heads<'a>(members: impl Iterator<Item = &'a GroupMember> + Clone) -> u32 {
    let persons: BTreeSet<&PersonId> = members.clone().filter_map(|member| member.person.as_ref()).collect();
    let known: BTreeSet<&str> =
        members.clone().filter(|member| member.person.is_some()).map(|member| member.name.as_str()).collect();
    let names: BTreeSet<&str> =
        members.map(|member| member.name.as_str()).filter(|name| !known.contains(name)).collect();
    u32::try_from(persons.len() + names.len()).unwrap_or(u32::MAX)
}

fn post_for<'a>(person: &'a Person, side: Side, site: &Site, decides: &Post) -> Option<&'a Post> {
    let sits = |post: &&Post| {
        **post == *decides && side == Side::Department
            || roles(side).contains(&post.role) && post.org.division().contains(site.village)
    };
    person.posts.iter().find(sits)
}

fn needed(side: Side, site: &Site, decides: &Post) -> String {
    if side == Side::Department {
        return decides.to_string();
    }
    let place = match side {
        Side::Department | Side::Finance => site.village.county(),
        Side::Township => site.village.township(),
        Side::Villagers => site.village,
    };
    roles(side).iter().map(|role| format!("{role}@{place}")).collect::<Vec<_>>().join(" / ")
}

/// The roles that sit for this side, in a place that contains the village.
fn roles(side: Side) -> &'static [Role] {
    match side {
        // That very post is asked for, whatever its role.
        Side::Department => &[],
        Side::Finance => &[Role::FinanceBureau, Role::PaymentReviewer, Role::PaymentReleaser],
        Side::Township => &[Role::TownshipHead, Role::TownshipClerk, Role::TownshipFinance],
        Side::Villagers => &[Role::VillageAssembly, Role::VillageSupervision],
    }
}
