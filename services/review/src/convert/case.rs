//! A case as a reader sees it: where it is, every opinion, the panel with its draws and reports. Who may see which of them
//! says [`crate::domain::scope`].

use kernel::{Actor, PersonId, decision::Answer, duty::Exclusions, refusal::Common};
use proto::{
    common::v1::{Answer as AnswerMessage, CorrectionItem},
    review::v1::{
        BarredExpert, Case as CaseMessage, DrawBar, Opinion as OpinionMessage, OpinionKind, Panel as PanelMessage,
        PanelDraw, PanelReport, PanelSignature, PanelTrigger, PanelVerdict,
    },
};
use runtime::Snapshot;
use time::OffsetDateTime;
use translation::{correction, decision::outcome_message, field::number, person, time::timestamp};

use super::state_named;
use crate::domain::{
    Case, Opinion, Panel, Stage, State, TaskKind,
    listing::{ListedCase, OpenTask},
    next_actions::{next_actions, open_tasks},
    record::{Bar, Barred, Draw, Report, ReturnedItem, SignedOpinion, Trigger, Verdict},
    recount::first_provisional,
    scope,
};

/// The case, if there is one and the actor may read it.
pub fn visible(found: Option<Snapshot<Case>>, actor: &Actor, exclusions: &Exclusions) -> Result<CaseMessage, Common> {
    const ABSENT: Common = Common::NotFound { what: "案卷 case" };
    let snapshot = found.ok_or(ABSENT)?;
    let Case::Opened(state) = &snapshot.state else { return Err(ABSENT) };
    scope::require_reader(state, actor)?;
    Ok(case(state, actor, exclusions, snapshot.version, snapshot.changed_at))
}

fn case(
    state: &State,
    actor: &Actor,
    exclusions: &Exclusions,
    version: i64,
    changed_at: OffsetDateTime,
) -> CaseMessage {
    let (resolution, withdrawn) = match &state.stage {
        Stage::Approved(resolution) => (Some(resolution), None),
        Stage::Withdrawn { reason } => (None, Some(reason)),
        Stage::Departments
        | Stage::OfficeDecision
        | Stage::ExpertReview
        | Stage::LeadingGroup
        | Stage::Returned
        | Stage::Rejected => (None, None),
    };
    CaseMessage {
        project_id: state.project.to_string(),
        title: state.referral.subject.title.clone(),
        village: state.referral.subject.village.to_string(),
        state: state_named(state.stage.code()).into(),
        round: number(state.referral.round),
        opinions: scope::opinions_shown_to(state, actor).map(opinion).collect(),
        corrections: corrections(&state.returned),
        resolution_no: resolution.map(|found| found.number.clone()).unwrap_or_default(),
        meeting_date: resolution.map(|found| found.meeting_date.clone()).unwrap_or_default(),
        update_time: Some(timestamp(changed_at)),
        etag: version.to_string(),
        panel: state.panel.as_ref().map(|known| panel(known, scope::shows_experts_to(state, actor))),
        suspension_reason: state.suspensions.standing().unwrap_or_default().to_owned(),
        withdrawal_reason: withdrawn.cloned().unwrap_or_default(),
        next_actions: offered(&open_tasks(state), actor, exclusions),
        fiscal_year: state.referral.subject.fiscal_year,
        category: state.referral.subject.category.clone(),
        due_time: state.first_due().map(timestamp),
        due_provisional: first_provisional(state).is_some(),
        waiting_for: scope::waiting_for(state),
    }
}

/// A row of the list.
pub fn listed(row: ListedCase, actor: &Actor, exclusions: &Exclusions) -> CaseMessage {
    CaseMessage {
        project_id: row.project_id.to_string(),
        title: row.title,
        village: row.village,
        state: state_named(&row.state).into(),
        round: row.round,
        opinions: Vec::new(),
        corrections: corrections(&row.returned),
        resolution_no: row.resolution_no.unwrap_or_default(),
        meeting_date: row.meeting_date.unwrap_or_default(),
        update_time: Some(timestamp(row.changed_at)),
        etag: row.version.to_string(),
        panel: None,
        suspension_reason: row.suspension_reason.unwrap_or_default(),
        withdrawal_reason: String::new(),
        next_actions: offered(&row.open_tasks, actor, exclusions),
        fiscal_year: row.fiscal_year,
        category: row.category,
        due_time: row.due_at.map(timestamp),
        due_provisional: row.due_provisional,
        waiting_for: row.waiting_for,
    }
}

fn offered(tasks: &[OpenTask], actor: &Actor, exclusions: &Exclusions) -> Vec<String> {
    next_actions(tasks, actor, exclusions).into_iter().map(str::to_owned).collect()
}

fn corrections(items: &[ReturnedItem]) -> Vec<CorrectionItem> {
    items.iter().map(returned).collect()
}

/// One thing that was returned, with the post that asks.
pub fn returned(item: &ReturnedItem) -> CorrectionItem {
    CorrectionItem { asked_by: item.asked_by.to_string(), ..correction::to_message(&item.correction) }
}

