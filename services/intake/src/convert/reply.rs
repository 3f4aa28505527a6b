//! An application as the contract answers it: whole, for one caller, and as a row of a list.
//!
//! Who may not read it is told `SCOPE` and nothing else, whatever the application says.

use std::collections::BTreeSet;

use kernel::{
    Actor, Pack, PersonId, ProjectId,
    refusal::{Common, FieldViolation},
};
use proto::{
    common::v1::{CorrectionItem, RejectReason},
    intake::v1::{
        Application as ApplicationMessage, ApplicationSummary, Deliberation as DeliberationMessage,
        Duplicate as DuplicateMessage, FieldGap, ListDuplicatesResponse, Meeting as MeetingMessage,
        Notice as NoticeMessage, NoticeLevel as NoticeLevelMessage, Objection as ObjectionMessage,
        Return as ReturnMessage, SectionChange as SectionChangeMessage, SiteCheck as SiteCheckMessage,
        Vote as VoteMessage,
    },
};
use runtime::Snapshot;
use time::OffsetDateTime;
use translation::{attachment, correction::step_message, field::number, time::timestamp};

use super::{
    content::{content_message, coordinates_message},
    state_named, words,
};
use crate::domain::{
    Application, NoticeLevel, Stage, State, admissible,
    duplicate::Neighbour,
    listing::ListedApplication,
    next_actions::next_actions,
    readers,
    record::{
        content::SectionChange,
        correction::{Return, ReturnItem},
        notice::Notice,
        objection::Objection,
        pool::Suspect,
        site_check::SiteCheck,
        vote::{Deliberation, Meeting, Vote},
    },
};

/// Who reads, by which pack, when.
pub struct Reader<'a> {
    /// Who.
    pub actor: &'a Actor,
    /// The county pack.
    pub pack: &'a Pack,
    /// Now.
    pub now: OffsetDateTime,
}

/// What was found, if the actor may read it.
///
/// # Errors
/// `NOT_FOUND` or `SCOPE`.
pub fn readable(found: Option<Snapshot<Application>>, reader: &Reader<'_>) -> Result<Snapshot<Application>, Common> {
    const ABSENT: Common = Common::NotFound { what: "项目申报 application" };
    let snapshot = found.ok_or(ABSENT)?;
    let Application::Opened(state) = &snapshot.state else { return Err(ABSENT) };
    reader.actor.require_reach(state.content.village, &readers::seats(state, reader.pack))?;
    Ok(snapshot)
}

/// The application, if there is one and the actor may read it.
///
/// # Errors
/// `NOT_FOUND` or `SCOPE`.
pub fn visible(found: Option<Snapshot<Application>>, reader: &Reader<'_>) -> Result<ApplicationMessage, Common> {
    Ok(application(&readable(found, reader)?, reader))
}

/// The application after a step, for the one who took it.
pub fn application(snapshot: &Snapshot<Application>, reader: &Reader<'_>) -> ApplicationMessage {
    let Application::Opened(state) = &snapshot.state else { return ApplicationMessage::default() };
    let mut message = ApplicationMessage {
        project_id: state.project.to_string(),
        content: Some(content_message(&state.content)),
        content_revision: state.content_revision,
        state: state_named(state.stage.code()).into(),
        etag: snapshot.version.to_string(),
        votes: state.votes.iter().map(vote).collect(),
        notices: state.notices.iter().map(notice).collect(),
        site_check: state.site_check.as_ref().map(|check| site_check(check, &state.site_check_confirmed)),
        township_opinion: state.township_opinion().to_owned(),
        returns: state.returns.iter().map(returned).collect(),
        update_time: Some(timestamp(snapshot.changed_at)),
        deliberations: state.deliberations.iter().map(deliberation).collect(),
        objections: state.objections.iter().map(objection).collect(),
        suspension: state.suspension.as_ref().map(|stands| stands.reason.clone()).unwrap_or_default(),
        suspended_by: state.suspension.as_ref().map(|stands| words::signature(&stands.signature)),
        next_actions: names_of(next_actions(state, reader.actor, reader.pack, reader.now)),
        missing: missing(state, reader.pack),
        ..ApplicationMessage::default()
    };
    add_ending(state, &mut message);
    message
}

/// All that is missing before the village may send it on.
fn missing(state: &State, pack: &Pack) -> Vec<FieldGap> {
    if !matches!(state.stage, Stage::Draft | Stage::Returned) {
        return Vec::new();
    }
    let gap = |gap: FieldViolation| FieldGap { field: gap.field, code: gap.code.to_owned(), zh: gap.zh, en: gap.en };
    admissible::gaps(&state.content, pack).into_iter().map(gap).collect()
}

