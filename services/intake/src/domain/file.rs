//! What an opened application remembers, folded from its facts: where it stands, its content, votes, notices, rounds,
//! returns, and who has had which duty.
//!
//! [`Stage`] owns what is true only there; the lists are history and only grow. How it moves stands in the rule files.

use kernel::{Duties, Duty, ProjectId, refusal::Common};
use time::OffsetDateTime;

use super::{
    Content, Decision, Event, Given, NoticeLevel, Signature,
    correction::{CorrectionAnswer, Desk, Return, ReturnItem, numbered},
    county::Resolution,
    decision::RejectReason,
    notice_period::{Closing, Notice},
    site_check::SiteCheck,
    township_review::{Asked, Round},
    village_vote::Vote,
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
    /// Notices, at most one a level.
    pub notices: Vec<Notice>,
    /// The site check that counts.
    pub site_check: Option<SiteCheck>,
    /// Rounds at the township.
    pub township: Vec<Round>,
    /// Returns for correction.
    pub returns: Vec<Return>,
    /// Who has had which duty.
    pub duties: Duties,
}

/// Where an application stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// S0 草稿.
    Draft,
    /// S1 村级议事.
    Deliberation,
    /// S2 村级公示, until it is submitted.
    VillageNotice,
    /// S3 乡镇审核.
    TownshipReview,
    /// S4 乡镇公示.
    TownshipNotice,
    /// S5 to S7: the room `review` has it.
    CountyReview {
        /// Round at the county, from 1.
        round: u32,
    },
    /// S8 县级公示, until it enters the pool.
    CountyNotice {
        /// What approved it.
        resolution: Resolution,
    },
    /// S9 入库.
    InPool {
        /// Its number there.
        pool_no: String,
        /// What approved it.
        resolution: Resolution,
    },
    /// X1 退回补正: the last return says what is open.
    Returned,
    /// X2 不予通过.
    Rejected(Rejection),
}

/// Why an application was rejected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// By whom.
    pub desk: Desk,
    /// The township's reason.
    pub reason: Option<RejectReason>,
    /// The opinion.
    pub opinion: String,
}

