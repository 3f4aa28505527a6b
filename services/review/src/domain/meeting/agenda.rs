//! The agenda (会议议程): cases that wait for the leading group, each on one open agenda at most.
//!
//! An item holds the task that it decides and the revision of the content that lies on the table: when the case has moved
//! on before the meeting concludes, it says so, and nothing is decided unread.

use kernel::{Division, Explanation, Fen, ProjectId, TaskId, refusal::Common};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::{Case, File, Stage, TaskKind};

/// Projects on an agenda at most: more than half of a county's year.
pub const MOST_ITEMS: usize = 500;

/// A project that shall stand on an agenda.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The project.
    pub project: ProjectId,
    /// Its case as it stands.
    pub case: Case,
    /// The open meeting on whose agenda it stands already.
    pub on_agenda_of: Option<Uuid>,
}

/// A project on an agenda.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgendaItem {
    /// The project.
    pub project: ProjectId,
    /// Project name.
    pub title: String,
    /// Village.
    pub village: Division,
    /// Total investment.
    pub total: Fen,
    /// The leading group's open task in the case.
    pub task: TaskId,
    /// Round.
    pub round: u32,
    /// Revision of the content that lies on the table.
    pub content_revision: i64,
}

impl AgendaItem {
    /// The item that a case makes while it waits for the leading group.
    fn of(file: &File) -> Option<Self> {
        let waits = file.stage == Stage::LeadingGroup;
        let mut awaited = file.awaited().filter(|_| waits).map(|opinion| &opinion.asked);
        let asked = awaited.find(|asked| asked.task_kind == TaskKind::LeadingGroupDecision)?;
        let subject = &file.referral.subject;
        Some(Self {
            project: file.project,
            title: subject.title.clone(),
            village: subject.village,
            total: subject.total,
            task: asked.task,
            round: asked.round,
            content_revision: asked.content_revision,
        })
    }
}

/// The items that these candidates make on the agenda of this meeting.
///
/// # Errors
/// `WRONG_STATE` with every project that does not wait for the leading group, or `ON_AGENDA` with every one that stands on
/// another agenda.
pub fn items(meeting: Uuid, candidates: Vec<Candidate>) -> Result<Vec<AgendaItem>, Common> {
    let (mut items, mut astray, mut elsewhere) = (Vec::new(), Vec::new(), Vec::new());
    for (index, Candidate { project, case, on_agenda_of }) in candidates.into_iter().enumerate() {
        let item = match &case {
            Case::Unopened => None,
            Case::Opened(file) => AgendaItem::of(file),
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
