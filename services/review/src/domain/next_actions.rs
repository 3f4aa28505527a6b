//! What the caller may do with a case now. A hint for a page, so that no client hard-codes buttons, and not a promise: what
//! a decision must contain is judged when it is given. A test has everyone decide in every stage, and compares.

use kernel::{Actor, Duties, duty::Exclusions};

use super::{listing::OpenTask, record::Asked, state::State};

/// The tasks that wait and may be decided: none while the project is suspended.
#[must_use]
pub fn open_tasks(state: &State) -> Vec<OpenTask> {
    let open = |asked: &Asked| {
        let duty = asked.task_kind.duty();
        let others = state.duties.0.iter().filter(|act| act.duty != duty);
        OpenTask {
            post: asked.post.clone(),
            assignee: asked.assignee.clone(),
            barred: state.spoke_elsewhere(asked),
            duty: Some(duty),
            acts: Duties(others.cloned().collect()),
        }
    };
    state.waits_for().map(|opinion| open(&opinion.asked)).collect()
}

/// The methods that these tasks offer this actor: `CompleteTask` of the inbox, when one of them is the actor's.
#[must_use]
pub fn next_actions(tasks: &[OpenTask], actor: &Actor, exclusions: &Exclusions) -> Vec<&'static str> {
    let is_theirs = |task: &OpenTask| {
        actor.holds(&task.post)
            && task.assignee.as_ref().is_none_or(|person| *person == actor.person)
            && !actor.persons().any(|person| task.barred.contains(person))
            && task.duty.is_none_or(|duty| task.acts.permit(actor, duty, exclusions).is_ok())
    };
    if tasks.iter().any(is_theirs) { vec!["CompleteTask"] } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use kernel::{Decider as _, PersonId, decision::Outcome};

    use super::*;
    use crate::domain::{
        Balances, Case, Command, Complete,
        story::{NOW, SEED, decision, departments, holder, pack, person, plenty, stages, the_leading_group},
    };

    fn actors(state: &State) -> Vec<Actor> {
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
        let experts = state
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
            let (case, state) = (Case::fold(&story.events), story.state());
            for actor in actors(&state) {
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
                        reserved: Balances::new(),
                        at: NOW,
                    })
                };
                let mut asked = state.opinions.iter().map(|opinion| &opinion.asked);
                let possible = asked.any(|asked| case.decide(completes(asked)).is_ok());
                let offered = next_actions(&open_tasks(&state), &actor, &pack().exclusions);
                assert_eq!(offered == ["CompleteTask"], possible, "{stage} by {} of {:?}", actor.name, actor.posts);
                offered_to += offered.len();
            }
        }
        assert!(offered_to >= 5, "each open stage offers it to somebody");
    }
}
