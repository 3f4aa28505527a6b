//! What happens when the panel sits (论证): members judge or recuse, seats are filled again, and the last opinion makes the
//! report, from which the next step follows.

use kernel::{Pack, TaskId, YearRules};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    calling::{convening_asked, experts_asked, group_asked},
    draw,
    questions::NO_INTEREST,
    report::report_of,
};
use crate::domain::{
    asking::ask_office,
    command::Complete,
    decision::check,
    event::Event,
    record::{Asked, DecisionRecord, Verdict},
    refusal::Refusal,
    returns::merged,
    state::State,
};

/// A member judges, or declares an interest and gives up the seat.
///
/// # Errors
/// What the opinion lacks, or when the pack has no rules or holidays for the year.
pub fn judge(state: &State, asked: &Asked, rules: &YearRules, complete: Complete) -> Result<Vec<Event>, Refusal> {
    let Complete { task, decision, actor, pack, seed, at, .. } = complete;
    check(&decision, asked, rules)?;
    let recuses = decision.answers.iter().any(|answer| answer.question == NO_INTEREST && !answer.yes);
    let decision = DecisionRecord::of(decision, &actor, at);
    if recuses {
        filled(state, Event::ExpertRecused { task, decision }, seed, &pack, at)
    } else {
        joined(state, Event::ExpertJudged { task, decision }, rules, &pack, at)
    }
}

/// Experts whose opinion is overdue.
#[must_use]
pub fn late_experts(state: &State) -> Vec<TaskId> {
    let late = state.seats().filter(|opinion| opinion.overdue && opinion.is_awaited());
    late.map(|opinion| opinion.asked.task).collect()
}

/// This fact, which empties seats, and who fills them: a new draw, or the office when the register gives no more.
///
/// # Errors
/// When the pack has no rules or holidays for the year.
pub fn filled(state: &State, event: Event, seed: Uuid, pack: &Pack, at: OffsetDateTime) -> Result<Vec<Event>, Refusal> {
    let after = state.after(&event);
    let (size, members, triggers) = after
        .panel
        .as_ref()
        .map_or((0, 0, Vec::new()), |panel| (panel.size, panel.members.len(), panel.triggers.clone()));
    let follows = match draw::from_register(&after, pack, seed, size.saturating_sub(members)) {
        Ok(draw) => {
            let asked = experts_asked(&after, &draw.drawn, pack, at)?;
            Event::SeatsFilled { draw, asked }
        }
        Err(_) => Event::PanelCalled { triggers, asked: convening_asked(&after, pack, at)? },
    };
    Ok(vec![event, follows])
}

/// This fact, and the report with what follows from it once every member has spoken.
///
/// # Errors
/// When the pack has no rules or holidays for the year.
pub fn joined(
    state: &State,
    event: Event,
    rules: &YearRules,
    pack: &Pack,
    at: OffsetDateTime,
) -> Result<Vec<Event>, Refusal> {
    let after = state.after(&event);
    let said: Vec<&DecisionRecord> = after.seats().filter_map(|opinion| opinion.decision.as_ref()).collect();
    if after.panel.as_ref().is_none_or(|panel| !panel.is_full() || said.len() < panel.size) {
        return Ok(vec![event]);
    }
    let report = report_of(&after, &said, rules);
    let follows = match report.verdict {
        Verdict::Passed => group_asked(&after, pack, at)?,
        Verdict::PassedWithChanges => Event::CaseReturned { items: merged(after.seats()) },
        Verdict::Failed => Event::OfficeAsked { asked: ask_office(state.project, &state.referral, pack, at)? },
    };
    Ok(vec![event, Event::PanelReported { report }, follows])
}

#[cfg(test)]
mod tests;
