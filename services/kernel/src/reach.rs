//! What of a county's projects somebody reads (职责范围, SOD-4): a village its own, a township those of its villages, the
//! county's bureaux all; a sector department and an expert only what they are asked about. An administrator reads none.
//!
//! Each room says who is asked about a project as *seats*; that is all that it must keep beside the village.

use crate::{Actor, Division, PersonId, Post, Role, refusal::Common};

/// Roles that read what they are asked about, and nothing else.
const ASKED_ONLY: [Role; 2] = [Role::SectorDepartment, Role::Expert];

/// Which projects somebody reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// What the codes of the divisions begin with in which all is read.
    pub prefixes: Vec<String>,
    /// The seats whose projects are read: see [`seat`].
    pub seats: Vec<String>,
}

/// Who is asked, as texts are compared: a post, an expert's with the person.
#[must_use]
pub fn seat(post: &Post, person: Option<&PersonId>) -> String {
    match person {
        Some(person) => format!("{post}/{person}"),
        None => post.to_string(),
    }
}

impl Reach {
    /// What this actor reads.
    #[must_use]
    pub fn of(actor: &Actor) -> Self {
        let posts = actor.posts.iter().filter(|post| post.role != Role::Administrator);
        let (asked_only, whole): (Vec<&Post>, Vec<&Post>) = posts.partition(|post| ASKED_ONLY.contains(&post.role));
        let own = |post: &Post| match post.role {
            Role::Expert => actor.persons().map(|person| seat(post, Some(person))).collect(),
            _ => vec![seat(post, None)],
        };
        Self {
            prefixes: whole.into_iter().map(|post| post.org.division().prefix().to_owned()).collect(),
            seats: asked_only.into_iter().flat_map(own).collect(),
        }
    }

    /// Whether a project of this village, about which these seats are asked, is read.
    #[must_use]
    pub fn reads(&self, village: Division, asked: &[String]) -> bool {
        let lies_within = |prefix: &String| village.as_str().starts_with(prefix.as_str());
        self.prefixes.iter().any(lies_within) || asked.iter().any(|seat| self.seats.contains(seat))
    }

    /// Whether everything of this county is read.
    #[must_use]
    pub fn reads_all_of(&self, county: Division) -> bool {
        self.prefixes.iter().any(|prefix| county.prefix().starts_with(prefix.as_str()))
    }

    /// Whether no project can be read at all: an administrator's.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.prefixes.is_empty() && self.seats.is_empty()
    }
}

impl Actor {
    /// What this actor reads.
    #[must_use]
    pub fn reach(&self) -> Reach {
        Reach::of(self)
    }

    /// Refuses whoever does not read a project of this village, about which these seats are asked. The refusal says nothing
    /// about the project, not even where it lies.
    ///
    /// # Errors
    /// [`Common::Scope`].
    pub fn require_reach(&self, village: Division, asked: &[String]) -> Result<(), Common> {
        if self.reach().reads(village, asked) { Ok(()) } else { Err(self.out_of_reach()) }
    }

    /// Refuses whoever does not read the whole county.
    ///
    /// # Errors
    /// [`Common::Scope`].
    pub fn require_county(&self, county: Division) -> Result<(), Common> {
        if self.reach().reads_all_of(county) {
            return Ok(());
        }
        let whole = Role::ALL.iter().filter(|role| role.code().starts_with("C-") && !ASKED_ONLY.contains(role));
        Err(Common::scope(self, whole.map(|role| role.code()).collect::<Vec<_>>().join(" / ")))
    }

    /// The refusal of what lies beyond this actor's reach.
    #[must_use]
    pub fn out_of_reach(&self) -> Common {
        Common::scope(self, "负责该项目的单位 one that is responsible for the project or asked about it")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VILLAGE: &str = "430921129201";

    fn actor(posts: &[&str]) -> Actor {
        let posts = posts.iter().map(|post| post.parse().expect("a test's post")).collect();
        Actor { person: PersonId("p".into()), name: "甲".into(), posts, on_behalf_of: None }
    }

    fn reads(post: &str, asked: &[&str]) -> bool {
        let asked: Vec<String> = asked.iter().map(|seat| (*seat).to_owned()).collect();
        actor(&[post]).reach().reads(VILLAGE.parse().expect("a test's village"), &asked)
    }

    #[test]
    fn villages_and_townships_read_their_own_and_bureaux_all() {
        for post in [
            "V-SEC@430921129201",
            "V-COL@430921129201-COL",
            "T-GOV@430921129000",
            "C-RRB@430921000000-RRB",
            "C-FIN@430921000000-FIN",
            "C-FIN-REV@430921000000-FIN",
            "C-FIN-REL@430921000000-FIN",
            "C-LG@430921000000",
            "C-DISC@430921000000-DISC",
            "C-AUD@430921000000-AUD",
        ] {
            assert!(reads(post, &[]), "{post}");
        }
        for post in ["V-SEC@430921129202", "T-GOV@430921127000", "ADM@430921000000", "C-RRB@430922000000-RRB"] {
            assert!(!reads(post, &[post]), "{post}");
        }
    }

    #[test]
    fn a_department_and_an_expert_read_what_they_are_asked_about() {
        let (transport, expert) = ("C-SEC@430921000000-TRA", "C-EXP@430921000000-EXP");
        assert!(!reads(transport, &["C-SEC@430921000000-AGR"]));
        assert!(reads(transport, &["C-SEC@430921000000-AGR", transport]));
        assert!(!reads(expert, &[expert, "C-EXP@430921000000-EXP/q"]), "the post says nothing about the person");
        assert!(reads(expert, &["C-EXP@430921000000-EXP/p"]));
    }

    #[test]
    fn what_all_of_a_county_is_read_by_has_no_seat() {
        let county: Division = "430921000000".parse().expect("a test's county");
        assert!(actor(&["C-AUD@430921000000-AUD"]).reach().reads_all_of(county));
        for post in ["C-SEC@430921000000-TRA", "C-EXP@430921000000-EXP", "T-GOV@430921129000", "ADM@430921000000"] {
            assert!(!actor(&[post]).reach().reads_all_of(county), "{post}");
        }
        assert!(actor(&["ADM@430921000000"]).reach().is_empty());
        let no = actor(&["T-GOV@430921129000"]).require_county(county).expect_err("a township's");
        let roles = "C-RRB / C-FIN / C-FIN-REV / C-FIN-REL / C-LG / C-DISC / C-AUD";
        assert_eq!(crate::Refusal::explain(&no).limit.as_deref(), Some(roles));
    }
}
