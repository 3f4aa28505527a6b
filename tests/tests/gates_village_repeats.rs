//! Only the same request repeats (C32); dates, photographs and the fields of a return are what they say (C33); and the
//! scenarios of pool, board and schedule through the public API.

use kernel::{Role, calendar::civil_date};
use proto::{
    common::v1::CorrectionItem,
    inbox::v1::Task,
    intake::v1::{
        Application, ApplicationState, CloseNoticeRequest, Content, EnterPoolRequest, GetPoolStatisticsRequest,
        Meeting, NoticeLevel, PostNoticeRequest, RecordDeliberationRequest, RecordVoteRequest,
        ReturnApplicationRequest, Vote,
    },
};
use sqlx::{Connection as _, PgConnection};
use tests::{
    county::{COUNTY, resolution},
    desk::{BUREAU, Desk, TOWNSHIP, VILLAGE, code_of, document, key, refused},
    village::{back, changed, close, first_field, post, propose, resubmit, returned, submit, try_change},
};
use time::Duration;

/// Ten days of a notice; the day of posting does not count.
const NOTICE: Duration = Duration::days(11);

#[tokio::test(flavor = "multi_thread")]
async fn c32_after_a_return_nothing_is_done_already() {
    let mut desk = Desk::open().await;
    let content = desk.content();
    let posted = desk.posted(content).await;
    desk.wait(NOTICE);
    let closed = close(&mut desk, &posted).await.expect("closed");
    let submitted = submit(&mut desk, &closed).await.expect("submitted");
    let project = submitted.project_id.clone();
    let complete = desk.complete_papers(&project).await;
    desk.check_by_two(complete).await;
    let known = returned(&mut desk, &project).await;

    // Word for word what was done before, under new request ids.
    let secretary = desk.secretary().await;
    let before = |application: &Application| Application { etag: known.etag.clone(), ..application.clone() };
    let unposted = Application { notices: Vec::new(), ..before(&posted) };
    assert_eq!(refused(desk.post(&secretary, &unposted, NoticeLevel::Village).await).code, "WRONG_STATE");
    assert_eq!(refused(desk.close(&secretary, &before(&posted), NoticeLevel::Village).await).code, "WRONG_STATE");
    assert_eq!(refused(submit(&mut desk, &known).await).code, "WRONG_STATE");
    assert_eq!(refused(propose(&mut desk, &known).await).code, "WRONG_STATE");
    let vote = known.votes[0].clone();
    let request = RecordVoteRequest {
        request_id: key(),
        project_id: project.clone(),
        etag: known.etag.clone(),
        vote: Some(vote),
    };
    assert_eq!(refused(desk.secretary().await.intake.record_vote(request).await).code, "WRONG_STATE");

    let again = resubmit(&mut desk, &known, "已补充").await.expect("answered");
    assert_eq!(refused(submit(&mut desk, &again).await).code, "WRONG_STATE", "it was resubmitted, not submitted");
    assert_eq!(refused(resubmit(&mut desk, &again, "另有说明").await).code, "WRONG_STATE");
    resubmit(&mut desk, &again, "已补充").await.expect("the same in every field");
}

#[tokio::test(flavor = "multi_thread")]
async fn c32_another_request_hears_what_stands_unless_it_says_the_same() {
    let mut desk = Desk::open().await;
    let content = desk.content();
    let proposed = desk.propose(content).await.expect("proposed");
    let deliberation = |vote: Vote, etag: &str| RecordDeliberationRequest {
        request_id: key(),
        project_id: proposed.project_id.clone(),
        etag: etag.to_owned(),
        meeting: Meeting::Branch.into(),
        vote: Some(vote),
    };
    let vote = Vote {
        meeting_date: desk.stage.today(),
        entitled: 5,
        present: 5,
        yes: 5,
        minutes: Some(document("党支部会议记录")),
        ..Vote::default()
    };
    let mut secretary = desk.secretary().await;
    let met = secretary.intake.record_deliberation(deliberation(vote.clone(), &proposed.etag)).await.expect("met");
    let met = met.into_inner();
    let voted = desk.vote(&met, 26, (25, 1, 0)).await.expect("voted");
    let late = secretary.intake.record_deliberation(deliberation(vote, &voted.etag)).await;
    assert_eq!(refused(late).code, "WRONG_STATE", "the meeting is over");

    let posted = post(&mut desk, &voted).await.expect("posted");
    let same = Application { notices: Vec::new(), ..posted.clone() };
    post(&mut desk, &same).await.expect("the same places, the same photograph");
    assert_eq!(refused(post(&mut desk, &posted).await).code, "EXISTS", "another photograph");
}

