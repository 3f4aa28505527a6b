//! `persons.toml`: who signs in, and with which posts.
//!
//! A post's role fits the level of its organisation, and an administrator holds no business post.

use serde::Deserialize;

use super::{
    Organisation, Person,
    county::ORGANISATIONS,
    fault::{Faults, Sheet, set_of},
};
use crate::{PersonId, Post, Role};

pub(super) const PERSONS: &str = "persons.toml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PersonSheet {
    persons: Vec<PersonRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PersonRow {
    id: String,
    name: String,
    account: String,
    posts: Vec<String>,
    #[serde(default)]
    interests: Vec<String>,
}

impl PersonSheet {
    pub(super) fn check(&self, organisations: &[Organisation], faults: &mut Faults) -> Vec<Person> {
        let mut sheet = faults.of(PERSONS);
        let persons: Vec<Person> =
            self.persons.iter().enumerate().map(|(at, row)| row.check(&format!("persons[{at}]"), &mut sheet)).collect();
        sheet.no_repeats(persons.iter().enumerate().map(|(at, person)| (format!("persons[{at}].id"), &person.id)));
        let accounts =
            persons.iter().enumerate().map(|(at, person)| (format!("persons[{at}].account"), &person.account));
        sheet.no_repeats(accounts);
        let known = set_of(organisations.iter().map(|organisation| &organisation.code));
        for (at, row) in self.persons.iter().enumerate() {
            for (nth, text) in row.posts.iter().enumerate() {
                // A post that can't be read has been said already.
                if let Some(post) = text.parse::<Post>().ok().filter(|post| !known.contains(&post.org)) {
                    sheet.dangling(format!("persons[{at}].posts[{nth}]"), post.org, ORGANISATIONS);
                }
            }
        }
        check_leading_group(&persons, &mut sheet);
        persons
    }
}

impl PersonRow {
    fn check(&self, key: &str, sheet: &mut Sheet<'_>) -> Person {
        sheet.named(format!("{key}.name"), &self.name);
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if !(1..=32).contains(&self.id.len()) || !self.id.chars().all(allowed) {
            sheet.add(
                format!("{key}.id"),
                "身份标识不正确",
                format!("{:?} is no id (1-32 letters, digits, -)", self.id),
            );
        }
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.' || c == '-';
        if !(3..=64).contains(&self.account.len()) || !self.account.chars().all(allowed) {
            let en = format!("{:?} is no account (3-64 of a-z, 0-9, '.', -)", self.account);
            sheet.add(format!("{key}.account"), "账号不正确", en);
        }
        sheet.not_empty(format!("{key}.posts"), &self.posts);
        let mut posts = Vec::new();
        for (nth, text) in self.posts.iter().enumerate() {
            let key = format!("{key}.posts[{nth}]");
            if let Some(post) = sheet.take(&key, "岗位格式不正确,应为 角色@单位", text.parse::<Post>()) {
                check_level(&key, &post, sheet);
                posts.push(post);
            }
        }
        sheet.no_repeats(posts.iter().enumerate().map(|(nth, post)| (format!("{key}.posts[{nth}]"), post)));
        if posts.len() > 1 && posts.iter().any(|post| post.role == Role::Administrator) {
            sheet.add(format!("{key}.posts"), "系统管理员不得兼任业务岗位", "an administrator holds no other post");
        }
        for (nth, interest) in self.interests.iter().enumerate() {
            sheet.named(format!("{key}.interests[{nth}]"), interest);
        }
        let (id, name, account) = (PersonId(self.id.clone()), self.name.clone(), self.account.clone());
        Person { id, name, account, posts, interests: self.interests.clone() }
    }
}

fn check_level(key: &str, post: &Post, sheet: &mut Sheet<'_>) {
    let wanted = post.role.level();
    let found = post.org.division().level();
    if wanted != found {
        let zh = format!("角色 {} 与单位 {} 的层级不符", post.role, post.org);
        sheet.add(key, zh, format!("{} is a {wanted:?} role, {} a {found:?} organisation", post.role, post.org));
    }
}

/// The leading group speaks with one voice: its tasks go to the one post that someone holds.
fn check_leading_group(persons: &[Person], sheet: &mut Sheet<'_>) {
    let posts = persons.iter().flat_map(|person| &person.posts).filter(|post| post.role == Role::LeadingGroup);
    match set_of(posts).len() {
        0 => sheet.add("persons", "无人担任领导小组(C-LG)岗位", "nobody holds the leading group's post (C-LG)"),
        1 => {}
        _ => sheet.add(
            "persons",
            "领导小组(C-LG)岗位只能设在一个单位",
            "the leading group's post (C-LG) is at two organisations",
        ),
    }
}

#[cfg(test)]
mod tests {
    use crate::pack::example::refused;

    const FILE: &str = "persons.toml";

    #[test]
    fn persons_and_accounts_are_unique_and_well_formed() {
        refused(FILE, "\"a-2\"", "\"a-1\"", "persons[1].id", "persons[0].id");
        refused(FILE, "\"jia.gov\"", "\"jia.sec\"", "persons[1].account", "persons[0].account");
        refused(FILE, "\"jia.gov\"", "\"Jia Gov\"", "persons[1].account", "no account");
        refused(FILE, "\"a-2\"", "\"甲二\"", "persons[1].id", "no id");
        refused(FILE, "[\"T-GOV@110101001000\"]", "[]", "persons[1].posts", "at least one");
    }

    #[test]
    fn a_post_is_a_known_role_at_a_known_organisation_of_its_level() {
        let post = "\"T-GOV@110101001000\"";
        refused(FILE, post, "\"T-BOSS@110101001000\"", "persons[1].posts[0]", "role@organisation");
        refused(FILE, post, "\"T-GOV@110101003000\"", "persons[1].posts[0]", "organisations.toml");
        refused(FILE, post, "\"T-GOV@110101001201\"", "persons[1].posts[0]", "Township role");
        refused(FILE, post, "\"T-GOV@110101001000\", \"T-GOV@110101001000\"", "persons[1].posts[1]", "already");
    }

    #[test]
    fn an_administrator_holds_no_business_post_and_the_leading_group_has_one() {
        let both = "\"C-LG@110101000000\", \"ADM@110101000000\"";
        refused(FILE, "\"C-LG@110101000000\"", both, "persons[5].posts", "administrator");
        refused(FILE, "\"C-LG@110101000000\"", "\"C-AUD@110101000000\"", "persons", "nobody holds");
        let twice = "\"C-LG@110101000000\", \"C-LG@110101000000-RRB\"";
        refused(FILE, "\"C-LG@110101000000\"", twice, "persons", "two organisations");
    }
}
