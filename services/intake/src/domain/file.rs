//! What an opened application remembers, folded from its facts: where it stands, its content, votes, notices, rounds,
//! returns, and who has had which duty.
//!
//! [`Stage`] owns what is true only there; the lists are history and only grow. How it moves stands in the rule files.

use std::collections::BTreeSet;

use kernel::{Due, Duties, Duty, PersonId, ProjectId, refusal::Common};
use time::OffsetDateTime;

pub use super::stage::{Rejection, Stage};
use super::{
    Content, Decision, Event, Given, NoticeLevel, Signature,
    correction::{CorrectionAnswer, Desk, Return, ReturnItem, numbered},
    county::Resolution,
    deliberation::Deliberation,
    notice_period::{Closing, Notice},
    objection::Objection,
    pool_life::{Place, Progress},
    readers::Readers,
    site_check::SiteCheck,
    suspension::Suspension,
    township_review::{Asked, Round},
    village_vote::Vote,
    way_back::WayBack,
};

/// An application from its first draft on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// The project.
    pub project: ProjectId,
    /// Where it stands.
    pub stage: Stage,
    /// Its content.
    pub content: Content,
    /// Grows with each change of content, from 1.
    pub content_revision: i64,
    /// Votes of the village, failed ones too.
    pub votes: Vec<Vote>,
    /// Meetings before the vote, failed ones too.
    pub deliberations: Vec<Deliberation>,
    /// The content of the last vote that passed.
    pub voted_on: Option<Box<Content>>,
    /// Photographs that have served, by their hash.
    pub photographs: BTreeSet<String>,
    /// When the first draft was opened.
    pub drafted_at: OffsetDateTime,
    /// How often the draft was put to deliberation.
    pub attempt: u32,
    /// Objections to the notices.
    pub objections: Vec<Objection>,
    /// Rounds at the county so far.
    pub county_rounds: u32,
    /// While the county waits for what it returned: what the township must do before it comes straight back.
    pub way_back: Option<WayBack>,
    /// What the county approved it by.
    pub resolution: Option<Resolution>,
    /// The suspension that stands.
    pub suspension: Option<Suspension>,
    /// How often it was suspended so far.
    pub suspensions: u32,
    /// Who is asked about it at the county.
    pub readers: Readers,
    /// Its place in the pool.
    pub pool: Option<Place>,
    /// Notices, at most one a level that is not superseded.
    pub notices: Vec<Notice>,
    /// The site check that counts.
    pub site_check: Option<SiteCheck>,
    /// Who has confirmed it.
    pub site_check_confirmed: Vec<PersonId>,
    /// Rounds at the township.
    pub township: Vec<Round>,
    /// Returns for correction.
    pub returns: Vec<Return>,
    /// Who has had which duty.
    pub duties: Duties,
}

impl File {
    /// The file that a first draft opens.
    #[must_use]
    pub fn opened(project: ProjectId, content: &Content, signature: &Signature) -> Self {
        let mut file = Self {
            project,
            stage: Stage::Draft,
            content: content.clone(),
            content_revision: 1,
            votes: Vec::new(),
            notices: Vec::new(),
            deliberations: Vec::new(),
            voted_on: None,
            photographs: BTreeSet::new(),
            drafted_at: signature.at,
            attempt: 0,
            objections: Vec::new(),
            county_rounds: 0,
            way_back: None,
            resolution: None,
            suspension: None,
            suspensions: 0,
            readers: Readers::default(),
            pool: None,
            site_check: None,
            site_check_confirmed: Vec::new(),
            township: Vec::new(),
            returns: Vec::new(),
            duties: Duties::default(),
        };
        file.acted(signature, Duty::Applicant);
        file
    }

    /// The notice of that level, if it was posted.
    #[must_use]
    pub fn notice(&self, level: NoticeLevel) -> Option<&Notice> {
        self.notices.iter().find(|notice| notice.level == level && !notice.superseded)
    }

    /// The last opinion of the township's head; empty while there is none.
    #[must_use]
    pub fn township_opinion(&self) -> &str {
        let decisions = self.township.iter().rev().filter(|round| round.asked.step.is_decision());
        let given = decisions.into_iter().find_map(|round| round.given.as_ref());
        given.map_or("", |given| given.decision.said.opinion.as_str())
    }

    /// The refusal of a command that this state doesn't allow.
    #[must_use]
    pub fn wrong_state(&self, command: &'static str) -> Common {
        Common::WrongState { state: self.stage.code(), command }
    }

