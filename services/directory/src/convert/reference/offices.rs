//! Where the county's offices are and what is asked of them: divisions, roles, posts with their holders, duties.

use std::collections::BTreeSet;

use kernel::{
    Actor, Duty, Pack, Post, Role,
    pack::{DivisionEntry, Person},
    refusal::{Common, Violations},
};
use proto::directory::v1::{self as message, DutyRule, Holder, ListDivisionsRequest, ListPostsRequest};

use translation::act::duty_message;

use super::{Listing, level, organisation};

/// The roles, in the order of the process.
pub fn roles(pack: &Pack) -> Listing<message::Role> {
    let duties = pack.duties_by_role();
    let role = |role: &Role| message::Role {
        code: role.code().to_owned(),
        display_name: role.zh().to_owned(),
        level: level(role.level()).into(),
        duties: duties.get(role).into_iter().flatten().map(|duty| duty_message(*duty).into()).collect(),
        superior: role.superior().map(|superior| superior.code().to_owned()).unwrap_or_default(),
    };
    Listing::whole(Role::ALL.iter().map(role))
}

/// The posts that are asked for, of those in the divisions in which the actor works, with who holds them.
///
/// # Errors
/// `ROLE` at its field.
pub fn posts(pack: &Pack, actor: &Actor, asked: &ListPostsRequest) -> Result<Listing<message::Post>, Common> {
    let role = asked.role.parse::<Role>().ok();
    let mut wrong = Violations::default();
    if role.is_none() && !asked.role.is_empty() {
        wrong.add("ROLE", "role", "没有此角色", "is the code of no role");
    }
    wrong.finish()?;
    let prefixes = actor.division_prefixes();
    let within = |post: &&Post| prefixes.iter().any(|prefix| post.org.division().as_str().starts_with(prefix));
    let held: BTreeSet<&Post> = pack.persons.iter().flat_map(|person| &person.posts).filter(within).collect();
    let asked_for = held.into_iter().filter(|post| role.is_none_or(|role| post.role == role));
    let items = asked_for.map(|post| post_message(pack, post)).collect();
    // Whoever reads with another's token begins anew.
    Ok(Listing { items, filter: format!("{};{}", asked.role, prefixes.join(",")) })
}

fn post_message(pack: &Pack, post: &Post) -> message::Post {
    let holder = |person: &Person| Holder { person_id: person.id.to_string(), display_name: person.name.clone() };
    message::Post {
        post: post.to_string(),
        role: post.role.code().to_owned(),
        org_code: post.org.to_string(),
        display_name: organisation(pack, post),
        holders: pack.holders(post).map(holder).collect(),
    }
}

/// The duties, in the order of a project's life.
pub fn duties(pack: &Pack) -> Listing<DutyRule> {
    let excludes = |one: Duty| Duty::ALL.into_iter().filter(move |other| pack.exclusions.excludes(one, *other));
    let duty = |duty: Duty| DutyRule {
        duty: duty_message(duty).into(),
        display_name: duty.zh().to_owned(),
        excludes: excludes(duty).map(|other| duty_message(other).into()).collect(),
    };
    Listing::whole(Duty::ALL.into_iter().map(duty))
}

/// The divisions that are asked for, in order of code.
///
/// # Errors
/// `DIVISION` at its field.
pub fn divisions(pack: &Pack, asked: &ListDivisionsRequest) -> Result<Listing<message::Division>, Common> {
    let mut wrong = Violations::default();
    let around = asked.division.parse().ok().and_then(|code| pack.division(code));
    if around.is_none() && !asked.division.is_empty() {
        wrong.add("DIVISION", "division", "本县没有此区划代码", "is the code of no division of the county");
    }
    wrong.finish()?;
    let inside = |entry: &&DivisionEntry| around.is_none_or(|around| around.code.contains(entry.code));
    let mut found: Vec<&DivisionEntry> = pack.divisions.iter().filter(inside).collect();
    found.sort_by_key(|entry| entry.code);
    Ok(Listing { items: found.into_iter().map(division).collect(), filter: asked.division.clone() })
}

