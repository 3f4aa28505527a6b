//! The one place where facts change an application (状态演化): complete, and without a refusal.
//!
//! What follows from a fact and takes several lines stands below the match, or in [`super::returns`] and
//! [`super::township`], whose functions are called from here alone.

use std::collections::BTreeSet;

use kernel::{Due, Duty, PersonId};

use super::{State, returns::Handed};
use crate::domain::{
    Content, Decision, Event, NoticeLevel, Signature, Stage,
    record::{
        correction::{Level, WayBack},
        notice::Closing,
        pool::{LeaveReason, Place, Progress},
        recount::Awaited,
        site_check::SiteCheck,
        stage::Rejection,
        vote::Vote,
    },
};

impl State {
    /// The state after one more fact.
    pub fn evolve(&mut self, event: &Event) {
        self.photographs.extend(event.photograph().map(|photo| photo.sha256.clone()));
        match event {
            // Only the first fact of a stream opens it.
            Event::ApplicationCreated { .. } => {}
            Event::ApplicationUpdated { content, signature } => self.update(content, signature),
            Event::ApplicationProposed { signature } => {
                self.acted(signature, Duty::Applicant);
                // Out of the notice: what hung there has not been voted on.
                self.begin_anew();
                self.attempt += 1;
                self.stage = Stage::Deliberation;
            }
            Event::VoteRecorded { vote, signature } => {
                self.acted(signature, Duty::Applicant);
                self.vote(vote);
            }
            Event::NoticePosted { notice, signature } => {
                self.acted(signature, notice.level.duty());
                self.notices.push(notice.clone());
            }
            Event::NoticeClosed { level, closing, signature } => self.close(*level, closing, signature),
            Event::ApplicationSubmitted { asked, signature } => {
                self.acted(signature, Duty::Applicant);
                if let Some(asked) = asked {
                    self.ask(asked, false);
                }
            }
            Event::TownshipAskedAgain { asked } => self.ask(asked, false),
            Event::SiteCheckRecorded { site_check, each_confirms, signature } => {
                self.check(site_check, *each_confirms, signature);
            }
            Event::SiteCheckConfirmed { signature } => {
                self.acted(signature, Duty::SiteChecker);
                self.site_check_confirmed.push(signature.person.clone());
            }
            Event::CompletenessChecked { record, asked, .. } => {
                let from_return = self.township.last().is_some_and(|round| round.from_return);
                self.decided(record);
                self.ask(asked, from_return);
            }
            Event::TownshipApproved { record, .. } => {
                self.decided(record);
                self.township_approved(record);
            }
            Event::TownshipReturned { record, due, .. } => self.return_from_township(record, *due),
            Event::TownshipRejected { record, .. } => {
                self.decided(record);
                let Decision { said, reason } = record.decision.clone();
                self.stage = Stage::Rejected(Rejection { level: Level::Township, reason, opinion: said.opinion });
            }
            Event::ApplicationResubmitted { answers, asked, again, signature } => {
                self.acted(signature, Duty::Applicant);
                self.answer(answers, signature);
                match (asked, &self.resolution) {
                    (Some(asked), _) => self.ask(asked, true),
                    (None, Some(resolution)) => self.stage = Stage::CountyNotice { resolution: resolution.clone() },
                    (None, None) => self.walk_again(*again),
                }
            }
            Event::ExpertsSeated { number, seats } => self.readers.seat_experts(*number, seats),
            Event::ApplicationForwarded { round, asked } => {
                self.readers.ask(asked);
                self.county_rounds = *round;
                self.way_back = None;
                self.stage = Stage::CountyReview { round: *round };
            }
            Event::CountyReturned { round, items, acts, due } => {
                self.duties.add(acts);
                self.way_back = Some(WayBack::of(items));
                self.hand_back(Handed { level: Level::County, on_objection: false }, *round, items.clone(), *due);
            }
            Event::CountyApproved { resolution, acts, .. } => {
                self.duties.add(acts);
                self.resolution = Some(resolution.clone());
                self.stage = Stage::CountyNotice { resolution: resolution.clone() };
            }
            Event::CountyRejected { opinion, acts } => {
                self.duties.add(acts);
                self.stage =
                    Stage::Rejected(Rejection { level: Level::County, reason: None, opinion: opinion.clone() });
            }
            Event::ProjectPooled { pool_no, explanation, signature, .. } => self.pool(pool_no, explanation, signature),
            Event::DeliberationRecorded { deliberation, signature } => {
                self.acted(signature, Duty::Applicant);
                if !deliberation.passed {
                    self.begin_anew();
                }
                self.deliberations.push(deliberation.clone());
            }
            Event::ObjectionRaised { objection, .. } => self.objections.push(objection.clone()),
            Event::ObjectionEscalated { id, answering_level, due } => {
                self.objection_escalated(id, *answering_level, *due)
            }
            Event::ObjectionAnswered { id, reply } => self.objection_answered(id, reply),
            Event::ReturnedOnObjection { level, round, items, due } => {
                self.restart_notice(if *level == Level::Bureau { NoticeLevel::County } else { NoticeLevel::Township });
                self.hand_back(Handed { level: *level, on_objection: true }, *round, items.clone(), *due);
                self.stop_correction();
            }
            Event::CorrectionOverdue { lapses_at } => self.overdue(*lapses_at),
            Event::ApplicationLapsed {} => self.lapse(),
            Event::DueRecounted { of, due } => self.recounted(of, *due),
            Event::ApplicationRecalled { asked, .. } => self.recall(asked.as_ref()),
            Event::ApplicationWithdrawn { reason, .. } => self.withdraw(reason),
            Event::ApplicationSuspended { reason, signature, kept } => self.suspend(reason, signature, *kept),
            Event::ApplicationResumed { days, asked, signature } => self.resume(*days, asked.as_ref(), signature),
            Event::PoolPrioritySet { priority, signature } => {
                self.kept(signature, |place| place.priority = Some(*priority));
            }
            Event::PoolProjectRolled { year, signature } => self.kept(signature, |place| place.year = *year),
            Event::ProgressHeard { progress } => self.in_pool(|place| place.progress = *progress),
            Event::ProjectUnpooled { reason, text, .. } => self.leave(*reason, text),
        }
    }

