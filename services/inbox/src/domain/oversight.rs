//! Who is told of a task that is not his to do (C29): the superior of the post that was asked, when nobody there may work on
//! it or it is overdue. Told, not assigned: it is shown and read, and neither claimed nor decided.
//!
//! Nothing is stored and no clock runs for it: both follow from the task, the county pack and the hour. So what is silent
//! never stays so, whatever was raised before, and whoever has lost a post since.

use std::collections::HashMap;

use kernel::{Actor, Pack, PersonId, Post};
use time::OffsetDateTime;

use super::state::State;

/// Why a superior is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// 逾期.
    Overdue,
    /// 无人可办: nobody holds the post, or each of its holders is barred.
    Nobody,
}

impl Told {
    /// Stable name, as in the contract.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Overdue => "OVERDUE",
            Self::Nobody => "NOBODY_ELIGIBLE",
        }
    }
}

/// Who holds which post, and which posts are below it.
#[derive(Debug, Clone, Default)]
pub struct Oversight {
    holders: HashMap<Post, Vec<PersonId>>,
    below: HashMap<Post, Vec<Post>>,
}

impl Oversight {
    /// As the county pack has it.
    #[must_use]
    pub fn of(pack: &Pack) -> Self {
        let mut oversight = Self::default();
        for person in &pack.persons {
            for post in &person.posts {
                oversight.holders.entry(post.clone()).or_default().push(person.id.clone());
            }
        }
        for post in pack.possible_posts() {
            if let Some(superior) = pack.superior(&post) {
                oversight.below.entry(superior.clone()).or_default().push(post);
            }
        }
        oversight
    }

    /// The posts below those that the actor holds, which are not the actor's own.
    pub fn below<'a>(&'a self, actor: &'a Actor) -> impl Iterator<Item = &'a Post> {
        let below = actor.posts.iter().filter_map(|post| self.below.get(post)).flatten();
        below.filter(|post| !actor.holds(post))
    }

    /// Who holds this post.
    #[must_use]
    pub fn holders(&self, post: &Post) -> &[PersonId] {
        self.holders.get(post).map(Vec::as_slice).unwrap_or_default()
    }

    /// Why this actor is told of the task now; none when it is the actor's own, or all is well with it.
    #[must_use]
    pub fn tells(&self, task: &State, actor: &Actor, at: OffsetDateTime) -> Option<Told> {
        let candidate = &task.request.candidate;
        if !task.is_open() || !self.below(actor).any(|post| post == candidate) {
            return None;
        }
        if self.holders(candidate).iter().all(|person| task.request.excluded.contains(person)) {
            return Some(Told::Nobody);
        }
        task.is_overdue(at).then_some(Told::Overdue)
    }
}

#[cfg(test)]
mod tests {
    use kernel::Decider as _;
    use time::Duration;

    use super::*;
    use crate::domain::{
        Event, Request, Task,
        fixtures::{START, request, wu},
    };

    fn someone(id: &str, post: &str) -> Actor {
        let posts = vec![post.parse().expect("a post")];
        Actor { person: PersonId(id.into()), name: id.into(), posts, on_behalf_of: None }
    }

    fn task(candidate: &str, excluded: &[&str]) -> State {
        let candidate = candidate.parse().expect("a post");
        let excluded = excluded.iter().map(|id| PersonId((*id).into())).collect();
        let request = Request { candidate, excluded, ..request() };
        let raised = Event::TaskRaised { request: Box::new(request), at: START };
        let Task::Raised(task) = Task::fold(&[raised]) else { panic!("it is raised") };
        *task
    }

    #[test]
    fn c29_the_superior_is_told_of_what_is_late_and_at_once_of_what_nobody_can_do() {
        let oversight = Oversight::of(&runtime::testing::pack());
        let release = "C-FIN-REL@430921000000-FIN";
        let finance = someone("430921-0012", "C-FIN@430921000000-FIN");
        let tells = |task: &State, who: &Actor, days| oversight.tells(task, who, START + Duration::days(days));
        let waiting = task(release, &["430921-0014"]);
        assert_eq!(tells(&waiting, &finance, 0), None, "the releaser may");
        assert_eq!(tells(&waiting, &finance, 99), Some(Told::Overdue));
        assert_eq!(tells(&waiting, &someone("x", "C-FIN-REV@430921000000-FIN"), 99), None, "a desk beside it");
        let stuck = task(
            release,
            &oversight.holders(&waiting.request.candidate).iter().map(|id| id.0.as_str()).collect::<Vec<_>>(),
        );
        assert_eq!(tells(&stuck, &finance, 0), Some(Told::Nobody));
        assert_eq!(tells(&stuck, &wu(), 0), None);
        let vacant = task("C-FIN-REL@430921000000-AGR", &[]);
        assert_eq!(tells(&vacant, &finance, 0), Some(Told::Nobody), "nobody holds that post");
        let own = Actor { posts: vec![finance.posts[0].clone(), waiting.request.candidate.clone()], ..finance };
        assert_eq!(tells(&waiting, &own, 99), None, "it is his own");
    }
}
