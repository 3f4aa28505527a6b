//! The draw (随机抽取): who of the register sits on a panel. The seed comes with the command and is recorded with all who
//! could have been drawn and all who could not, so that anyone can draw again and find the same persons.

use kernel::{OrgCode, Pack, PersonId, id::sha256_hex, pack::Person};
use uuid::Uuid;

use crate::domain::{
    record::{Bar, Barred, Draw, Subject, TaskKind},
    state::State,
};

/// Draws so many from the register for this case; when fewer are left, how many there are.
///
/// # Errors
/// The number of candidates, when they are too few.
pub fn from_register(state: &State, pack: &Pack, seed: Uuid, count: usize) -> Result<Draw, usize> {
    let (mut candidates, mut barred) = (Vec::new(), Vec::new());
    for (person, _) in pack.experts() {
        match bar_of(state, person, pack) {
            None => candidates.push(person.id.clone()),
            Some(bar) => barred.push(Barred { person: person.id.clone(), bar }),
        }
    }
    if candidates.len() < count {
        return Err(candidates.len());
    }
    let drawn = draw(seed, &candidates, count);
    Ok(Draw { seed, candidates, barred, drawn })
}

/// The draw itself: candidates in the order of the hash of seed and id, the first so many.
#[must_use]
pub fn draw(seed: Uuid, candidates: &[PersonId], count: usize) -> Vec<PersonId> {
    let lot = |person: &PersonId| sha256_hex(format!("{seed}:{person}").as_bytes());
    let mut ranked: Vec<(String, &PersonId)> = candidates.iter().map(|person| (lot(person), person)).collect();
    ranked.sort();
    ranked.into_iter().take(count).map(|(_, person)| person.clone()).collect()
}

fn bar_of(state: &State, person: &Person, pack: &Pack) -> Option<Bar> {
    let panel = state.panel.as_ref();
    if panel.is_some_and(|panel| panel.members.contains(&person.id)) {
        return Some(Bar::Seated);
    }
    if panel.is_some_and(|panel| panel.left.contains(&person.id)) {
        return Some(Bar::Left);
    }
    if state.duties.permit_person(&person.id, TaskKind::ExpertReview.duty(), &pack.exclusions).is_err() {
        return Some(Bar::Duty);
    }
    has_interest(person, &state.referral.subject).then_some(Bar::Interest)
}

/// An interest is the code of an organisation of the village or its township, or the name of an operator.
fn has_interest(person: &Person, subject: &Subject) -> bool {
    let village = subject.village;
    person.interests.iter().any(|interest| match interest.parse::<OrgCode>() {
        Ok(org) => org.division() == village || org.division() == village.township(),
        Err(_) => subject.operator.contains(interest.as_str()),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn people(count: usize) -> Vec<PersonId> {
        (0..count).map(|nth| PersonId(format!("expert-{nth}"))).collect()
    }

    #[test]
    fn the_same_seed_draws_the_same_persons_whatever_the_order_of_the_register() {
        let (seed, register) = (Uuid::from_u128(7), people(9));
        let drawn = draw(seed, &register, 5);
        let mut turned = register.clone();
        turned.reverse();
        assert_eq!(drawn, draw(seed, &turned, 5));
        assert_eq!(drawn.iter().collect::<BTreeSet<_>>().len(), 5, "nobody is drawn twice");
    }

    #[test]
    fn each_expert_is_drawn_about_as_often_as_the_others() {
        let register = people(9);
        let times = |person: &PersonId| {
            (0..900_u128).filter(|seed| draw(Uuid::from_u128(*seed), &register, 3).contains(person)).count()
        };
        for person in &register {
            assert!((230..=370).contains(&times(person)), "{person} is drawn {} of 900 times", times(person));
        }
    }
}
