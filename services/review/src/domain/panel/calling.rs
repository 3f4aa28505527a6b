//! What follows when all departments agree (提请论证): the leading group is asked, or experts before it. A panel that sat
//! before is asked again, and only those of it who have not agreed to just this.

use kernel::{Pack, PersonId};
use time::OffsetDateTime;

use super::triggers::triggers;
use crate::domain::{
    asking::{ask_convening, ask_expert, ask_leading_group, unlike_before},
    event::Event,
    record::Asked,
    refusal::Refusal,
    state::State,
};

/// All departments agree: the leading group is asked, or experts before it.
///
/// # Errors
/// When the pack has no rules or holidays for the year, or a member has left its register.
pub fn after_departments(state: &State, pack: &Pack, at: OffsetDateTime) -> Result<Event, Refusal> {
    let found = triggers(state, pack, pack.rules_of(state.referral.subject.fiscal_year)?);
    match &state.panel {
        None if found.is_empty() => group_asked(state, pack, at),
        Some(panel) if panel.has_passed(&state.referral) => group_asked(state, pack, at),
        Some(panel) if panel.is_full() => {
            let agreed =
                state.seats().filter(|opinion| opinion.agrees() && opinion.asked.judged == state.referral.whole());
            let agreed: Vec<&PersonId> = agreed.filter_map(|opinion| opinion.asked.assignee.as_ref()).collect();
            let again: Vec<PersonId> =
                panel.members.iter().filter(|member| !agreed.contains(member)).cloned().collect();
            Ok(Event::PanelAskedAgain { asked: experts_asked(state, &again, pack, at)? })
        }
        None | Some(_) => {
            let mut triggers: Vec<_> =
                state.panel.iter().flat_map(|panel| panel.triggers.clone()).chain(found).collect();
            triggers.sort_unstable();
            triggers.dedup();
            Ok(Event::PanelCalled { triggers, asked: convening_asked(state, pack, at)? })
        }
    }
}

/// The leading group is asked for its decision.
///
/// # Errors
/// When the pack has no rules or holidays for the year.
pub fn group_asked(state: &State, pack: &Pack, at: OffsetDateTime) -> Result<Event, Refusal> {
    let asked = unlike_before(state, ask_leading_group(state.project, &state.referral, pack, at)?);
    Ok(Event::LeadingGroupAsked { asked })
}

/// The office is asked to convene a panel.
///
/// # Errors
/// When the pack has no rules or holidays for the year.
pub fn convening_asked(state: &State, pack: &Pack, at: OffsetDateTime) -> Result<Asked, Refusal> {
    Ok(unlike_before(state, ask_convening(state.project, &state.referral, pack, at)?))
}

/// These experts are asked, each alone.
///
/// # Errors
/// When one no longer stands in the register, or the pack has no rules or holidays for the year.
pub fn experts_asked(
    state: &State,
    persons: &[PersonId],
    pack: &Pack,
    at: OffsetDateTime,
) -> Result<Vec<Asked>, Refusal> {
    let ask = |person: &PersonId| ask_expert(state.project, &state.referral, pack, at, person);
    persons.iter().map(|person| Ok(unlike_before(state, ask(person)?))).collect()
}
