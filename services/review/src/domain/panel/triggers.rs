//! Why experts are needed (论证事由): how much is at stake, what departments doubt, and where they contradict each other. It
//! is read from the opinions as they stand, so that a correction may end a reason.

use kernel::{
    Pack, RuleCode, YearRules,
    decision::{NoMeans, Outcome},
};

use crate::domain::{
    record::{Opinion, Question, TaskKind, Trigger},
    state::State,
};

/// Why this case needs a panel, as its opinions stand; nothing when it needs none.
#[must_use]
pub fn triggers(state: &State, pack: &Pack, rules: &YearRules) -> Vec<Trigger> {
    let subject = &state.referral.subject;
    let sub_type = pack.category(&subject.category).and_then(|category| category.sub_type(&subject.sub_type));
    let entrusted = sub_type.is_some_and(|sub_type| sub_type.due_diligence);
    [
        (Trigger::Amount, is_large(state, rules)),
        (Trigger::DueDiligence, entrusted && subject.total >= rules.amount(RuleCode::DueDiligence)),
        (Trigger::Flagged, noes(state).any(|question| question.expert)),
        (Trigger::Disagreement, disagreed(&state.opinions)),
        (Trigger::Legal, says_no(state, NoMeans::ExpertLegal)),
        (Trigger::Technical, says_no(state, NoMeans::ExpertTechnical)),
        (Trigger::Policy, says_no(state, NoMeans::ExpertPolicy)),
    ]
    .into_iter()
    .filter_map(|(trigger, applies)| applies.then_some(trigger))
    .collect()
}

/// Whether so much is at stake that the panel must be a large one.
#[must_use]
pub fn is_large(state: &State, rules: &YearRules) -> bool {
    state.referral.subject.total >= rules.amount(RuleCode::ExpertAmount)
}

/// The questions to which a department's standing opinion says no.
fn noes(state: &State) -> impl Iterator<Item = &Question> {
    state.standing().flat_map(|opinion| {
        let noes = opinion.decision.iter().flat_map(|decision| &decision.answers).filter(|answer| !answer.yes);
        noes.filter_map(|answer| opinion.asked.questions.iter().find(|question| question.id == answer.question))
    })
}

fn says_no(state: &State, meaning: NoMeans) -> bool {
    noes(state).any(|question| question.no == meaning)
}

fn disagreed(opinions: &[Opinion]) -> bool {
    let said = |outcome: Outcome| {
        let departments = opinions.iter().filter(|opinion| opinion.asked.task_kind == TaskKind::DepartmentReview);
        let so = departments
            .filter(move |opinion| opinion.decision.as_ref().is_some_and(|decision| decision.outcome == outcome));
        so.map(|opinion| opinion.asked.round)
    };
    said(Outcome::Reject).any(|round| said(Outcome::Approve).any(|other| other == round))
}
