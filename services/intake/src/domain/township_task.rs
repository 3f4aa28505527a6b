//! The township's task (乡镇待办): who is asked, in which step and round, with which questions, until when.
//!
//! The clerk is asked first whether the file is complete where the county wants that, then the head. A task's id follows from
//! what was asked before, so that a replay names the same.

use kernel::{
    Due, OrgCode, Pack, Post, Role, RuleCode, TaskId, YearRules,
    decision::{Question, ReturnStep},
    refusal::Common,
};
use time::OffsetDateTime;

use super::{
    Occasion, State,
    record::township::{Asked, Round, Step},
};

/// The room's name in the ids of its tasks.
pub const ROOM: &str = "intake";

/// The step with which a round begins.
#[must_use]
pub fn first_step(rules: &YearRules) -> Step {
    if rules.number(RuleCode::CompletenessChecks) > 0 { Step::Completeness } else { Step::Decision }
}

/// Begins the next round: asks the clerk whether the file is complete, or the head at once.
///
/// # Errors
/// When the pack has no rules or holidays for the year.
pub fn begin(state: &State, by: &Occasion) -> Result<Asked, Common> {
    let rules = by.pack.rules_of(state.content.fiscal_year)?;
    let due = by.pack.calendar.due_after(by.at, rules.number(RuleCode::TownshipReviewDays))?;
    let round = state.township.last().map_or(0, |round| round.asked.round).saturating_add(1);
    Ok(asked(state, first_step(rules), round, due, &by.pack))
}

/// Asks the township's head: in the round whose completeness the clerk confirms, with what is left of its days, or for
/// another round.
///
/// # Errors
/// When the pack has no rules or holidays for the year.
pub fn ask(state: &State, pack: &Pack, at: OffsetDateTime) -> Result<Asked, Common> {
    let open = state.township.last().filter(|round| round.record.is_none() && !round.retracted);
    if let Some(Round { asked: first, .. }) = open {
        return Ok(asked(state, Step::Decision, first.round, first.due, pack));
    }
    let rules = pack.rules_of(state.content.fiscal_year)?;
    let due = pack.calendar.due_after(at, rules.number(RuleCode::TownshipReviewDays))?;
    let round = state.township.last().map_or(0, |round| round.asked.round).saturating_add(1);
    Ok(asked(state, Step::Decision, round, due, pack))
}

fn asked(state: &State, step: Step, round: u32, due: Due, pack: &Pack) -> Asked {
    let content = &state.content;
    let sources = content.budget.iter().map(|line| {
        let name = pack.source_kind(&line.source).map_or(line.source.as_str(), |kind| kind.name.as_str());
        format!("{name} {} 元", line.amount.grouped())
    });
    let (role, questions) = match step {
        // Its outcome is the answer.
        Step::Completeness => (Role::TownshipClerk, Vec::new()),
        Step::Decision => {
            let usual = pack.township.questions.iter().filter(|_| asks_for_review(state)).map(Question::from);
            (Role::TownshipHead, usual.chain(questions(state)).collect())
        }
    };
    Asked {
        task: task_of(state, step),
        step,
        post: Post::new(role, OrgCode::of(content.village.township())),
        round,
        content_revision: state.content_revision,
        questions,
        village_name: pack.division(content.village).map_or_else(String::new, |entry| entry.name.clone()),
        sources: sources.collect::<Vec<_>>().join(";"),
        due,
    }
}

/// The id of the task that takes the place of the last one.
#[must_use]
pub fn next_task(state: &State) -> TaskId {
    task_of(state, state.township.last().map_or_else(Step::default, |round| round.asked.step))
}

/// The next task's id: each asking for a step has its own, and a replay names the same.
fn task_of(state: &State, step: Step) -> TaskId {
    let word = match step {
        Step::Completeness => "completeness",
        Step::Decision => "round",
    };
    let number = state.township.iter().filter(|round| round.asked.step == step).count() + 1;
    TaskId::derive(ROOM, state.project.0, &format!("township:{word}-{number}"))
}

/// Whether the township's head is to judge the project: not where the county wants nothing but the notice posted anew.
fn asks_for_review(state: &State) -> bool {
    let open =
        || state.last_of_county().into_iter().flat_map(|last| &last.items).filter(|item| item.is_open_at_township());
    state.way_back.is_none() || open().next().is_none() || open().any(|item| item.step == ReturnStep::TownshipReview)
}

/// What the township's head is asked about the county's return, beside the usual questions.
fn questions(state: &State) -> impl Iterator<Item = Question> {
    let open =
        state.last_of_county().into_iter().flat_map(|last| &last.items).filter(|item| item.is_open_at_township());
    open.map(|item| Question::about_return(&item.id, &item.field, &item.text))
}