fn opinion(stored: &Opinion) -> OpinionMessage {
    let Opinion { asked, decision, lapsed, overdue, suspended: _, recounts: _, dispensed } = stored;
    let mut message = OpinionMessage {
        post: asked.post.to_string(),
        round: number(asked.round),
        due_time: Some(timestamp(asked.due.at)),
        due_provisional: asked.due.is_provisional(),
        content_revision: asked.content_revision,
        kind: opinion_kind(asked.task_kind).into(),
        task_id: asked.task.to_string(),
        overdue: *overdue,
        lapsed: *lapsed,
        dispensed: *dispensed,
        judged_sha256: asked.judged.clone(),
        assignee_id: asked.assignee.as_ref().map(ToString::to_string).unwrap_or_default(),
        ..OpinionMessage::default()
    };
    if let Some(decision) = decision {
        message.set_outcome(outcome_message(decision.outcome));
        message.text.clone_from(&decision.text);
        message.person_id.clone_from(&decision.person.0);
        message.on_behalf_of_id = person::to_message(decision.on_behalf_of.as_ref());
        message.decide_time = Some(timestamp(decision.at));
        message.answers = decision.answers.iter().map(answer).collect();
    }
    message
}

pub(super) fn answer(answer: &Answer) -> AnswerMessage {
    AnswerMessage {
        question_id: answer.question.clone(),
        yes: answer.yes,
        text: answer.text.clone(),
        number: answer.number.unwrap_or_default(),
    }
}

/// The panel; who sits on it only for those who may know.
fn panel(panel: &Panel, with_experts: bool) -> PanelMessage {
    let shown = |count: usize| if with_experts { count } else { 0 };
    PanelMessage {
        triggers: panel.triggers.iter().map(|trigger| panel_trigger(*trigger).into()).collect(),
        size: count(panel.size),
        member_ids: ids(&panel.members[..shown(panel.members.len())]),
        draws: panel.draws[..shown(panel.draws.len())].iter().map(draw).collect(),
        reports: panel.reports.iter().map(report).collect(),
    }
}

fn draw(draw: &Draw) -> PanelDraw {
    let barred =
        |Barred { person, bar }: &Barred| BarredExpert { person_id: person.0.clone(), reason: draw_bar(*bar).into() };
    PanelDraw {
        seed: draw.seed.to_string(),
        candidate_ids: ids(&draw.candidates),
        barred: draw.barred.iter().map(barred).collect(),
        drawn_ids: ids(&draw.drawn),
    }
}

fn report(report: &Report) -> PanelReport {
    let signature = |signature: &SignedOpinion| PanelSignature {
        person_id: signature.person.0.clone(),
        display_name: signature.name.clone(),
        outcome: outcome_message(signature.outcome).into(),
        sign_time: Some(timestamp(signature.at)),
    };
    PanelReport {
        round: number(report.round),
        verdict: verdict(report.verdict).into(),
        positive: count(report.positive),
        signatures: report.signatures.iter().map(signature).collect(),
        content_sha256: report.content_sha256.clone(),
        report_sha256: report.report_sha256.clone(),
    }
}

fn panel_trigger(trigger: Trigger) -> PanelTrigger {
    match trigger {
        Trigger::Amount => PanelTrigger::Amount,
        Trigger::DueDiligence => PanelTrigger::DueDiligence,
        Trigger::Flagged => PanelTrigger::Flagged,
        Trigger::Disagreement => PanelTrigger::Disagreement,
        Trigger::Legal => PanelTrigger::Legal,
        Trigger::Technical => PanelTrigger::Technical,
        Trigger::Policy => PanelTrigger::Policy,
    }
}

fn draw_bar(bar: Bar) -> DrawBar {
    match bar {
        Bar::Duty => DrawBar::Duty,
        Bar::Interest => DrawBar::Interest,
        Bar::Left => DrawBar::Left,
        Bar::Seated => DrawBar::Seated,
    }
}

fn verdict(verdict: Verdict) -> PanelVerdict {
    match verdict {
        Verdict::Passed => PanelVerdict::Passed,
        Verdict::PassedWithChanges => PanelVerdict::PassedWithChanges,
        Verdict::Failed => PanelVerdict::Failed,
    }
}

fn opinion_kind(kind: TaskKind) -> OpinionKind {
    match kind {
        TaskKind::DepartmentReview => OpinionKind::DepartmentReview,
        TaskKind::CountyOfficeDecision => OpinionKind::CountyOfficeDecision,
        TaskKind::PanelConvening => OpinionKind::PanelConvening,
        TaskKind::ExpertReview => OpinionKind::ExpertReview,
        TaskKind::LeadingGroupDecision => OpinionKind::LeadingGroupDecision,
        TaskKind::OverdueSupervision => OpinionKind::OverdueSupervision,
        TaskKind::OpinionDispensation => OpinionKind::OpinionDispensation,
    }
}

fn ids(persons: &[PersonId]) -> Vec<String> {
    persons.iter().map(|person| person.0.clone()).collect()
}

fn count(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
