//! Meetings: what a request brings, and a meeting as a reader sees it. Whether a meeting may decide so is its machine's
//! question.

use std::collections::BTreeSet;

use kernel::{
    Actor, Division, Pack, PersonId, ProjectId, Role, RuleCode,
    calendar::{civil_date, parse_date},
    decision::Outcome,
    refusal::{Common, Violations},
};
use proto::{
    common::v1::Outcome as OutcomeMessage,
    review::v1::{
        AgendaItem as AgendaItemMessage, AgendaItemState, Attendance as AttendanceMessage, Attendee as AttendeeMessage,
        ConcludeMeetingRequest, ItemOutcome, ItemRefusal as ItemRefusalMessage, ListMeetingsRequest,
        Meeting as MeetingMessage, MeetingRhythm, MeetingState,
    },
};
use runtime::Snapshot;
use time::{Date, OffsetDateTime};
use translation::{
    attachment, correction,
    decision::outcome_message,
    field::{number, uuid},
    person,
    time::timestamp,
};
use uuid::Uuid;

use crate::domain::{
    Meeting,
    meeting::{
        Attendance, Attendee, Item, ItemRefusal, Minutes, Ruling, Stage, State,
        listing::{Filter, ListedMeeting},
        next_actions::next_actions,
    },
};

/// Who reads meetings: the leading group, those who prepare its decisions, and those who watch over them. A meeting shows
/// projects of all villages and fields.
const READERS: [Role; 5] =
    [Role::LeadingGroup, Role::RevitalizationBureau, Role::FinanceBureau, Role::Discipline, Role::Audit];

/// Refuses who may not read meetings.
///
/// # Errors
/// `SCOPE`.
pub fn readable_by(actor: &Actor, county: Division) -> Result<(), Common> {
    let reads = READERS.iter().any(|role| actor.post_over(*role, county).is_some());
    let needed = || READERS.map(Role::code).join("/");
    if reads { Ok(()) } else { Err(Common::scope(actor, format_args!("{}@{county}", needed()))) }
}

/// The meeting that a request names, with what else it brings.
///
/// # Errors
/// Every wrong field at once.
pub fn on_meeting<T>(meeting_id: &str, rest: impl FnOnce(&mut Violations) -> T) -> Result<(Uuid, T), Common> {
    let mut wrong = Violations::default();
    let meeting = uuid(meeting_id, "meeting_id", &mut wrong).unwrap_or_default();
    let rest = rest(&mut wrong);
    wrong.finish()?;
    Ok((meeting, rest))
}

/// A new meeting's day and its projects.
///
/// # Errors
/// Every wrong field at once.
pub fn convening(meeting_date: &str, project_ids: &[String]) -> Result<(Date, Vec<ProjectId>), Common> {
    let mut wrong = Violations::default();
    let date = parse_date(meeting_date);
    if date.is_none() {
        wrong.add("BAD_DATE", "meeting_date", "会议日期无效,应如 2022-03-01", "is no date such as 2022-03-01");
    }
    let projects = projects(project_ids, &mut wrong);
    wrong.finish()?;
    Ok((date.expect("what is missing was refused just above"), projects))
}

/// Projects, each named once.
pub fn projects(ids: &[String], wrong: &mut Violations) -> Vec<ProjectId> {
    let mut seen = BTreeSet::new();
    let mut projects = Vec::new();
    for (index, id) in ids.iter().enumerate() {
        let field = format!("project_ids[{index}]");
        let project = ProjectId(uuid(id, &field, wrong).unwrap_or_default());
        if !project.0.is_nil() && !seen.insert(project) {
            wrong.add("PROJECT_TWICE", field, "同一项目重复列出", "is named twice");
        }
        projects.push(project);
    }
    projects
}

/// What a meeting decided; whether it may is the machine's question.
pub fn minutes(request: ConcludeMeetingRequest, wrong: &mut Violations) -> Minutes {
    let attachments = attachment::from_messages(request.attachments, "attachments", wrong);
    let outcomes = request.outcomes.into_iter().enumerate();
    Minutes {
        resolution_no: request.resolution_no,
        // The machine's to make.
        resolution_key: String::new(),
        meeting_date: request.meeting_date,
        attendance: attendance(request.attendance.unwrap_or_default(), wrong),
        rulings: outcomes.map(|(index, outcome)| ruling(index, outcome, wrong)).collect(),
        attachments,
    }
}