impl Stage {
    /// Stable code of the state (domain words, as in contract and table).
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::Deliberation => "DELIBERATION",
            Self::VillageNotice => "VILLAGE_NOTICE",
            Self::TownshipReview => "TOWNSHIP_REVIEW",
            Self::TownshipNotice => "TOWNSHIP_NOTICE",
            Self::CountyReview { .. } => "COUNTY_REVIEW",
            Self::CountyNotice { .. } => "COUNTY_NOTICE",
            Self::InPool { .. } => "IN_POOL",
            Self::Returned => "RETURNED",
            Self::Rejected(_) => "REJECTED",
        }
    }

    /// The level whose notice hangs, or should, in this state.
    #[must_use]
    pub fn notice_level(&self) -> Option<NoticeLevel> {
        match self {
            Self::VillageNotice => Some(NoticeLevel::Village),
            Self::TownshipNotice => Some(NoticeLevel::Township),
            Self::CountyNotice { .. } => Some(NoticeLevel::County),
            Self::Draft
            | Self::Deliberation
            | Self::TownshipReview
            | Self::CountyReview { .. }
            | Self::InPool { .. }
            | Self::Returned
            | Self::Rejected(_) => None,
        }
    }

    /// The resolution, once the county has approved.
    #[must_use]
    pub fn resolution(&self) -> Option<&Resolution> {
        match self {
            Self::CountyNotice { resolution } | Self::InPool { resolution, .. } => Some(resolution),
            Self::Draft
            | Self::Deliberation
            | Self::VillageNotice
            | Self::TownshipReview
            | Self::TownshipNotice
            | Self::CountyReview { .. }
            | Self::Returned
            | Self::Rejected(_) => None,
        }
    }
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
            site_check: None,
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
        self.notices.iter().find(|notice| notice.level == level)
    }

    /// The township's last opinion; empty while it has given none.
    #[must_use]
    pub fn township_opinion(&self) -> &str {
        let given = self.township.iter().rev().find_map(|round| round.given.as_ref());
        given.map_or("", |given| given.decision.said.opinion.as_str())
    }

    /// The refusal of a command that this state doesn't allow.
    #[must_use]
    pub fn wrong_state(&self, command: &'static str) -> Common {
        Common::WrongState { state: self.stage.code(), command }
    }

    /// The state after one more fact.
    pub fn apply(&mut self, event: &Event) {
        match event {
            // Only the first fact of a stream opens it.
            Event::ApplicationCreated { .. } => {}
            Event::ApplicationUpdated { content, signature } => {
                self.acted(signature, Duty::Applicant);
                self.content = content.clone();
                self.content_revision += 1;
            }
            Event::ApplicationProposed { signature } => {
                self.acted(signature, Duty::Applicant);
                self.stage = Stage::Deliberation;
            }
            Event::VoteRecorded { vote, signature } => {
                self.acted(signature, Duty::Applicant);
                self.stage = if vote.passed { Stage::VillageNotice } else { Stage::Draft };
                self.votes.push(vote.clone());
            }
            Event::NoticePosted { notice, signature } => {
                self.acted(signature, duty_at(notice.level));
                self.notices.push(notice.clone());
            }
            Event::NoticeClosed { level, closing, signature } => self.close(*level, closing, signature),
            Event::ApplicationSubmitted { asked, signature } => {
                self.acted(signature, Duty::Applicant);
                self.ask(asked);
            }
            Event::SiteCheckRecorded { site_check, signature } => self.check(site_check, signature),
            Event::TownshipApproved { given, .. } => {
                self.give(given);
                self.stage = Stage::TownshipNotice;
            }
            Event::TownshipReturned { given, due, .. } => self.return_from_township(given, *due),
            Event::TownshipRejected { given, .. } => {
                self.give(given);
                let Decision { said, reason } = given.decision.clone();
                self.stage = Stage::Rejected(Rejection { desk: Desk::Township, reason, opinion: said.opinion });
            }
            Event::ApplicationResubmitted { answers, asked, signature } => {
                self.acted(signature, Duty::Applicant);
                self.answer(answers, signature);
                if let Some(asked) = asked {
                    self.ask(asked);
                }
            }
            Event::ApplicationForwarded { round } => self.stage = Stage::CountyReview { round: *round },
            Event::CountyReturned { round, items, acts, due } => {
                self.merge(acts);
                self.hand_back(Desk::County, *round, items.clone(), *due);
            }
            Event::CountyApproved { resolution, acts, .. } => {
                self.merge(acts);
                self.stage = Stage::CountyNotice { resolution: resolution.clone() };
            }
            Event::CountyRejected { opinion, acts } => {
                self.merge(acts);
                self.stage = Stage::Rejected(Rejection { desk: Desk::County, reason: None, opinion: opinion.clone() });
            }
            Event::ProjectPooled { pool_no, signature } => self.pool(pool_no, signature),
        }
    }

    fn acted(&mut self, signature: &Signature, duty: Duty) {
        for person in signature.persons() {
            self.duties.record_person(person, duty);
        }
    }

    fn merge(&mut self, acts: &Duties) {
        for act in &acts.0 {
            self.duties.record_person(&act.person, act.duty);
        }
    }

    fn ask(&mut self, asked: &Asked) {
        self.township.push(Round { asked: asked.clone(), given: None });
        self.stage = Stage::TownshipReview;
    }

    fn give(&mut self, given: &Given) {
        self.acted(&given.signature, Duty::TownshipReviewer);
        if let Some(round) = self.township.last_mut() {
            round.given = Some(given.clone());
        }
    }

    fn close(&mut self, level: NoticeLevel, closing: &Closing, signature: &Signature) {
        self.acted(signature, duty_at(level));
        if let Some(notice) = self.notices.iter_mut().find(|notice| notice.level == level) {
            notice.closed = Some(closing.clone());
        }
    }

    fn check(&mut self, site_check: &SiteCheck, signature: &Signature) {
        self.acted(signature, Duty::TownshipReviewer);
        for checker in &site_check.checkers {
            self.duties.record_person(checker, Duty::TownshipReviewer);
        }
        self.site_check = Some(site_check.clone());
    }

    fn return_from_township(&mut self, given: &Given, due: OffsetDateTime) {
        self.give(given);
        let asked_by = given.signature.post.to_string();
        let corrections = given.decision.said.corrections.iter();
        let items = numbered(corrections.map(|item| (item.field.as_str(), item.text.as_str(), asked_by.clone())));
        let round = self.township.last().map_or(1, |round| round.asked.round);
        self.hand_back(Desk::Township, round, items, due);
    }

    fn hand_back(&mut self, desk: Desk, round: u32, items: Vec<ReturnItem>, due: OffsetDateTime) {
        self.returns.push(Return { desk, round, items, due, resubmitted_at: None });
        self.stage = Stage::Returned;
    }

    fn pool(&mut self, pool_no: &str, signature: &Signature) {
        self.acted(signature, Duty::CountyReviewer);
        // Only what the county approved is pooled.
        if let Some(resolution) = self.stage.resolution().cloned() {
            self.stage = Stage::InPool { pool_no: pool_no.to_owned(), resolution };
        }
    }

    fn answer(&mut self, answers: &[CorrectionAnswer], signature: &Signature) {
        let Some(last) = self.returns.last_mut() else { return };
        last.resubmitted_at = Some(signature.at);
        for item in &mut last.items {
            item.answer = answers.iter().find(|answer| answer.item == item.id).map(|answer| answer.text.clone());
        }
    }
}

fn duty_at(level: NoticeLevel) -> Duty {
    match level {
        NoticeLevel::Village => Duty::Applicant,
        NoticeLevel::Township => Duty::TownshipReviewer,
        NoticeLevel::County => Duty::CountyReviewer,
    }
}
