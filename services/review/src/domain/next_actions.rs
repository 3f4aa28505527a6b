//! What the caller may do with a case now. A hint for a page, so that no client hard-codes buttons, and not a promise: what
//! a decision must contain is judged when it is given. A test has everyone decide in every stage, and compares.

use kernel::{Actor, Duties, Duty, PersonId, Post, duty::Exclusions};
use serde::{Deserialize, Serialize};

use super::{Asked, File, duty_of};

/// A task that waits on somebody's desk, and who may not decide it. Kept with the row of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Desk {
    /// The post that is asked.
    pub post: Post,
    /// The one person who is asked, where each holder is asked alone.
    pub assignee: Option<PersonId>,
    /// Who spoke for another department; in rows of before, also who had another duty.
    pub barred: Vec<PersonId>,
    /// The duty that deciding it is; none in rows of before.
    #[serde(default)]
    pub duty: Option<Duty>,
    /// Who had another duty in the project.
    #[serde(default)]
    pub acts: Duties,
}

impl File {
    /// The tasks that wait and may be decided: none while the project is suspended.
    #[must_use]
    pub fn desks(&self) -> Vec<Desk> {
        let desk = |asked: &Asked| {
            let duty = duty_of(asked.task_kind);
            let others = self.duties.0.iter().filter(|act| act.duty != duty);
            Desk {
                post: asked.post.clone(),
                assignee: asked.assignee.clone(),
                barred: self.spoke_elsewhere(asked),
                duty: Some(duty),
                acts: Duties(others.cloned().collect()),
            }
        };
        self.waits_for().map(|opinion| desk(&opinion.asked)).collect()
    }
}

/// The methods that these desks offer this actor: `CompleteTask` of the inbox, when one of them is the actor's.
#[must_use]
pub fn next_actions(desks: &[Desk], actor: &Actor, exclusions: &Exclusions) -> Vec<&'static str> {
    let is_theirs = |desk: &Desk| {
        actor.holds(&desk.post)
            && desk.assignee.as_ref().is_none_or(|person| *person == actor.person)
            && !actor.persons().any(|person| desk.barred.contains(person))
            && desk.duty.is_none_or(|duty| desk.acts.permit(actor, duty, exclusions).is_ok())
    };
    if desks.iter().any(is_theirs) { vec!["CompleteTask"] } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use kernel::{Decider as _, decision::Outcome};

    use super::*;
    use crate::domain::{
        Case, Command, Complete,
        story::{NOW, SEED, decision, departments, holder, pack, person, plenty, stages, the_leading_group},
    };

    fn actors(file: &File) -> Vec<Actor> {
        let posts =
            [departments(), vec![the_leading_group(), "ADM@430921000000-ADM".parse().expect("a post")]].concat();
        let mut actors: Vec<Actor> = posts.iter().map(holder).collect();
        // Somebody with a duty elsewhere in the project, and a colleague who acts for such a person.
        actors.extend(posts.iter().map(|post| person("applicant", post)));
        actors.extend(
            posts
                .iter()
                .map(|post| Actor { on_behalf_of: Some(PersonId("township".into())), ..person("colleague", post) }),
        );
        // Who spoke for the first department holds the others' posts, too.
        actors.extend(posts.iter().map(|post| Actor { posts: vec![post.clone()], ..holder(&posts[0]) }));
        let experts = file
            .opinions
            .iter()
            .filter_map(|opinion| Some(person(&opinion.asked.assignee.as_ref()?.0, &opinion.asked.post)));
        actors.extend(experts);
        actors
    }

    #[test]
    fn what_is_possible_is_offered_and_nothing_else() {
        let mut offered_to = 0;
        for (stage, story, _) in stages() {
            let story = match stage {
                "DEPARTMENTS" => story.decided(&departments()[0], Outcome::Approve),
                _ => story,
            };
            let (case, file) = (Case::fold(&story.events), story.file());
            for actor in actors(&file) {
                let completes = |asked: &Asked| {
                    let decision = decision(asked, asked.task_kind.outcomes()[0]);
                    let Asked { task, task_kind, .. } = asked.clone();
                    let (actor, pack) = (actor.clone(), pack());
                    let balances = plenty();
                    Command::CompleteTask(Complete {
                        task,
                        task_kind,
                        decision,
                        actor,
                        pack,
                        seed: SEED,
                        balances,
                        reserved: crate::domain::guarantee::Balances::new(),
                        at: NOW,
                    })
                };
                let mut asked = file.opinions.iter().map(|opinion| &opinion.asked);
                let possible = asked.any(|asked| case.decide(completes(asked)).is_ok());
                let offered = next_actions(&file.desks(), &actor, &pack().exclusions);
                assert_eq!(offered == ["CompleteTask"], possible, "{stage} by {} of {:?}", actor.name, actor.posts);
                offered_to += offered.len();
            }
        }
        assert!(offered_to >= 5, "each open stage offers it to somebody");
    }
}
