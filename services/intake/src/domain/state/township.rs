//! How the township's tasks change (乡镇待办): asked, decided, taken away, resting while the application is suspended.
//!
//! Each is called from the match in [`super::evolve`] alone.

use kernel::{Due, Duty};

use super::State;
use crate::domain::{
    NoticeLevel, Signature, Stage,
    record::{
        decision::DecisionRecord,
        suspension::{Suspension, duty_of},
        township::{Asked, Round},
    },
};

impl State {
    pub(super) fn ask(&mut self, asked: &Asked, from_return: bool) {
        // A return that a suspension overtook: its task rests from the first.
        let suspended = u32::from(self.suspension.is_some());
        let (asked, recounts) = (asked.clone(), 0);
        self.township.push(Round { asked, record: None, retracted: false, from_return, suspended, recounts });
        self.stage = Stage::TownshipReview;
    }

    pub(super) fn decided(&mut self, record: &DecisionRecord) {
        self.acted(&record.signature, Duty::TownshipReviewer);
        if let Some(round) = self.township.last_mut() {
            round.record = Some(record.clone());
        }
    }

    /// The township's open task is taken away.
    pub(super) fn retract_task(&mut self) {
        self.township.iter_mut().filter(|round| round.record.is_none()).for_each(|round| round.retracted = true);
    }

    pub(super) fn recall(&mut self, asked: Option<&Asked>) {
        if self.stage == Stage::TownshipReview {
            let from_return = self.township.last().is_some_and(|round| round.from_return);
            self.retract_task();
            self.stage = if from_return { Stage::Returned } else { Stage::VillageNotice };
            if let (true, Some(last)) = (from_return, self.returns.last_mut()) {
                last.resubmitted_at = None;
            }
        } else if let (Stage::TownshipNotice, Some(asked)) = (&self.stage, asked) {
            self.restart_notice(NoticeLevel::Township);
            self.ask(asked, false);
        } else {
            self.begin_anew();
        }
    }

    pub(super) fn withdraw(&mut self, reason: &str) {
        self.retract_task();
        self.suspension = None;
        self.stage = Stage::Withdrawn { reason: reason.to_owned() };
    }

    pub(super) fn suspend(&mut self, reason: &str, signature: &Signature, kept: bool) {
        self.suspension = Some(Suspension { reason: reason.to_owned(), signature: signature.clone() });
        self.acted(signature, duty_of(signature));
        self.suspensions += 1;
        if kept {
            self.open_rounds().for_each(|round| round.suspended += 1);
        } else {
            self.retract_task();
        }
    }

    pub(super) fn resume(&mut self, days: i64, asked: Option<&Asked>, signature: &Signature) {
        self.acted(signature, duty_of(signature));
        self.suspension = None;
        let later = |due: &mut Due| *due = due.later(days);
        self.objections.iter_mut().filter(|open| open.reply.is_none()).for_each(|open| later(&mut open.due));
        if let (Stage::Returned, Some(last)) = (&self.stage, self.returns.last_mut()) {
            last.defer(days);
        }
        self.open_rounds().for_each(|round| later(&mut round.asked.due));
        if let Some(asked) = asked {
            let from_return = self.township.last().is_some_and(|round| round.from_return);
            self.ask(asked, from_return);
        }
    }

    /// The township's task that somebody should decide.
    pub(super) fn open_rounds(&mut self) -> impl Iterator<Item = &mut Round> {
        self.township.iter_mut().filter(|round| round.is_open())
    }
}
