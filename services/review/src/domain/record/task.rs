//! A task (待办) by which one post is asked for an opinion in one round: its kind, its questions, and by when. Who is asked
//! what, [`crate::domain::asking`] says.

use kernel::{
    Due, Duty, PersonId, Post, TaskId,
    decision::{self, NoMeans, Outcome, QuestionKind, ReturnStep},
    reach::seat,
};
use serde::{Deserialize, Serialize};

/// What sort of task asks for the opinion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TaskKind {
    /// S5 部门审核.
    DepartmentReview,
    /// 县领导小组办公室处理部门否决意见.
    CountyOfficeDecision,
    /// S6 组建专家组: the office convenes the panel.
    PanelConvening,
    /// S6 专家论证.
    ExpertReview,
    /// S7 领导小组审定.
    LeadingGroupDecision,
    /// 逾期督办: a task is overdue, the office sees to it. It decides nothing about the project.
    OverdueSupervision,
    /// 免予征求意见: departments stay silent, the leading group may dispense with their opinions, by name.
    OpinionDispensation,
}

impl TaskKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::DepartmentReview,
        Self::CountyOfficeDecision,
        Self::PanelConvening,
        Self::ExpertReview,
        Self::LeadingGroupDecision,
        Self::OverdueSupervision,
        Self::OpinionDispensation,
    ];

    /// Stable code, as in the inbox.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::DepartmentReview => "DEPARTMENT_REVIEW",
            Self::CountyOfficeDecision => "COUNTY_OFFICE_DECISION",
            Self::PanelConvening => "PANEL_CONVENING",
            Self::ExpertReview => "EXPERT_REVIEW",
            Self::LeadingGroupDecision => "LEADING_GROUP_DECISION",
            Self::OverdueSupervision => "OVERDUE_SUPERVISION",
            Self::OpinionDispensation => "OPINION_DISPENSATION",
        }
    }

    /// The kind of that code.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// Chinese name.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::DepartmentReview => "县级部门审核",
            Self::CountyOfficeDecision => "领导小组办公室处理",
            Self::PanelConvening => "组建论证专家组",
            Self::ExpertReview => "专家论证",
            Self::LeadingGroupDecision => "领导小组审定",
            Self::OverdueSupervision => "逾期督办",
            Self::OpinionDispensation => "逾期未复意见免予征求审定",
        }
    }

    /// The duty that deciding it is (不相容岗位分离).
    #[must_use]
    pub fn duty(self) -> Duty {
        match self {
            Self::DepartmentReview => Duty::DepartmentReviewer,
            Self::ExpertReview => Duty::Expert,
            Self::CountyOfficeDecision | Self::OverdueSupervision | Self::PanelConvening => Duty::CountyOffice,
            Self::LeadingGroupDecision | Self::OpinionDispensation => Duty::Decider,
        }
    }

    /// The steps that its return may name: those that are passed.
    #[must_use]
    pub fn return_steps(self) -> &'static [ReturnStep] {
        match self {
            Self::DepartmentReview | Self::ExpertReview | Self::CountyOfficeDecision => ReturnStep::BELOW_COUNTY,
            Self::LeadingGroupDecision => &ReturnStep::ALL,
            Self::OverdueSupervision | Self::OpinionDispensation | Self::PanelConvening => &[],
        }
    }

    /// The outcomes that it may end with.
    #[must_use]
    pub fn outcomes(self) -> &'static [Outcome] {
        match self {
            Self::DepartmentReview | Self::ExpertReview | Self::LeadingGroupDecision => {
                &[Outcome::Approve, Outcome::Return, Outcome::Reject]
            }
            // A department has rejected, or the panel: the office can't turn that into a yes.
            Self::CountyOfficeDecision => &[Outcome::Return, Outcome::Reject],
            Self::OverdueSupervision | Self::OpinionDispensation | Self::PanelConvening => &[Outcome::Approve],
        }
    }
}

/// A question that goes with a task, as this room's events store it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Id within the task.
    pub id: String,
    /// Text in Chinese.
    pub zh: String,
    /// Text in English.
    pub en: String,
    /// How it is answered.
    pub answered_as: QuestionKind,
    /// With which outcomes it must be answered; with every outcome when empty.
    pub required_for: Vec<Outcome>,
    /// Whether a "no" calls for an expert panel: what events said before [`Self::no`] could.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub expert: bool,
    /// What a "no" means.
    #[serde(default, skip_serializing_if = "NoMeans::is_note")]
    pub no: NoMeans,
}

impl Question {
    /// A question of this room's own, of which a "no" is noted.
    #[must_use]
    pub fn of(id: &str, zh: &str, en: &str, answered_as: QuestionKind) -> Self {
        let (id, zh, en) = (id.to_owned(), zh.to_owned(), en.to_owned());
        Self { id, zh, en, answered_as, required_for: Vec::new(), expert: false, no: NoMeans::Note }
    }
}

impl From<decision::Question> for Question {
    fn from(question: decision::Question) -> Self {
        let decision::Question { id, zh, en, kind: answered_as, required_for, no } = question;
        Self { id, zh, en, answered_as, required_for, expert: false, no }
    }
}

impl From<&Question> for decision::Question {
    fn from(question: &Question) -> Self {
        let Question { id, zh, en, answered_as: kind, required_for, expert: _, no } = question.clone();
        Self { id, zh, en, kind, required_for, no }
    }
}

/// An opinion that is asked for: the task behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The task.
    pub task: TaskId,
    /// Its kind.
    pub task_kind: TaskKind,
    /// The post that is asked.
    pub post: Post,
    /// Name of the organisation that is asked.
    pub asked_name: String,
    /// Round in which it is asked.
    pub round: u32,
    /// Revision of the content that is to be judged.
    pub content_revision: i64,
    /// What must be answered.
    pub questions: Vec<Question>,
    /// When it is due.
    pub due: Due,
    /// Hash of the sections that are to be judged; empty where the whole is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub judged: String,
    /// The one person who is asked, where the post has many holders and each is asked alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignee: Option<PersonId>,
}

impl Asked {
    /// Who is asked, as the read scope knows it: a post, an expert's with the person.
    #[must_use]
    pub fn seat(&self) -> String {
        seat(&self.post, self.assignee.as_ref())
    }
}
