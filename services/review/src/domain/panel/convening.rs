//! The office convenes the panel (组建专家组): how many experts, an odd number of them, and who is drawn. Who sat there
//! before keeps the seat.

use kernel::{
    RuleCode, YearRules,
    decision::Answer,
    refusal::{Common, breach},
};

use super::{calling::experts_asked, draw, questions::PANEL_SIZE, sitting, triggers::is_large};
use crate::domain::{
    command::Complete,
    decision::check,
    event::Event,
    record::{Asked, DecisionRecord},
    refusal::Refusal,
    state::State,
};

/// The office says how many, and the members are drawn.
///
/// # Errors
/// `PANEL_INVALID`, and what else the decision lacks.
pub fn convene(state: &State, asked: &Asked, rules: &YearRules, complete: Complete) -> Result<Vec<Event>, Refusal> {
    let Complete { task, decision, actor, pack, seed, at, .. } = complete;
    check(&decision, asked, rules)?;
    let size = size_from(&decision.answers, state, rules)?;
    let wanted = size.saturating_sub(state.panel.as_ref().map_or(0, |panel| panel.members.len()));
    let draw = draw::from_register(state, &pack, seed, wanted);
    let draw = draw.map_err(|candidates| too_few(candidates, wanted, state, rules))?;
    let asked = experts_asked(state, &draw.drawn, &pack, at)?;
    let decision = DecisionRecord::of(decision, &actor, at);
    // Those who sat there before may all have spoken: then nobody is left to wait for.
    sitting::joined(state, Event::PanelConvened { task, decision, size, draw, asked }, rules, &pack, at)
}

/// The size that the office asks for: odd, and at least what the rules ask.
fn size_from(answers: &[Answer], state: &State, rules: &YearRules) -> Result<usize, Common> {
    let asked = answers.iter().find(|answer| answer.question == PANEL_SIZE).and_then(|answer| answer.number);
    let asked = asked.and_then(|number| usize::try_from(number).ok()).unwrap_or_default();
    let code = if is_large(state, rules) { RuleCode::PanelSizeLarge } else { RuleCode::PanelSize };
    let least = rules.number(code);
    if asked % 2 == 1 && u32::try_from(asked).is_ok_and(|asked| asked >= least) {
        return Ok(asked);
    }
    let zh = format!("专家组须为单数且不少于 {least} 人,现为 {asked} 人");
    let en = format!("a panel has an odd number of experts, at least {least}, not {asked}");
    Err(invalid(code, rules, zh, en, asked, least))
}

/// The refusal of a panel that can't be filled from the register.
fn too_few(candidates: usize, wanted: usize, state: &State, rules: &YearRules) -> Common {
    let code = if is_large(state, rules) { RuleCode::PanelSizeLarge } else { RuleCode::PanelSize };
    let zh = format!("专家库中可抽取的专家只有 {candidates} 人,尚需 {wanted} 人");
    let en = format!("only {candidates} experts of the register can be drawn, but {wanted} are needed");
    invalid(code, rules, zh, en, candidates, wanted)
}

fn invalid(
    code: RuleCode,
    rules: &YearRules,
    zh: String,
    en: String,
    actual: usize,
    limit: impl std::fmt::Display,
) -> Common {
    let explanation = breach("PANEL_INVALID", rules.rule(code), zh, en).figures(actual, limit);
    Common::rule(explanation.at(format!("decision.answers[{PANEL_SIZE}]")))
}