#[tokio::test(flavor = "multi_thread")]
async fn c32_the_pool_is_entered_once() {
    let mut desk = Desk::open().await;
    let content = desk.content();
    let pooled = desk.pooled(content).await;
    let enter = |explanation: &str| EnterPoolRequest {
        request_id: key(),
        project_id: pooled.project_id.clone(),
        etag: pooled.etag.clone(),
        duplicate_explanation: explanation.into(),
    };
    let mut other = desk.stage.nth(Role::RevitalizationBureau, BUREAU, 2).await.expect("another of the bureau");
    assert_eq!(refused(other.intake.enter_pool(enter("另有说明")).await).code, "EXISTS");
    let same = other.intake.enter_pool(enter("")).await.expect("the same in every field").into_inner();
    assert_eq!((same.pool_no, same.etag), (pooled.pool_no.clone(), pooled.etag.clone()));
}

#[tokio::test(flavor = "multi_thread")]
async fn c33_a_vote_is_neither_of_1990_nor_of_tomorrow() {
    let mut desk = Desk::open().await;
    let content = desk.content();
    let proposed = desk.propose(content).await.expect("proposed");
    let mut secretary = desk.secretary().await;
    let vote = |meeting_date: &str| Vote {
        meeting_date: meeting_date.into(),
        entitled: 30,
        present: 26,
        yes: 26,
        minutes: Some(document("记录")),
        ..Vote::default()
    };
    let record = |date: &str| RecordVoteRequest {
        request_id: key(),
        project_id: proposed.project_id.clone(),
        etag: proposed.etag.clone(),
        vote: Some(vote(date)),
    };
    // 90 days ago it may have been; a day on either side is left free, for midnight may pass meanwhile.
    let today = civil_date(desk.house.clock.now());
    let day = |days: i64| (today + Duration::days(days)).to_string();
    for date in ["1990-01-01", &day(-91), &day(2)] {
        let no = refused(secretary.intake.record_vote(record(date)).await);
        assert_eq!((no.code.as_str(), first_field(&no)), ("BAD_DATE", "vote.meeting_date"), "{date}");
    }
    let meeting = RecordDeliberationRequest {
        request_id: key(),
        project_id: proposed.project_id.clone(),
        etag: proposed.etag.clone(),
        meeting: Meeting::Branch.into(),
        vote: Some(vote("1990-01-01")),
    };
    assert_eq!(refused(secretary.intake.record_deliberation(meeting).await).code, "BAD_DATE");
    secretary.intake.record_vote(record(&day(-89))).await.expect("they met first and typed later");
}

