//! Who reads a case (SOD-4): a village its own, a township those of its villages, the county's bureaux all; a sector
//! department and an expert only what they are or were asked about.

use std::collections::BTreeSet;

use kernel::{Actor, Post, Role};

use super::{Asked, File};

/// Roles that read what they are or were asked about, and nothing else.
const ASKED_ONLY: [Role; 2] = [Role::SectorDepartment, Role::Expert];

/// What of all cases an actor reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// What the codes of the divisions begin with in which all is read.
    pub prefixes: Vec<String>,
    /// The seats whose cases are read: see [`Asked::seat`].
    pub seats: Vec<String>,
}

impl Asked {
    /// Who is asked: a post, an expert's with the person.
    #[must_use]
    pub fn seat(&self) -> String {
        match &self.assignee {
            Some(person) => format!("{}/{person}", self.post),
            None => self.post.to_string(),
        }
    }
}

impl File {
    /// Every seat that is or was asked, each once.
    #[must_use]
    pub fn seats_asked(&self) -> Vec<String> {
        distinct(self.opinions.iter().map(|opinion| opinion.asked.seat()))
    }

    /// Every post that is waited for, each once.
    #[must_use]
    pub fn waiting_for(&self) -> Vec<String> {
        distinct(self.waits_for().map(|opinion| opinion.asked.post.to_string()))
    }
}

fn distinct(names: impl Iterator<Item = String>) -> Vec<String> {
    names.collect::<BTreeSet<_>>().into_iter().collect()
}

impl Scope {
    /// What this actor reads; an administrator nothing.
    #[must_use]
    pub fn of(actor: &Actor) -> Self {
        let posts = actor.posts.iter().filter(|post| post.role != Role::Administrator);
        let (asked_only, whole): (Vec<&Post>, Vec<&Post>) = posts.partition(|post| ASKED_ONLY.contains(&post.role));
        let own = |post: &Post| match post.role {
            Role::Expert => actor.persons().map(|person| format!("{post}/{person}")).collect(),
            _ => vec![post.to_string()],
        };
        Self {
            prefixes: whole.into_iter().map(|post| post.org.division().prefix().to_owned()).collect(),
            seats: asked_only.into_iter().flat_map(own).collect(),
        }
    }

    /// Whether this case is read.
    #[must_use]
    pub fn contains(&self, file: &File) -> bool {
        let village = file.referral.subject.village.as_str();
        self.prefixes.iter().any(|prefix| village.starts_with(prefix.as_str()))
            || file.opinions.iter().any(|opinion| self.seats.contains(&opinion.asked.seat()))
    }
}

#[cfg(test)]
mod tests {
    use kernel::PersonId;

    use super::*;
    use crate::domain::story::{departments, person, stages};

    fn reads(actor: &Actor, stage: &str) -> bool {
        let (_, story, _) = stages().into_iter().find(|(known, ..)| *known == stage).expect("a stage");
        Scope::of(actor).contains(&story.file())
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
        let file = story.file();
        let seated = file
            .opinions
            .iter()
            .find_map(|opinion| Some(person(&opinion.asked.assignee.as_ref()?.0, &opinion.asked.post)));
        let seated = seated.expect("experts are asked");
        assert!(Scope::of(&seated).contains(&file));
        assert!(!Scope::of(&Actor { person: PersonId("another".into()), ..seated }).contains(&file));
    }
}
