//! The pool on a real PostgreSQL: its lists, what the board shows, duplicates; and the form that leads there.

use intake::domain::{Application, Command, record::pool::Progress};
use kernel::Role;
use prost_types::FieldMask;
use proto::intake::v1::{
    Application as Answered, ApplicationState, Content, CreateApplicationRequest, EnterPoolRequest,
    GetPoolStatisticsRequest, ListApplicationsRequest, ListDuplicatesRequest, NoticeLevel, PoolCount,
    ProposeApplicationRequest, SetPoolPriorityRequest, UpdateApplicationRequest,
    application_service_server::ApplicationService,
};
use runtime::testing::counted;
use tonic::Code;
use uuid::Uuid;

use crate::support::{House, OTHER_VILLAGE, VILLAGE, asking, content, key};

/// Another village of [`VILLAGE`]'s town.
const SISTER_VILLAGE: &str = "430921129202";

async fn pooled(house: &House, content: Content) -> Answered {
    let decided = county_posted(house, content).await;
    house.enter_pool(&decided.project_id).await.expect("pooled")
}

async fn county_posted(house: &House, content: Content) -> Answered {
    let draft = house.create(content).await.expect("drafted");
    let proposed = house.propose(&draft).await.expect("proposed");
    let voted = house.vote(&proposed).await;
    let closed = house.notice(&voted, NoticeLevel::Village, &house.secretary()).await;
    let submitted = house.submit(&closed).await;
    let checked = house.check_site(&submitted).await;
    house.complete(&house.head(), house.approval(&checked.project_id)).await.expect("approved");
    let approved = Answered { etag: String::new(), ..checked };
    let forwarded = house.notice(&approved, NoticeLevel::Township, &house.clerk()).await;
    house.county_approves(&forwarded.project_id).await;
    let decided = Answered { etag: String::new(), ..forwarded };
    house.notice(&decided, NoticeLevel::County, &house.bureau()).await
}

async fn hear(house: &House, project: &Answered, progress: Progress) {
    let stream: Uuid = project.project_id.parse().expect("an id");
    let heard = Command::HearProgress { progress };
    house.context.journal.advance::<Application>(stream, heard).await.expect("heard");
}

async fn names(house: &House, asked: ListApplicationsRequest) -> Vec<String> {
    let mut names = Vec::new();
    let mut page_token = String::new();
    loop {
        let asked = ListApplicationsRequest { page_size: 2, page_token, ..asked.clone() };
        let page = house.applications.list_applications(asking(&house.bureau(), asked)).await.expect("a page");
        let page = page.into_inner();
        names.extend(page.applications.into_iter().map(|listed| listed.title));
        if page.next_page_token.is_empty() {
            return names;
        }
        page_token = page.next_page_token;
    }
}

/// An application of that village that was put to deliberation.
async fn draft(house: &House, village: &str, content: Content) -> Answered {
    let secretary = house.holder(Role::VillageCommittee, village, 0);
    let content = Content { village: village.into(), ..content };
    let create = CreateApplicationRequest { request_id: key(), content: Some(content) };
    let Answered { project_id, etag, .. } =
        house.applications.create_application(asking(&secretary, create)).await.expect("drafted").into_inner();
    let propose = ProposeApplicationRequest { request_id: key(), project_id, etag, validate_only: false };
    house.applications.propose_application(asking(&secretary, propose)).await.expect("proposed").into_inner()
}

