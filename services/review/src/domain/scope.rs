//! Who is asked about a case, and so reads it (SOD-4): see [`kernel::Reach`]. A department reads what it is or was asked about;
//! an expert while on the panel.
//!
//! Who the experts are is for the county's bureaux alone until they have reported, so that nobody asks them for a favour.

use std::collections::BTreeSet;

use kernel::{Actor, PersonId, reach::seat, refusal::Common};

use super::{Asked, File, Opinion, Panel};

impl Asked {
    /// Who is asked: a post, an expert's with the person.
    #[must_use]
    pub fn seat(&self) -> String {
        seat(&self.post, self.assignee.as_ref())
    }
}

impl File {
    /// Every seat that reads the case, each once: whoever is or was asked, of the experts those who sit on the panel.
    #[must_use]
    pub fn seats_asked(&self) -> Vec<String> {
        let reads = |asked: &&Asked| asked.assignee.as_ref().is_none_or(|person| self.panel_has(person));
        distinct(self.opinions.iter().map(|opinion| &opinion.asked).filter(reads).map(Asked::seat))
    }

    /// Refuses who may not read the case.
    ///
    /// # Errors
    /// [`Common::Scope`].
    pub fn require_reader(&self, actor: &Actor) -> Result<(), Common> {
        actor.require_reach(self.referral.subject.village, &self.seats_asked())
    }

    /// Whether this actor may know who the experts are: the county's bureaux always, others once all have reported.
    #[must_use]
    pub fn shows_experts_to(&self, actor: &Actor) -> bool {
        let reported = self.panel.as_ref().is_some_and(|panel| !panel.reports.is_empty());
        let still_asked = self.awaited().any(|opinion| opinion.asked.assignee.is_some());
        actor.reach().reads_all_of(self.referral.subject.village.county()) || (reported && !still_asked)
    }

    /// The opinions that this actor may see; an expert's own always.
    pub fn opinions_shown_to(&self, actor: &Actor) -> impl Iterator<Item = &Opinion> {
        let all = self.shows_experts_to(actor);
        let own = |person: &PersonId| actor.persons().any(|known| known == person);
        self.opinions.iter().filter(move |opinion| all || opinion.asked.assignee.as_ref().is_none_or(own))
    }

    /// Everyone who sits on the panel: the post that was asked, and who.
    #[must_use]
    pub fn seats_of_panel(&self) -> Vec<(String, String)> {
        let members = self.panel.iter().flat_map(|panel| &panel.members);
        let asked = |person: &PersonId| {
            let asked = self.opinions.iter().find(|opinion| opinion.asked.assignee.as_ref() == Some(person))?;
            Some((asked.asked.post.to_string(), person.0.clone()))
        };
        members.filter_map(asked).collect()
    }

    fn panel_has(&self, person: &PersonId) -> bool {
        self.panel.as_ref().is_some_and(|panel| panel.members.contains(person))
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

impl Panel {
    /// How often its seats have changed.
    #[must_use]
    pub fn changes(&self) -> usize {
        self.draws.len() + self.left.len()
    }
}

#[cfg(test)]
mod tests {
    use kernel::Role;

    use super::*;
    use crate::domain::story::{departments, person, stages};

    fn reads(actor: &Actor, stage: &str) -> bool {
        let (_, story, _) = stages().into_iter().find(|(known, ..)| *known == stage).expect("a stage");
        story.file().require_reader(actor).is_ok()
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
        assert!(file.require_reader(&seated).is_ok());
        let another = Actor { person: PersonId("another".into()), ..seated.clone() };
        assert!(file.require_reader(&another).is_err());
        let mut left = file;
        left.panel.as_mut().expect("there is one").leave(&seated.person);
        assert!(left.require_reader(&seated).is_err(), "whoever has left the panel reads no more");
    }

    #[test]
    fn c12_a_village_learns_who_its_experts_are_with_their_report() {
        let (_, story, _) = stages().into_iter().find(|(stage, ..)| *stage == "EXPERT_REVIEW").expect("a stage");
        let mut file = story.file();
        let (village, bureau) = (holder_of("V-SEC@430921105201"), holder_of("C-RRB@430921000000-RRB"));
        let seats = |file: &File, who: &Actor| {
            file.opinions_shown_to(who).filter(|opinion| opinion.asked.assignee.is_some()).count()
        };
        assert!(seats(&file, &bureau) > 1 && file.shows_experts_to(&bureau));
        assert!(seats(&file, &village) == 0 && !file.shows_experts_to(&village));
        let of_one =
            file.opinions.iter().find_map(|opinion| Some((opinion.asked.assignee.clone()?, &opinion.asked.post)));
        let (person_id, post) = of_one.expect("experts are asked");
        assert_eq!(seats(&file, &person(&person_id.0, post)), 1, "an expert judges before hearing the others");
        file.opinions.iter_mut().for_each(|opinion| opinion.lapsed |= opinion.asked.assignee.is_some());
        assert!(!file.shows_experts_to(&village), "there is no report");
    }
}