#[tokio::test(flavor = "multi_thread")]
async fn c33_a_photograph_proves_one_moment_of_one_project() {
    let mut desk = Desk::open().await;
    let content = desk.content();
    let posted = desk.posted(content.clone()).await;
    desk.wait(NOTICE);
    let mut secretary = desk.secretary().await;
    let close = |known: &Application, photo| CloseNoticeRequest {
        request_id: key(),
        project_id: known.project_id.clone(),
        etag: known.etag.clone(),
        level: NoticeLevel::Village.into(),
        photo,
    };
    let at_posting = posted.notices[0].photo_at_posting.clone();
    let no = refused(secretary.intake.close_notice(close(&posted, at_posting.clone())).await);
    assert_eq!((no.code.as_str(), first_field(&no)), ("PHOTO_USED", "photo"));

    let other = desk.propose(content).await.expect("proposed");
    let other = desk.vote(&other, 26, (25, 1, 0)).await.expect("voted");
    let post = |photo| PostNoticeRequest {
        request_id: key(),
        project_id: other.project_id.clone(),
        etag: other.etag.clone(),
        level: NoticeLevel::Village.into(),
        places: vec!["公示栏".into()],
        photo,
    };
    let no = refused(secretary.intake.post_notice(post(at_posting)).await);
    assert_eq!((no.code.as_str(), first_field(&no)), ("PHOTO_USED", "photo"));
    secretary.intake.post_notice(post(Some(document("自己的照片")))).await.expect("one of its own");
}

#[tokio::test(flavor = "multi_thread")]
async fn c33_a_return_names_a_field_that_the_form_has() {
    let mut desk = Desk::open().await;
    let content = desk.content();
    let checked = desk.checked(content).await;
    let head = desk.player(Role::TownshipHead, TOWNSHIP).await;
    let nowhere = |task: &Task| back(task, "no_such");
    let no = desk.stage.decide(&head, &checked.project_id, "TOWNSHIP_REVIEW", nowhere).await.expect_err("refused");
    assert_eq!(code_of(&no), "UNKNOWN_FIELD");
    let mut clerk = desk.player(Role::TownshipClerk, TOWNSHIP).await;
    let by_clerk = |field: &str| ReturnApplicationRequest {
        request_id: key(),
        project_id: checked.project_id.clone(),
        etag: String::new(),
        opinion: "请按清单补正后重新上报".into(),
        items: vec![CorrectionItem { field: field.into(), text: "请补充".into(), ..CorrectionItem::default() }],
    };
    assert_eq!(refused(clerk.intake.return_application(by_clerk("items[0].no_such")).await).code, "UNKNOWN_FIELD");
    clerk.intake.return_application(by_clerk("items[0].amount")).await.expect("a field of an item");
}

#[tokio::test(flavor = "multi_thread")]
async fn scenario_10_no_target_no_resolution_no_pool() {
    let mut desk = Desk::open().await;
    let content = Content { performance_targets: Vec::new(), ..desk.content() };
    let project = desk.agreed(content).await;
    let group = desk.player(Role::LeadingGroup, COUNTY).await;
    let today = desk.stage.today();
    for (number, code) in [("", "NO_RESOLUTION"), ("  ", "BLANK_TEXT")] {
        let unnumbered = |task: &Task| {
            let mut decision = resolution(task, &today);
            for answer in decision.answers.iter_mut().filter(|answer| answer.question_id == "resolution_no") {
                answer.text = number.into();
            }
            decision
        };
        let no = desk.stage.decide(&group, &project, "LEADING_GROUP_DECISION", unnumbered).await.expect_err("refused");
        assert_eq!(code_of(&no), code, "a resolution has a number: {number:?}");
    }
    desk.house.settle().await;
    let undecided = desk.read(&project).await;
    assert_eq!(undecided.state(), ApplicationState::CountyReview);
    let mut bureau = desk.player(Role::RevitalizationBureau, BUREAU).await;
    let enter = |known: &Application| EnterPoolRequest {
        request_id: key(),
        project_id: known.project_id.clone(),
        etag: known.etag.clone(),
        ..EnterPoolRequest::default()
    };
    assert_eq!(
        refused(bureau.intake.enter_pool(enter(&undecided)).await).code,
        "WRONG_STATE",
        "no resolution, no pool"
    );

    let closed = desk.county_noticed(&project).await;
    let mut bureau = desk.player(Role::RevitalizationBureau, BUREAU).await;
    let no = refused(bureau.intake.enter_pool(enter(&closed)).await);
    assert_eq!((no.code.as_str(), first_field(&no)), ("NO_PERF_TARGET", "content.performance_targets"));
    let targets = desk.content().performance_targets;
    let aimed = changed(&mut desk, &closed, |content| content.performance_targets = targets).await;
    let pooled = bureau.intake.enter_pool(enter(&aimed)).await.expect("pooled").into_inner();
    assert_eq!((pooled.state(), pooled.resolution_no.is_empty()), (ApplicationState::InPool, false));
}

