//! The sheet of a meeting (会议议程表): what stands on its agenda, where it is, what the cases answered.

use std::collections::BTreeMap;

use kernel::{Actor, PersonId, Post, ProjectId, refusal::Common};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{AgendaItem, Candidate, Event, ItemRefusal, ItemResult, Minutes, Occasion, Ruling, agenda};

/// Who did something for the leading group's office, and in which post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// Who really acted.
    pub person: PersonId,
    /// That person's name.
    pub name: String,
    /// In which post.
    pub post: Post,
    /// Who was acted for, if anyone.
    pub on_behalf_of: Option<PersonId>,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

impl Signed {
    /// The signature of this actor in this post.
    #[must_use]
    pub fn of(actor: &Actor, post: Post, at: OffsetDateTime) -> Self {
        let Actor { person, name, on_behalf_of, .. } = actor.clone();
        Self { person, name, post, on_behalf_of, at }
    }

    /// The same as an actor: it is that person, in that post, who decides each case.
    #[must_use]
    pub fn actor(&self) -> Actor {
        let Self { person, name, post, on_behalf_of, at: _ } = self.clone();
        Actor { person, name, posts: vec![post], on_behalf_of }
    }
}

/// All that is known of a meeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// The meeting.
    pub meeting: Uuid,
    /// The day it is planned for.
    pub planned: String,
    /// The agenda, in order.
    pub agenda: Vec<AgendaItem>,
    /// Who convened it.
    pub convened: Signed,
    /// What the cases have answered.
    pub results: BTreeMap<ProjectId, Option<ItemRefusal>>,
    /// Where it is.
    pub stage: Stage,
}

/// Where a meeting is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// 已召集: its agenda may change.
    Convened,
    /// 已审定.
    Concluded {
        /// What it decided.
        minutes: Box<Minutes>,
        /// Who recorded it.
        by: Signed,
    },
    /// 已取消.
    Cancelled {
        /// Why.
        reason: String,
    },
}

impl Stage {
    /// Stable name, as in the contract and the tables.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Convened => "CONVENED",
            Self::Concluded { .. } => "CONCLUDED",
            Self::Cancelled { .. } => "CANCELLED",
        }
    }
}

/// Where a project of the agenda is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemState {
    /// 待审议.
    OnAgenda,
    /// The meeting has decided; its case has not answered yet.
    Pending,
    /// 已审定: its case bears the decision.
    Decided,
    /// Its case refused the decision.
    Refused,
    /// The meeting was cancelled.
    Dropped,
}

impl ItemState {
    /// Stable name, as in the contract and the tables.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::OnAgenda => "ON_AGENDA",
            Self::Pending => "PENDING",
            Self::Decided => "DECIDED",
            Self::Refused => "REFUSED",
            Self::Dropped => "DROPPED",
        }
    }
}

/// A project of the agenda with all that became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item<'a> {
    /// What stands on the agenda.
    pub entry: &'a AgendaItem,
    /// Where it is.
    pub state: ItemState,
    /// What the meeting decided.
    pub ruling: Option<&'a Ruling>,
    /// Why its case refused that.
    pub refusal: Option<&'a ItemRefusal>,
}

impl Sheet {
    /// The sheet of a meeting that has just been convened.
    #[must_use]
    pub fn convened(meeting: Uuid, date: &str, items: &[AgendaItem], by: &Signed) -> Self {
        Self {
            meeting,
            planned: date.to_owned(),
            agenda: items.to_vec(),
            convened: by.clone(),
            results: BTreeMap::new(),
            stage: Stage::Convened,
        }
    }

    /// The day it was held, or is planned for.
    #[must_use]
    pub fn date(&self) -> &str {
        match &self.stage {
            Stage::Concluded { minutes, .. } => &minutes.meeting_date,
            Stage::Convened | Stage::Cancelled { .. } => &self.planned,
        }
    }

