//! A county department gives its opinion (部门审核): the finance bureau's agreement vouches for the money, and once nobody is
//! waited for the opinions are joined.

use kernel::YearRules;

use super::{
    command::Complete,
    decision::check,
    event::Event,
    guarantee,
    joining::joined,
    record::{Asked, DecisionRecord},
    refusal::Refusal,
    state::State,
};

/// A department says what it thinks of the project.
///
/// # Errors
/// What the opinion lacks, or `INDICATOR_BALANCE`.
pub fn give_opinion(
    state: &State,
    asked: &Asked,
    rules: &YearRules,
    complete: Complete,
) -> Result<Vec<Event>, Refusal> {
    let Complete { task, decision, actor, pack, balances, reserved, at, .. } = complete;
    check(&decision, asked, rules)?;
    let vouched = if guarantee::is_needed(asked, &decision) {
        guarantee::require(&state.referral.subject, &balances, &reserved, &pack)?
    } else {
        Vec::new()
    };
    let decision = DecisionRecord::of(decision, &actor, at);
    joined(state, Event::OpinionGiven { task, decision, vouched }, &pack, at)
}
