//! What several rules, or the rooms around them, ask of an application (共用查询).
//!
//! What one rule alone asks stands in that rule's file.

use kernel::refusal::Common;

use super::State;
use crate::domain::{
    Stage,
    record::{
        correction::{Level, Return},
        notice::{Notice, NoticeLevel},
        objection::Objection,
        vote::Deliberation,
    },
};

impl State {
    /// The notice of that level, if it was posted.
    #[must_use]
    pub fn notice(&self, level: NoticeLevel) -> Option<&Notice> {
        self.notices.iter().find(|notice| notice.level == level && !notice.superseded)
    }

    /// The last opinion of the township's head; empty while there is none.
    #[must_use]
    pub fn township_opinion(&self) -> &str {
        let decisions = self.township.iter().rev().filter(|round| round.asked.step.is_decision());
        let record = decisions.into_iter().find_map(|round| round.record.as_ref());
        record.map_or("", |record| record.decision.said.opinion.as_str())
    }

    /// The refusal of a command that this state doesn't allow.
    #[must_use]
    pub fn wrong_state(&self, command: &'static str) -> Common {
        Common::WrongState { state: self.stage.code(), command }
    }

    /// Whether nothing about the application is left to decide: it is in the pool, or has ended, and is not suspended.
    #[must_use]
    pub fn is_decided_for_good(&self) -> bool {
        let decided = self.stage.is_over() || matches!(self.stage, Stage::InPool { .. });
        decided && self.suspension.is_none()
    }

    /// Objections that nobody has answered.
    pub fn open_objections(&self) -> impl Iterator<Item = &Objection> {
        self.objections.iter().filter(|objection| objection.reply.is_none())
    }

    /// The meetings of this attempt that agreed.
    pub fn deliberated(&self) -> impl DoubleEndedIterator<Item = &Deliberation> {
        self.deliberations.iter().filter(|held| held.attempt == self.attempt && held.passed)
    }

    /// What the county returned last.
    #[must_use]
    pub fn last_of_county(&self) -> Option<&Return> {
        self.returns.iter().rev().find(|returned| returned.level == Level::County)
    }

    /// The year whose rules judge it: the one that it waits for in the pool, else the one that it was filed for.
    #[must_use]
    pub fn year(&self) -> i32 {
        self.pool.as_ref().map_or(self.content.fiscal_year, |place| place.year)
    }
}