/// What an application looks like a duplicate of. Of what is not this reader's to read, only the township is said.
pub fn duplicates(
    suspects: Vec<Suspect>,
    neighbours: &[Neighbour],
    readable: &BTreeSet<ProjectId>,
) -> ListDuplicatesResponse {
    let duplicate = |suspect: Suspect| {
        let village = neighbours.iter().find(|known| known.project == suspect.project).map(|known| known.village);
        let township = village.map_or_else(String::new, |village| village.township().to_string());
        if !readable.contains(&suspect.project) {
            return DuplicateMessage { township, foreign: true, ..DuplicateMessage::default() };
        }
        DuplicateMessage {
            project_id: suspect.project.to_string(),
            title: suspect.title,
            state: state_named(&suspect.state).into(),
            reasons: suspect.likeness.iter().map(|likeness| words::duplicate_reason(*likeness).into()).collect(),
            overlap_percent: number(suspect.overlap_percent),
            township,
            foreign: false,
        }
    };
    ListDuplicatesResponse { duplicates: suspects.into_iter().map(duplicate).collect() }
}

fn add_ending(state: &State, message: &mut ApplicationMessage) {
    if let Some(resolution) = state.stage.resolution() {
        message.resolution_no.clone_from(&resolution.number);
    }
    if let Some(place) = &state.pool {
        message.pool_year = place.year;
        message.pool_priority = place.priority.map_or(0, number);
        message.set_pool_progress(words::progress(place.progress));
        message.duplicate_explanation.clone_from(&place.explanation);
    }
    message.pool_no = state.stage.pool_no().unwrap_or_default().to_owned();
    if let Stage::Withdrawn { reason } = &state.stage {
        message.ending.clone_from(reason);
    }
    if let Stage::OutOfPool { reason, text, .. } = &state.stage {
        message.set_leave_reason(words::leave_reason_message(*reason));
        message.ending.clone_from(text);
    }
    if let Stage::Rejected(rejection) = &state.stage {
        let reason = rejection.reason.map_or(RejectReason::Unspecified, words::reject_reason_message);
        message.set_reject_reason(reason);
        message.rejection.clone_from(&rejection.opinion);
    }
}

fn vote(vote: &Vote) -> VoteMessage {
    let counted = &vote.ballot;
    VoteMessage {
        meeting_date: counted.meeting_date.to_string(),
        entitled: number(counted.entitled),
        present: number(counted.present),
        yes: number(counted.yes),
        no: number(counted.no),
        abstain: number(counted.abstain),
        minutes: Some(attachment::to_message(&counted.minutes)),
        passed: vote.passed,
    }
}

fn deliberation(held: &Deliberation) -> DeliberationMessage {
    let meeting = match held.meeting {
        Meeting::Branch => MeetingMessage::Branch,
        Meeting::Committees => MeetingMessage::Committees,
        Meeting::PartyMembers => MeetingMessage::PartyMembers,
    };
    let counted = vote(&Vote { ballot: held.ballot.clone(), passed: held.passed });
    DeliberationMessage { meeting: meeting.into(), vote: Some(counted), attempt: number(held.attempt) }
}

fn objection(objection: &Objection) -> ObjectionMessage {
    let reply = objection.reply.as_ref();
    ObjectionMessage {
        objection_id: objection.id.clone(),
        level: level(objection.level).into(),
        answer_level: words::objection_level(objection.answering_level).into(),
        due_time: Some(timestamp(objection.due.at)),
        due_provisional: objection.due.is_provisional(),
        answered: reply.is_some(),
        upheld: reply.is_some_and(|reply| reply.upheld),
        reply: reply.map(|reply| reply.text.clone()).unwrap_or_default(),
        summary: reply.map(|reply| reply.summary.clone()).unwrap_or_default(),
        answered_by: reply.map(|reply| words::signature(&reply.signature)),
    }
}

fn level(level: NoticeLevel) -> NoticeLevelMessage {
    match level {
        NoticeLevel::Village => NoticeLevelMessage::Village,
        NoticeLevel::Township => NoticeLevelMessage::Township,
        NoticeLevel::County => NoticeLevelMessage::County,
    }
}

fn notice(notice: &Notice) -> NoticeMessage {
    NoticeMessage {
        level: level(notice.level).into(),
        places: notice.places.clone(),
        content_revision: notice.content_revision,
        post_time: Some(timestamp(notice.posted_at)),
        closable_time: notice.closed.is_none().then(|| timestamp(notice.closable_at)),
        close_time: notice.closed.as_ref().map(|closing| timestamp(closing.at)),
        photo_at_posting: Some(attachment::to_message(&notice.photo)),
        photo_at_end: notice.closed.as_ref().map(|closing| attachment::to_message(&closing.photo)),
    }
}

fn site_check(check: &SiteCheck, confirmed: &[PersonId]) -> SiteCheckMessage {
    SiteCheckMessage {
        coordinates: check.coordinates.map(coordinates_message),
        confirmed_by_ids: confirmed.iter().map(|person| person.0.clone()).collect(),
        date: check.date.to_string(),
        checker_ids: check.checkers.iter().map(|person| person.0.clone()).collect(),
        place: check.place.clone(),
        photo: check.photo.as_ref().map(attachment::to_message),
        findings: check.findings.clone(),
    }
}

