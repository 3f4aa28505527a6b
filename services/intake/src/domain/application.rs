//! The machine: one project's application from the village's first draft to the county's pool (S0 to S9, X1, X2).
//!
//! Here stand what may be asked and what has happened. What each command needs stands in the file of its rule; what an
//! opened application remembers, and how facts change it, in [`super::file`].

use kernel::{Attachment, Decider, Duties, ProjectId, TaskId, refusal::Common};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{
    Content, Decision, File, Given, NoticeLevel, Occasion, Signature, Stage,
    correction::{self, CorrectionAnswer, ReturnItem},
    county::{self, CountyDecision, CountyReturn, Resolution},
    draft,
    notice_period::{self, Closing, Notice, Posting},
    pool,
    site_check::{self, SiteCheck},
    township_review::{self, Asked},
    village_vote::{self, Ballot, Vote},
};

/// An application; nothing before its first draft.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Application {
    /// Nobody has drafted anything.
    #[default]
    Unopened,
    /// Somewhere between draft and pool.
    Opened(Box<File>),
}

/// What someone wants to happen.
#[derive(Debug, Clone)]
pub enum Command {
    /// The village opens a draft.
    CreateApplication {
        /// The project's new id.
        project: ProjectId,
        /// Its content.
        content: Content,
        /// Who, when.
        by: Occasion,
    },
    /// The village replaces the content.
    UpdateApplication {
        /// The whole new content.
        content: Content,
        /// Who, when.
        by: Occasion,
    },
    /// The village puts the draft to its deliberation (提请村级议事).
    ProposeApplication {
        /// Who, when.
        by: Occasion,
    },
    /// The vote of the villagers' representatives.
    RecordVote {
        /// What was counted.
        ballot: Ballot,
        /// Who, when.
        by: Occasion,
    },
    /// A public notice is posted.
    PostNotice {
        /// Level, places, photograph.
        posting: Posting,
        /// Who, when.
        by: Occasion,
    },
    /// A public notice is closed.
    CloseNotice {
        /// Level.
        level: NoticeLevel,
        /// Photograph of it still hanging.
        photo: Option<Attachment>,
        /// Who, when.
        by: Occasion,
    },
    /// The village submits to the township.
    SubmitApplication {
        /// Who, when.
        by: Occasion,
    },
    /// The township's site check.
    RecordSiteCheck {
        /// The check.
        site_check: SiteCheck,
        /// Who, when.
        by: Occasion,
    },
    /// The township's head decides the task.
    CompleteTask {
        /// The task.
        task: TaskId,
        /// The decision.
        decision: Decision,
        /// Who, when.
        by: Occasion,
    },
    /// The village submits again after correction.
    ResubmitApplication {
        /// What was done, by item.
        answers: Vec<CorrectionAnswer>,
        /// Who, when.
        by: Occasion,
    },
    /// The county's bureau enters the project into the pool.
    EnterPool {
        /// Who, when.
        by: Occasion,
    },
    /// The county has returned it.
    ReturnFromCounty(CountyReturn),
    /// The county has decided.
    ConcludeAtCounty(CountyDecision),
}

/// What has happened. Stored for ever: additive changes only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind")]
pub enum Event {
    /// The village opened a draft.
    ApplicationCreated {
        /// The project.
        project: ProjectId,
        /// Its content.
        content: Content,
        /// Who.
        signature: Signature,
    },
    /// The village replaced the content.
    ApplicationUpdated {
        /// The new content.
        content: Content,
        /// Who.
        signature: Signature,
    },
    /// The draft was put to the village's deliberation.
    ApplicationProposed {
        /// Who.
        signature: Signature,
    },
    /// The representatives voted, for or against.
    VoteRecorded {
        /// The vote.
        vote: Vote,
        /// Who recorded it.
        signature: Signature,
    },
    /// A notice was posted.
    NoticePosted {
        /// The notice.
        notice: Notice,
        /// Who.
        signature: Signature,
    },
    /// A notice was closed after its days.
    NoticeClosed {
        /// Level.
        level: NoticeLevel,
        /// How it ended.
        closing: Closing,
        /// Who.
        signature: Signature,
    },
    /// The village submitted, and the township was asked.
    ApplicationSubmitted {
        /// Who is asked.
        asked: Asked,
        /// Who submitted.
        signature: Signature,
    },
    /// The site was checked.
    SiteCheckRecorded {
        /// The check.
        site_check: SiteCheck,
        /// Who recorded it.
        signature: Signature,
    },
    /// The township approved.
    TownshipApproved {
        /// The task.
        task: TaskId,
        /// The decision.
        given: Given,
    },
    /// The township returned it for correction.
    TownshipReturned {
        /// The task.
        task: TaskId,
        /// The decision.
        given: Given,
        /// Until when it is to be corrected.
        #[serde(with = "time::serde::rfc3339")]
        due: OffsetDateTime,
    },
    /// The township rejected it.
    TownshipRejected {
        /// The task.
        task: TaskId,
        /// The decision.
        given: Given,
    },
    /// The village submitted again; the township was asked again when it had returned it.
    ApplicationResubmitted {
        /// What was done, by item.
        answers: Vec<CorrectionAnswer>,
        /// Who at the township is asked.
        asked: Option<Asked>,
        /// Who submitted.
        signature: Signature,
    },
    /// It went on to the county.
    ApplicationForwarded {
        /// Round at the county, from 1.
        round: u32,
    },
    /// The county returned it for correction.
    CountyReturned {
        /// Round at the county.
        round: u32,
        /// What must be corrected.
        items: Vec<ReturnItem>,
        /// Who had which duty at the county.
        acts: Duties,
        /// Until when it is to be corrected.
        #[serde(with = "time::serde::rfc3339")]
        due: OffsetDateTime,
    },
    /// The county approved.
    CountyApproved {
        /// By this resolution.
        resolution: Resolution,
        /// Opinion.
        opinion: String,
        /// Who had which duty at the county.
        acts: Duties,
    },
    /// The county rejected it.
    CountyRejected {
        /// Why.
        opinion: String,
        /// Who had which duty at the county.
        acts: Duties,
    },
    /// The project stands in the pool.
    ProjectPooled {
        /// Its number there.
        pool_no: String,
        /// Who entered it.
        signature: Signature,
    },
}

