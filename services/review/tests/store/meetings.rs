//! Meetings on a real PostgreSQL: agendas, what a conclusion leaves in each case, and what a crash in between leaves undone.

use kernel::{Actor, PersonId, ProjectId, decision::Outcome, pack::Person};
use proto::{
    common::v1::{CorrectionItem, Outcome as OutcomeMessage},
    review::v1::{
        AddAgendaItemsRequest, AgendaItemState, Attendance, Attendee, CancelMeetingRequest, ConcludeMeetingRequest,
        ConveneMeetingRequest, GetMeetingRequest, ItemOutcome, ListMeetingsRequest, Meeting as MeetingReply,
        MeetingState, RemoveAgendaItemsRequest, meeting_service_server::MeetingService,
    },
};
use review::{
    domain::{Case, Command, Meeting, meeting, members},
    grpc::Meetings,
    worker::meetings,
};
use runtime::{Context, testing::pack};
use tonic::{Code, Status};
use uuid::Uuid;

use crate::support::{actor, all_say, asking, complete, open_tasks, opened, room, said};

fn office() -> Actor {
    actor("office", &"C-LG@430921000000".parse().expect("a post"))
}

fn key() -> String {
    Uuid::now_v7().to_string()
}

/// A project whose case waits for the leading group.
async fn waiting(context: &Context) -> ProjectId {
    let project = opened(context).await;
    all_say(context, project, Outcome::Approve).await;
    project
}

async fn convened(context: &Context, projects: &[ProjectId]) -> MeetingReply {
    convene(context, projects).await.expect("convened")
}

async fn convene(context: &Context, projects: &[ProjectId]) -> Result<MeetingReply, Status> {
    let project_ids = projects.iter().map(ToString::to_string).collect();
    let request = ConveneMeetingRequest { request_id: key(), meeting_date: "2022-01-04".into(), project_ids };
    Ok(Meetings::new(context.clone()).convene_meeting(asking(&office(), request)).await?.into_inner())
}

fn outcome(project: ProjectId, outcome: OutcomeMessage) -> ItemOutcome {
    let correction =
        CorrectionItem { field: "land_note".into(), text: "补充用地批复".into(), ..CorrectionItem::default() };
    ItemOutcome {
        project_id: project.to_string(),
        outcome: outcome.into(),
        opinion: "会议研究,意见如下所述,请按要求办理".into(),
        corrections: if outcome == OutcomeMessage::Return { vec![correction] } else { Vec::new() },
    }
}

fn conclusion(meeting: &MeetingReply, outcomes: Vec<ItemOutcome>) -> ConcludeMeetingRequest {
    let persons = members::of(&pack())
        .into_iter()
        .map(|member| Attendee {
            person_id: member.id.0.clone(), title: "领导小组成员".into(), ..Attendee::default()
        })
        .collect();
    ConcludeMeetingRequest {
        request_id: key(),
        meeting_id: meeting.meeting_id.clone(),
        etag: meeting.etag.clone(),
        meeting_date: "2022-01-04".into(),
        resolution_no: "南振组〔2022〕1号".into(),
        attendance: Some(Attendance { persons, ..Attendance::default() }),
        outcomes,
        attachments: Vec::new(),
    }
}

async fn conclude(context: &Context, request: ConcludeMeetingRequest) -> Result<MeetingReply, Status> {
    Ok(Meetings::new(context.clone()).conclude_meeting(asking(&office(), request)).await?.into_inner())
}

fn states(meeting: &MeetingReply) -> Vec<AgendaItemState> {
    meeting.items.iter().map(proto::review::v1::AgendaItem::state).collect()
}

async fn stage(context: &Context, project: ProjectId) -> &'static str {
    let found = context.journal.load::<Case>(project.0).await.expect("readable").expect("there");
    let Case::Opened(state) = found.state else { panic!("not opened") };
    state.stage.code()
}

