//! The merged return list (合并退回清单): the village gets one list from the county instead of one from each who asks. What
//! stays in the county is [`super::way_back`]'s.

use super::{
    event::Event,
    record::{Opinion, ReturnedItem},
    state::State,
};

/// The merged return list (合并退回清单) of these opinions, in the order in which the departments were asked.
#[must_use]
pub fn merged<'a>(opinions: impl IntoIterator<Item = &'a Opinion>) -> Vec<ReturnedItem> {
    let items_of = |opinion: &'a Opinion| {
        let corrections = opinion.decision.iter().flat_map(|decision| &decision.corrections);
        corrections
            .map(|correction| ReturnedItem { correction: correction.clone(), asked_by: opinion.asked.post.clone() })
    };
    opinions.into_iter().flat_map(items_of).collect()
}

/// The decision of the office or the leading group to return, and the list: what departments and experts asked for in
/// this round and still stands, then what is asked for here.
#[must_use]
pub fn returned(state: &State, decided: Event) -> Vec<Event> {
    let after = state.after(&decided);
    let counts = |opinion: &&Opinion| opinion.asked.round == state.referral.round && !opinion.lapsed;
    let items = merged(after.opinions.iter().filter(counts));
    vec![decided, Event::CaseReturned { items }]
}
