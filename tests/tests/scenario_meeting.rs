//! The leading group's meeting on the house (domain S7): a batch on one agenda, one resolution, an answer for each project.

use kernel::Role;
use proto::{
    common::v1::{Answer, CorrectionItem, Decision, Outcome},
    inbox::v1::{ListTasksRequest, Task},
    intake::v1::{ApplicationState, Content},
    review::v1::{
        AddAgendaItemsRequest, AgendaItemState, Attendance, Attendee, CaseState, ConcludeMeetingRequest,
        ConveneMeetingRequest, GetCaseRequest, GetMeetingRequest, ItemOutcome, ListCasesRequest, ListMeetingsRequest,
        Meeting, MeetingState,
    },
};
use review::domain::members;
use tests::{
    county::COUNTY,
    desk::{Desk, approval, document, key, refused},
    rebuilt,
};
use time::Duration;
use xianjie::demo::stage::{Player, until};

/// A project that all departments agree to: it waits for the leading group.
async fn waiting(desk: &mut Desk, title: &str) -> String {
    let content = Content { title: title.into(), ..desk.content() };
    desk.agreed(content).await
}

async fn group(desk: &mut Desk) -> Player {
    desk.player(Role::LeadingGroup, COUNTY).await
}

/// The leading group's yes to one case alone.
fn alone(task: &Task, today: &str) -> Decision {
    let answer =
        |id: &str, text: &str, number| Answer { question_id: id.into(), yes: false, text: text.into(), number };
    let answers = vec![
        answer("resolution_no", "南乡振领纪〔2022〕1号", 0),
        answer("meeting_date", today, 0),
        answer("present", tests::members(), 0),
    ];
    Decision { answers, ..approval(task) }
}

fn outcome(project: &str, outcome: Outcome) -> ItemOutcome {
    let correction =
        CorrectionItem {
            field: "environment_note".into(), text: "补充污水去向".into(), ..CorrectionItem::default()
        };
    ItemOutcome {
        project_id: project.into(),
        outcome: outcome.into(),
        opinion: "会议研究,意见如下所述,请按要求办理".into(),
        corrections: if outcome == Outcome::Return { vec![correction] } else { Vec::new() },
    }
}

