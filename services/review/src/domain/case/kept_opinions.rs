//! A returned case never loses an opinion that is still valid: whoever agreed to what has not changed since, is not asked
//! again and goes on counting, whatever came between.

use std::collections::BTreeMap;

use kernel::{Decider as _, Post, TaskId, decision::Outcome, pack::SECTIONS};
use proptest::prelude::*;

use super::*;
use crate::domain::{
    Asked, Stage, TaskKind,
    story::{Story, departments, forwarded, the_leading_group},
};

const OUTCOMES: [Outcome; 3] = [Outcome::Approve, Outcome::Return, Outcome::Reject];

/// What each department last said, and of what: read from the facts alone.
fn said(events: &[Event]) -> BTreeMap<String, (Outcome, String)> {
    let mut asked: BTreeMap<TaskId, Asked> = BTreeMap::new();
    let mut said = BTreeMap::new();
    for event in events {
        if let Event::CaseOpened { asked: new, .. } | Event::CaseReopened { asked: new, .. } = event {
            asked.extend(new.iter().map(|asked| (asked.task, asked.clone())));
        }
        if let Event::OpinionGiven { task, decision, .. } = event {
            let Asked { post, judged, .. } = asked[task].clone();
            said.insert(post.to_string(), (decision.outcome, judged));
        }
    }
    said
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn who_agreed_to_what_has_not_changed_is_not_asked_again(
        rounds in prop::collection::vec((prop::collection::vec(0..3_usize, 8), prop::option::of(0..SECTIONS.len()), any::<bool>()), 1..6),
    ) {
        let posts = departments();
        let mut sections = forwarded(1).referral.sections;
        let mut story = Story::opened();
        for (number, (outcomes, changes, group_returns)) in (2_u32..).zip(rounds) {
            for (post, outcome) in posts.iter().zip(outcomes) {
                let waits = story.state().awaited().any(|opinion| opinion.asked.post == *post);
                story = if waits { story.decided(post, OUTCOMES[outcome]) } else { story };
            }
            let stage = story.stage();
            if stage == Stage::OfficeDecision || (stage == Stage::LeadingGroup && group_returns) {
                story = story.decided(&the_leading_group(), Outcome::Return);
            }
            if story.stage() != Stage::Returned {
                break;
            }
            if let Some(section) = changes {
                sections.insert(SECTIONS[section].to_owned(), format!("changed for round {number}"));
            }
            let mut again = forwarded(number);
            again.referral.sections = sections.clone();
            let before = said(&story.events);
            let referral = again.referral.clone();
            story = story.with(Command::ReopenCase(again));
            let state = story.state();
            let subject = &referral.subject;
            let sources: Vec<&str> = subject.budget.iter().map(|line| line.source.as_str()).collect();
            let pack = crate::domain::story::pack();
            for review in pack.reviews(&subject.category, &subject.sub_type, &sources) {
                let known = before.get(&review.post.to_string());
                let valid = known.is_some_and(|(outcome, judged)| *outcome == Outcome::Approve && *judged == referral.hash_of_sections(&review.sections));
                let of = |post: &Post| state.standing().filter(|opinion| opinion.asked.post == *post).collect::<Vec<_>>();
                let standing = of(&review.post);
                prop_assert_eq!(standing.len(), 1, "{} is counted once", review.post);
                prop_assert_eq!(standing[0].agrees(), valid, "{} in round {}", review.post, number);
            }
            prop_assert!(state.opinions.iter().all(|opinion| opinion.asked.task_kind != TaskKind::OverdueSupervision));
        }
        prop_assert!(Case::fold(&story.events) != Case::Unopened);
    }
}
