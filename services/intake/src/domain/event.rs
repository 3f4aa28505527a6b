//! What has happened to an application. Stored for ever: a field may be added with a default, none may change or go.
//!
//! Each fact carries all that the state needs of it; `tests/golden/events.json` holds one of each kind.

use kernel::{Attachment, Due, Duties, Post, ProjectId, TaskId};
use serde::{Deserialize, Serialize};

use super::{
    Content, DecisionRecord, NoticeLevel, Signature,
    record::{
        correction::{CorrectionAnswer, Level, ReturnItem},
        county::Resolution,
        notice::{Closing, Notice},
        objection::{AnsweringLevel, Objection, Reply},
        original::Kept,
        pool::{LeaveReason, Progress, Suspect},
        recount::Awaited,
        site_check::SiteCheck,
        township::Asked,
        vote::{Deliberation, Vote},
    },
};

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
        /// Who is asked; nobody when it goes straight back to the county.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        asked: Option<Asked>,
        /// Who submitted.
        signature: Signature,
    },
    /// The site was checked.
    SiteCheckRecorded {
        /// The check.
        site_check: SiteCheck,
        /// Whether each who is named confirms it himself. Earlier the record alone counted.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        each_confirms: bool,
        /// Who recorded it.
        signature: Signature,
    },
    /// Somebody who was named in the site check said that he was there.
    SiteCheckConfirmed {
        /// Who.
        signature: Signature,
    },
    /// The township's clerk found the file complete, and the head was asked.
    CompletenessChecked {
        /// The clerk's task.
        task: TaskId,
        /// What the clerk said.
        #[serde(rename = "given")]
        record: DecisionRecord,
        /// Who is asked next.
        asked: Asked,
    },
    /// The township approved.
    TownshipApproved {
        /// The task.
        task: TaskId,
        /// The decision.
        #[serde(rename = "given")]
        record: DecisionRecord,
    },
    /// The township returned it for correction.
    TownshipReturned {
        /// The task.
        task: TaskId,
        /// The decision.
        #[serde(rename = "given")]
        record: DecisionRecord,
        /// Until when it is to be corrected.
        due: Due,
    },
    /// The township rejected it.
    TownshipRejected {
        /// The task.
        task: TaskId,
        /// The decision.
        #[serde(rename = "given")]
        record: DecisionRecord,
    },
    /// The village submitted again; the township was asked again when it had returned it.
    ApplicationResubmitted {
        /// What was done, by item.
        answers: Vec<CorrectionAnswer>,
        /// Who at the township is asked.
        asked: Option<Asked>,
        /// Whether its substance changed, so that it walks again from the village notice.
        #[serde(default)]
        again: bool,
        /// Who submitted.
        signature: Signature,
    },
    /// The county returned it to the township alone: its head was asked.
    TownshipAskedAgain {
        /// The head.
        asked: Asked,
    },
    /// It went on to the county.
    ApplicationForwarded {
        /// Round at the county, from 1.
        round: u32,
        /// The departments that its content calls for; none in what was forwarded before this was kept.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        asked: Vec<Post>,
    },
    /// Experts took or left seats of the panel that judges it.
    ExpertsSeated {
        /// How often the panel's seats had changed by then.
        number: u32,
        /// Who sits on it now: see [`kernel::reach::seat`].
        seats: Vec<String>,
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
        due: Due,
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
        /// What it looked like a duplicate of.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        suspects: Vec<Suspect>,
        /// Why it is none.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        explanation: String,
        /// Who entered it.
        signature: Signature,
    },
    /// A meeting before the vote was held, and agreed or not.
    DeliberationRecorded {
        /// The meeting.
        deliberation: Deliberation,
        /// Who recorded it.
        signature: Signature,
    },
    /// A villager objected.
    ObjectionRaised {
        /// The objection.
        objection: Objection,
        /// Who wrote it down; none when the villager filed it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signature: Option<Signature>,
        /// What was filed, on its way into the table of personal data. It is never stored here: none when read back.
        #[serde(skip)]
        original: Option<Kept>,
    },
    /// An objection went one level up.
    ObjectionEscalated {
        /// Its number.
        id: String,
        /// Who must answer it now.
        #[serde(rename = "desk")]
        answering_level: AnsweringLevel,
        /// Until when.
        due: Due,
    },
    /// An objection was answered.
    ObjectionAnswered {
        /// Its number.
        id: String,
        /// The answer.
        reply: Reply,
    },
    /// An objection was right: the application went back for correction.
    ReturnedOnObjection {
        /// Who sends it back.
        #[serde(rename = "desk")]
        level: Level,
        /// Round there.
        round: u32,
        /// What must be corrected.
        items: Vec<ReturnItem>,
        /// Until when it is to be corrected.
        due: Due,
    },
    /// A correction did not come in time; it may still come until it lapses.
    CorrectionOverdue {
        /// When the application ends as rejected.
        lapses_at: Due,
    },
    /// A correction never came: the application ended as rejected.
    ApplicationLapsed {},
    /// A provisional due date was counted again, since a year's calendar is known (节假日安排).
    DueRecounted {
        /// Of what.
        of: Awaited,
        /// Until when now.
        due: Due,
    },
    /// Who had sent it on took it back.
    ApplicationRecalled {
        /// The township's task, when its own approval was taken back.
        asked: Option<Asked>,
        /// Who.
        signature: Signature,
    },
    /// The village gave it up.
    ApplicationWithdrawn {
        /// Why.
        reason: String,
        /// Who.
        signature: Signature,
    },
    /// It was stopped.
    ApplicationSuspended {
        /// Why.
        reason: String,
        /// Who.
        signature: Signature,
        /// Whether the township's open task rests. Earlier it was taken away, and asked again in the end.
        #[serde(default)]
        kept: bool,
    },
    /// It went on.
    ApplicationResumed {
        /// Days by which everything is due later.
        days: i64,
        /// The township's task, asked again where it was taken away.
        asked: Option<Asked>,
        /// Who.
        signature: Signature,
    },
    /// The bureau ranked it in the pool.
    PoolPrioritySet {
        /// From 1, the first.
        priority: u32,
        /// Who.
        signature: Signature,
    },
    /// It waits for another plan year.
    PoolProjectRolled {
        /// The plan year.
        year: i32,
        /// Who.
        signature: Signature,
    },
    /// It left the pool.
    ProjectUnpooled {
        /// Why.
        reason: LeaveReason,
        /// Why, in words.
        text: String,
        /// Who.
        signature: Signature,
    },
    /// The building came further.
    ProgressHeard {
        /// How far.
        progress: Progress,
    },
}

impl Event {
    /// The photograph that this fact brings, if any.
    #[must_use]
    pub fn photograph(&self) -> Option<&Attachment> {
        if let Self::NoticePosted { notice, .. } = self {
            return Some(&notice.photo);
        }
        if let Self::NoticeClosed { closing, .. } = self {
            return Some(&closing.photo);
        }
        if let Self::SiteCheckRecorded { site_check, .. } = self { site_check.photo.as_ref() } else { None }
    }
}
