//! An application held against other rules (规则模拟): its content, and each step that it has taken, in their order.
//!
//! Nothing is decided here: it says what those rules would have refused, as their own files say it.

use kernel::{Explanation, Pack, Refusal as _, refusal::Common};

use super::{Stage, State, admissible, notice_period, site_check, village_vote};

/// What two packs say of the same application: what the one admits and the other refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The draft pack refuses what is admissible now, with this.
    Refused(Box<Explanation>),
    /// The draft pack admits what is refused now, with this.
    Admitted(Box<Explanation>),
}

/// How the draft pack would change what is said of this application; none when it wouldn't, or when all is over.
#[must_use]
pub fn compare(state: &State, current: &Pack, draft: &Pack) -> Option<Verdict> {
    if state.stage.is_over() {
        return None;
    }
    match (judge(state, current), judge(state, draft)) {
        (Ok(()), Err(refusal)) => Some(Verdict::Refused(Box::new(refusal.explain()))),
        (Err(refusal), Ok(())) => Some(Verdict::Admitted(Box::new(refusal.explain()))),
        (Ok(()), Ok(())) | (Err(_), Err(_)) => None,
    }
}

/// What the first rule of the pack that this application breaks says.
fn judge(state: &State, pack: &Pack) -> Result<(), Common> {
    let rules = pack.rules_of(state.year())?;
    admissible::check(&state.content, rules, pack)?;
    // A draft's last vote is over: it votes anew.
    if let (true, Some(vote)) = (state.stage != Stage::Draft, state.votes.last().filter(|vote| vote.passed)) {
        village_vote::rejudge(&vote.ballot, rules)?;
    }
    notice_period::rejudge(state, rules, pack)?;
    site_check::rejudge(state, rules)
}

#[cfg(test)]
mod tests {
    use kernel::Decider as _;

    use super::*;
    use crate::domain::{
        Application, Event,
        fixtures::{drafted, pack, pack_with, pooled, proposed, township_rejected, yuan},
    };

    fn state(history: &[Event]) -> Box<State> {
        match Application::fold(history) {
            Application::Opened(state) => state,
            Application::Unopened => panic!("it is open"),
        }
    }

    fn refused(history: &[Event], draft: &Pack) -> Option<(&'static str, String, String)> {
        match compare(&state(history), &pack(), draft)? {
            Verdict::Refused(why) => Some((why.code, why.actual.unwrap_or_default(), why.limit.unwrap_or_default())),
            Verdict::Admitted(why) => panic!("{why:?}"),
        }
    }

    #[test]
    fn each_step_that_was_taken_is_held_against_the_draft_s_rules() {
        let said = |rule, value| {
            let (code, actual, limit) = refused(&pooled(), &pack_with(rule, value)).expect("refused");
            format!("{code} {actual} {limit}")
        };
        assert_eq!(said("R-2080", r#"percent = "25""#), "RATIO_VILLAGE 300000.00 375000.00");
        assert_eq!(said("QUORUM_PRESENT", r#"ratio = "9/10""#), "QUORUM 26/30 9/10");
        assert_eq!(said("VOTE_YES", r#"ratio = "25/26""#), "VOTE 25/26 >25/26");
        assert_eq!(said("NOTICE_DAYS", "days = 100"), "NOTICE_SHORT 10 100");
        assert_eq!(said("SITE_CHECKERS", "count = 3"), "SITE_CHECK 2 3");
        assert_eq!(compare(&state(&pooled()), &pack(), &pack()), None, "the same pack changes nothing");
    }

    #[test]
    fn steps_not_taken_and_cases_that_are_over_change_nothing() {
        let stricter = pack_with("SITE_CHECKERS", "count = 3");
        assert_eq!(refused(&proposed(), &stricter), None, "nobody has checked its site");
        let stricter = pack_with("R-2080", r#"percent = "25""#);
        assert!(refused(&drafted(), &stricter).is_some());
        assert_eq!(refused(&township_rejected(), &stricter), None, "it was rejected");
    }

    #[test]
    fn what_is_refused_now_may_be_admitted_by_the_draft() {
        let milder = pack_with("R-2080", r#"percent = "19""#);
        let mut state = state(&drafted());
        let [village, link, ..] = &mut state.content.budget[..] else { panic!("two lines") };
        let both = village.amount.saturating_add(link.amount);
        village.amount = yuan("298500");
        link.amount = both.saturating_sub(village.amount);
        let Some(Verdict::Admitted(why)) = compare(&state, &pack(), &milder) else { panic!("refused still") };
        assert_eq!((why.code, why.limit.as_deref()), ("RATIO_VILLAGE", Some("300000.00")));
    }
}
