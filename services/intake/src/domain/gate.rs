//! What every gate asks of the content (关口审查): that it is admissible, and that it is still what the village voted on.
//!
//! Asked when a notice is posted at any level, when the application is submitted, approved, forwarded, and pooled: what a
//! proposal would have been refused for cannot be smuggled in after the vote. A proposal and a resubmission ask
//! [`admissible`] alone, for they lead to the vote where one is due.

use kernel::refusal::Common;

use super::{Occasion, State, admissible, revote};

/// Refuses to let this content go on.
///
/// # Errors
/// Whatever makes the content inadmissible, or `REVOTE`.
pub fn require(state: &State, by: &Occasion) -> Result<(), Common> {
    let rules = by.pack.rules_of(state.content.fiscal_year)?;
    admissible::check(&state.content, rules, &by.pack)?;
    revote::require(state, rules)
}

#[cfg(test)]
mod tests {
    use kernel::testing::given;

    use crate::domain::{
        Application, Command, Content, NoticeLevel,
        fixtures::{and, at, close_notice, content, post_notice, secretary, village_posted, voted, yuan},
    };

    fn update(content: Content) -> Command {
        Command::UpdateApplication { content, by: at(5, &secretary()) }
    }

    #[test]
    fn c1_what_a_proposal_is_refused_for_is_not_posted() {
        let mut cheaper = content();
        cheaper.budget[0].amount = yuan("0.01");
        cheaper.budget[1].amount = yuan("1499999.99");
        let post = || post_notice(NoticeLevel::Village, at(6, &secretary()));
        given::<Application>(and(voted(), update(cheaper))).when(post()).then_refused("RATIO_VILLAGE");
        given::<Application>(voted()).when(post()).then_accepted();
    }

    #[test]
    fn c1_what_a_proposal_is_refused_for_is_not_submitted() {
        let bare = Content { land_note: String::new(), ..content() };
        let submit = || Command::SubmitApplication { by: at(16, &secretary()) };
        let closed = |history| and(history, close_notice(NoticeLevel::Village, at(15, &secretary())));
        given::<Application>(closed(and(village_posted(), update(bare)))).when(submit()).then_refused("REQUIRED");
        given::<Application>(closed(village_posted())).when(submit()).then_accepted();
    }
}
