//! The state of a meeting: what stands on its agenda, where it is, what the cases answered; and what each fact changes.
//! Nothing else changes it.

use std::collections::BTreeMap;

use kernel::{ProjectId, refusal::Common};
use uuid::Uuid;

use super::{
    event::Event,
    record::{AgendaItem, ItemRefusal, Minutes, Ruling},
};
use crate::domain::record::Signature;

/// All that is known of a meeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// The meeting.
    pub meeting: Uuid,
    /// The day it is planned for.
    pub planned: String,
    /// The agenda, in order.
    pub agenda: Vec<AgendaItem>,
    /// Who convened it.
    pub convened: Signature,
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
        by: Signature,
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

impl State {
    /// The state of a meeting that has just been convened.
    #[must_use]
    pub fn convened(meeting: Uuid, date: &str, items: &[AgendaItem], by: &Signature) -> Self {
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

    /// Takes one more fact.
    pub fn evolve(&mut self, event: &Event) {
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

    /// The refusal of a command that does not fit where the meeting is.
    #[must_use]
    pub fn wrong_state(&self, command: &'static str) -> Common {
        Common::WrongState { state: self.stage.code(), command }
    }
}
