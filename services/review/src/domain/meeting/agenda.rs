//! The agenda (会议议程): cases that wait for the leading group, each on one open agenda at most.
//!
//! An item holds the task that it decides and the revision of the content that lies on the table: when the case has moved
//! on before the meeting concludes, it says so, and nothing is decided unread.

use kernel::{Explanation, ProjectId, refusal::Common};
use time::Date;
use uuid::Uuid;

use super::{
    command::{Candidate, Occasion},
    event::Event,
    record::AgendaItem,
    signing::sign,
    state::{Stage, State},
};
use crate::domain::{
    case::Case,
    record::{Signature, TaskKind},
    state::{Stage as CaseStage, State as CaseState},
};

/// Projects on an agenda at most: more than half of a county's year.
pub const MOST_ITEMS: usize = 500;

/// The office convenes the meeting.
///
/// # Errors
/// `SCOPE`, `WRONG_STATE` of a case, `ON_AGENDA` elsewhere, `TOO_MANY`.
pub fn convene(meeting: Uuid, date: Date, candidates: Vec<Candidate>, by: &Occasion) -> Result<Vec<Event>, Common> {
    let signed = sign(by)?;
    let items = items(meeting, candidates)?;
    check_length(items.len())?;
    Ok(vec![Event::MeetingConvened { meeting, date: date.to_string(), items, by: signed }])
}

/// Puts projects on the agenda; one that stands there as it is now changes nothing.
///
/// # Errors
/// `SCOPE`, `WRONG_STATE` of the meeting or of a case, `ON_AGENDA` elsewhere, `TOO_MANY`.
pub fn add(state: &State, candidates: Vec<Candidate>, by: &Occasion) -> Result<Vec<Event>, Common> {
    let signed = sign_change(state, "AddAgendaItems", by)?;
    let mut items = items(state.meeting, candidates)?;
    items.retain(|item| !state.agenda.contains(item));
    let new = items.iter().filter(|item| !state.agenda.iter().any(|known| known.project == item.project));
    check_length(state.agenda.len() + new.count())?;
    Ok(if items.is_empty() { Vec::new() } else { vec![Event::AgendaItemsAdded { items, by: signed }] })
}

/// Takes projects off the agenda; what does not stand there changes nothing.
///
/// # Errors
/// `SCOPE`, `WRONG_STATE`.
pub fn remove(state: &State, projects: &[ProjectId], by: &Occasion) -> Result<Vec<Event>, Common> {
    let signed = sign_change(state, "RemoveAgendaItems", by)?;
    let here = state.agenda.iter().map(|item| item.project).filter(|project| projects.contains(project));
    let projects: Vec<ProjectId> = here.collect();
    Ok(if projects.is_empty() { Vec::new() } else { vec![Event::AgendaItemsRemoved { projects, by: signed }] })
}

/// The signature of who changes the agenda, while it may change.
fn sign_change(state: &State, command: &'static str, by: &Occasion) -> Result<Signature, Common> {
    let signed = sign(by)?;
    match &state.stage {
        Stage::Convened => Ok(signed),
        Stage::Concluded { .. } | Stage::Cancelled { .. } => Err(state.wrong_state(command)),
    }
}

/// The items that these candidates make on the agenda of this meeting. Refused is, as `WRONG_STATE`, every project that does
/// not wait for the leading group, or else, as `ON_AGENDA`, every one that stands on another agenda.
fn items(meeting: Uuid, candidates: Vec<Candidate>) -> Result<Vec<AgendaItem>, Common> {
    let (mut items, mut astray, mut elsewhere) = (Vec::new(), Vec::new(), Vec::new());
    for (index, Candidate { project, case, on_agenda_of }) in candidates.into_iter().enumerate() {
        let item = match &case {
            Case::Unopened => None,
            Case::Opened(state) => item_of(state),
        };
        match item {
            None => astray.push((index, project)),
            Some(_) if on_agenda_of.is_some_and(|other| other != meeting) => elsewhere.push((index, project)),
            Some(item) => items.push(item),
        }
    }
    let at_all = |explanation: Explanation, places: &[(usize, ProjectId)]| {
        let at = |explanation: Explanation, (index, _): &(usize, _)| explanation.at(format!("project_ids[{index}]"));
        Common::rule(places.iter().fold(explanation, at))
    };
    let named = |places: &[(usize, ProjectId)]| {
        places.iter().map(|(_, project)| project.to_string()).collect::<Vec<_>>().join("、")
    };
    if !astray.is_empty() {
        let zh = format!("只有待领导小组审定的项目才能列入议程:{}", named(&astray));
        let en = "only projects that wait for the leading group may stand on the agenda";
        return Err(at_all(Explanation::new("WRONG_STATE", zh, en), &astray));
    }
    if !elsewhere.is_empty() {
        let zh = format!("已列入另一次会议的议程:{}", named(&elsewhere));
        return Err(at_all(Explanation::new("ON_AGENDA", zh, "stands on another meeting's agenda"), &elsewhere));
    }
    Ok(items)
}

/// The item that a case makes while it waits for the leading group.
fn item_of(state: &CaseState) -> Option<AgendaItem> {
    let waits = state.stage == CaseStage::LeadingGroup;
    let mut awaited = state.awaited().filter(|_| waits).map(|opinion| &opinion.asked);
    let asked = awaited.find(|asked| asked.task_kind == TaskKind::LeadingGroupDecision)?;
    let subject = &state.referral.subject;
    Some(AgendaItem {
        project: state.project,
        title: subject.title.clone(),
        village: subject.village,
        total: subject.total,
        task: asked.task,
        round: asked.round,
        content_revision: asked.content_revision,
    })
}

/// Refuses an agenda that no meeting gets through.
///
/// # Errors
/// `TOO_MANY`.
pub fn check_length(items: usize) -> Result<(), Common> {
    if items <= MOST_ITEMS {
        return Ok(());
    }
    let zh = format!("一次会议的议程最多{MOST_ITEMS}个项目,现有{items}个");
    let explanation = Explanation::new("TOO_MANY", zh, format!("at most {MOST_ITEMS} projects, here are {items}"));
    Err(Common::invalid(explanation.figures(items, MOST_ITEMS).at("project_ids")))
}