fn attendance(message: AttendanceMessage, wrong: &mut Violations) -> Attendance {
    let mut count = |number: i32, field: &str| {
        u32::try_from(number).unwrap_or_else(|_| {
            wrong.add("COUNT", field, "人数不能为负数", "must not be negative");
            0
        })
    };
    let (due, present) = (count(message.due, "attendance.due"), count(message.present, "attendance.present"));
    let persons = message.persons.into_iter();
    let person = |id: String| Some(id).filter(|id| !id.is_empty()).map(PersonId);
    let persons = persons.map(|AttendeeMessage { display_name: name, title, person_id }| Attendee {
        person: person(person_id),
        name,
        title,
    });
    let persons = persons.collect();
    Attendance { due, present, persons }
}

fn ruling(index: usize, message: ItemOutcome, wrong: &mut Violations) -> Ruling {
    let project =
        ProjectId(uuid(&message.project_id, &format!("outcomes[{index}].project_id"), wrong).unwrap_or_default());
    let outcome = match message.outcome() {
        OutcomeMessage::Approve => Outcome::Approve,
        OutcomeMessage::Return => Outcome::Return,
        OutcomeMessage::Reject => Outcome::Reject,
        OutcomeMessage::Unspecified => {
            let zh = "请选择同意、退回补正或不予通过";
            wrong.add("OUTCOME", format!("outcomes[{index}].outcome"), zh, "must say approve, return or reject");
            // Refused just above: what stands here is not read.
            Outcome::Reject
        }
    };
    let corrections = correction::from_messages(message.corrections, &format!("outcomes[{index}].corrections"), wrong);
    Ruling { project, outcome, opinion: message.opinion, corrections }
}

/// Which meetings a list asks for.
///
/// # Errors
/// Every wrong field at once.
pub fn filter(asked: &ListMeetingsRequest) -> Result<Filter, Common> {
    let mut wrong = Violations::default();
    let mut states = Vec::new();
    for (index, state) in asked.states.iter().enumerate() {
        match MeetingState::try_from(*state).ok().and_then(|state| state.as_str_name().strip_prefix(STATE_PREFIX)) {
            Some(code) if code != "UNSPECIFIED" => states.push(code),
            _ => wrong.add("STATE", format!("states[{index}]"), "未知的状态", "is no state of a meeting"),
        }
    }
    for (field, day) in [("from_date", &asked.from_date), ("to_date", &asked.to_date)] {
        if !day.is_empty() && parse_date(day).is_none() {
            wrong.add("BAD_DATE", field, "日期无效,应如 2022-03-01", "is no date such as 2022-03-01");
        }
    }
    wrong.finish()?;
    Ok(Filter { states, from: asked.from_date.clone(), to: asked.to_date.clone() })
}

const STATE_PREFIX: &str = "MEETING_STATE_";

/// Who reads, in which county.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    /// Who.
    pub actor: &'a Actor,
    /// The county pack.
    pub pack: &'a Pack,
}

/// The meeting as it stands.
///
/// # Errors
/// `NOT_FOUND`.
pub fn found(found: Option<Snapshot<Meeting>>, reader: Reader<'_>) -> Result<MeetingMessage, Common> {
    let message = found.map(|snapshot| meeting(&snapshot, reader)).filter(|message| !message.meeting_id.is_empty());
    message.ok_or(Common::NotFound { what: "会议 meeting" })
}

/// The meeting after a step.
pub fn meeting(snapshot: &Snapshot<Meeting>, reader: Reader<'_>) -> MeetingMessage {
    let Meeting::Convened(state) = &snapshot.state else { return MeetingMessage::default() };
    let State { agenda, convened, stage, .. } = &**state;
    let mut message = MeetingMessage {
        meeting_id: snapshot.stream.to_string(),
        state: state_named(stage.code()).into(),
        meeting_date: state.date().to_owned(),
        item_count: i32::try_from(agenda.len()).unwrap_or(i32::MAX),
        items: state.items().map(item).collect(),
        convened_by_id: convened.person.0.clone(),
        convened_on_behalf_of_id: person::to_message(convened.on_behalf_of.as_ref()),
        update_time: Some(timestamp(snapshot.changed_at)),
        etag: snapshot.version.to_string(),
        next_actions: offered(stage.code(), agenda.len(), reader),
        ..MeetingMessage::default()
    };
    match stage {
        Stage::Convened => {}
        Stage::Concluded { minutes, by } => {
            message.resolution_no.clone_from(&minutes.resolution_no);
            message.attendance = Some(attendance_message(&minutes.attendance));
            message.attachments = minutes.attachments.iter().map(attachment::to_message).collect();
            message.concluded_by_id.clone_from(&by.person.0);
            message.concluded_on_behalf_of_id = person::to_message(by.on_behalf_of.as_ref());
        }
        Stage::Cancelled { reason } => message.cancel_reason.clone_from(reason),
    }
    message
}