impl Application {
    /// Where it stands; none before its first draft.
    #[must_use]
    pub fn stage(&self) -> Option<&Stage> {
        match self {
            Self::Unopened => None,
            Self::Opened(file) => Some(&file.stage),
        }
    }
}

impl Decider for Application {
    type Command = Command;
    type Event = Event;
    type Refusal = Common;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Common> {
        match (self, command) {
            (Self::Unopened, Command::CreateApplication { project, content, by }) => draft::open(project, content, &by),
            (Self::Unopened, Command::ReturnFromCounty(_) | Command::ConcludeAtCounty(_)) => Err(county::too_early()),
            (
                Self::Unopened,
                Command::UpdateApplication { .. }
                | Command::ProposeApplication { .. }
                | Command::RecordVote { .. }
                | Command::PostNotice { .. }
                | Command::CloseNotice { .. }
                | Command::SubmitApplication { .. }
                | Command::RecordSiteCheck { .. }
                | Command::CompleteTask { .. }
                | Command::ResubmitApplication { .. }
                | Command::EnterPool { .. },
            ) => Err(Common::NotFound { what: "项目申报 application" }),
            (Self::Opened(file), command) => on_file(file, command),
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match (self, event) {
            (Self::Unopened, Event::ApplicationCreated { project, content, signature }) => {
                Self::Opened(Box::new(File::opened(*project, content, signature)))
            }
            (Self::Opened(mut file), event) => {
                file.apply(event);
                Self::Opened(file)
            }
            // A stream begins with its creation: nothing else can stand there.
            (
                Self::Unopened,
                Event::ApplicationUpdated { .. }
                | Event::ApplicationProposed { .. }
                | Event::VoteRecorded { .. }
                | Event::NoticePosted { .. }
                | Event::NoticeClosed { .. }
                | Event::ApplicationSubmitted { .. }
                | Event::SiteCheckRecorded { .. }
                | Event::TownshipApproved { .. }
                | Event::TownshipReturned { .. }
                | Event::TownshipRejected { .. }
                | Event::ApplicationResubmitted { .. }
                | Event::ApplicationForwarded { .. }
                | Event::CountyReturned { .. }
                | Event::CountyApproved { .. }
                | Event::CountyRejected { .. }
                | Event::ProjectPooled { .. },
            ) => Self::Unopened,
        }
    }
}

fn on_file(file: &File, command: Command) -> Result<Vec<Event>, Common> {
    match command {
        Command::CreateApplication { content, by, .. } => draft::open_again(file, &content, &by),
        Command::UpdateApplication { content, by } => draft::update(file, content, &by),
        Command::ProposeApplication { by } => draft::propose(file, &by),
        Command::RecordVote { ballot, by } => village_vote::record(file, ballot, &by),
        Command::PostNotice { posting, by } => notice_period::post(file, posting, &by),
        Command::CloseNotice { level, photo, by } => notice_period::close(file, level, photo, &by),
        Command::SubmitApplication { by } => township_review::submit(file, &by),
        Command::RecordSiteCheck { site_check, by } => site_check::record(file, site_check, &by),
        Command::CompleteTask { task, decision, by } => township_review::complete(file, task, decision, &by),
        Command::ResubmitApplication { answers, by } => correction::resubmit(file, answers, &by),
        Command::EnterPool { by } => pool::enter(file, &by),
        Command::ReturnFromCounty(heard) => county::return_from_county(file, heard),
        Command::ConcludeAtCounty(heard) => county::conclude(file, heard),
    }
}

#[cfg(test)]
mod tests;