/// A project that is like no other.
fn titled(title: &str) -> Content {
    let mut content = Content { title: title.into(), place: format!("{title}选址"), ..content(30_000_000) };
    for item in &mut content.items {
        item.title = format!("{title}{}", item.title);
    }
    content
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pool_is_listed_in_its_order_and_counted_by_its_progress() {
    let house = House::open().await;
    let mut projects = Vec::new();
    for title in ["冷库", "烘干房", "育秧棚"] {
        projects.push(pooled(&house, titled(title)).await);
    }
    house.create(titled("草稿")).await.expect("drafted");
    let rank = |project: &Answered, priority| SetPoolPriorityRequest {
        request_id: key(),
        project_id: project.project_id.clone(),
        etag: String::new(),
        priority,
    };
    for (project, priority) in [(&projects[2], 1), (&projects[0], 2)] {
        house.applications.set_pool_priority(asking(&house.bureau(), rank(project, priority))).await.expect("ranked");
    }
    hear(&house, &projects[0], Progress::Completed).await;
    hear(&house, &projects[1], Progress::InProgress).await;

    let list = ListApplicationsRequest::default;
    assert_eq!(names(&house, list()).await, ["草稿", "育秧棚", "烘干房", "冷库"], "the newest first");
    let of_year = ListApplicationsRequest { pool_year: 2022, ..list() };
    assert_eq!(names(&house, of_year.clone()).await, ["育秧棚", "冷库", "烘干房"], "by rank, those without one last");
    let by_total = ListApplicationsRequest { order_by: "total_fen desc".into(), ..of_year.clone() };
    assert_eq!(names(&house, by_total).await.len(), 3, "pages go on where equal amounts stand");
    let named = ListApplicationsRequest { title_contains: "库".into(), ..list() };
    assert_eq!(names(&house, named).await, ["冷库"]);
    let of_category = ListApplicationsRequest { category: "RURAL_CONSTRUCTION".into(), ..list() };
    assert!(names(&house, of_category).await.is_empty());
    let drafts = ListApplicationsRequest { states: vec![ApplicationState::Draft.into()], ..list() };
    assert_eq!(names(&house, drafts).await, ["草稿"]);
    let unordered = ListApplicationsRequest { order_by: "total_fen desc".into(), ..list() };
    let refused = house.applications.list_applications(asking(&house.bureau(), unordered)).await;
    assert_eq!(refused.expect_err("no year").code(), Code::InvalidArgument);

    let asked = GetPoolStatisticsRequest { year: 2022, division: String::new() };
    let board = house.applications.get_pool_statistics(asking(&house.bureau(), asked.clone())).await.expect("a board");
    let board = board.into_inner();
    let expected = PoolCount {
        entries: 3,
        completed: 1,
        in_progress: 1,
        not_started: 1,
        total_fen: 510_000_000,
        completed_basis_points: 3_333,
        in_progress_basis_points: 3_333,
    };
    assert_eq!(board.pool, Some(expected));
    let states: Vec<_> = board.states.iter().map(|count| (count.state(), count.applications)).collect();
    assert_eq!(states, [(ApplicationState::Draft, 1), (ApplicationState::InPool, 3)]);
    assert_eq!(board.groups[0].township, "430921129000");
    // Another village's secretary counts what that village has.
    let stranger = house.holder(Role::VillageCommittee, OTHER_VILLAGE, 0);
    let theirs = house.applications.get_pool_statistics(asking(&stranger, asked)).await.expect("a board").into_inner();
    assert_eq!(theirs.pool, Some(PoolCount::default()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_looks_like_a_duplicate_is_shown_and_explained() {
    let house = House::open().await;
    let first = pooled(&house, titled("冷库")).await;
    let mut again = titled("冷库");
    again.title = "冷库二期".into();
    again.place = "村部西侧".into();
    again.budget[1].source = "WATER".into();
    let second = county_posted(&house, again).await;

    let asked = ListDuplicatesRequest { project_id: second.project_id.clone() };
    let found = house.applications.list_duplicates(asking(&house.bureau(), asked.clone())).await.expect("a list");
    let [duplicate] = &found.get_ref().duplicates[..] else { panic!("{found:?}") };
    assert_eq!((duplicate.project_id.as_str(), duplicate.overlap_percent), (first.project_id.as_str(), 100));
    assert_eq!(duplicate.state(), ApplicationState::InPool);
    let stranger = house.holder(Role::VillageCommittee, OTHER_VILLAGE, 0);
    let refused = house.applications.list_duplicates(asking(&stranger, asked)).await.expect_err("not theirs");
    assert_eq!(refused.code(), Code::PermissionDenied);

    let refused = house.enter_pool(&second.project_id).await.expect_err("unexplained");
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert!(refused.message().starts_with("DUPLICATE"), "{}", refused.message());
    let explained = EnterPoolRequest {
        request_id: key(),
        project_id: second.project_id,
        duplicate_explanation: "二期扩建,设备与一期不同".into(),
        ..EnterPoolRequest::default()
    };
    let entered = house.applications.enter_pool(asking(&house.bureau(), explained)).await.expect("explained");
    assert_eq!(entered.get_ref().duplicate_explanation, "二期扩建,设备与一期不同");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_joint_project_is_a_duplicate_in_each_of_its_villages() {
    let house = House::open().await;
    let mut joint = titled("冷库");
    joint.sub_type = "JOINT_VILLAGES".into();
    joint.joint_villages = vec![SISTER_VILLAGE.into(), OTHER_VILLAGE.into()];
    let joint = draft(&house, VILLAGE, joint).await;
    let sister = draft(&house, SISTER_VILLAGE, titled("冷库")).await;
    let elsewhere = draft(&house, OTHER_VILLAGE, titled("冷库")).await;
    let unlike = draft(&house, OTHER_VILLAGE, titled("烘干房")).await;

    let found = |project: &Answered| {
        let asked = ListDuplicatesRequest { project_id: project.project_id.clone() };
        let (house, bureau) = (&house, house.bureau());
        async move {
            let list = house.applications.list_duplicates(asking(&bureau, asked)).await.expect("a list").into_inner();
            list.duplicates.into_iter().map(|duplicate| duplicate.project_id).collect::<Vec<_>>()
        }
    };
    let ids = |projects: &[&Answered]| projects.iter().map(|known| known.project_id.clone()).collect::<Vec<_>>();
    assert_eq!(found(&joint).await, ids(&[&elsewhere, &sister]), "in each of its villages, the newest first");
    assert_eq!(found(&sister).await, ids(&[&joint]), "but not what another of its villages does alone");
    assert_eq!(found(&elsewhere).await, ids(&[&joint]));
    assert!(found(&unlike).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_says_what_it_lacks_and_is_changed_section_by_section() {
    let house = House::open().await;
    let bare = Content { fiscal_year: 2022, title: "冷库".into(), village: VILLAGE.into(), ..Content::default() };
    let draft = house.create(bare).await.expect("even a bare draft is kept");
    let lacks = |answered: &Answered| answered.missing.iter().map(|gap| gap.field.clone()).collect::<Vec<_>>();
    for field in ["content.category", "content.place", "content.items", "content.nature"] {
        assert!(lacks(&draft).contains(&field.to_owned()), "{field}: {:?}", lacks(&draft));
    }
    let whole = titled("冷库");
    let paths =
        ["category", "sub_type", "place", "responsible_person", "responsible_unit", "operator", "items", "budget"];
    let update = |etag: &str, paths: &[&str]| UpdateApplicationRequest {
        request_id: key(),
        project_id: draft.project_id.clone(),
        etag: etag.to_owned(),
        content: Some(whole.clone()),
        update_mask: Some(FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() }),
        validate_only: false,
    };
    let update = |etag: &str, paths: &[&str]| {
        house.applications.update_application(asking(&house.secretary(), update(etag, paths)))
    };
    let half = update(&draft.etag, &paths).await.expect("changed").into_inner();
    let content = half.content.clone().expect("content");
    assert_eq!((content.place.as_str(), content.land_note.as_str()), (whole.place.as_str(), ""));
    assert_eq!(update(&draft.etag, &["land_note"]).await.expect_err("an old etag").code(), Code::Aborted);
    assert_eq!(update(&half.etag, &["colour"]).await.expect_err("no section").code(), Code::InvalidArgument);
    let rest = [
        "total_fen",
        "linkage",
        "performance_targets",
        "land_note",
        "environment_note",
        "schedule",
        "nature",
        "operating_mode",
    ];
    let done = update("", &rest).await.expect("changed").into_inner();
    assert!(done.missing.is_empty(), "{:?}", lacks(&done));
    house.propose(&done).await.expect("whole");
}

/// A village's past may grow: what lies before the newest costs nothing.
#[tokio::test]
async fn a_look_for_duplicates_reads_the_newest_alone() {
    /// More than the newest that are compared, many times over.
    const PAST: i64 = 4_000;
    /// After the fifth call of a connection PostgreSQL settles for a plan.
    const LOOKS: i64 = 8;
    /// What one look may read: the newest two hundred, and a little for the rest of the call.
    const AT_MOST: i64 = 250;
    let house = House::open().await;
    let draft = house.create(content(40_000_000)).await.expect("drafted");
    let pool = &house.context.pool;
    sqlx::query(
        "insert into applications (project_id, title, village, fiscal_year, category, total_fen, state,
                                   content_revision, version, changed_at, place)
         select gen_random_uuid(), '往年项目', $1, 2022, '', 1, 'COUNTY_NOTICE', 1, 1, now(), '三组' || nth
           from generate_series(1, $2) as nth",
    )
    .bind(VILLAGE)
    .bind(PAST)
    .execute(pool)
    .await
    .expect("a long past");
    sqlx::query("vacuum (analyze) applications").execute(pool).await.expect("PostgreSQL knows of it");
    for _ in 0..LOOKS {
        let look = ListDuplicatesRequest { project_id: draft.project_id.clone() };
        let found = house.applications.list_duplicates(asking(&house.bureau(), look)).await.expect("compared");
        assert!(found.into_inner().duplicates.is_empty(), "nothing is alike");
    }
    let read: i64 = sqlx::query_scalar(
        "select seq_tup_read + idx_tup_fetch from pg_stat_user_tables
          where schemaname = 'intake' and relname = 'applications'",
    )
    .fetch_one(&mut counted(pool).await)
    .await
    .expect("PostgreSQL counts");
    assert!(read >= LOOKS * 200, "{read} rows were read: nothing was counted");
    assert!(read <= LOOKS * AT_MOST, "{read} rows were read in {LOOKS} looks");
}
