//! The room on a real PostgreSQL: what each step leaves in the read table and the outbox, the list, refusals, repeats.

mod personal_data;
mod pool;
mod support;

use proto::intake::v1::{
    Application as Answered, ApplicationState, CloseNoticeRequest, CreateApplicationRequest, GetApplicationRequest,
    ListApplicationsRequest, NoticeLevel, ObjectionLevel, PostNoticeRequest, ProposeApplicationRequest,
    RaiseObjectionRequest, ResumeApplicationRequest, SuspendApplicationRequest, UpdateApplicationRequest,
    WithdrawApplicationRequest, application_service_server::ApplicationService,
};
use sqlx::Row as _;
use support::{House, OTHER_VILLAGE, asking, content, key};
use tonic::Code;
use uuid::Uuid;

use kernel::Role;

/// State, version, content revision and pool number of the project's row.
async fn row(house: &House, known: &Answered) -> (String, i64, i64, Option<String>) {
    let id: Uuid = known.project_id.parse().expect("an id");
    let row = sqlx::query("select state, version, content_revision, pool_no from applications where project_id = $1")
        .bind(id)
        .fetch_one(&house.context.pool)
        .await
        .expect("a row");
    (row.get("state"), row.get("version"), row.get("content_revision"), row.get("pool_no"))
}

async fn said(house: &House) -> Vec<String> {
    sqlx::query_scalar("select kind from outbox order by kind").fetch_all(&house.context.pool).await.expect("kinds")
}

async fn refusals(house: &House) -> Vec<(String, Option<String>, Option<String>)> {
    let rows =
        sqlx::query("select code, actual, limit_value from refusals order by id").fetch_all(&house.context.pool).await;
    rows.expect("rows").iter().map(|row| (row.get("code"), row.get("actual"), row.get("limit_value"))).collect()
}

async fn submitted(house: &House) -> Answered {
    let draft = house.create(content(30_000_000)).await.expect("drafted");
    let proposed = house.propose(&draft).await.expect("proposed");
    let voted = house.vote(&proposed).await;
    let closed = house.notice(&voted, NoticeLevel::Village, &house.secretary()).await;
    house.submit(&closed).await
}

async fn read(house: &House, project_id: &str) -> Answered {
    let request = GetApplicationRequest { project_id: project_id.to_owned() };
    house.applications.get_application(asking(&house.bureau(), request)).await.expect("the county reads").into_inner()
}

