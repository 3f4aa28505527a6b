//! The leading group decides one case (领导小组审定): it approves by a resolution, rejects, or returns to the village or to the
//! departments. Many at once are decided by a [`super::meeting`], which brings each to its case as this decision.

use kernel::{
    Pack, YearRules,
    calendar::civil_date,
    decision::{Decision, Outcome},
};
use time::OffsetDateTime;

use super::{
    asking::{ask_departments, unlike_before},
    command::Complete,
    decision::check,
    event::Event,
    record::{Asked, DecisionRecord, ReturnedItem},
    refusal::Refusal,
    resolution,
    returns::{merged, returned},
    state::State,
    way_back,
};

/// The leading group decides.
///
/// # Errors
/// `ATTENDANCE`, `QUORUM`, `NO_RESOLUTION`, `BAD_DATE`, and what else the decision lacks.
pub fn decide(state: &State, asked: &Asked, rules: &YearRules, complete: Complete) -> Result<Vec<Event>, Refusal> {
    let Complete { task, decision, actor, pack, at, .. } = complete;
    let decided = |decision: Decision| {
        let decision = DecisionRecord::of(decision, &actor, at);
        Event::LeadingGroupDecided { task, decision }
    };
    // What is asked of it today, whatever was asked when its task was opened.
    let asked = &Asked { questions: resolution::questions(&pack), ..asked.clone() };
    // Who decides, and what makes the yes a resolution, is asked before any other fault of the form.
    let present = resolution::attendance_of(state, &decision, &pack, rules)?;
    match decision.outcome {
        Outcome::Approve => {
            let resolution = resolution::try_from_answers(&decision.answers, present, civil_date(at))?;
            check(&decision, asked, rules)?;
            Ok(vec![decided(decision), Event::CaseApproved { resolution }])
        }
        Outcome::Return => {
            check(&decision, asked, rules)?;
            if !way_back::stays_in_county(&decision.corrections) {
                return Ok(returned(state, decided(decision)));
            }
            let decided = decided(decision);
            let after = state.after(&decided);
            let items = merged(after.opinions.iter().filter(|opinion| opinion.asked.task == task));
            Ok(vec![decided, asked_again(&after, items, &pack, at)?])
        }
        Outcome::Reject => {
            check(&decision, asked, rules)?;
            Ok(vec![decided(decision), Event::CaseRejected])
        }
    }
}

/// The departments that this return names are asked anew.
fn asked_again(state: &State, items: Vec<ReturnedItem>, pack: &Pack, at: OffsetDateTime) -> Result<Event, Refusal> {
    let asked = ask_departments(state.project, &state.referral, pack, at, &items, |_| false)?;
    let asked = asked.into_iter().map(|asked| unlike_before(state, asked)).collect();
    Ok(Event::DepartmentsAskedAgain { items, asked })
}