/// A row of the list.
pub fn listed(row: ListedMeeting, reader: Reader<'_>) -> MeetingMessage {
    MeetingMessage {
        next_actions: offered(&row.state, usize::try_from(row.item_count).unwrap_or(0), reader),
        meeting_id: row.meeting_id.to_string(),
        state: state_named(&row.state).into(),
        meeting_date: row.meeting_date,
        item_count: row.item_count,
        resolution_no: row.resolution_no.unwrap_or_default(),
        update_time: Some(timestamp(row.changed_at)),
        etag: row.version.to_string(),
        ..MeetingMessage::default()
    }
}

fn offered(state: &str, items: usize, reader: Reader<'_>) -> Vec<String> {
    next_actions(state, items, reader.actor, reader.pack).into_iter().map(str::to_owned).collect()
}

fn state_named(code: &str) -> MeetingState {
    MeetingState::from_str_name(&format!("{STATE_PREFIX}{code}")).unwrap_or_default()
}

fn item(item: Item<'_>) -> AgendaItemMessage {
    let Item { entry, state, ruling, refusal } = item;
    let state = AgendaItemState::from_str_name(&format!("AGENDA_ITEM_STATE_{}", state.code())).unwrap_or_default();
    AgendaItemMessage {
        project_id: entry.project.to_string(),
        title: entry.title.clone(),
        village: entry.village.to_string(),
        total_fen: entry.total.fen(),
        round: number(entry.round),
        content_revision: entry.content_revision,
        state: state.into(),
        outcome: ruling.map(ruling_message),
        refusal: refusal.map(refusal_message),
    }
}

fn ruling_message(ruling: &Ruling) -> ItemOutcome {
    ItemOutcome {
        project_id: ruling.project.to_string(),
        outcome: outcome_message(ruling.outcome).into(),
        opinion: ruling.opinion.clone(),
        corrections: ruling.corrections.iter().map(correction::to_message).collect(),
    }
}

fn refusal_message(refusal: &ItemRefusal) -> ItemRefusalMessage {
    let ItemRefusal { code, zh, en, actual, limit } = refusal.clone();
    ItemRefusalMessage { code, zh, en, actual: actual.unwrap_or_default(), limit: limit.unwrap_or_default() }
}

fn attendance_message(attendance: &Attendance) -> AttendanceMessage {
    let persons = attendance.persons.iter().cloned();
    AttendanceMessage {
        due: number(attendance.due),
        present: number(attendance.present),
        persons: persons
            .map(|Attendee { person, name, title }| AttendeeMessage {
                display_name: name,
                title,
                person_id: person.map(|person| person.0).unwrap_or_default(),
            })
            .collect(),
    }
}

/// How often the leading group meets, by the rules of this year.
pub fn rhythm(waiting: i64, last: Option<String>, pack: &Pack, now: OffsetDateTime) -> MeetingRhythm {
    let today = civil_date(now);
    let since = last.as_deref().and_then(parse_date).map(|day| (today - day).whole_days());
    let limit = pack.rules(today.year()).map(|rules| rules.number(RuleCode::MeetingInterval));
    let overdue = since.zip(limit).is_some_and(|(since, limit)| since > i64::from(limit));
    let whole = |number: i64| i32::try_from(number).unwrap_or(i32::MAX);
    MeetingRhythm {
        waiting_cases: whole(waiting),
        last_meeting_date: last.unwrap_or_default(),
        days_since: whole(since.unwrap_or_default()),
        limit_days: limit.map_or(0, number),
        overdue,
    }
}

#[cfg(test)]
mod tests;
