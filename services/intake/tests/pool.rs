//! The pool's lists and counts on a real PostgreSQL: filters, order, pages, and what the board shows.

mod support;

use intake::domain::{Application, Command, pool_life::Progress};
use kernel::Role;
use proto::intake::v1::{
    Application as Answered, ApplicationState, Content, GetPoolStatisticsRequest, ListApplicationsRequest, NoticeLevel,
    PoolCount, SetPoolPriorityRequest, application_service_server::ApplicationService,
};
use support::{House, OTHER_VILLAGE, asking, content, key};
use tonic::Code;
use uuid::Uuid;

async fn pooled(house: &House, content: Content) -> Answered {
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
    house.notice(&decided, NoticeLevel::County, &house.bureau()).await;
    house.enter_pool(&decided.project_id).await.expect("pooled")
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

fn titled(title: &str) -> Content {
    Content { title: title.into(), ..content(30_000_000) }
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
