//! What has happened in a case, over all its rounds. Stored for ever: additive changes only, and a renamed field keeps the
//! name under which it is stored.

use kernel::{Due, Duties, Post, ProjectId, TaskId};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::record::{
    Asked, DecisionRecord, Draw, GuaranteeEnd, Referral, Report, Resolution, ReturnedItem, Signature, Trigger, Vouched,
};

/// What has happened. Stored for ever: additive changes only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind")]
pub enum Event {
    /// The case was opened and departments were asked.
    CaseOpened {
        /// The project.
        project: ProjectId,
        /// What is judged.
        referral: Referral,
        /// Who had which duty before.
        acts: Duties,
        /// Who is asked.
        asked: Vec<Asked>,
        /// How often the project had been suspended before.
        #[serde(default, skip_serializing_if = "kernel::suspension::never")]
        suspensions: u32,
    },
    /// The corrected application came; departments that had not agreed were asked again.
    CaseReopened {
        /// What is judged now.
        referral: Referral,
        /// Who had which duty before.
        acts: Duties,
        /// Who is asked.
        asked: Vec<Asked>,
    },
    /// A department gave its opinion.
    OpinionGiven {
        /// The task.
        task: TaskId,
        /// The opinion.
        #[serde(rename = "given")]
        decision: DecisionRecord,
        /// What the finance bureau vouches for by it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        vouched: Vec<Vouched>,
    },
    /// A department rejected: the county office was asked.
    OfficeAsked {
        /// The office.
        asked: Asked,
    },
    /// The county office decided.
    OfficeDecided {
        /// The task.
        task: TaskId,
        /// The decision.
        #[serde(rename = "given")]
        decision: DecisionRecord,
    },
    /// All departments agree: the leading group was asked.
    LeadingGroupAsked {
        /// The leading group.
        asked: Asked,
    },
    /// The leading group decided.
    LeadingGroupDecided {
        /// The task.
        task: TaskId,
        /// The decision.
        #[serde(rename = "given")]
        decision: DecisionRecord,
    },
    /// One merged list went back to the village.
    CaseReturned {
        /// What must be corrected.
        items: Vec<ReturnedItem>,
    },
    /// The leading group returned it to departments, which were asked again.
    DepartmentsAskedAgain {
        /// What they must see to.
        items: Vec<ReturnedItem>,
        /// Who is asked.
        asked: Vec<Asked>,
    },
    /// The county approved.
    CaseApproved {
        /// By this resolution.
        resolution: Resolution,
    },
    /// The county rejected.
    CaseRejected,
    /// Nobody answered in time. The task stays open.
    OpinionOverdue {
        /// The task.
        task: TaskId,
        /// When that was found.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
    /// The office was told that something is overdue.
    SupervisionAsked {
        /// The office.
        asked: Asked,
    },
    /// The office has seen to what is overdue.
    SupervisionGiven {
        /// The task.
        task: TaskId,
        /// What it did.
        #[serde(rename = "given")]
        decision: DecisionRecord,
        /// When silence goes on to the leading group.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        goes_on_at: Option<Due>,
    },
    /// Departments stay silent: the leading group was asked whether to go on without them.
    DispensationAsked {
        /// The leading group.
        asked: Asked,
    },
    /// The leading group dispensed with the opinions of these posts, by name; it may name none.
    OpinionsDispensed {
        /// The task.
        task: TaskId,
        /// The decision.
        #[serde(rename = "given")]
        decision: DecisionRecord,
        /// By this resolution.
        resolution: Resolution,
        /// The posts whose opinion is dispensed with.
        posts: Vec<Post>,
        /// When silence of the others is brought to it again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        goes_on_at: Option<Due>,
    },
    /// Experts are needed: the office was asked to convene a panel.
    PanelCalled {
        /// Why.
        triggers: Vec<Trigger>,
        /// The office.
        asked: Asked,
    },
    /// The office convened the panel, and its members were drawn.
    PanelConvened {
        /// The task.
        task: TaskId,
        /// What the office said.
        #[serde(rename = "given")]
        decision: DecisionRecord,
        /// How many seats there are.
        size: usize,
        /// The draw.
        draw: Draw,
        /// The members who are asked.
        asked: Vec<Asked>,
    },
    /// The corrected application came back to the panel: members were asked again.
    PanelAskedAgain {
        /// The members who are asked.
        asked: Vec<Asked>,
    },
    /// A member gave an opinion.
    ExpertJudged {
        /// The task.
        task: TaskId,
        /// The opinion.
        #[serde(rename = "given")]
        decision: DecisionRecord,
    },
    /// A member declared an interest and gave up the seat (回避).
    ExpertRecused {
        /// The task.
        task: TaskId,
        /// What was declared.
        #[serde(rename = "given")]
        decision: DecisionRecord,
    },
    /// Members who were late lost their seats.
    ExpertsReleased {
        /// Their tasks.
        tasks: Vec<TaskId>,
    },
    /// Empty seats were filled by a new draw.
    SeatsFilled {
        /// The draw.
        draw: Draw,
        /// The members who are asked.
        asked: Vec<Asked>,
    },
    /// Every member has spoken: the signed report.
    PanelReported {
        /// The report.
        report: Report,
    },
    /// The village gave the application up.
    CaseWithdrawn {
        /// Why.
        reason: String,
        /// Who had which duty by then.
        acts: Duties,
        /// Who gave it up here; none where intake told it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Signature>,
    },
    /// What the finance bureau vouched for is reserved no more.
    GuaranteeEnded {
        /// Why.
        end: GuaranteeEnd,
    },
    /// The project was suspended.
    CaseSuspended {
        /// Why.
        reason: String,
    },
    /// The project goes on.
    CaseResumed {
        /// Days by which everything is due later.
        days: i64,
    },
    /// A provisional due date was counted again, since a year's calendar is known (节假日安排).
    DueRecounted {
        /// The task; none for the silence that goes on to the leading group.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        task: Option<TaskId>,
        /// When it is due now.
        due: Due,
    },
    /// Who has had which duty elsewhere, as another room says.
    ActsHeard {
        /// Those that were not known here.
        acts: Duties,
    },
}
