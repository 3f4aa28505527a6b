//! Returns for correction (退回补正): what must be corrected, item by item, what was answered, and the way back.
//!
//! When a correction may come again is [`super::super::correction`]'s question, what it walks through
//! [`super::super::way_back`]'s.

use kernel::{
    Due,
    decision::{Correction, ReturnStep},
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::content::{Content, SectionChange};

/// Who sends back or rejects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Level {
    /// 乡镇.
    Township,
    /// 县级.
    County,
    /// 县乡村振兴局, by an objection to the county's notice.
    Bureau,
}

impl Level {
    /// Stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Township => "TOWNSHIP",
            Self::County => "COUNTY",
            Self::Bureau => "COUNTY_BUREAU",
        }
    }
}

/// One thing to correct, and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnItem {
    /// Number within the return, from `1`.
    pub id: String,
    /// Path of the field or section.
    pub field: String,
    /// What must be done.
    pub text: String,
    /// The post that asks.
    pub asked_by: String,
    /// What was done; none until answered.
    pub answer: Option<String>,
    /// The step that it goes back to.
    #[serde(default, skip_serializing_if = "ReturnStep::is_default")]
    pub step: ReturnStep,
}

impl ReturnItem {
    /// Whether the township has still to answer it.
    #[must_use]
    pub fn is_open_at_township(&self) -> bool {
        self.step.is_of_township() && self.answer.is_none()
    }
}

/// A return for correction (退回补正).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Return {
    /// From where.
    pub level: Level,
    /// Round at that level.
    pub round: u32,
    /// What must be corrected.
    pub items: Vec<ReturnItem>,
    /// Until when.
    pub due: Due,
    /// When it came again.
    pub resubmitted_at: Option<OffsetDateTime>,
    /// When it ends as rejected, once it is overdue.
    pub lapses_at: Option<Due>,
    /// Since when its clock stands for an objection that is still open.
    pub stopped_at: Option<OffsetDateTime>,
    /// Whether an objection sent it back, and no review.
    pub on_objection: bool,
    /// The content that was returned.
    pub before: Content,
    /// The content that came again; none while it has not.
    pub after: Option<Content>,
}

impl Return {
    /// All that is due is due so many days later.
    pub fn defer(&mut self, days: i64) {
        self.due = self.due.later(days);
        self.lapses_at = self.lapses_at.map(|lapses_at| lapses_at.later(days));
    }

    /// What is due next: the correction, or once it is overdue its end.
    #[must_use]
    pub fn next(&self) -> Due {
        self.lapses_at.unwrap_or(self.due)
    }

    /// The sections that the correction changed, each as it was and as it became (前后对比).
    #[must_use]
    pub fn changes(&self) -> Vec<SectionChange> {
        self.after.as_ref().map_or_else(Vec::new, |after| self.before.changes_to(after))
    }

    /// What the village must answer.
    pub fn of_village(&self) -> impl Iterator<Item = &ReturnItem> {
        self.items.iter().filter(|item| item.step.is_of_village())
    }

    /// From where the village walks again once it has answered.
    #[must_use]
    pub fn walks_from(&self) -> ReturnStep {
        let named = |step: &ReturnStep| self.items.iter().any(|item| item.step == *step);
        [ReturnStep::VillageVote, ReturnStep::VillageNotice].into_iter().find(named).unwrap_or_default()
    }
}

/// What was done for one item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorrectionAnswer {
    /// The item.
    pub item: String,
    /// What was done.
    pub text: String,
}

/// What is to be corrected, each with the post that asks, as numbered items.
pub fn numbered(corrections: impl IntoIterator<Item = (Correction, String)>) -> Vec<ReturnItem> {
    let item = |(number, (correction, asked_by)): (u32, (Correction, String))| {
        let Correction { field, text, step } = correction;
        ReturnItem { id: number.to_string(), field, text, asked_by, answer: None, step }
    };
    (1_u32..).zip(corrections).map(item).collect()
}

/// What a return of the county asks of the township before it comes straight back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WayBack {
    /// The head judges again.
    pub review: bool,
    /// The township posts its notice again.
    pub notice: bool,
}

impl WayBack {
    /// What these items ask of the township.
    #[must_use]
    pub fn of(items: &[ReturnItem]) -> Self {
        Self {
            review: items.iter().any(|item| item.step.is_of_township()),
            notice: items.iter().any(|item| item.step == ReturnStep::TownshipNotice),
        }
    }
}
