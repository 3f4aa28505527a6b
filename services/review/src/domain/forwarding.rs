//! The application comes to the county (移送): the first time it opens the case, corrected it opens it again. A department
//! that agreed keeps its opinion as long as what it judged has not changed.

use kernel::{pack::DepartmentReview, refusal::Common};

use super::{
    asking::ask_departments,
    command::Forwarded,
    event::Event,
    joining::joined,
    record::Asked,
    refusal::Refusal,
    state::{Stage, State},
};

/// It comes for the first time: all departments that judge it are asked.
///
/// # Errors
/// When the pack names no departments, or has no rules or holidays for the year.
pub fn open(forwarded: Forwarded) -> Result<Vec<Event>, Refusal> {
    let Forwarded { project, referral, acts, suspensions, pack, at } = forwarded;
    let asked = ask_departments(project, &referral, &pack, at, &[], |_| true)?;
    Ok(vec![Event::CaseOpened { project, referral, acts, asked, suspensions }])
}

/// It comes again, corrected: only departments that did not agree are asked.
///
/// # Errors
/// [`Common::TooEarly`] while this round is not returned; `WRONG_STATE` after the conclusion.
pub fn reopen(state: &State, forwarded: Forwarded) -> Result<Vec<Event>, Refusal> {
    let Forwarded { project, referral, acts, suspensions: _, pack, at } = forwarded;
    if referral.round <= state.referral.round {
        return Ok(Vec::new());
    }
    match &state.stage {
        Stage::Departments | Stage::OfficeDecision | Stage::ExpertReview | Stage::LeadingGroup => {
            Err(Refusal::too_early("本轮退回 return of this round"))
        }
        // Nothing more will happen to it: waiting is no help.
        Stage::Approved(_) | Stage::Rejected => {
            Err(Common::WrongState { state: state.stage.code(), command: "ReopenCase" }.into())
        }
        // The forwarding and the withdrawal crossed: the withdrawal is final.
        Stage::Withdrawn { .. } => Ok(Vec::new()),
        Stage::Returned if referral.round > state.referral.round + 1 => {
            Err(Refusal::too_early("上一轮送审 round before"))
        }
        Stage::Returned => {
            // What was judged before the sections had hashes stands as it stood then.
            let still_valid = |review: &DepartmentReview| {
                let now = referral.hash_of_sections(&review.sections);
                let holds =
                    |asked: &Asked| asked.post == review.post && (asked.judged.is_empty() || asked.judged == now);
                state.standing().any(|opinion| opinion.agrees() && holds(&opinion.asked))
            };
            let asked = ask_departments(project, &referral, &pack, at, &state.returned, |review| !still_valid(review))?;
            // When the leading group itself returned it, all departments agree already and it is asked at once.
            joined(state, Event::CaseReopened { referral, acts, asked }, &pack, at)
        }
    }
}
