//! Returns by the township's clerk (经办退回): an incomplete file goes back without the head, so often and no oftener.
//!
//! What an objection sent back counts as no return of the clerk's.

use kernel::{
    RuleCode, TaskId,
    decision::{self, Correction, Outcome},
    refusal::{Common, breach},
};

use super::{
    Decision, DecisionRecord, Event, Occasion, Stage, State,
    authority::TOWNSHIP_CLERK,
    decision::check,
    record::{correction::Level, township::Round},
};

/// The township's clerk returns it for correction, without the head: so often and no oftener.
///
/// # Errors
/// `SCOPE`, `SOD`, `WRONG_STATE`, what the decision lacks, or `THIRD_RETURN` when it is the head's to return.
pub fn return_by_clerk(
    state: &State,
    opinion: String,
    corrections: Vec<Correction>,
    by: &Occasion,
) -> Result<Vec<Event>, Common> {
    let signature = TOWNSHIP_CLERK.sign(state.content.village, &state.duties, by)?;
    let open = state.township.last().filter(|_| state.stage == Stage::TownshipReview);
    let Round { asked, .. } = open.ok_or_else(|| state.wrong_state("ReturnApplication"))?;
    let rules = by.pack.rules_of(state.content.fiscal_year)?;
    let said = decision::Decision {
        outcome: Outcome::Return,
        opinion,
        answers: Vec::new(),
        corrections,
        attachments: Vec::new(),
        subject_revision: asked.content_revision,
    };
    let decision = Decision { said, reason: None };
    check(&decision, "", &[], rules)?;
    returned_by_clerk(state, asked.task, DecisionRecord { decision, signature }, by)
}

/// A return that the clerk makes alone, if there were not too many before.
///
/// # Errors
/// `THIRD_RETURN`.
pub fn returned_by_clerk(
    state: &State,
    task: TaskId,
    record: DecisionRecord,
    by: &Occasion,
) -> Result<Vec<Event>, Common> {
    let rules = by.pack.rules_of(state.content.fiscal_year)?;
    let (most, made) = (rules.number(RuleCode::ClerkReturns), returns_by(state, Level::Township));
    if made >= most {
        let zh = format!("乡镇已退回 {made} 次,再次退回须由乡镇负责人决定");
        let en = format!("the township has returned it {made} times: the next return is its head's to decide");
        return Err(Common::rule(
            breach("THIRD_RETURN", rules.rule(RuleCode::ClerkReturns), zh, en).figures(made, most),
        ));
    }
    let due = by.pack.calendar.due_after(by.at, rules.number(RuleCode::CorrectionDays))?;
    Ok(vec![Event::TownshipReturned { task, record, due }])
}

/// How often that level's review has returned it: what an objection sent back does not count.
fn returns_by(state: &State, level: Level) -> u32 {
    let returns = state.returns.iter().filter(|known| known.level == level && !known.on_objection);
    u32::try_from(returns.count()).unwrap_or(u32::MAX)
}
