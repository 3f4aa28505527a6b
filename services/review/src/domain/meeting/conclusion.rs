//! The meeting was held and decided (会议审定): resolution number, the day, attendance, and an outcome for each project.
//!
//! Here the record is judged as a whole, before anything has an effect: all that is wrong with it is said at once. Whether
//! an outcome is possible is each case's question, and one case's no undoes nothing of the others.

use kernel::{
    Explanation, Kind, Refusal as _, YearRules,
    calendar::{civil_date, parse_date},
    decision::Decision,
    refusal::{Common, FieldViolation, Violations},
    text::comparable,
};

use super::{
    attendance,
    command::Occasion,
    event::Event,
    record::{Minutes, Ruling},
    signing::sign,
    state::{Stage, State},
};
use crate::domain::record::TaskKind;

/// The meeting was held and decided.
///
/// # Errors
/// `SCOPE`, `WRONG_STATE`, `ALREADY_DECIDED`, `NO_RESOLUTION`, `BAD_DATE`, `ATTENDANCE`, `QUORUM`, or what is wrong with
/// an outcome.
pub fn conclude(state: &State, minutes: Minutes, by: &Occasion) -> Result<Vec<Event>, Common> {
    let signed = sign(by)?;
    let minutes = Minutes {
        resolution_key: comparable(&minutes.resolution_no),
        attendance: attendance::counted(minutes.attendance, &by.pack),
        ..minutes
    };
    match &state.stage {
        Stage::Concluded { minutes: known, .. } if **known == minutes => return Ok(Vec::new()),
        Stage::Concluded { .. } => return Err(Common::AlreadyDecided),
        Stage::Cancelled { .. } => return Err(state.wrong_state("ConcludeMeeting")),
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
    attendance::check(&minutes.attendance, &by.pack, rules)?;
    check_rulings(state, &minutes.rulings, rules)?;
    Ok(vec![Event::MeetingConcluded { minutes, by: signed }])
}

/// Each project of the agenda has one outcome, each outcome what it must contain.
fn check_rulings(state: &State, rulings: &[Ruling], rules: &YearRules) -> Result<(), Common> {
    let mut wrong = Violations::default();
    if state.agenda.is_empty() {
        wrong.add("AGENDA_EMPTY", "outcomes", "议程中没有项目", "no project stands on the agenda");
    }
    for (index, ruling) in rulings.iter().enumerate() {
        let field = || format!("outcomes[{index}].project_id");
        if !state.agenda.iter().any(|item| item.project == ruling.project) {
            wrong.add("NOT_ON_AGENDA", field(), "该项目不在本次会议议程中", "does not stand on the agenda");
        } else if rulings[..index].iter().any(|other| other.project == ruling.project) {
            wrong.add("OUTCOME_TWICE", field(), "同一项目只能有一个审定结果", "has an outcome already");
        }
    }
    for item in state.agenda.iter().filter(|item| !rulings.iter().any(|ruling| ruling.project == item.project)) {
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