#[tokio::test(flavor = "multi_thread")]
async fn scenario_11_the_board_counts_what_is_stored() {
    let mut desk = Desk::open().await;
    let content = desk.content();
    let total = content.total_fen;
    desk.pooled(content).await;
    let mut database = PgConnection::connect(&desk.house.database.url).await.expect("the database");
    // 882 copies of the row that the room itself has stored: with it 141 are completed, 98 in progress, 644 not begun.
    let copied = sqlx::query(
        "insert into intake.applications
         select (jsonb_populate_record(stored, jsonb_build_object(
                     'project_id', gen_random_uuid(), 'pool_no', stored.pool_no || '-' || n,
                     'pool_progress', case when n <= 141 then 'COMPLETED' when n <= 239 then 'IN_PROGRESS' else 'NOT_STARTED' end
                 ))).*
           from intake.applications stored, generate_series(1, 882) n",
    );
    assert_eq!(copied.execute(&mut database).await.expect("copied").rows_affected(), 882);
    let mut bureau = desk.player(Role::RevitalizationBureau, BUREAU).await;
    let asked = GetPoolStatisticsRequest { year: 2022, division: String::new() };
    let board = bureau.intake.get_pool_statistics(asked).await.expect("a board").into_inner();
    let pool = board.pool.expect("the whole pool");
    assert_eq!((pool.entries, pool.completed, pool.in_progress, pool.not_started), (883, 141, 98, 644));
    assert_eq!((pool.completed_basis_points, pool.in_progress_basis_points), (1_596, 1_109), "cut off, not rounded");
    assert_eq!(pool.total_fen, total * 883);
    let [group] = &board.groups[..] else { panic!("one town, one category: {:?}", board.groups) };
    assert_eq!((group.year, group.township.as_str()), (2022, TOWNSHIP));
    let in_pool = board.states.iter().find(|count| count.state() == ApplicationState::InPool);
    assert_eq!(in_pool.map(|count| count.applications), Some(883));
}

#[tokio::test(flavor = "multi_thread")]
async fn scenario_29_works_do_not_end_before_they_begin() {
    let mut desk = Desk::open().await;
    let dated = |begin: &str, end: &str| Content {
        construction_begin_date: begin.into(),
        construction_end_date: end.into(),
        ..desk.content()
    };
    let (backwards, no_day, half, sound) = (
        dated("2022-04-01", "2022-03-31"),
        dated("2022-02-30", "2022-09-30"),
        dated("2022-04-01", ""),
        dated("2022-04-01", "2022-04-01"),
    );
    let no = refused(desk.create(backwards).await);
    assert_eq!((no.code.as_str(), first_field(&no)), ("BAD_DATE", "content.construction_end_date"));
    assert!(no.zh.contains("2022-03-31") && no.zh.contains("2022-04-01"), "{}", no.zh);
    let no = refused(desk.create(no_day).await);
    assert_eq!((no.code.as_str(), first_field(&no)), ("BAD_DATE", "content.construction_begin_date"));
    let no = refused(desk.propose(half).await);
    assert_eq!((no.code.as_str(), first_field(&no)), ("REQUIRED", "content.construction_end_date"));
    let draft = desk.create(sound).await.expect("a day's work");
    assert_eq!(draft.content.as_ref().map(|content| content.village.as_str()), Some(VILLAGE));
    let no =
        refused(try_change(&mut desk, &draft, |content| content.construction_end_date = "2021-12-31".into()).await);
    assert_eq!((no.code.as_str(), first_field(&no)), ("BAD_DATE", "content.construction_end_date"));
}
