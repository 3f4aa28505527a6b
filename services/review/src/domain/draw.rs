//! The draw (随机抽取): who of the register sits on a panel. The seed comes with the command and is recorded with all who
//! could have been drawn and all who could not, so that anyone can draw again and find the same persons.

use kernel::{OrgCode, Pack, PersonId, id::sha256_hex, pack::Person};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{File, Subject, duty_of, opinion::TaskKind};

/// One draw from the register of experts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draw {
    /// What the chance was.
    pub seed: Uuid,
    /// Who could be drawn, in order of id.
    pub candidates: Vec<PersonId>,
    /// Who stands in the register and could not.
    pub barred: Vec<Barred>,
    /// Who was drawn, in order of the draw.
    pub drawn: Vec<PersonId>,
}

/// An expert who could not be drawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Barred {
    /// Who.
    pub person: PersonId,
    /// Why not.
    pub bar: Bar,
}

/// Why an expert can't be drawn (回避事由).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Bar {
    /// Has another duty in the project (SOD-1).
    Duty,
    /// Has declared an interest in the village, its township or the operator (SOD-3).
    Interest,
    /// Has left this panel: recused, or replaced when late.
    Left,
    /// Sits on the panel already.
    Seated,
}

impl Bar {
    /// Stable name, as in the contract.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Duty => "DUTY",
            Self::Interest => "INTEREST",
            Self::Left => "LEFT",
            Self::Seated => "SEATED",
        }
    }
}

impl Draw {
    /// Draws so many from the register for this case; when fewer are left, how many there are.
    ///
    /// # Errors
    /// The number of candidates, when they are too few.
    pub fn from_register(file: &File, pack: &Pack, seed: Uuid, count: usize) -> Result<Self, usize> {
        let (mut candidates, mut barred) = (Vec::new(), Vec::new());
        for (person, _) in pack.experts() {
            match bar_of(file, person, pack) {
                None => candidates.push(person.id.clone()),
                Some(bar) => barred.push(Barred { person: person.id.clone(), bar }),
            }
        }
        if candidates.len() < count {
            return Err(candidates.len());
        }
        let drawn = draw(seed, &candidates, count);
        Ok(Self { seed, candidates, barred, drawn })
    }

    /// Everyone who stood in the register at that moment.
    pub fn register(&self) -> impl Iterator<Item = &PersonId> {
        self.candidates.iter().chain(self.barred.iter().map(|barred| &barred.person))
    }
}

/// The draw itself: candidates in the order of the hash of seed and id, the first so many.
#[must_use]
pub fn draw(seed: Uuid, candidates: &[PersonId], count: usize) -> Vec<PersonId> {
    let lot = |person: &PersonId| sha256_hex(format!("{seed}:{person}").as_bytes());
    let mut ranked: Vec<(String, &PersonId)> = candidates.iter().map(|person| (lot(person), person)).collect();
    ranked.sort();
    ranked.into_iter().take(count).map(|(_, person)| person.clone()).collect()
}

fn bar_of(file: &File, person: &Person, pack: &Pack) -> Option<Bar> {
    let panel = file.panel.as_ref();
    if panel.is_some_and(|panel| panel.members.contains(&person.id)) {
        return Some(Bar::Seated);
    }
    if panel.is_some_and(|panel| panel.left.contains(&person.id)) {
        return Some(Bar::Left);
    }
    if file.duties.permit_person(&person.id, duty_of(TaskKind::ExpertReview), &pack.exclusions).is_err() {
        return Some(Bar::Duty);
    }
    has_interest(person, &file.referral.subject).then_some(Bar::Interest)
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
