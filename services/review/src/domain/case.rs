//! The machine: one project's case at the county, over as many rounds as it takes (S5, S6, S7, X1, X2, X3, X5).
//!
//! `DEPARTMENTS → EXPERT_REVIEW → LEADING_GROUP → APPROVED`, the experts only where needed, with `OFFICE_DECISION`, `RETURNED` (and again `DEPARTMENTS`) and `REJECTED` on
//! the way. Here stand what may be asked and what has happened; what an open case says to it stands in [`super::file`].

mod command;

use kernel::{Decider, Due, Duties, Post, ProjectId, TaskId, refusal::Common};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

pub use self::command::{Command, Complete, Escalate, Forwarded};
use super::{
    File, Refusal, Resolution,
    departments::ask_departments,
    draw::Draw,
    file::too_early,
    guarantee::{GuaranteeEnd, Vouched},
    meeting::Signed,
    opinion::{Asked, Given},
    panel::Trigger,
    quorum::ReturnedItem,
    referral::Referral,
    report::Report,
    withdrawal,
};

/// A case; nothing before the application is forwarded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Case {
    /// Nothing was forwarded yet.
    #[default]
    Unopened,
    /// Somewhere between the first forwarding and the conclusion.
    Opened(Box<File>),
}

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
        given: Given,
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
        given: Given,
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
        given: Given,
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
        given: Given,
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
        given: Given,
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
        given: Given,
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
        given: Given,
    },
    /// A member declared an interest and gave up the seat (回避).
    ExpertRecused {
        /// The task.
        task: TaskId,
        /// What was declared.
        given: Given,
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
        by: Option<Signed>,
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

impl Event {
    /// Whether it changes the panel.
    #[must_use]
    pub fn is_of_panel(&self) -> bool {
        match self {
            Self::PanelCalled { .. }
            | Self::PanelConvened { .. }
            | Self::PanelAskedAgain { .. }
            | Self::ExpertJudged { .. }
            | Self::ExpertRecused { .. }
            | Self::ExpertsReleased { .. }
            | Self::SeatsFilled { .. }
            | Self::PanelReported { .. } => true,
            Self::CaseOpened { .. }
            | Self::CaseReopened { .. }
            | Self::OpinionGiven { .. }
            | Self::OfficeAsked { .. }
            | Self::OfficeDecided { .. }
            | Self::LeadingGroupAsked { .. }
            | Self::LeadingGroupDecided { .. }
            | Self::CaseReturned { .. }
            | Self::DepartmentsAskedAgain { .. }
            | Self::CaseApproved { .. }
            | Self::CaseRejected
            | Self::OpinionOverdue { .. }
            | Self::SupervisionAsked { .. }
            | Self::SupervisionGiven { .. }
            | Self::DispensationAsked { .. }
            | Self::OpinionsDispensed { .. }
            | Self::GuaranteeEnded { .. }
            | Self::CaseWithdrawn { .. }
            | Self::CaseSuspended { .. }
            | Self::CaseResumed { .. }
            | Self::DueRecounted { .. }
            | Self::ActsHeard { .. } => false,
        }
    }
}

impl Case {
    /// Who has had which duty, as far as it is known here.
    #[must_use]
    pub fn duties(&self) -> Option<&Duties> {
        match self {
            Self::Unopened => None,
            Self::Opened(file) => Some(&file.duties),
        }
    }
}

impl Decider for Case {
    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Refusal> {
        match (self, command) {
            (Self::Unopened, Command::OpenCase(forwarded)) => open(forwarded),
            (Self::Unopened, Command::ReopenCase(_)) => Err(too_early("首轮送审 first round")),
            (Self::Unopened, Command::CompleteTask(_) | Command::EscalateOverdue(_) | Command::RecountDues { .. }) => {
                Err(Common::NotFound { what: "案卷 case" }.into())
            }
            (Self::Unopened, Command::WithdrawCase(_)) => Err(withdrawal::not_open()),
            (Self::Unopened, Command::HearWithdrawal(withdrawn)) => withdrawal::unopened(withdrawn.county_round),
            (Self::Unopened, Command::HearSuspension(suspended)) => suspended.unopened(),
            (Self::Unopened, Command::EndGuarantee(_)) => Err(withdrawal::not_open()),
            // Every open case is at least in round 1.
            (Self::Opened(_), Command::OpenCase(_)) => Ok(Vec::new()),
            (Self::Opened(file), Command::ReopenCase(forwarded)) => file.reopen(forwarded),
            (Self::Opened(file), Command::CompleteTask(complete)) => file.complete(complete),
            (Self::Opened(file), Command::EscalateOverdue(escalate)) => file.escalate(&escalate),
            (Self::Opened(file), Command::RecountDues { pack }) => file.recount(&pack.calendar),
            (Self::Opened(file), Command::WithdrawCase(withdrawal)) => file.withdraw(withdrawal),
            (Self::Opened(file), Command::HearWithdrawal(withdrawn)) => Ok(file.hear_withdrawal(withdrawn)),
            (Self::Opened(file), Command::HearSuspension(suspended)) => file.hear_suspension(suspended),
            (Self::Opened(file), Command::EndGuarantee(end)) => Ok(file.end_guarantee(end)),
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match (self, event) {
            (Self::Unopened, Event::CaseOpened { project, referral, acts, asked, suspensions }) => {
                Self::Opened(Box::new(File::opened(*project, referral, acts, asked, *suspensions)))
            }
            (Self::Opened(mut file), event) => {
                file.apply(event);
                Self::Opened(file)
            }
            // A stream begins with its opening: nothing else can stand there.
            (
                Self::Unopened,
                Event::CaseReopened { .. }
                | Event::OpinionGiven { .. }
                | Event::OfficeAsked { .. }
                | Event::OfficeDecided { .. }
                | Event::LeadingGroupAsked { .. }
                | Event::LeadingGroupDecided { .. }
                | Event::CaseReturned { .. }
                | Event::DepartmentsAskedAgain { .. }
                | Event::CaseApproved { .. }
                | Event::CaseRejected
                | Event::OpinionOverdue { .. }
                | Event::SupervisionAsked { .. }
                | Event::SupervisionGiven { .. }
                | Event::DispensationAsked { .. }
                | Event::OpinionsDispensed { .. }
                | Event::GuaranteeEnded { .. }
                | Event::PanelCalled { .. }
                | Event::PanelConvened { .. }
                | Event::PanelAskedAgain { .. }
                | Event::ExpertJudged { .. }
                | Event::ExpertRecused { .. }
                | Event::ExpertsReleased { .. }
                | Event::SeatsFilled { .. }
                | Event::PanelReported { .. }
                | Event::CaseWithdrawn { .. }
                | Event::CaseSuspended { .. }
                | Event::CaseResumed { .. }
                | Event::DueRecounted { .. }
                | Event::ActsHeard { .. },
            ) => Self::Unopened,
        }
    }
}

fn open(forwarded: Forwarded) -> Result<Vec<Event>, Refusal> {
    let Forwarded { project, referral, acts, suspensions, pack, at } = forwarded;
    let asked = ask_departments(project, &referral, &pack, at, &[], |_| true)?;
    Ok(vec![Event::CaseOpened { project, referral, acts, asked, suspensions }])
}

#[cfg(test)]
mod golden;
#[cfg(test)]
mod kept_opinions;
#[cfg(test)]
mod tests;