fn record(desk: &Desk, meeting: &Meeting, today: String, outcomes: Vec<ItemOutcome>) -> ConcludeMeetingRequest {
    let members = members::of(&desk.house.pack).into_iter();
    let persons = members.map(|member| Attendee {
        person_id: member.id.0.clone(),
        title: "领导小组成员".into(),
        ..Attendee::default()
    });
    ConcludeMeetingRequest {
        request_id: key(),
        meeting_id: meeting.meeting_id.clone(),
        etag: meeting.etag.clone(),
        meeting_date: today,
        resolution_no: "南乡振领纪〔2022〕2号".into(),
        attendance: Some(Attendance { persons: persons.collect(), ..Attendance::default() }),
        outcomes,
        attachments: vec![document("会议纪要")],
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_decides_a_batch_and_each_project_has_its_own_answer() {
    let mut desk = Desk::open().await;
    let mut projects = Vec::new();
    for title in ["稻虾加工车间", "莲藕冷库", "育秧大棚", "生态鱼塘", "果蔬分拣线"] {
        projects.push(waiting(&mut desk, title).await);
    }
    let [first, second, returned, rejected, decided_alone] = &projects[..] else { panic!("five") };
    let mut group = group(&mut desk).await;
    let waits = ListCasesRequest {
        states: vec![CaseState::LeadingGroup.into()],
        waiting_for: format!("C-LG@{COUNTY}"),
        order_by: "due_time".into(),
        ..ListCasesRequest::default()
    };
    let cases = group.review.list_cases(waits).await.expect("listed").into_inner().cases;
    assert_eq!(cases.iter().map(|case| &case.project_id).collect::<Vec<_>>(), projects.iter().collect::<Vec<_>>());
    assert!(cases.iter().all(|case| case.next_actions == ["CompleteTask"]), "each may be decided alone, too");

    let (today, all) = (desk.stage.today(), projects.clone());
    let convene =
        ConveneMeetingRequest { request_id: key(), meeting_date: today.clone(), project_ids: all[..3].to_vec() };
    let convened = group.meetings.convene_meeting(convene).await.expect("convened").into_inner();
    assert!(convened.next_actions.contains(&"ConcludeMeeting".to_owned()), "{:?}", convened.next_actions);
    let add = AddAgendaItemsRequest {
        request_id: key(),
        meeting_id: convened.meeting_id.clone(),
        etag: convened.etag,
        project_ids: all[3..].to_vec(),
    };
    let meeting = group.meetings.add_agenda_items(add).await.expect("added").into_inner();
    let again = ConveneMeetingRequest { request_id: key(), meeting_date: today.clone(), project_ids: all };
    assert_eq!(refused(group.meetings.convene_meeting(again).await).code, "ON_AGENDA");
    let decision = |task: &Task| alone(task, &today);
    desk.stage.decide(&group, decided_alone, "LEADING_GROUP_DECISION", decision).await.expect("decided alone");

    let outcomes = vec![
        outcome(first, Outcome::Approve),
        outcome(second, Outcome::Approve),
        outcome(returned, Outcome::Return),
        outcome(rejected, Outcome::Reject),
        outcome(decided_alone, Outcome::Reject),
    ];
    let sound = record(&desk, &meeting, today.clone(), outcomes);
    let fresh = || ConcludeMeetingRequest { request_id: key(), ..sound.clone() };
    let unnumbered = ConcludeMeetingRequest { resolution_no: String::new(), ..fresh() };
    assert_eq!(refused(group.meetings.conclude_meeting(unnumbered).await).code, "NO_RESOLUTION");
    let tomorrow = ConcludeMeetingRequest { meeting_date: "2099-01-01".into(), ..fresh() };
    assert_eq!(refused(group.meetings.conclude_meeting(tomorrow).await).code, "BAD_DATE");
    let mut few = fresh();
    let persons = &mut few.attendance.as_mut().expect("there").persons;
    let due = persons.len();
    persons.truncate(due / 2);
    let few = refused(group.meetings.conclude_meeting(few).await);
    assert_eq!((few.code, few.actual), ("QUORUM".to_owned(), format!("{}/{due}", due / 2)));
    let mut terse = fresh();
    terse.outcomes[3].opinion = "不同意".into();
    let terse = refused(group.meetings.conclude_meeting(terse).await);
    assert_eq!((terse.code.as_str(), terse.fields), ("OPINION_LENGTH", vec!["outcomes[3].opinion".to_owned()]));

    let concluded = group.meetings.conclude_meeting(sound.clone()).await.expect("concluded").into_inner();
    let states: Vec<AgendaItemState> = concluded.items.iter().map(proto::review::v1::AgendaItem::state).collect();
    let (decided, refused_it) = (AgendaItemState::Decided, AgendaItemState::Refused);
    assert_eq!(states, [decided, decided, decided, decided, refused_it]);
    let refusal = concluded.items[4].refusal.clone().expect("it says why");
    assert_eq!(refusal.code, "ALREADY_DECIDED");
    let repeated = group.meetings.conclude_meeting(sound).await.expect("the same attempt").into_inner();
    assert_eq!(repeated, concluded, "the same answer");

    for project in [first, second, decided_alone] {
        desk.reaches(project, ApplicationState::CountyNotice).await;
    }
    desk.reaches(returned, ApplicationState::Returned).await;
    desk.reaches(rejected, ApplicationState::Rejected).await;
    let case = group.review.get_case(GetCaseRequest { project_id: first.clone() }).await.expect("there").into_inner();
    assert_eq!((case.state(), case.resolution_no.as_str()), (CaseState::Approved, "南乡振领纪〔2022〕2号"));
    assert!(case.next_actions.is_empty());
    let tasks = || {
        let mut inbox = group.inbox.clone();
        async move { inbox.list_tasks(ListTasksRequest::default()).await.map(tonic::Response::into_inner) }
    };
    until("empty desk", tasks, |list| list.tasks.is_empty()).await.expect("the open tasks are closed");
    desk.house.settle().await;
    let differences =
        rebuilt::differences(&desk.house.database.url).await.expect("the read tables can be written again");
    assert!(differences.is_empty(), "read tables are what the events say: {differences:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn meetings_are_the_county_s_and_called_for_each_quarter() {
    let mut desk = Desk::open().await;
    let project = waiting(&mut desk, "稻虾加工车间").await;
    let today = desk.stage.today();
    let mut group_member = group(&mut desk).await;
    let mut secretary = desk.secretary().await;
    let convene =
        ConveneMeetingRequest { request_id: key(), meeting_date: today.clone(), project_ids: vec![project.clone()] };
    assert_eq!(refused(secretary.meetings.convene_meeting(convene.clone()).await).code, "SCOPE");
    let meeting = group_member.meetings.convene_meeting(convene).await.expect("convened").into_inner();
    let get = GetMeetingRequest { meeting_id: meeting.meeting_id.clone() };
    assert_eq!(refused(secretary.meetings.get_meeting(get).await).code, "SCOPE");
    assert_eq!(refused(secretary.meetings.list_meetings(ListMeetingsRequest::default()).await).code, "SCOPE");
    let record = record(&desk, &meeting, today.clone(), vec![outcome(&project, Outcome::Approve)]);
    group_member.meetings.conclude_meeting(record).await.expect("concluded");

    desk.wait(Duration::days(93));
    let mut group_member = group(&mut desk).await;
    let list = group_member.meetings.list_meetings(ListMeetingsRequest::default()).await.expect("listed").into_inner();
    assert_eq!(list.meetings[0].state(), MeetingState::Concluded);
    let rhythm = list.rhythm.expect("there");
    assert_eq!((rhythm.last_meeting_date, rhythm.days_since, rhythm.limit_days), (today, 93, 92));
    assert!(rhythm.overdue);
}