    pub(super) fn acted(&mut self, signature: &Signature, duty: Duty) {
        for person in signature.persons() {
            self.duties.record_person(person, duty);
        }
    }

    fn update(&mut self, content: &Content, signature: &Signature) {
        self.acted(signature, Duty::Applicant);
        if self.stage != Stage::Draft && !self.content.material_changes(content).is_empty() {
            self.restart_notices();
        }
        if self.content.has_another_site(content) {
            self.forget_site_check();
        }
        self.content = content.clone();
        self.content_revision += 1;
    }

    fn vote(&mut self, vote: &Vote) {
        self.votes.push(vote.clone());
        if !vote.passed {
            return self.begin_anew();
        }
        // The village has agreed to something else than before: the site is checked for that.
        if self.voted_on.as_ref().is_some_and(|known| !known.material_changes(&self.content).is_empty()) {
            self.forget_site_check();
        }
        self.voted_on = Some(Box::new(self.content.clone()));
        self.stage = Stage::VillageNotice;
    }

    fn forget_site_check(&mut self) {
        self.site_check = None;
        self.site_check_confirmed.clear();
    }

    fn close(&mut self, level: NoticeLevel, closing: &Closing, signature: &Signature) {
        self.acted(signature, level.duty());
        if let Some(notice) = self.notices.iter_mut().find(|notice| notice.level == level && !notice.superseded) {
            notice.closed = Some(closing.clone());
        }
    }

    fn check(&mut self, site_check: &SiteCheck, each_confirms: bool, signature: &Signature) {
        let recorder = |checker: &&PersonId| **checker == signature.person && signature.on_behalf_of.is_none();
        if !site_check.checkers.iter().any(|checker| recorder(&checker)) {
            self.acted(signature, Duty::TownshipReviewer);
        }
        let confirmed = site_check.checkers.iter().filter(|checker| !each_confirms || recorder(checker));
        // The same person named twice has been there once.
        let confirmed: BTreeSet<&PersonId> = confirmed.collect();
        for checker in &confirmed {
            self.duties.record_person(checker, Duty::SiteChecker);
        }
        self.site_check_confirmed = confirmed.into_iter().cloned().collect();
        self.site_check = Some(site_check.clone());
    }

    fn pool(&mut self, pool_no: &str, explanation: &str, signature: &Signature) {
        self.acted(signature, Duty::CountyOffice);
        // Only what the county approved is pooled.
        if let Some(resolution) = self.stage.resolution().cloned() {
            self.pool = Some(Place {
                year: self.content.fiscal_year,
                priority: None,
                progress: Progress::NotStarted,
                explanation: explanation.to_owned(),
            });
            self.stage = Stage::InPool { pool_no: pool_no.to_owned(), resolution };
        }
    }

    /// Back to the draft: whatever was shown or walked before counts no more.
    pub(super) fn begin_anew(&mut self) {
        self.way_back = None;
        self.restart_notices();
        self.stage = Stage::Draft;
    }

    /// The notices of all levels begin anew.
    pub(super) fn restart_notices(&mut self) {
        self.notices.iter_mut().for_each(|notice| notice.superseded = true);
    }

    /// The notice of that level begins anew.
    pub(super) fn restart_notice(&mut self, level: NoticeLevel) {
        self.notices.iter_mut().filter(|notice| notice.level == level).for_each(|notice| notice.superseded = true);
    }

    /// What the county office did with its place in the pool.
    fn kept(&mut self, signature: &Signature, change: impl FnOnce(&mut Place)) {
        self.acted(signature, Duty::CountyOffice);
        self.in_pool(change);
    }

    fn in_pool(&mut self, change: impl FnOnce(&mut Place)) {
        if let Some(place) = &mut self.pool {
            change(place);
        }
    }

    fn leave(&mut self, reason: LeaveReason, text: &str) {
        // Only what is in the pool leaves it.
        if let Stage::InPool { pool_no, .. } = &self.stage {
            self.stage = Stage::OutOfPool { pool_no: pool_no.clone(), reason, text: text.to_owned() };
        }
    }

    fn recounted(&mut self, of: &Awaited, due: Due) {
        match of {
            Awaited::Township { task } => {
                for round in self.township.iter_mut().filter(|round| round.asked.task == *task) {
                    round.asked.due = due;
                    round.recounts += 1;
                }
            }
            Awaited::Correction => self.returns.last_mut().into_iter().for_each(|last| last.due = due),
            Awaited::Lapse => self.returns.last_mut().into_iter().for_each(|last| last.lapses_at = Some(due)),
            Awaited::Objection { id } => {
                self.objections.iter_mut().filter(|open| open.id == *id).for_each(|open| open.due = due);
            }
        }
    }
}