fn returned(returned: &Return) -> ReturnMessage {
    ReturnMessage {
        level: words::return_level(returned.level).into(),
        round: number(returned.round),
        items: returned.items.iter().map(return_item).collect(),
        due_time: Some(timestamp(returned.due.at)),
        due_provisional: returned.next().is_provisional(),
        resubmit_time: returned.resubmitted_at.map(timestamp),
        lapse_time: returned.lapses_at.map(|lapses| timestamp(lapses.at)),
        changes: returned.changes().into_iter().map(change).collect(),
    }
}

fn change(change: SectionChange) -> SectionChangeMessage {
    SectionChangeMessage { section: change.section, before_json: change.before, after_json: change.after }
}

/// One thing to correct, with its answer.
pub fn return_item(item: &ReturnItem) -> CorrectionItem {
    CorrectionItem {
        item_id: item.id.clone(),
        field: item.field.clone(),
        text: item.text.clone(),
        asked_by: item.asked_by.clone(),
        answer: item.answer.clone().unwrap_or_default(),
        step: step_message(item.step).into(),
    }
}

/// What the reader may do with an application of a list.
pub fn offered(application: &Application, reader: &Reader<'_>) -> Vec<String> {
    let Application::Opened(state) = application else { return Vec::new() };
    names_of(next_actions(state, reader.actor, reader.pack, reader.now))
}

fn names_of(methods: Vec<&str>) -> Vec<String> {
    methods.into_iter().map(str::to_owned).collect()
}

/// An application of a list, with what the reader may do with it.
pub fn listed(row: ListedApplication, next_actions: Vec<String>) -> ApplicationSummary {
    ApplicationSummary {
        next_actions,
        project_id: row.project_id.to_string(),
        title: row.title,
        village: row.village,
        fiscal_year: row.fiscal_year,
        category: row.category,
        total_fen: row.total_fen,
        state: state_named(&row.state).into(),
        etag: row.version.to_string(),
        update_time: Some(timestamp(row.changed_at)),
        pool_no: row.pool_no.unwrap_or_default(),
        pool_priority: row.pool_priority.unwrap_or_default(),
        pool_progress: words::progress_named(row.pool_progress.as_deref()).into(),
        correction_overdue: row.correction_overdue,
    }
}

#[cfg(test)]
mod tests {
    use kernel::{Decider as _, Refusal as _};
    use proto::intake::v1::{ApplicationState, ReturnLevel};
    use uuid::Uuid;

    use super::*;
    use crate::domain::{
        Command, Event,
        fixtures::{
            OTHER_VILLAGE, and, at, bureau, day, head_of, pack, pooled, resubmitted_to_county, secretary,
            township_rejected,
        },
    };

    fn read(history: &[Event], actor: &Actor) -> Result<ApplicationMessage, Common> {
        let version = i64::try_from(history.len()).expect("short");
        let state = Application::fold(history);
        let pack = pack();
        let reader = Reader { actor, pack: &pack, now: day(100) };
        visible(Some(Snapshot { stream: Uuid::nil(), version, state, changed_at: day(1) }), &reader)
    }

    #[test]
    fn all_that_happened_is_answered() {
        let pooled = read(&pooled(), &bureau()).expect("the county sees it");
        assert_eq!(pooled.state(), ApplicationState::InPool);
        assert_eq!((pooled.votes.len(), pooled.notices.len()), (1, 3));
        assert!(pooled.notices.iter().all(|notice| notice.close_time.is_some() && notice.photo_at_end.is_some()));
        assert!(!pooled.pool_no.is_empty() && !pooled.resolution_no.is_empty() && !pooled.township_opinion.is_empty());
        assert_eq!(pooled.site_check.map(|check| check.checker_ids.len()), Some(2));

        let again = read(&resubmitted_to_county(), &secretary()).expect("the village sees its own");
        assert_eq!(
            (again.returns[0].level(), again.returns[0].items[0].answer.as_str()),
            (ReturnLevel::County, "已补充")
        );
        let rejected = read(&township_rejected(), &secretary()).expect("the village sees its own");
        assert_eq!((rejected.reject_reason(), rejected.rejection.is_empty()), (RejectReason::NoLand, false));
    }

    #[test]
    fn who_suspended_it_is_shown_with_whom_that_person_stood_in_for() {
        let standing_in = Actor { on_behalf_of: Some(PersonId("absent".into())), ..bureau() };
        let suspend = Command::SuspendApplication { reason: "立案核查".into(), by: at(90, &standing_in) };
        let by = read(&and(pooled(), suspend), &bureau()).expect("the county sees it").suspended_by.expect("signed");
        assert_eq!((by.person_id, by.on_behalf_of_id), (bureau().person.0, "absent".to_owned()));
        assert_eq!(by.sign_time, Some(timestamp(day(90))));
    }

    #[test]
    fn another_township_sees_nothing() {
        let refusal = read(&pooled(), &head_of(OTHER_VILLAGE)).expect_err("not theirs");
        assert_eq!(refusal.explain().code, "SCOPE");
        let (actor, pack) = (&bureau(), &pack());
        let nothing = readable(None, &Reader { actor, pack, now: day(100) });
        assert_eq!(nothing.expect_err("nothing").explain().code, "NOT_FOUND");
    }
}
