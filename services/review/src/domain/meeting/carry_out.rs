//! A meeting's outcome on its way to the case (审定结果落实): the decision that the case is asked to take, and its answer.
//!
//! The decision follows from the meeting's facts alone, its moment included, so that whoever brings it again brings the
//! same one, and a case that bears it is known.

use std::sync::Arc;

use kernel::{
    Pack, ProjectId, Refusal as _,
    decision::{Answer, Decision},
};
use serde::{Deserialize, Serialize};

use super::{AgendaItem, Minutes, Ruling, Sheet, Signed, Stage, sheet::ItemState};
use crate::domain::{
    Case, Complete, Given, Refusal, TaskKind,
    guarantee::Balances,
    resolution::{ATTENDANCE, MEETING_DATE, PRESENT, RESOLUTION_NO},
};

/// What a case answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemResult {
    /// The project.
    pub project: ProjectId,
    /// Why it refused; none when it bears the decision.
    pub refusal: Option<ItemRefusal>,
}

/// Why a case refused a meeting's decision: what it would have answered to a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemRefusal {
    /// Stable code.
    pub code: String,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
    /// What was found.
    pub actual: Option<String>,
    /// What is allowed.
    pub limit: Option<String>,
}

impl From<&Refusal> for ItemRefusal {
    fn from(refusal: &Refusal) -> Self {
        let explanation = refusal.explain();
        Self {
            code: explanation.code.to_owned(),
            zh: explanation.zh,
            en: explanation.en,
            actual: explanation.actual,
            limit: explanation.limit,
        }
    }
}

impl Sheet {
    /// The decisions whose cases have not answered yet.
    #[must_use]
    pub fn pending(&self, pack: &Arc<Pack>) -> Vec<(ProjectId, Complete)> {
        let Stage::Concluded { minutes, by } = &self.stage else { return Vec::new() };
        let pending = self.items().filter(|item| item.state == ItemState::Pending);
        pending
            .filter_map(|item| {
                Some((item.entry.project, decision_on(self, item.entry, item.ruling?, minutes, by, pack)))
            })
            .collect()
    }
}

fn decision_on(
    sheet: &Sheet,
    item: &AgendaItem,
    ruling: &Ruling,
    minutes: &Minutes,
    by: &Signed,
    pack: &Arc<Pack>,
) -> Complete {
    let answer = |question: &str, text: &str, number| Answer {
        question: question.to_owned(),
        yes: false,
        text: text.to_owned(),
        number,
    };
    let present: Vec<&str> = minutes.attendance.present().map(|person| person.0.as_str()).collect();
    // A record of before named nobody by person: its cases bear how many there were.
    let attendance = match present.is_empty() {
        true => answer(ATTENDANCE, "", Some(i64::from(minutes.attendance.present))),
        false => answer(PRESENT, &present.join("、"), None),
    };
    let answers = vec![
        answer(RESOLUTION_NO, &minutes.resolution_no, None),
        answer(MEETING_DATE, &minutes.meeting_date, None),
        attendance,
    ];
    let Ruling { project: _, outcome, opinion, corrections } = ruling.clone();
    Complete {
        task: item.task,
        task_kind: TaskKind::LeadingGroupDecision,
        decision: Decision {
            outcome,
            opinion,
            answers,
            corrections,
            attachments: minutes.attachments.clone(),
            subject_revision: item.content_revision,
        },
        actor: by.actor(),
        pack: Arc::clone(pack),
        // The leading group's decision draws nobody.
        seed: sheet.meeting,
        balances: Balances::new(),
        reserved: Balances::new(),
        at: by.at,
    }
}

/// Whether the case bears this very decision.
#[must_use]
pub fn bears(case: &Case, complete: &Complete) -> bool {
    let Case::Opened(file) = case else { return false };
    let Complete { task, decision, actor, at, .. } = complete.clone();
    let given = Given::of(decision, &actor, at);
    file.opinions.iter().any(|opinion| opinion.asked.task == task && opinion.given.as_ref() == Some(&given))
}
