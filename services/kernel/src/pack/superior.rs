//! Who is above whom (上级): the post that is told when nobody can work on a task, or it is overdue. Told, not assigned.
//!
//! Village → head of its township; township's staff → its head; its head → revitalization bureau; payment desks → finance
//! bureau; county departments → leading group, and the leading group → discipline. A post that nobody holds is passed over.

use super::Pack;
use crate::{OrgCode, Post, Role, division::Level};

/// Steps up at most: from a village to whoever watches the leading group, and once more around.
const STEPS: usize = 6;

impl Role {
    /// The role above this one; none for who has no business right.
    #[must_use]
    pub fn superior(self) -> Option<Self> {
        match self {
            Self::VillageCommittee
            | Self::VillageWorkTeam
            | Self::VillageAssembly
            | Self::VillageSupervision
            | Self::VillageCollective
            | Self::TownshipClerk
            | Self::TownshipFinance => Some(Self::TownshipHead),
            Self::TownshipHead => Some(Self::RevitalizationBureau),
            Self::PaymentReviewer | Self::PaymentReleaser => Some(Self::FinanceBureau),
            Self::RevitalizationBureau
            | Self::FinanceBureau
            | Self::SectorDepartment
            | Self::Expert
            | Self::Discipline
            | Self::Audit => Some(Self::LeadingGroup),
            Self::LeadingGroup => Some(Self::Discipline),
            Self::Administrator => None,
        }
    }

    /// The level that posts of this role belong to (岗位层级).
    #[must_use]
    pub fn level(self) -> Level {
        match self {
            Self::VillageCommittee
            | Self::VillageWorkTeam
            | Self::VillageAssembly
            | Self::VillageSupervision
            | Self::VillageCollective => Level::Village,
            Self::TownshipClerk | Self::TownshipHead | Self::TownshipFinance => Level::Township,
            Self::RevitalizationBureau
            | Self::FinanceBureau
            | Self::PaymentReviewer
            | Self::PaymentReleaser
            | Self::SectorDepartment
            | Self::Expert
            | Self::LeadingGroup
            | Self::Discipline
            | Self::Audit
            | Self::Administrator => Level::County,
        }
    }
}

impl Pack {
    /// The post above this one that somebody holds.
    #[must_use]
    pub fn superior(&self, post: &Post) -> Option<&Post> {
        let mut role = post.role;
        for _ in 0..STEPS {
            role = role.superior()?;
            let above = |held: &&Post| held.role == role && held.org.division().contains(post.org.division());
            if let Some(found) = self.persons.iter().flat_map(|person| &person.posts).find(above) {
                return (found != post).then_some(found);
            }
        }
        None
    }

    /// Every post that a task may be for, held or not: each role at each organisation of its level.
    pub fn possible_posts(&self) -> impl Iterator<Item = Post> {
        let of_level = |code: &OrgCode| {
            let level = code.division().level();
            Role::ALL.iter().filter(move |role| role.level() == level)
        };
        let at = move |code: &OrgCode| {
            let code = code.clone();
            of_level(&code).map(|role| Post::new(*role, code.clone())).collect::<Vec<_>>()
        };
        self.organisations.iter().flat_map(move |organisation| at(&organisation.code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::example::files;

    #[test]
    fn c29_everybody_has_a_superior_who_is_somebody() {
        let pack = Pack::parse(&files()).unwrap_or_else(|errors| panic!("{errors:#?}"));
        let above = |post: &str| {
            let post: Post = post.parse().expect("a post");
            pack.superior(&post).map(ToString::to_string)
        };
        for (post, superior) in [
            ("V-SEC@110101001201", Some("T-GOV@110101001000")),
            ("T-OPR@110101001000", Some("T-GOV@110101001000")),
            ("T-GOV@110101001000", Some("C-RRB@110101000000-RRB")),
            ("C-FIN-REL@110101000000-FIN", Some("C-FIN@110101000000-FIN")),
            ("C-FIN@110101000000-FIN", Some("C-LG@110101000000")),
            ("C-SEC@110101000000-AGR", Some("C-LG@110101000000")),
            // Nobody holds discipline's post here, and above it stands whom it watches.
            ("C-LG@110101000000", None),
            // Nobody is the head of that township: the bureau is told.
            ("T-OPR@110101002000", Some("C-RRB@110101000000-RRB")),
            ("ADM@110101000000", None),
        ] {
            assert_eq!(above(post).as_deref(), superior, "{post}");
        }
    }

    #[test]
    fn c29_a_post_that_nobody_holds_may_still_be_asked() {
        let pack = Pack::parse(&files()).unwrap_or_else(|errors| panic!("{errors:#?}"));
        let posts: Vec<String> = pack.possible_posts().map(|post| post.to_string()).collect();
        for post in ["T-OPR@110101001000", "V-COL@110101001201", "C-FIN-REL@110101000000-FIN"] {
            assert!(posts.iter().any(|known| known == post), "{post}");
        }
        assert!(!posts.iter().any(|known| known == "T-GOV@110101001201"), "a village has no township head");
    }
}
