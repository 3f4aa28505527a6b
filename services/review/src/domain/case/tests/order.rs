//! What holds in whatever order opinions come.

use super::*;

const OUTCOMES: [Outcome; 3] = [Outcome::Approve, Outcome::Return, Outcome::Reject];

fn permutations(items: &[usize]) -> Vec<Vec<usize>> {
    if items.is_empty() {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for (index, first) in items.iter().enumerate() {
        let rest: Vec<usize> = items[..index].iter().chain(&items[index + 1..]).copied().collect();
        all.extend(permutations(&rest).into_iter().map(|tail| [vec![*first], tail].concat()));
    }
    all
}

/// The order in which departments answer decides nothing: not the stage, not the merged list.
#[test]
fn every_order_of_every_mix_of_three_opinions_ends_alike() {
    let posts = departments();
    let rest = posts[3..].iter().fold(Story::opened(), |story, post| story.decided(post, Outcome::Approve));
    for mix in 0..27_usize {
        let outcomes = [OUTCOMES[mix % 3], OUTCOMES[mix / 3 % 3], OUTCOMES[mix / 9]];
        let mut ends = permutations(&[0, 1, 2]).into_iter().map(|order| {
            let state =
                order.iter().fold(rest.clone(), |story, &seat| story.decided(&posts[seat], outcomes[seat])).state();
            (state.stage, state.returned)
        });
        let first = ends.next().expect("six orders");
        let expected = match outcomes {
            mix if mix.contains(&Outcome::Reject) => Stage::OfficeDecision,
            mix if mix.contains(&Outcome::Return) => Stage::Returned,
            _ => Stage::LeadingGroup,
        };
        assert_eq!(first.0, expected, "{outcomes:?}");
        assert!(ends.all(|end| end == first), "{outcomes:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever comes in whatever order: at most one end, nothing after it, no return or conclusion while an opinion is
    /// awaited, no opinion given twice, none while the project is suspended.
    #[test]
    fn no_sequence_breaks_a_case(steps in prop::collection::vec((0..9_usize, 0..3_usize), 1..40)) {
        let mut story = Story::opened();
        let posts = [departments(), vec![the_leading_group()]].concat();
        for (seat, outcome) in steps {
            let state = story.state();
            let post = &posts[seat % posts.len()];
            let command = match state.opinions.iter().any(|opinion| opinion.asked.post == *post) {
                true => story.completing(post, OUTCOMES[outcome]),
                false => forward(state.referral.round + 1),
            };
            let command = if state.stage == Stage::Returned { forward(state.referral.round + 1) } else { command };
            let begun = story.events.iter().filter(|event| matches!(event, Event::CaseSuspended { .. })).count();
            let begun = u32::try_from(begun).expect("few");
            let command = match (seat, outcome) {
                (6, _) => suspend(begun + 1),
                (7, _) => resume(begun, 1),
                (8, 0) => withdraw(),
                _ => command,
            };
            let judges = matches!(command, Command::CompleteTask(_));
            if let Ok(events) = Case::fold(&story.events).decide(command) {
                prop_assert!(!state.stage.is_over() || events.is_empty());
                prop_assert!(!judges || state.suspensions.standing().is_none());
                story.events.extend(events);
            }
            let state = story.state();
            match state.stage {
                Stage::Departments | Stage::ExpertReview => prop_assert!(state.awaited().count() > 0),
                Stage::OfficeDecision | Stage::LeadingGroup => prop_assert_eq!(state.awaited().count(), 1),
                Stage::Returned | Stage::Approved(_) | Stage::Rejected | Stage::Withdrawn { .. } => {
                    prop_assert_eq!(state.awaited().count(), 0);
                }
            }
        }
        let ended = |event: &&Event| {
            matches!(event, Event::CaseApproved { .. } | Event::CaseRejected | Event::CaseWithdrawn { .. })
        };
        prop_assert!(story.events.iter().filter(ended).count() <= 1);
        let state = story.state();
        let mut tasks: Vec<_> = state.opinions.iter().map(|opinion| opinion.asked.task).collect();
        tasks.sort();
        tasks.dedup();
        prop_assert_eq!(tasks.len(), state.opinions.len());
        prop_assert_eq!(state.project, PROJECT);
    }
}
