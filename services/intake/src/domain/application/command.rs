//! What may be asked of an application. Each names who asks and when; what it needs stands in the file of its rule.
//!
//! Time, the pack and every new id come as data, so that deciding needs neither a clock nor a store.

use std::sync::Arc;

use kernel::{Attachment, Pack, ProjectId, TaskId, decision::Correction};
use time::OffsetDateTime;

use crate::domain::{
    Content, Decision, NoticeLevel, Occasion, Signature,
    record::{
        correction::CorrectionAnswer,
        county::{CountyDecision, CountyReturn},
        notice::NewNotice,
        objection::{Answering, Complaint},
        pool::{Explained, LeaveReason, Progress},
        readers::Seated,
        site_check::SiteCheck,
        vote::{Ballot, Meeting},
    },
};

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
        notice: NewNotice,
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
    /// Somebody who is named in the site check says that he was there.
    ConfirmSiteCheck {
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
        /// What it looks like a duplicate of, and why it is none.
        likeness: Explained,
        /// Who, when.
        by: Occasion,
    },
    /// A meeting before the representatives' vote (四议两公开).
    RecordDeliberation {
        /// Which.
        meeting: Meeting,
        /// What was counted.
        ballot: Ballot,
        /// Who, when.
        by: Occasion,
    },
    /// A villager's objection to the notice that hangs, on paper or spoken, is written down.
    RaiseObjection {
        /// What is said, by whom.
        complaint: Complaint,
        /// Who writes it down, when.
        by: Occasion,
    },
    /// A villager objects to the notice that hangs, on the public form.
    FileObjection {
        /// What is said, by whom.
        complaint: Complaint,
        /// The county pack.
        pack: Arc<Pack>,
        /// Now.
        at: OffsetDateTime,
    },
    /// An objection is answered.
    AnswerObjection {
        /// Its number.
        id: String,
        /// What the answering level says.
        said: Answering,
        /// Who, when.
        by: Occasion,
    },
    /// Objections whose days are over go one level up.
    EscalateObjections {
        /// The county pack.
        pack: Arc<Pack>,
        /// Now.
        at: OffsetDateTime,
    },
    /// A correction may be overdue, or lapse.
    EnforceCorrection {
        /// The county pack.
        pack: Arc<Pack>,
        /// Now.
        at: OffsetDateTime,
    },
    /// A year's calendar is known: what hung on it is counted again.
    RecountDues {
        /// The county pack, whose calendar has it.
        pack: Arc<Pack>,
    },
    /// The township's clerk returns it for correction.
    ReturnApplication {
        /// Why.
        opinion: String,
        /// What must be corrected.
        corrections: Vec<Correction>,
        /// Who, when.
        by: Occasion,
    },
    /// Who sent it on takes it back before the next decision.
    RecallApplication {
        /// Who, when.
        by: Occasion,
    },
    /// The village gives it up.
    WithdrawApplication {
        /// Why.
        reason: String,
        /// Whether the county, which has had it, has agreed.
        agreed: bool,
        /// Who, when.
        by: Occasion,
    },
    /// The village gave it up while the county had it, and the county has agreed.
    HearWithdrawal {
        /// Why.
        reason: String,
        /// Who.
        signature: Signature,
    },
    /// Discipline inspection or the bureau stop it.
    SuspendApplication {
        /// Why.
        reason: String,
        /// Who, when.
        by: Occasion,
    },
    /// It goes on where it stood.
    ResumeApplication {
        /// Who, when.
        by: Occasion,
    },
    /// The bureau says which projects of the pool come first.
    SetPoolPriority {
        /// From 1, the first.
        priority: u32,
        /// Who, when.
        by: Occasion,
    },
    /// An unfinanced project waits another year in the pool.
    RollPoolProject {
        /// The plan year that it waits for.
        year: i32,
        /// Who, when.
        by: Occasion,
    },
    /// A project leaves the pool.
    LeavePool {
        /// Why.
        reason: LeaveReason,
        /// Why, in words.
        text: String,
        /// Who, when.
        by: Occasion,
    },
    /// The room of money has let it leave the pool.
    RecordLeft {
        /// Why.
        reason: LeaveReason,
        /// Why, in words.
        text: String,
        /// Who, when.
        signature: Signature,
    },
    /// The room of money has let it wait for a later plan year.
    RecordRolled {
        /// The plan year.
        year: i32,
        /// Who, when.
        signature: Signature,
    },
    /// Another room tells how far the building has come.
    HearProgress {
        /// How far.
        progress: Progress,
    },
    /// The county's experts have taken or left their seats.
    HearExperts(Seated),
    /// The county has returned it.
    ReturnFromCounty(CountyReturn),
    /// The county has decided.
    ConcludeAtCounty(CountyDecision),
}

impl Command {
    /// The person who wants it; none when a message or a worker does.
    #[must_use]
    pub fn by(&self) -> Option<&Occasion> {
        match self {
            Self::CreateApplication { by, .. }
            | Self::UpdateApplication { by, .. }
            | Self::ProposeApplication { by, .. }
            | Self::RecordVote { by, .. }
            | Self::PostNotice { by, .. }
            | Self::CloseNotice { by, .. }
            | Self::SubmitApplication { by, .. }
            | Self::RecordSiteCheck { by, .. }
            | Self::ConfirmSiteCheck { by }
            | Self::CompleteTask { by, .. }
            | Self::ResubmitApplication { by, .. }
            | Self::EnterPool { by, .. }
            | Self::RecordDeliberation { by, .. }
            | Self::RaiseObjection { by, .. }
            | Self::AnswerObjection { by, .. }
            | Self::ReturnApplication { by, .. }
            | Self::RecallApplication { by, .. }
            | Self::WithdrawApplication { by, .. }
            | Self::SuspendApplication { by, .. }
            | Self::ResumeApplication { by, .. }
            | Self::SetPoolPriority { by, .. }
            | Self::RollPoolProject { by, .. }
            | Self::LeavePool { by, .. } => Some(by),
            // A villager who files from a public form has no account.
            Self::FileObjection { .. }
            | Self::EscalateObjections { .. }
            | Self::EnforceCorrection { .. }
            | Self::RecountDues { .. }
            | Self::HearWithdrawal { .. }
            | Self::HearProgress { .. }
            | Self::HearExperts(_)
            | Self::RecordLeft { .. }
            | Self::RecordRolled { .. }
            | Self::ReturnFromCounty(_)
            | Self::ConcludeAtCounty(_) => None,
        }
    }
}
