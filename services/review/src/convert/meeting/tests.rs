//! Requests as they are read, and the rhythm of meetings.

use kernel::{PersonId, Refusal as _};
use proto::common::v1::{CorrectionItem, ReturnStep};
use time::macros::datetime;

use proto::common::v1::Attachment as AttachmentMessage;

use super::*;
use crate::domain::{
    meeting::listing::page_key,
    story::{NOW, pack},
};

fn fields(refusal: &Common) -> Vec<String> {
    refusal.explain().fields.into_iter().map(|violation| violation.field).collect()
}

fn request() -> ConcludeMeetingRequest {
    let item = ItemOutcome {
        project_id: Uuid::from_u128(1).to_string(),
        outcome: OutcomeMessage::Return.into(),
        opinion: "请补充用地批复后再报".into(),
        corrections: vec![CorrectionItem {
            field: "land_note".into(),
            text: "补充".into(),
            step: ReturnStep::DepartmentReview.into(),
            ..CorrectionItem::default()
        }],
    };
    ConcludeMeetingRequest {
        meeting_id: Uuid::from_u128(9).to_string(),
        meeting_date: "2022-03-01".into(),
        resolution_no: "南振组〔2022〕3号".into(),
        attendance: Some(AttendanceMessage {
            due: 3,
            present: 2,
            persons: vec![
                AttendeeMessage {
                    display_name: "甲".into(),
                    title: "县长".into(),
                    person_id: "430921-0016".into()
                };
                2
            ],
        }),
        outcomes: vec![item],
        attachments: vec![AttachmentMessage { sha256: "0a".repeat(32), title: "会议纪要".into() }],
        ..ConcludeMeetingRequest::default()
    }
}

#[test]
fn a_record_is_read_as_it_was_written() {
    let (meeting, read) = on_meeting(&request().meeting_id, |wrong| minutes(request(), wrong)).expect("whole");
    let written = request();
    assert_eq!(meeting, Uuid::from_u128(9));
    assert_eq!((&read.resolution_no, &read.meeting_date), (&written.resolution_no, &written.meeting_date));
    assert_eq!(Some(attendance_message(&read.attendance)), written.attendance);
    assert_eq!(read.rulings.iter().map(ruling_message).collect::<Vec<_>>(), written.outcomes);
    assert_eq!(read.attachments[0].sha256, written.attachments[0].sha256);
}

#[test]
fn all_that_is_wrong_is_said_at_once() {
    let mut broken = request();
    broken.attendance = Some(AttendanceMessage { due: -1, present: -1, persons: Vec::new() });
    broken.outcomes = vec![ItemOutcome::default()];
    broken.attachments[0].sha256 = "xyz".into();
    let refusal = on_meeting("x", |wrong| minutes(broken, wrong)).expect_err("nothing is right");
    let expected = [
        "meeting_id",
        "attachments[0].sha256",
        "attendance.due",
        "attendance.present",
        "outcomes[0].project_id",
        "outcomes[0].outcome",
    ];
    assert_eq!(fields(&refusal), expected);

    let one = Uuid::from_u128(1).to_string();
    let refusal = convening("三月", &[one.clone(), "x".into(), one]).expect_err("refused");
    assert_eq!(fields(&refusal), ["meeting_date", "project_ids[1]", "project_ids[2]"]);
}

#[test]
fn a_list_s_filters_are_checked_and_name_their_pages() {
    let asked = |states: &[i32], from: &str| ListMeetingsRequest {
        states: states.to_vec(),
        from_date: from.into(),
        ..ListMeetingsRequest::default()
    };
    let known = filter(&asked(&[MeetingState::Concluded.into()], "2022-01-01")).expect("known");
    assert_eq!(known.key(), "CONCLUDED;2022-01-01;");
    assert_eq!(
        fields(&filter(&asked(&[0, 99], "2022")).expect_err("refused")),
        ["states[0]", "states[1]", "from_date"]
    );
    let id = Uuid::from_u128(7);
    assert_eq!(page_key(Some(&format!("2022-03-01/{id}"))).expect("a key"), Some(("2022-03-01".into(), id)));
    assert!(page_key(Some("2022-03-01")).is_err() && page_key(Some("2022-03-01/x")).is_err());
}

#[test]
fn a_department_and_a_township_read_no_meetings() {
    let reads = |post: &str| {
        let posts = vec![post.parse().expect("a post")];
        let actor = Actor { person: PersonId("p".into()), name: "某".into(), posts, on_behalf_of: None };
        readable_by(&actor, pack().county.division).is_ok()
    };
    assert!(reads("C-LG@430921000000") && reads("C-RRB@430921000000-RRB") && reads("C-DISC@430921000000-DISC"));
    for post in ["C-SEC@430921000000-AGR", "T-GOV@430921105000", "V-SEC@430921105201", "ADM@430921000000-ADM"] {
        assert!(!reads(post), "{post}");
    }
}

#[test]
fn a_quarter_without_a_meeting_is_shown() {
    let rhythm = |last: Option<&str>, now| rhythm(3, last.map(str::to_owned), &pack(), now);
    let met = rhythm(Some("2022-03-01"), datetime!(2022-06-01 09:00 +8));
    assert_eq!((met.waiting_cases, met.days_since, met.limit_days, met.overdue), (3, 92, 92, false));
    assert!(rhythm(Some("2022-03-01"), datetime!(2022-06-02 09:00 +8)).overdue);
    assert!(!rhythm(None, NOW).overdue);
    assert_eq!(rhythm(Some("1999-03-01"), datetime!(1999-09-01 09:00 +8)).limit_days, 0, "no rules, no limit");
}
