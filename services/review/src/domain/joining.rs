//! What follows once the departments' opinions are joined (并联会签): a return, the office's decision, or the next step.
//! When they are is [`super::quorum`]'s question.

use kernel::Pack;
use time::OffsetDateTime;

use super::{
    asking::ask_office,
    event::Event,
    panel::calling::after_departments,
    quorum::{Join, Tally},
    refusal::Refusal,
    returns::merged,
    state::State,
};

/// This fact, and what follows from the departments' opinions after it.
///
/// # Errors
/// When the pack has no rules or holidays for the year.
pub fn joined(state: &State, event: Event, pack: &Pack, at: OffsetDateTime) -> Result<Vec<Event>, Refusal> {
    let after = state.after(&event);
    let follows = match Tally::of(after.standing()).join() {
        Join::Wait => None,
        Join::OfficeDecision => {
            Some(Event::OfficeAsked { asked: ask_office(state.project, &after.referral, pack, at)? })
        }
        Join::Return => Some(Event::CaseReturned { items: merged(after.standing()) }),
        Join::LeadingGroup => Some(after_departments(&after, pack, at)?),
    };
    Ok(std::iter::once(event).chain(follows).collect())
}