    /// The agenda, in order, with all that became of it.
    pub fn items(&self) -> impl Iterator<Item = Item<'_>> {
        self.agenda.iter().map(|entry| {
            let (state, ruling) = match (&self.stage, self.results.get(&entry.project)) {
                (Stage::Convened, _) => (ItemState::OnAgenda, None),
                (Stage::Cancelled { .. }, _) => (ItemState::Dropped, None),
                (Stage::Concluded { minutes, .. }, None) => (ItemState::Pending, minutes.ruling(entry.project)),
                (Stage::Concluded { minutes, .. }, Some(None)) => (ItemState::Decided, minutes.ruling(entry.project)),
                (Stage::Concluded { minutes, .. }, Some(Some(_))) => {
                    (ItemState::Refused, minutes.ruling(entry.project))
                }
            };
            let refusal = self.results.get(&entry.project).and_then(Option::as_ref);
            Item { entry, state, ruling, refusal }
        })
    }

    /// The state after one more fact.
    pub fn apply(&mut self, event: &Event) {
        match event {
            // A meeting is convened once.
            Event::MeetingConvened { .. } => {}
            Event::AgendaItemsAdded { items, .. } => {
                for item in items {
                    match self.agenda.iter_mut().find(|known| known.project == item.project) {
                        Some(known) => *known = item.clone(),
                        None => self.agenda.push(item.clone()),
                    }
                }
            }
            Event::AgendaItemsRemoved { projects, .. } => {
                self.agenda.retain(|item| !projects.contains(&item.project));
            }
            Event::MeetingConcluded { minutes, by } => {
                self.stage = Stage::Concluded { minutes: Box::new(minutes.clone()), by: by.clone() };
            }
            Event::ItemsCarriedOut { results } => {
                self.results.extend(results.iter().map(|result| (result.project, result.refusal.clone())));
            }
            Event::MeetingCancelled { reason, .. } => self.stage = Stage::Cancelled { reason: reason.clone() },
        }
    }

    /// Puts projects on the agenda; one that stands there as it is now changes nothing.
    ///
    /// # Errors
    /// `SCOPE`, `WRONG_STATE` of the meeting or of a case, `ON_AGENDA` elsewhere, `TOO_MANY`.
    pub fn add(&self, candidates: Vec<Candidate>, by: &Occasion) -> Result<Vec<Event>, Common> {
        let signed = self.sign_change("AddAgendaItems", by)?;
        let mut items = agenda::items(self.meeting, candidates)?;
        items.retain(|item| !self.agenda.contains(item));
        let new = items.iter().filter(|item| !self.agenda.iter().any(|known| known.project == item.project));
        agenda::check_length(self.agenda.len() + new.count())?;
        Ok(if items.is_empty() { Vec::new() } else { vec![Event::AgendaItemsAdded { items, by: signed }] })
    }

    /// Takes projects off the agenda; what does not stand there changes nothing.
    ///
    /// # Errors
    /// `SCOPE`, `WRONG_STATE`.
    pub fn remove(&self, projects: &[ProjectId], by: &Occasion) -> Result<Vec<Event>, Common> {
        let signed = self.sign_change("RemoveAgendaItems", by)?;
        let here = self.agenda.iter().map(|item| item.project).filter(|project| projects.contains(project));
        let projects: Vec<ProjectId> = here.collect();
        Ok(if projects.is_empty() { Vec::new() } else { vec![Event::AgendaItemsRemoved { projects, by: signed }] })
    }

    /// The signature of who changes the agenda, while it may change.
    fn sign_change(&self, command: &'static str, by: &Occasion) -> Result<Signed, Common> {
        let signed = by.sign()?;
        match &self.stage {
            Stage::Convened => Ok(signed),
            Stage::Concluded { .. } | Stage::Cancelled { .. } => Err(self.wrong_state(command)),
        }
    }

    /// What cases answered. That a case bears the decision is for ever; a refusal may be overtaken by that.
    ///
    /// # Errors
    /// `WRONG_STATE` before the meeting has decided.
    pub fn record(&self, results: Vec<ItemResult>) -> Result<Vec<Event>, Common> {
        match &self.stage {
            Stage::Convened | Stage::Cancelled { .. } => Err(self.wrong_state("RecordResults")),
            Stage::Concluded { .. } => {
                let is_new = |result: &ItemResult| match self.results.get(&result.project) {
                    None => self.agenda.iter().any(|item| item.project == result.project),
                    Some(None) => false,
                    Some(Some(_)) => result.refusal.is_none(),
                };
                let results: Vec<ItemResult> = results.into_iter().filter(is_new).collect();
                Ok(if results.is_empty() { Vec::new() } else { vec![Event::ItemsCarriedOut { results }] })
            }
        }
    }

    pub(super) fn wrong_state(&self, command: &'static str) -> Common {
        Common::WrongState { state: self.stage.code(), command }
    }
}