fn division(entry: &DivisionEntry) -> message::Division {
    let parent = Some(entry.code.parent()).filter(|parent| *parent != entry.code);
    message::Division {
        code: entry.code.to_string(),
        display_name: entry.name.clone(),
        level: level(entry.code.level()).into(),
        parent: parent.map(|parent| parent.to_string()).unwrap_or_default(),
        placeholder: entry.placeholder,
    }
}

#[cfg(test)]
mod tests {
    use kernel::{PersonId, Refusal as _};
    use proto::common::v1::Duty as DutyMessage;
    use runtime::testing::pack;

    use super::*;

    fn actor(posts: &[&str]) -> Actor {
        let posts = posts.iter().map(|post| post.parse().expect("a post")).collect();
        Actor { person: PersonId("p".into()), name: "甲".into(), posts, on_behalf_of: None }
    }

    fn seen(posts: &[&str], role: &str) -> Vec<String> {
        let asked = ListPostsRequest { role: role.into(), ..ListPostsRequest::default() };
        let found = super::posts(&pack(), &actor(posts), &asked).expect("sound");
        found.items.into_iter().map(|post| post.post).collect()
    }

    #[test]
    fn posts_are_those_of_the_own_divisions_and_an_administrator_sees_none() {
        let town = ["T-FIN@430921129000", "T-GOV@430921129000", "T-OPR@430921129000"];
        let own = seen(&["T-GOV@430921129000"], "");
        assert!(town.iter().all(|post| own.iter().any(|found| found == post)), "{own:?}");
        assert!(own.iter().all(|post| post.contains("@430921129")), "{own:?}");
        assert_eq!(seen(&["T-GOV@430921129000"], "T-GOV"), ["T-GOV@430921129000"]);
        assert!(seen(&["V-SEC@430921129201"], "T-GOV").is_empty());
        assert!(seen(&["ADM@430921000000-ADM"], "").is_empty());
        let bureau = seen(&["C-RRB@430921000000-RRB"], "");
        let held: BTreeSet<String> =
            pack().persons.iter().flat_map(|person| person.posts.iter().map(ToString::to_string)).collect();
        assert_eq!(bureau.iter().cloned().collect::<BTreeSet<_>>(), held);
        assert_eq!(bureau.len(), held.len(), "none twice");
    }

    #[test]
    fn a_role_has_its_level_and_the_duties_of_the_chain() {
        let roles = roles(&pack()).items;
        let role = |code: &str| roles.iter().find(|role| role.code == code).expect("a role");
        let head = role("T-GOV");
        assert_eq!((head.level(), head.superior.as_str()), (message::DivisionLevel::Township, "C-RRB"));
        assert_eq!(head.duties().collect::<Vec<_>>(), [DutyMessage::TownshipReviewer, DutyMessage::TownshipInspector]);
        assert!(role("ADM").duties.is_empty() && role("ADM").superior.is_empty());
    }

    #[test]
    fn divisions_know_their_parents_and_a_filter_takes_what_lies_inside() {
        let within = |division: &str| {
            let asked = ListDivisionsRequest { division: division.into(), ..ListDivisionsRequest::default() };
            divisions(&pack(), &asked)
        };
        let all = within("").expect("sound").items;
        assert_eq!(all[0].parent, "");
        assert!(all[1..].iter().all(|one| all.iter().any(|other| other.code == one.parent)));
        let town = within("430921129000").expect("sound").items;
        assert_eq!((town[0].code.as_str(), town[1].parent.as_str()), ("430921129000", "430921129000"));
        assert!(town.iter().all(|one| one.code.starts_with("430921129")));
        for strange in ["430921", "110101000000"] {
            let refused = within(strange).expect_err("not of the county").explain();
            assert_eq!((refused.code, refused.fields[0].field.as_str()), ("DIVISION", "division"), "{strange}");
        }
        let asked = ListPostsRequest { role: "KING".into(), ..ListPostsRequest::default() };
        let refused = posts(&pack(), &actor(&[]), &asked).expect_err("no role").explain();
        assert_eq!((refused.code, refused.fields[0].field.as_str()), ("ROLE", "role"));
    }
}
