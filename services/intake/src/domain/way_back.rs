//! The way back of what was returned (退回路径): whoever returns names the steps that it goes back to; it walks those in their
//! order and comes straight back. What nobody named stands, as long as the substance does.
//!
//! The village answers first, then votes or posts anew where that was named; the township's head answers in the next
//! decision, and the township posts anew. A failed vote, or a change of substance, ends the way: then every step comes again.

use kernel::{Pack, refusal::Common};
use time::OffsetDateTime;

use super::{
    Event, NoticeLevel, Occasion, Stage, State, readers,
    record::{correction::Level, notice::Notice, township::Asked},
    township_task,
};

/// What follows when the county has returned it to the township alone: its head is asked at once.
///
/// # Errors
/// When the pack has no rules or holidays for the year.
pub fn begin(state: &State, returned: Event, pack: &Pack, at: OffsetDateTime) -> Result<Vec<Event>, Common> {
    let mut after = state.clone();
    after.evolve(&returned);
    if after.returns.last().is_some_and(|last| last.of_village().next().is_some()) {
        return Ok(vec![returned]);
    }
    let asked = township_task::ask(&after, pack, at)?;
    Ok(vec![returned, Event::TownshipAskedAgain { asked }])
}

/// Who is asked when the village has done its part; nobody when it goes straight back to the county.
///
/// # Errors
/// When the pack has no rules or holidays for the year.
pub fn after_village(state: &State, by: &Occasion) -> Result<Option<Asked>, Common> {
    let by_county = state.returns.last().is_some_and(|last| last.level == Level::County);
    match state.way_back.filter(|_| by_county) {
        None => township_task::begin(state, by).map(Some),
        Some(way) if way.review => township_task::ask(state, &by.pack, by.at).map(Some),
        Some(_) => Ok(None),
    }
}

/// The fact that it goes on to the county for one more round.
#[must_use]
pub fn forwarded(state: &State, pack: &Pack) -> Event {
    let asked = readers::asked(&state.content, pack);
    Event::ApplicationForwarded { round: state.county_rounds.saturating_add(1), asked }
}

/// Whether the township's approval ends the way back: nothing there was to be posted anew, and its notice stands.
#[must_use]
pub fn goes_straight_to_county(state: &State) -> bool {
    let stands = matches!(state.notice(NoticeLevel::Township), Some(Notice { closed: Some(_), .. }));
    state.way_back.is_some_and(|way| !way.notice) && stands
}

/// Whether the county, not the village, sent it to the township.
#[must_use]
pub fn was_sent_by_county(state: &State) -> bool {
    state.stage == Stage::TownshipReview
        && state.returns.last().is_some_and(|last| last.level == Level::County && last.resubmitted_at.is_none())
}

#[cfg(test)]
mod tests;
