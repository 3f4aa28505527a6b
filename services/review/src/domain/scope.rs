//! Who is asked about a case, and so reads it (SOD-4): see [`kernel::Reach`]. A department reads what it is or was asked about;
//! an expert while on the panel.
//!
//! Who the experts are is for the county's bureaux alone until they have reported, so that nobody asks them for a favour.

use std::collections::BTreeSet;

use kernel::{Actor, PersonId, refusal::Common};

use super::{
    record::{Asked, Opinion},
    state::State,
};

/// Every seat that reads the case, each once: whoever is or was asked, of the experts those who sit on the panel.
#[must_use]
pub fn seats_asked(state: &State) -> Vec<String> {
    let reads = |asked: &&Asked| asked.assignee.as_ref().is_none_or(|person| is_on_panel(state, person));
    distinct(state.opinions.iter().map(|opinion| &opinion.asked).filter(reads).map(Asked::seat))
}

/// Refuses who may not read the case.
///
/// # Errors
/// [`Common::Scope`].
pub fn require_reader(state: &State, actor: &Actor) -> Result<(), Common> {
    actor.require_reach(state.referral.subject.village, &seats_asked(state))
}

/// Whether this actor may know who the experts are: the county's bureaux always, others once all have reported.
#[must_use]
pub fn shows_experts_to(state: &State, actor: &Actor) -> bool {
    let reported = state.panel.as_ref().is_some_and(|panel| !panel.reports.is_empty());
    let still_asked = state.awaited().any(|opinion| opinion.asked.assignee.is_some());
    actor.reach().reads_all_of(state.referral.subject.village.county()) || (reported && !still_asked)
}

/// The opinions that this actor may see; an expert's own always.
pub fn opinions_shown_to<'a>(state: &'a State, actor: &'a Actor) -> impl Iterator<Item = &'a Opinion> {
    let all = shows_experts_to(state, actor);
    let own = |person: &PersonId| actor.persons().any(|known| known == person);
    state.opinions.iter().filter(move |opinion| all || opinion.asked.assignee.as_ref().is_none_or(own))
}

/// Everyone who sits on the panel: the post that was asked, and who.
#[must_use]
pub fn seats_of_panel(state: &State) -> Vec<(String, String)> {
    let members = state.panel.iter().flat_map(|panel| &panel.members);
    let asked = |person: &PersonId| {
        let asked = state.opinions.iter().find(|opinion| opinion.asked.assignee.as_ref() == Some(person))?;
        Some((asked.asked.post.to_string(), person.0.clone()))
    };
    members.filter_map(asked).collect()
}

fn is_on_panel(state: &State, person: &PersonId) -> bool {
    state.panel.as_ref().is_some_and(|panel| panel.members.contains(person))
}

/// Every post that is waited for, each once.
#[must_use]
pub fn waiting_for(state: &State) -> Vec<String> {
    distinct(state.waits_for().map(|opinion| opinion.asked.post.to_string()))
}

fn distinct(names: impl Iterator<Item = String>) -> Vec<String> {
    names.collect::<BTreeSet<_>>().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use kernel::Role;

    use super::*;
    use crate::domain::story::{departments, person, stages};

    fn reads(actor: &Actor, stage: &str) -> bool {
        let (_, story, _) = stages().into_iter().find(|(known, ..)| *known == stage).expect("a stage");
        require_reader(&story.state(), actor).is_ok()
    }

    fn holder_of(post: &str) -> Actor {
        person("somebody", &post.parse().expect("a post"))
    }

    #[test]
    fn villages_and_townships_read_their_own_and_bureaux_all() {
        for post in ["V-SEC@430921105201", "T-GOV@430921105000", "C-RRB@430921000000-RRB", "C-DISC@430921000000-DISC"] {
            assert!(reads(&holder_of(post), "DEPARTMENTS"), "{post}");
        }
        for post in ["V-SEC@430921105202", "T-GOV@430921129000", "ADM@430921000000-ADM"] {
            assert!(!reads(&holder_of(post), "DEPARTMENTS"), "{post}");
        }
    }

    #[test]
    fn a_department_reads_what_it_is_or_was_asked_about() {
        let asked = departments().into_iter().find(|post| post.role == Role::SectorDepartment).expect("one is asked");
        assert!(reads(&person("somebody", &asked), "DEPARTMENTS"));
        assert!(reads(&person("somebody", &asked), "APPROVED"), "also afterwards");
        let other = holder_of("C-SEC@430921000000-HSE");
        assert!(!departments().contains(&other.posts[0]));
        assert!(!reads(&other, "DEPARTMENTS"));
    }

    #[test]
    fn an_expert_reads_what_that_person_is_asked_about() {
        let (_, story, _) = stages().into_iter().find(|(stage, ..)| *stage == "EXPERT_REVIEW").expect("a stage");
        let state = story.state();
        let seated = state
            .opinions
            .iter()
            .find_map(|opinion| Some(person(&opinion.asked.assignee.as_ref()?.0, &opinion.asked.post)));
        let seated = seated.expect("experts are asked");
        assert!(require_reader(&state, &seated).is_ok());
        let another = Actor { person: PersonId("another".into()), ..seated.clone() };
        assert!(require_reader(&state, &another).is_err());
        let mut left = state;
        left.panel.as_mut().expect("there is one").leave(&seated.person);
        assert!(require_reader(&left, &seated).is_err(), "whoever has left the panel reads no more");
    }

    #[test]
    fn c12_a_village_learns_who_its_experts_are_with_their_report() {
        let (_, story, _) = stages().into_iter().find(|(stage, ..)| *stage == "EXPERT_REVIEW").expect("a stage");
        let mut state = story.state();
        let (village, bureau) = (holder_of("V-SEC@430921105201"), holder_of("C-RRB@430921000000-RRB"));
        let seats = |state: &State, who: &Actor| {
            opinions_shown_to(state, who).filter(|opinion| opinion.asked.assignee.is_some()).count()
        };
        assert!(seats(&state, &bureau) > 1 && shows_experts_to(&state, &bureau));
        assert!(seats(&state, &village) == 0 && !shows_experts_to(&state, &village));
        let of_one =
            state.opinions.iter().find_map(|opinion| Some((opinion.asked.assignee.clone()?, &opinion.asked.post)));
        let (person_id, post) = of_one.expect("experts are asked");
        assert_eq!(seats(&state, &person(&person_id.0, post)), 1, "an expert judges before hearing the others");
        state.opinions.iter_mut().for_each(|opinion| opinion.lapsed |= opinion.asked.assignee.is_some());
        assert!(!shows_experts_to(&state, &village), "there is no report");
    }
}
