//! The persons of the county pack, as a story needs them.

use std::sync::Arc;

use kernel::{Actor, Division, Duties, Duty, Pack, PersonId, Post, Role, pack::Person};

fn actor(person: &Person) -> Actor {
    Actor { person: person.id.clone(), name: person.name.clone(), posts: person.posts.clone(), on_behalf_of: None }
}

/// Who holds that role over that place.
pub fn holders(pack: &Pack, role: Role, place: Division) -> Vec<Actor> {
    let holds = |post: &Post| post.role == role && post.org.division().contains(place);
    pack.persons.iter().filter(|person| person.posts.iter().any(holds)).map(actor).collect()
}

/// Who holds that very post.
pub fn on_post(pack: &Pack, post: &Post) -> Vec<Actor> {
    pack.persons.iter().filter(|person| person.posts.contains(post)).map(actor).collect()
}

/// The first person of that role over that place whom no duty in the project forbids this one.
pub fn free(pack: &Pack, roles: &[Role], place: Division, duties: &Duties, duty: Duty) -> Actor {
    let mut found = roles.iter().flat_map(|role| holders(pack, *role, place));
    found.find(|person| duties.permit(person, duty, &pack.exclusions).is_ok()).expect("the county has someone left")
}

/// The villages of the county.
pub fn villages(pack: &Pack) -> Vec<Division> {
    let held = |code: Division| !holders(pack, Role::VillageCommittee, code).is_empty();
    let codes = pack.divisions.iter().map(|entry| entry.code);
    codes.filter(|code| code.level() == kernel::division::Level::Village && held(*code)).collect()
}

/// One who holds an account and no business post.
pub fn administrator(pack: &Arc<Pack>) -> Actor {
    holders(pack, Role::Administrator, pack.county.division).remove(0)
}

/// Another person of that name, without a post.
pub fn stranger(like: &Actor) -> Actor {
    Actor { person: PersonId(format!("stranger-to-{}", like.person)), posts: Vec::new(), ..like.clone() }
}
