//! What a meeting decided (会议审定结果): resolution number, the day, attendance, and an outcome for each project.
//!
//! Here the record is judged as a whole, before anything has an effect: all that is wrong with it is said at once. Whether
//! an outcome is possible is each case's question, and one case's no undoes nothing of the others.

use kernel::{
    Attachment, Explanation, Kind, ProjectId, Refusal as _, YearRules,
    calendar::{civil_date, parse_date},
    decision::{Correction, Decision, Outcome},
    refusal::{Common, FieldViolation, Violations},
    text::comparable,
};
use serde::{Deserialize, Serialize};

use super::{Attendance, Event, Occasion, Sheet, Stage};
use crate::domain::TaskKind;

/// The record of a meeting that was held (会议纪要).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Minutes {
    /// Number of the resolution (决议文号).
    pub resolution_no: String,
    /// The number as it is compared: it belongs to this meeting. Empty in records of before that was asked.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub resolution_key: String,
    /// The day it was held, `2022-03-01`.
    pub meeting_date: String,
    /// Who was there.
    pub attendance: Attendance,
    /// An outcome for each project of the agenda.
    pub rulings: Vec<Ruling>,
    /// Documents, such as the signed minutes.
    pub attachments: Vec<Attachment>,
}

/// What the meeting decided about one project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ruling {
    /// The project.
    pub project: ProjectId,
    /// Outcome.
    pub outcome: Outcome,
    /// Opinion (意见).
    pub opinion: String,
    /// For a return: what must be corrected.
    pub corrections: Vec<Correction>,
}

impl Minutes {
    /// The outcome for this project.
    #[must_use]
    pub fn ruling(&self, project: ProjectId) -> Option<&Ruling> {
        self.rulings.iter().find(|ruling| ruling.project == project)
    }
}

impl Sheet {
    /// The meeting was held and decided.
    ///
    /// # Errors
    /// `SCOPE`, `WRONG_STATE`, `ALREADY_DECIDED`, `NO_RESOLUTION`, `BAD_DATE`, `ATTENDANCE`, `QUORUM`, or what is wrong with
    /// an outcome.
    pub fn conclude(&self, minutes: Minutes, by: &Occasion) -> Result<Vec<Event>, Common> {
        let signed = by.sign()?;
        let minutes = Minutes {
            resolution_key: comparable(&minutes.resolution_no),
            attendance: minutes.attendance.counted(&by.pack),
            ..minutes
        };
        match &self.stage {
            Stage::Concluded { minutes: known, .. } if **known == minutes => return Ok(Vec::new()),
            Stage::Concluded { .. } => return Err(Common::AlreadyDecided),
            Stage::Cancelled { .. } => return Err(self.wrong_state("ConcludeMeeting")),
            Stage::Convened => {}
        }
        if minutes.resolution_no.trim().is_empty() {
            let explanation = Explanation::new(
                "NO_RESOLUTION",
                "会议审定须有决议文号",
                "the meeting's decisions need a resolution number",
            );
            return Err(Common::rule(explanation.at("resolution_no")));
        }
        let year = held_in(&minutes.meeting_date, by)?;
        let rules = by.pack.rules_of(year)?;
        minutes.attendance.check(&by.pack, rules)?;
        self.check_rulings(&minutes.rulings, rules)?;
        Ok(vec![Event::MeetingConcluded { minutes, by: signed }])
    }

    /// Each project of the agenda has one outcome, each outcome what it must contain.
    fn check_rulings(&self, rulings: &[Ruling], rules: &YearRules) -> Result<(), Common> {
        let mut wrong = Violations::default();
        if self.agenda.is_empty() {
            wrong.add("AGENDA_EMPTY", "outcomes", "议程中没有项目", "no project stands on the agenda");
        }
        for (index, ruling) in rulings.iter().enumerate() {
            let field = || format!("outcomes[{index}].project_id");
            if !self.agenda.iter().any(|item| item.project == ruling.project) {
                wrong.add("NOT_ON_AGENDA", field(), "该项目不在本次会议议程中", "does not stand on the agenda");
            } else if rulings[..index].iter().any(|other| other.project == ruling.project) {
                wrong.add("OUTCOME_TWICE", field(), "同一项目只能有一个审定结果", "has an outcome already");
            }
        }
        for item in self.agenda.iter().filter(|item| !rulings.iter().any(|ruling| ruling.project == item.project)) {
            let zh = format!("尚无审定结果:{};不审议的项目请先撤下议程", item.title);
            wrong.add("OUTCOME_MISSING", "outcomes", zh, format!("no outcome for {}", item.project));
        }
        let mut too_short = None;
        for (index, ruling) in rulings.iter().enumerate() {
            let (path, steps) = (format!("outcomes[{index}]"), TaskKind::LeadingGroupDecision.return_steps());
            let Err(refusal) = form_of(ruling).check(&path, &[], steps, rules, |_| {}) else { continue };
            let explanation = refusal.explain();
            match refusal.kind() {
                Kind::Invalid => explanation.fields.into_iter().for_each(|violation| note(violation, &mut wrong)),
                _ => drop(too_short.get_or_insert(explanation)),
            }
        }
        wrong.finish()?;
        too_short.map_or(Ok(()), |explanation| Err(Common::rule(explanation)))
    }
}

/// What of a decision can be judged without its case.
fn form_of(ruling: &Ruling) -> Decision {
    let Ruling { project: _, outcome, opinion, corrections } = ruling.clone();
    Decision { outcome, opinion, corrections, answers: Vec::new(), attachments: Vec::new(), subject_revision: 0 }
}

fn note(violation: FieldViolation, wrong: &mut Violations) {
    let FieldViolation { code, field, zh, en } = violation;
    wrong.add(code, field, zh, en);
}

/// The year in which the meeting was held.
fn held_in(meeting_date: &str, by: &Occasion) -> Result<i32, Common> {
    let bad = |zh: String, en: &str| {
        Common::invalid(Explanation::new("BAD_DATE", zh, format!("meeting_date {en}")).at("meeting_date"))
    };
    let date = parse_date(meeting_date)
        .ok_or_else(|| bad("会议日期无效,应如 2022-03-01".into(), "is no date such as 2022-03-01"))?;
    let today = civil_date(by.at);
    if date > today {
        return Err(bad(format!("会议日期 {date} 晚于今天 {today}"), "lies in the future"));
    }
    Ok(date.year())
}