#[tokio::test(flavor = "multi_thread")]
async fn from_draft_to_pool_each_step_leaves_its_row_and_its_messages() {
    let house = House::open().await;
    let submitted = submitted(&house).await;
    assert_eq!(row(&house, &submitted).await, ("TOWNSHIP_REVIEW".into(), 7, 1, None));
    let tasks = ["TaskRequested", "TaskRequested", "TaskSettled"];
    assert_eq!(said(&house).await, tasks.map(|kind| format!("xianjie.inbox.v1.{kind}")), "the clerk, then the head");
    let checked = house.check_site(&submitted).await;
    house.complete(&house.head(), house.approval(&checked.project_id)).await.expect("approved");
    assert_eq!(row(&house, &checked).await.0, "TOWNSHIP_NOTICE");

    let approved = read(&house, &checked.project_id).await;
    let forwarded = house.notice(&approved, NoticeLevel::Township, &house.clerk()).await;
    assert_eq!(forwarded.state(), ApplicationState::CountyReview);
    house.county_approves(&forwarded.project_id).await;
    let decided = read(&house, &forwarded.project_id).await;
    assert_eq!(decided.next_actions, ["PostNotice", "SuspendApplication"]);
    house.notice(&decided, NoticeLevel::County, &house.bureau()).await;
    let pooled = house.enter_pool(&decided.project_id).await.expect("pooled");
    let (state, version, _, pool_no) = row(&house, &pooled).await;
    assert_eq!((state.as_str(), version.to_string(), pool_no), ("IN_POOL", pooled.etag.clone(), Some(pooled.pool_no)));
    let kinds = [
        "xianjie.inbox.v1.TaskRequested",
        "xianjie.inbox.v1.TaskRequested",
        "xianjie.inbox.v1.TaskSettled",
        "xianjie.inbox.v1.TaskSettled",
        "xianjie.intake.v1.ApplicationForwarded",
        "xianjie.intake.v1.ProjectPooled",
    ];
    assert_eq!(said(&house).await, kinds);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_village_share_is_refused_with_its_figures_and_recorded() {
    let house = House::open().await;
    let draft = house.create(content(29_850_000)).await.expect("drafted");
    let status = house.propose(&draft).await.expect_err("19.9 percent");
    assert_eq!(status.code(), Code::FailedPrecondition);
    assert!(status.message().contains("尚差 1500.00 元"), "{}", status.message());
    let wanted = ("RATIO_VILLAGE".to_owned(), Some("298500.00".to_owned()), Some("300000.00".to_owned()));
    assert_eq!(refusals(&house).await, [wanted]);
    assert_eq!(row(&house, &draft).await.0, "DRAFT");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_gets_the_same_answer_and_an_old_etag_is_stale() {
    let house = House::open().await;
    let create = CreateApplicationRequest { request_id: key(), content: Some(content(30_000_000)) };
    let once =
        house.applications.create_application(asking(&house.secretary(), create.clone())).await.expect("drafted");
    let twice =
        house.applications.create_application(asking(&house.secretary(), create.clone())).await.expect("the same");
    assert_eq!(once.get_ref(), twice.get_ref());
    let other = CreateApplicationRequest { content: Some(content(40_000_000)), ..create };
    let status =
        house.applications.create_application(asking(&house.secretary(), other)).await.expect_err("another body");
    assert_eq!(status.code(), Code::AlreadyExists);

    let draft = once.into_inner();
    let update = |etag: &str, village_fen| UpdateApplicationRequest {
        request_id: key(),
        project_id: draft.project_id.clone(),
        etag: etag.to_owned(),
        content: Some(content(village_fen)),
        ..UpdateApplicationRequest::default()
    };
    let updated = house.applications.update_application(asking(&house.secretary(), update("1", 31_000_000))).await;
    assert_eq!(updated.expect("updated").get_ref().content_revision, 2);
    let stale = house.applications.update_application(asking(&house.secretary(), update("1", 32_000_000))).await;
    assert_eq!(stale.expect_err("an old etag").code(), Code::Aborted);
    let count: i64 =
        sqlx::query_scalar("select count(*) from applications").fetch_one(&house.context.pool).await.expect("counted");
    assert_eq!(count, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_township_reads_nothing_and_its_attempt_is_recorded() {
    let house = House::open().await;
    let draft = house.create(content(30_000_000)).await.expect("drafted");
    let stranger = house.holder(Role::TownshipHead, OTHER_VILLAGE, 0);
    let get = GetApplicationRequest { project_id: draft.project_id.clone() };
    let status = house.applications.get_application(asking(&stranger, get)).await.expect_err("not theirs");
    assert_eq!(status.code(), Code::PermissionDenied);
    assert_eq!(refusals(&house).await[0].0, "SCOPE");
    let propose = ProposeApplicationRequest {
        request_id: key(),
        project_id: draft.project_id,
        etag: draft.etag,
        validate_only: false,
    };
    let status = house.applications.propose_application(asking(&stranger, propose)).await.expect_err("not theirs");
    assert_eq!(status.code(), Code::PermissionDenied);
    let get = GetApplicationRequest { project_id: key() };
    assert_eq!(
        house.applications.get_application(asking(&stranger, get)).await.expect_err("nothing").code(),
        Code::NotFound
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_shows_what_the_caller_may_see_page_by_page() {
    let house = House::open().await;
    let first = house.create(content(30_000_000)).await.expect("drafted");
    let second = house.create(content(30_000_000)).await.expect("drafted");
    house.propose(&second).await.expect("proposed");
    let list = async |who: &kernel::Actor, request: ListApplicationsRequest| {
        house.applications.list_applications(asking(who, request)).await.expect("listed").into_inner()
    };
    let ids = |page: &proto::intake::v1::ListApplicationsResponse| {
        page.applications.iter().map(|row| row.project_id.clone()).collect::<Vec<_>>()
    };
    let all = ListApplicationsRequest::default;
    let everything = list(&house.bureau(), all()).await;
    assert_eq!(ids(&everything), [second.project_id.clone(), first.project_id.clone()]);
    assert_eq!((everything.applications[0].total_fen, everything.next_page_token.as_str()), (170_000_000, ""));
    assert_eq!(list(&house.head(), all()).await.applications.len(), 2);
    assert!(list(&house.holder(Role::TownshipHead, OTHER_VILLAGE, 0), all()).await.applications.is_empty());
    let administrator =
        kernel::Actor { posts: vec!["ADM@430921000000-ADM".parse().expect("a post")], ..house.bureau() };
    assert!(list(&administrator, all()).await.applications.is_empty());

    let mut offered = 0;
    for who in [house.secretary(), house.head(), house.bureau()] {
        for row in list(&who, all()).await.applications {
            let asked = GetApplicationRequest { project_id: row.project_id };
            let whole = house.applications.get_application(asking(&who, asked)).await.expect("read").into_inner();
            assert_eq!(row.next_actions, whole.next_actions, "a list offers {} what the application does", who.name);
            offered += row.next_actions.len();
        }
    }
    assert!(offered > 0, "the secretary may go on with both");

    let drafts = ListApplicationsRequest { states: vec![ApplicationState::Draft.into()], ..all() };
    assert_eq!(ids(&list(&house.bureau(), drafts).await), std::slice::from_ref(&first.project_id));
    for (division, fiscal_year, expected) in [("430921129000", 2022, 2), ("430921127000", 0, 0), ("", 2023, 0)] {
        let asked = ListApplicationsRequest { division: division.into(), fiscal_year, ..all() };
        assert_eq!(list(&house.bureau(), asked).await.applications.len(), expected, "{division} {fiscal_year}");
    }
    let page = list(&house.bureau(), ListApplicationsRequest { page_size: 1, ..all() }).await;
    assert_eq!(ids(&page), [second.project_id]);
    let next = ListApplicationsRequest { page_size: 1, page_token: page.next_page_token.clone(), ..all() };
    assert_eq!(ids(&list(&house.bureau(), next).await), [first.project_id]);
    let other = ListApplicationsRequest { fiscal_year: 2022, page_token: page.next_page_token, ..all() };
    let status =
        house.applications.list_applications(asking(&house.bureau(), other)).await.expect_err("another filter");
    assert_eq!(status.code(), Code::InvalidArgument);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_reviewers_at_the_same_moment_decide_once() {
    let house = House::open().await;
    let checked = house.check_site(&submitted(&house).await).await;
    let (head, colleague) =
        (house.head(), kernel::Actor { person: kernel::PersonId("colleague".into()), ..house.head() });
    let (one, other) = tokio::join!(
        house.complete(&head, house.approval(&checked.project_id)),
        house.complete(&colleague, house.approval(&checked.project_id)),
    );
    let failed = [one, other].into_iter().filter_map(Result::err).collect::<Vec<_>>();
    let [refused] = &failed[..] else { panic!("{failed:?}") };
    assert!(refused.message().starts_with("ALREADY_DECIDED"), "{}", refused.message());
    let tasks = ["TaskRequested", "TaskRequested", "TaskSettled", "TaskSettled"];
    assert_eq!(said(&house).await, tasks.map(|kind| format!("xianjie.inbox.v1.{kind}")), "the clerk's and the head's");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_table_refuses_what_no_step_would_write() {
    let house = House::open().await;
    let draft = house.create(content(30_000_000)).await.expect("drafted");
    let id: Uuid = draft.project_id.parse().expect("an id");
    for wrong in [
        "update applications set state = 'IN_POOL' where project_id = $1",
        "update applications set pool_no = '1' where project_id = $1",
        "update applications set state = 'ELSEWHERE' where project_id = $1",
        "update applications set village = '43092112920' where project_id = $1",
        "update applications set total_fen = -1 where project_id = $1",
    ] {
        sqlx::query(wrong).bind(id).execute(&house.context.pool).await.expect_err(wrong);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pool_number_that_is_taken_is_a_refusal_not_a_fault() {
    let house = House::open().await;
    let checked = house.check_site(&submitted(&house).await).await;
    house.complete(&house.head(), house.approval(&checked.project_id)).await.expect("approved");
    let approved = read(&house, &checked.project_id).await;
    let forwarded = house.notice(&approved, NoticeLevel::Township, &house.clerk()).await;
    house.county_approves(&forwarded.project_id).await;
    let decided = read(&house, &forwarded.project_id).await;
    house.notice(&decided, NoticeLevel::County, &house.bureau()).await;
    // Like no other: a duplicate would be asked about first.
    let mut other = content(30_000_000);
    other.place = "村部西侧".into();
    other.items.iter_mut().for_each(|item| item.title.push_str("二期"));
    let taken = house.create(other).await.expect("drafted");
    let digits = forwarded.project_id[forwarded.project_id.len() - 8..].to_uppercase();
    let number = format!("2022-{}-{digits}", support::VILLAGE);
    sqlx::query("update applications set state = 'IN_POOL', pool_no = $2 where project_id = $1")
        .bind(taken.project_id.parse::<Uuid>().expect("an id"))
        .bind(number)
        .execute(&house.context.pool)
        .await
        .expect("taken");
    let status = house.enter_pool(&forwarded.project_id).await.expect_err("the number is taken");
    assert!(status.message().starts_with("EXISTS"), "{}", status.message());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_back_takes_its_task_along() {
    let house = House::open().await;
    let sent = submitted(&house).await;
    let suspend = SuspendApplicationRequest {
        request_id: key(),
        project_id: sent.project_id.clone(),
        etag: sent.etag.clone(),
        reason: "群众举报,立案核查".into(),
    };
    let stopped = house.applications.suspend_application(asking(&house.bureau(), suspend)).await.expect("stopped");
    assert_eq!(stopped.get_ref().suspension, "群众举报,立案核查");
    let withdraw = |etag: &str| WithdrawApplicationRequest {
        request_id: key(),
        project_id: sent.project_id.clone(),
        etag: etag.to_owned(),
        reason: "用地条件变化".into(),
    };
    let refused = house.applications.withdraw_application(asking(&house.secretary(), withdraw(""))).await;
    assert!(refused.expect_err("it is suspended").message().starts_with("SUSPENDED"));
    let resume = ResumeApplicationRequest {
        request_id: key(),
        project_id: sent.project_id.clone(),
        etag: stopped.get_ref().etag.clone(),
    };
    let going = house.applications.resume_application(asking(&house.bureau(), resume)).await.expect("it goes on");
    assert_eq!((going.get_ref().state(), going.get_ref().suspension.as_str()), (ApplicationState::TownshipReview, ""));
    let etag = going.into_inner().etag;
    let gone = house.applications.withdraw_application(asking(&house.secretary(), withdraw(&etag))).await;
    assert_eq!(gone.expect("withdrawn").get_ref().state(), ApplicationState::Withdrawn);
    assert_eq!(row(&house, &sent).await.0, "WITHDRAWN");
    let tasks = ["TaskRequested", "TaskRequested", "TaskResumed", "TaskSettled", "TaskSettled", "TaskSuspended"];
    let told = ["ApplicationWithdrawn", "ProjectResumed", "ProjectSuspended"];
    let tasks = tasks.map(|kind| format!("xianjie.inbox.v1.{kind}"));
    let told = told.map(|kind| format!("xianjie.intake.v1.{kind}"));
    assert_eq!(
        said(&house).await,
        [&tasks[..], &told[..]].concat(),
        "the clerk's task is done, the head's rested, then was taken away"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_objection_is_shown_without_who_objected_and_holds_the_notice() {
    let house = House::open().await;
    let draft = house.create(content(30_000_000)).await.expect("drafted");
    let voted = house.vote(&house.propose(&draft).await.expect("proposed")).await;
    let (project_id, places) = (voted.project_id.clone(), vec!["公示栏".to_owned()]);
    let photo = voted.votes[0].minutes.clone();
    let level = NoticeLevel::Village.into();
    let post =
        PostNoticeRequest { request_id: key(), project_id, etag: voted.etag, level, places, photo: photo.clone() };
    let posted = house.applications.post_notice(asking(&house.secretary(), post)).await.expect("posted").into_inner();
    let raise = RaiseObjectionRequest {
        request_id: key(),
        project_id: posted.project_id.clone(),
        phone: "13912345678".into(),
        text: "受益户名单不实".into(),
        ..RaiseObjectionRequest::default()
    };
    let raised = house.applications.raise_objection(asking(&house.clerk(), raise)).await.expect("raised").into_inner();
    let found = &raised.objections[0];
    assert_eq!((found.summary.as_str(), found.answer_level(), found.answered), ("", ObjectionLevel::Village, false));
    assert!(!format!("{raised:?}").contains("5678"), "{raised:?}");
    house.context.clock.advance(time::Duration::days(11));
    let close =
        CloseNoticeRequest { request_id: key(), project_id: posted.project_id, level, photo, etag: String::new() };
    let refused = house.applications.close_notice(asking(&house.secretary(), close)).await.expect_err("one is open");
    assert!(refused.message().starts_with("OBJECTION_OPEN"), "{}", refused.message());
}
