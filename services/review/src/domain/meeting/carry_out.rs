//! A meeting's outcome on its way to the case (审定结果落实): the decision that the case is asked to take, and its answer.
//!
//! The decision follows from the meeting's facts alone, its moment included, so that whoever brings it again brings the
//! same one, and a case that bears it is known.

use std::sync::Arc;

use kernel::{
    Pack, ProjectId, Refusal as _,
    decision::{Answer, Decision},
    refusal::Common,
};

use super::{
    event::Event,
    record::{AgendaItem, ItemRefusal, ItemResult, Minutes, Ruling},
    state::{ItemState, Stage, State},
};
use crate::domain::{
    case::Case,
    command::Complete,
    record::{Balances, DecisionRecord, Signature, TaskKind},
    refusal::Refusal,
    resolution::{ATTENDANCE, MEETING_DATE, PRESENT, RESOLUTION_NO},
};

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

/// The decisions whose cases have not answered yet.
#[must_use]
pub fn pending(state: &State, pack: &Arc<Pack>) -> Vec<(ProjectId, Complete)> {
    let Stage::Concluded { minutes, by } = &state.stage else { return Vec::new() };
    let pending = state.items().filter(|item| item.state == ItemState::Pending);
    pending
        .filter_map(|item| Some((item.entry.project, decision_on(state, item.entry, item.ruling?, minutes, by, pack))))
        .collect()
}

fn decision_on(
    state: &State,
    item: &AgendaItem,
    ruling: &Ruling,
    minutes: &Minutes,
    by: &Signature,
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
        seed: state.meeting,
        balances: Balances::new(),
        reserved: Balances::new(),
        at: by.at,
    }
}

/// Whether the case bears this very decision.
#[must_use]
pub fn bears(case: &Case, complete: &Complete) -> bool {
    let Case::Opened(state) = case else { return false };
    let Complete { task, decision, actor, at, .. } = complete.clone();
    let record = DecisionRecord::of(decision, &actor, at);
    state.opinions.iter().any(|opinion| opinion.asked.task == task && opinion.decision.as_ref() == Some(&record))
}

/// What cases answered. That a case bears the decision is for ever; a refusal may be overtaken by that.
///
/// # Errors
/// `WRONG_STATE` before the meeting has decided.
pub fn record(state: &State, results: Vec<ItemResult>) -> Result<Vec<Event>, Common> {
    match &state.stage {
        Stage::Convened | Stage::Cancelled { .. } => Err(state.wrong_state("RecordResults")),
        Stage::Concluded { .. } => {
            let is_new = |result: &ItemResult| match state.results.get(&result.project) {
                None => state.agenda.iter().any(|item| item.project == result.project),
                Some(None) => false,
                Some(Some(_)) => result.refusal.is_none(),
            };
            let results: Vec<ItemResult> = results.into_iter().filter(is_new).collect();
            Ok(if results.is_empty() { Vec::new() } else { vec![Event::ItemsCarriedOut { results }] })
        }
    }
}