    /// The state after one more fact.
    pub fn apply(&mut self, event: &Event) {
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
            Event::CompletenessChecked { given, asked, .. } => {
                let from_return = self.township.last().is_some_and(|round| round.from_return);
                self.give(given);
                self.ask(asked, from_return);
            }
            Event::TownshipApproved { given, .. } => {
                self.give(given);
                self.township_approved(given);
            }
            Event::TownshipReturned { given, due, .. } => self.return_from_township(given, *due),
            Event::TownshipRejected { given, .. } => {
                self.give(given);
                let Decision { said, reason } = given.decision.clone();
                self.stage = Stage::Rejected(Rejection { desk: Desk::Township, reason, opinion: said.opinion });
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
                self.hand_back(Handed { desk: Desk::County, on_objection: false }, *round, items.clone(), *due);
            }
            Event::CountyApproved { resolution, acts, .. } => {
                self.duties.add(acts);
                self.resolution = Some(resolution.clone());
                self.stage = Stage::CountyNotice { resolution: resolution.clone() };
            }
            Event::CountyRejected { opinion, acts } => {
                self.duties.add(acts);
                self.stage = Stage::Rejected(Rejection { desk: Desk::County, reason: None, opinion: opinion.clone() });
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
            Event::ObjectionEscalated { id, desk, due } => self.objection_escalated(id, *desk, *due),
            Event::ObjectionAnswered { id, reply } => self.objection_answered(id, reply),
            Event::ReturnedOnObjection { desk, round, items, due } => {
                self.restart_notice(if *desk == Desk::Bureau { NoticeLevel::County } else { NoticeLevel::Township });
                self.hand_back(Handed { desk: *desk, on_objection: true }, *round, items.clone(), *due);
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

    fn forget_site_check(&mut self) {
        self.site_check = None;
        self.site_check_confirmed.clear();
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

    pub(super) fn acted(&mut self, signature: &Signature, duty: Duty) {
        for person in signature.persons() {
            self.duties.record_person(person, duty);
        }
    }

    /// How often that desk's review has returned it: what an objection sent back does not count.
    pub fn returns_by(&self, desk: Desk) -> u32 {
        let returns = self.returns.iter().filter(|known| known.desk == desk && !known.on_objection);
        u32::try_from(returns.count()).unwrap_or(u32::MAX)
    }

    /// The notices of all levels begin anew.
    pub(super) fn restart_notices(&mut self) {
        self.notices.iter_mut().for_each(|notice| notice.superseded = true);
    }

    /// The notice of that level begins anew.
    pub(super) fn restart_notice(&mut self, level: NoticeLevel) {
        self.notices.iter_mut().filter(|notice| notice.level == level).for_each(|notice| notice.superseded = true);
    }

    /// The township's open task is taken away.
    pub(super) fn retract_task(&mut self) {
        self.township.iter_mut().filter(|round| round.given.is_none()).for_each(|round| round.retracted = true);
    }

    pub(super) fn ask(&mut self, asked: &Asked, from_return: bool) {
        // A return that a suspension overtook: its task rests from the first.
        let suspended = u32::from(self.suspension.is_some());
        let (asked, recounts) = (asked.clone(), 0);
        self.township.push(Round { asked, given: None, retracted: false, from_return, suspended, recounts });
        self.stage = Stage::TownshipReview;
    }

    fn give(&mut self, given: &Given) {
        self.acted(&given.signature, Duty::TownshipReviewer);
        if let Some(round) = self.township.last_mut() {
            round.given = Some(given.clone());
        }
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

    fn return_from_township(&mut self, given: &Given, due: Due) {
        self.give(given);
        let asked_by = given.signature.post.to_string();
        let corrections = given.decision.said.corrections.iter();
        let items = numbered(corrections.map(|correction| (correction.clone(), asked_by.clone())));
        let round = self.township.last().map_or(1, |round| round.asked.round);
        self.hand_back(Handed { desk: Desk::Township, on_objection: false }, round, items, due);
    }

    fn hand_back(&mut self, handed: Handed, round: u32, items: Vec<ReturnItem>, due: Due) {
        let (before, Handed { desk, on_objection }) = (self.content.clone(), handed);
        self.returns.push(Return {
            desk,
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

    fn answer(&mut self, answers: &[CorrectionAnswer], signature: &Signature) {
        let Some(last) = self.returns.last_mut() else { return };
        last.resubmitted_at = Some(signature.at);
        last.after = Some(self.content.clone());
        for item in last.items.iter_mut().filter(|item| item.step.is_of_village()) {
            item.answer = answers.iter().find(|answer| answer.item == item.id).map(|answer| answer.text.clone());
        }
    }
}

/// Who hands back, and whether by a review.
struct Handed {
    desk: Desk,
    on_objection: bool,
}
