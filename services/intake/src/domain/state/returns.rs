//! How returns, their answers, their due dates and objections change an application (退回、补正、异议).
//!
//! Each is called from the match in [`super::evolve`] alone.

use kernel::{
    Due,
    calendar::civil_date,
    decision::{Question, ReturnStep},
};
use time::OffsetDateTime;

use super::State;
use crate::domain::{
    NoticeLevel, Signature, Stage,
    record::{
        correction::{CorrectionAnswer, Level, Return, ReturnItem, numbered},
        decision::{DecisionRecord, RejectReason},
        objection::{AnsweringLevel, Reply},
        stage::Rejection,
    },
};

/// Who hands back, and whether by a review.
pub(super) struct Handed {
    pub(super) level: Level,
    pub(super) on_objection: bool,
}

impl State {
    pub(super) fn return_from_township(&mut self, record: &DecisionRecord, due: Due) {
        self.decided(record);
        let asked_by = record.signature.post.to_string();
        let corrections = record.decision.said.corrections.iter();
        let items = numbered(corrections.map(|correction| (correction.clone(), asked_by.clone())));
        let round = self.township.last().map_or(1, |round| round.asked.round);
        self.hand_back(Handed { level: Level::Township, on_objection: false }, round, items, due);
    }

    pub(super) fn hand_back(&mut self, handed: Handed, round: u32, items: Vec<ReturnItem>, due: Due) {
        let (before, Handed { level, on_objection }) = (self.content.clone(), handed);
        self.returns.push(Return {
            level,
            round,
            items,
            due,
            resubmitted_at: None,
            lapses_at: None,
            stopped_at: None,
            on_objection,
            before,
            after: None,
        });
        self.stage = Stage::Returned;
    }

    pub(super) fn answer(&mut self, answers: &[CorrectionAnswer], signature: &Signature) {
        let Some(last) = self.returns.last_mut() else { return };
        last.resubmitted_at = Some(signature.at);
        last.after = Some(self.content.clone());
        for item in last.items.iter_mut().filter(|item| item.step.is_of_village()) {
            item.answer = answers.iter().find(|answer| answer.item == item.id).map(|answer| answer.text.clone());
        }
    }

    /// The village has answered: it walks again from the step that was named; from its notice where the substance changed.
    pub(super) fn walk_again(&mut self, substance_changed: bool) {
        if substance_changed {
            self.way_back = None;
            self.restart_notices();
        }
        match self.returns.last().map(Return::walks_from).unwrap_or_default() {
            ReturnStep::VillageVote => {
                self.restart_notice(NoticeLevel::Village);
                self.attempt += 1;
                self.stage = Stage::Deliberation;
            }
            ReturnStep::VillageNotice => {
                self.restart_notice(NoticeLevel::Village);
                self.stage = Stage::VillageNotice;
            }
            _ if substance_changed => self.stage = Stage::VillageNotice,
            // Straight back, as the next fact says.
            ReturnStep::Application
            | ReturnStep::TownshipReview
            | ReturnStep::TownshipNotice
            | ReturnStep::DepartmentReview => {}
        }
    }

    /// The township's head agrees, and so has answered what the county asked.
    pub(super) fn township_approved(&mut self, record: &DecisionRecord) {
        if self.way_back.is_some_and(|way| way.notice) {
            self.restart_notice(NoticeLevel::Township);
        }
        self.stage = Stage::TownshipNotice;
        let content = self.content.clone();
        let Some(last) = self.returns.iter_mut().rev().find(|returned| returned.level == Level::County) else { return };
        for item in last.items.iter_mut().filter(|item| item.is_open_at_township()) {
            let id = Question::id_about_return(&item.id);
            let answer = record.decision.said.answers.iter().find(|answer| answer.question == id);
            item.answer = answer.map(|answer| answer.text.clone());
            last.resubmitted_at.get_or_insert(record.signature.at);
            last.after.get_or_insert(content.clone());
        }
    }

    pub(super) fn objection_answered(&mut self, id: &str, reply: &Reply) {
        let Some(found) = self.objections.iter_mut().find(|objection| objection.id == id) else { return };
        found.reply = Some(reply.clone());
        if reply.upheld && found.level == NoticeLevel::Village {
            self.begin_anew();
        }
        self.go_on_correcting(reply.signature.at);
    }

    pub(super) fn objection_escalated(&mut self, id: &str, answering_level: AnsweringLevel, due: Due) {
        if let Some(found) = self.objections.iter_mut().find(|objection| objection.id == id) {
            (found.answering_level, found.due) = (answering_level, due);
        }
    }

    pub(super) fn overdue(&mut self, lapses_at: Due) {
        if let Some(last) = self.returns.last_mut() {
            last.lapses_at = Some(lapses_at);
        }
    }

    pub(super) fn lapse(&mut self) {
        let Some(last) = self.returns.last() else { return };
        let opinion = "退回补正逾期未报,申报失效".to_owned();
        self.stage = Stage::Rejected(Rejection { level: last.level, reason: Some(RejectReason::Lapsed), opinion });
    }

    /// An objection is still open as it goes back: its answer is awaited first.
    pub(super) fn stop_correction(&mut self) {
        let answered = self.objections.iter().filter_map(|known| known.reply.as_ref()).map(|reply| reply.signature.at);
        let (now, open) = (answered.max(), self.open_objections().next().is_some());
        if let Some(last) = self.returns.last_mut().filter(|_| open) {
            last.stopped_at = now;
        }
    }

    /// The last open objection is answered: what was due is due later by the days that it took.
    pub(super) fn go_on_correcting(&mut self, now: OffsetDateTime) {
        if self.stage != Stage::Returned || self.open_objections().next().is_some() {
            return;
        }
        let Some(last) = self.returns.last_mut() else { return };
        if let Some(stopped) = last.stopped_at.take() {
            last.defer((civil_date(now) - civil_date(stopped)).whole_days().max(0));
        }
    }
}