/// A message begins with the refusal's code.
fn code(status: &Status) -> &str {
    status.message().split(':').next().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_decides_each_of_its_cases_on_its_own() {
    let context = room().await;
    let mut projects = Vec::new();
    for _ in 0..4 {
        projects.push(waiting(&context).await);
    }
    let meeting = convened(&context, &projects).await;
    assert_eq!(states(&meeting), [AgendaItemState::OnAgenda; 4]);
    // One is decided alone before the meeting is.
    all_say(&context, projects[3], Outcome::Reject).await;
    let outcomes = vec![
        outcome(projects[0], OutcomeMessage::Approve),
        outcome(projects[1], OutcomeMessage::Return),
        outcome(projects[2], OutcomeMessage::Reject),
        outcome(projects[3], OutcomeMessage::Approve),
    ];
    let request = conclusion(&meeting, outcomes);
    let concluded = conclude(&context, request.clone()).await.expect("concluded");
    let [decided, refused] = [AgendaItemState::Decided, AgendaItemState::Refused];
    assert_eq!(states(&concluded), [decided, decided, decided, refused]);
    assert_eq!(concluded.items[3].refusal.as_ref().map(|refusal| refusal.code.as_str()), Some("ALREADY_DECIDED"));
    let recorded: Vec<(Uuid, String, String)> =
        sqlx::query_as("select stream_id, actor_id, code from refusals where method like '%/ConcludeMeeting'")
            .fetch_all(&context.pool)
            .await
            .expect("read");
    assert_eq!(recorded, [(projects[3].0, "office".to_owned(), "ALREADY_DECIDED".to_owned())]);
    for (project, expected) in projects.iter().zip(["APPROVED", "RETURNED", "REJECTED", "REJECTED"]) {
        assert_eq!(stage(&context, *project).await, expected);
    }
    assert_eq!(said(&context, "xianjie.review.v1.CaseConcluded").await, 3);
    assert_eq!(said(&context, "xianjie.review.v1.CaseReturned").await, 1);
    let again = conclude(&context, request).await.expect("the same attempt, the same answer");
    assert_eq!(again, concluded);
    assert!(!meetings::run(context.clone()).await.expect("it runs"), "nothing is left to do");
}

#[tokio::test(flavor = "multi_thread")]
async fn c34_a_meeting_names_whom_its_recorders_stood_in_for() {
    let context = room().await;
    let project = waiting(&context).await;
    let standing_in = |for_whom: &str| Actor { on_behalf_of: Some(PersonId(for_whom.into())), ..office() };
    let request = ConveneMeetingRequest {
        request_id: key(),
        meeting_date: "2022-01-04".into(),
        project_ids: vec![project.to_string()],
    };
    let meetings = Meetings::new(context.clone());
    let convened = meetings.convene_meeting(asking(&standing_in("absent-1"), request)).await.expect("convened");
    let request = conclusion(&convened.into_inner(), vec![outcome(project, OutcomeMessage::Approve)]);
    let concluded = meetings.conclude_meeting(asking(&standing_in("absent-2"), request)).await.expect("concluded");
    let meeting = concluded.into_inner();
    let office = office().person.to_string();
    assert_eq!([&meeting.convened_by_id, &meeting.concluded_by_id], [&office, &office]);
    let absent = [meeting.convened_on_behalf_of_id.as_str(), meeting.concluded_on_behalf_of_id.as_str()];
    assert_eq!(absent, ["absent-1", "absent-2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_crash_left_pending_is_brought_once() {
    let context = room().await;
    let projects = [waiting(&context).await, waiting(&context).await, waiting(&context).await];
    let convened = convened(&context, &projects).await;
    let stream: Uuid = convened.meeting_id.parse().expect("a UUID");
    let by = meeting::Occasion { actor: office(), pack: context.pack.clone(), at: context.clock.now() };
    let ruling = |project: &ProjectId| meeting::Ruling {
        project: *project,
        outcome: Outcome::Approve,
        opinion: "同意".into(),
        corrections: Vec::new(),
    };
    let person = |member: &Person| meeting::Attendee {
        person: Some(member.id.clone()),
        name: member.name.clone(),
        title: String::new(),
    };
    let persons = members::of(&context.pack).into_iter().map(person).collect();
    let minutes = meeting::Minutes {
        resolution_no: "南振组〔2022〕2号".into(),
        resolution_key: String::new(),
        meeting_date: "2022-01-04".into(),
        attendance: meeting::Attendance { due: 0, present: 0, persons },
        rulings: projects.iter().map(ruling).collect(),
        attachments: Vec::new(),
    };
    // The process dies after the record, or after the first case took its decision: neither was told to the meeting.
    let command = meeting::Command::ConcludeMeeting { minutes, by };
    let concluded = context.journal.advance::<Meeting>(stream, command).await.expect("concluded");
    let Meeting::Convened(state) = &concluded.state else { panic!("convened") };
    let pending = meeting::carry_out::pending(state, &context.pack);
    assert_eq!(pending.len(), 3);
    let (first, decision) = &pending[0];
    let command = Command::CompleteTask(decision.clone());
    context.journal.advance::<Case>(first.0, command).await.expect("decided");

    let (one, other) = tokio::join!(meetings::run(context.clone()), meetings::run(context.clone()));
    assert!(one.expect("it runs") | other.expect("it runs"), "there was something to do");
    assert!(!meetings::run(context.clone()).await.expect("it runs"));
    let get = GetMeetingRequest { meeting_id: convened.meeting_id.clone() };
    let read = Meetings::new(context.clone()).get_meeting(asking(&office(), get)).await.expect("there").into_inner();
    assert_eq!(states(&read), [AgendaItemState::Decided; 3]);
    assert_eq!(said(&context, "xianjie.review.v1.CaseConcluded").await, 3, "each case once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_stands_on_one_open_agenda() {
    let context = room().await;
    let (one, two, early) = (waiting(&context).await, waiting(&context).await, opened(&context).await);
    let refused = convene(&context, &[one, early]).await.expect_err("one does not wait yet");
    assert_eq!((refused.code(), code(&refused)), (Code::FailedPrecondition, "WRONG_STATE"));
    let first = convened(&context, &[one]).await;
    let refused = convene(&context, &[one, two]).await.expect_err("it stands elsewhere");
    assert_eq!(code(&refused), "ON_AGENDA");

    // Two at the same moment: the store has the last word.
    let meetings = Meetings::new(context.clone());
    let projects = [two];
    let (left, right) = tokio::join!(convene(&context, &projects), convene(&context, &projects));
    let (won, lost) = if left.is_ok() { (left, right) } else { (right, left) };
    assert_eq!(code(&lost.expect_err("one loses")), "ON_AGENDA");
    let second = won.expect("one wins");

    let project_ids = vec![one.to_string()];
    let leave = RemoveAgendaItemsRequest {
        request_id: key(),
        meeting_id: first.meeting_id.clone(),
        etag: first.etag.clone(),
        project_ids: project_ids.clone(),
    };
    let left = meetings.remove_agenda_items(asking(&office(), leave)).await.expect("it leaves").into_inner();
    assert_eq!(left.item_count, 0);
    let join =
        AddAgendaItemsRequest { request_id: key(), meeting_id: second.meeting_id, etag: second.etag, project_ids };
    let joined = meetings.add_agenda_items(asking(&office(), join.clone())).await.expect("it joins").into_inner();
    assert_eq!(joined.item_count, 2);
    let stale = AddAgendaItemsRequest { request_id: key(), ..join };
    let refused = meetings.add_agenda_items(asking(&office(), stale)).await.expect_err("read before");
    assert_eq!(code(&refused), "STALE_VERSION");

    let cancel = CancelMeetingRequest {
        request_id: key(),
        meeting_id: joined.meeting_id,
        etag: joined.etag,
        reason: "会期调整".into(),
    };
    let cancelled = meetings.cancel_meeting(asking(&office(), cancel)).await.expect("cancelled").into_inner();
    assert_eq!((cancelled.state(), states(&cancelled)), (MeetingState::Cancelled, vec![AgendaItemState::Dropped; 2]));
    convened(&context, &[one, two]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_that_refuses_the_person_stays_with_the_leading_group() {
    let context = room().await;
    let project = waiting(&context).await;
    let meeting = convened(&context, &[project]).await;
    let found = context.journal.load::<Case>(project.0).await.expect("readable").expect("there");
    let Case::Opened(state) = &found.state else { panic!("not opened") };
    let reviewer = state.duties.0.first().expect("the departments' reviewers").person.clone();
    // The same person who judged for a department now acts for the leading group.
    let both = Actor { person: reviewer, ..office() };
    let request = conclusion(&meeting, vec![outcome(project, OutcomeMessage::Approve)]);
    let concluded = Meetings::new(context.clone()).conclude_meeting(asking(&both, request)).await.expect("recorded");
    let concluded = concluded.into_inner();
    assert_eq!(concluded.items[0].refusal.as_ref().map(|refusal| refusal.code.as_str()), Some("SOD"));
    assert_eq!(stage(&context, project).await, "LEADING_GROUP");
    let next = convened(&context, &[project]).await;
    let request = conclusion(&next, vec![outcome(project, OutcomeMessage::Approve)]);
    let concluded = conclude(&context, request).await.expect("another records it");
    assert_eq!(states(&concluded), [AgendaItemState::Decided]);
    let [asked] = &open_tasks(&found.state)[..] else { panic!("one task was open") };
    let late = context.journal.advance::<Case>(project.0, complete(&context, asked, Outcome::Reject)).await;
    assert_eq!(late.expect_err("it is decided").to_string(), "already decided");
}

#[tokio::test(flavor = "multi_thread")]
async fn meetings_are_listed_by_day_and_the_next_one_is_called_for() {
    let context = room().await;
    let project = waiting(&context).await;
    let (first, second) = (convened(&context, &[project]).await, convened(&context, &[]).await);
    let list = async |who: &Actor, request: ListMeetingsRequest| {
        Meetings::new(context.clone()).list_meetings(asking(who, request)).await.map(tonic::Response::into_inner)
    };
    let all = ListMeetingsRequest::default;
    let ids = |meetings: &[MeetingReply]| meetings.iter().map(|found| found.meeting_id.clone()).collect::<Vec<_>>();
    let found = list(&office(), all()).await.expect("listed");
    assert_eq!(ids(&found.meetings), [second.meeting_id.clone(), first.meeting_id.clone()]);
    let rhythm = found.rhythm.expect("there");
    assert_eq!((rhythm.waiting_cases, rhythm.last_meeting_date.as_str(), rhythm.limit_days), (1, "", 92));
    let page = list(&office(), ListMeetingsRequest { page_size: 1, ..all() }).await.expect("listed");
    let next = ListMeetingsRequest { page_size: 1, page_token: page.next_page_token, ..all() };
    assert_eq!(ids(&list(&office(), next).await.expect("listed").meetings), std::slice::from_ref(&first.meeting_id));

    let request = conclusion(&first, vec![outcome(project, OutcomeMessage::Approve)]);
    conclude(&context, request).await.expect("concluded");
    context.clock.advance(time::Duration::days(93));
    let decided = ListMeetingsRequest { states: vec![MeetingState::Concluded.into()], ..all() };
    let found = list(&office(), decided).await.expect("listed");
    assert_eq!(ids(&found.meetings), [first.meeting_id]);
    assert!(found.meetings[0].next_actions.is_empty());
    let rhythm = found.rhythm.expect("there");
    assert_eq!((rhythm.waiting_cases, rhythm.last_meeting_date.as_str(), rhythm.overdue), (0, "2022-01-04", true));
    let later = ListMeetingsRequest { from_date: "2022-01-05".into(), ..all() };
    assert!(list(&office(), later).await.expect("listed").meetings.is_empty());

    let township = actor("reader", &"T-GOV@430921129000".parse().expect("a post"));
    assert_eq!(list(&township, all()).await.expect_err("beyond the scope").code(), Code::PermissionDenied);
    let bureau = actor("reader", &"C-RRB@430921000000-RRB".parse().expect("a post"));
    let found = list(&bureau, all()).await.expect("it prepares them");
    assert!(found.meetings.iter().all(|found| found.next_actions.is_empty()), "it convenes none");
}
