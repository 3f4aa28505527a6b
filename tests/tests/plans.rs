//! No read walks a whole table that grows: what the village sees on its thousandth project costs what the first did.
//!
//! The tables are filled with copies of a played story; then everyone reads every list, and PostgreSQL itself says which
//! tables it walked from end to end meanwhile, workers and live lists included.

use std::{collections::BTreeMap, time::Duration};

use kernel::Role;
use play::clones;
use proto::{
    assets::v1::ListAssetsRequest,
    disbursement::v1::{ListPlansRequest, ListProjectsRequest, ProjectState},
    inbox::v1::{ListTasksRequest, TaskState, WatchTasksRequest},
    intake::v1::{ApplicationState, GetApplicationRequest, ListApplicationsRequest, ListDuplicatesRequest},
    review::v1::{CaseState, ListCasesRequest, ListMeetingsRequest},
};
use sqlx::{Connection as _, PgConnection};
use tests::{house::TestHouse, pack_folder};
use tokio_stream::StreamExt as _;
use xianjie::{
    demo::{stage::Player, story},
    house::ROOMS,
};

/// Enough that an index pays in each table, and that a plan with a whole walk is no choice of a sound planner.
const COPIES: i64 = 800;
/// Copies lie all over the county, as projects do: fifteen villages in each of twelve towns.
const SPREAD: &str = "
create function public.place_of(project uuid) returns text language sql immutable as $$
    select '4309211' || lpad((20 + abs(hashtext(project::text)) % 12)::text, 2, '0')
           || '2' || lpad((1 + abs(hashtext(reverse(project::text))) % 15)::text, 2, '0')
$$;
update intake.applications set village = place_of(project_id);
update review.cases set village = place_of(project_id);
update disbursement.projects set village = place_of(project_id);
update assets.assets set village = place_of(project_id), owner = place_of(project_id) || '-COL'";

/// PostgreSQL settles for a plan that serves every argument after the fifth call.
const CALLS: usize = 8;
/// A live list looks at everything once a second.
const WATCHED: Duration = Duration::from_millis(2500);

#[tokio::test(flavor = "multi_thread")]
async fn no_read_walks_a_table_that_grows() {
    let house = TestHouse::open().await;
    let mut connection = PgConnection::connect(&house.database.url).await.expect("the database answers");
    let mark = clones::Mark::set(&mut connection).await.expect("the tables are read");
    let mut stage = house.stage().await;
    let told = story::tell(&mut stage, &pack_folder().join("applications")).await.expect("the story ends well");
    house.settle().await;
    let template = mark.since(&mut connection).await.expect("the tables are read");
    let template = template.without("disbursement.indicators");
    template.copy(&house.database.url, 1, COPIES).await.expect("copies are written");
    sqlx::raw_sql(SPREAD).execute(&mut connection).await.expect("copies are spread");
    for statement in ["vacuum (analyze)", "select pg_stat_reset()"] {
        sqlx::query(statement).execute(&mut connection).await.expect("it is counted anew");
    }

    let readers = [
        stage.player(Role::VillageCommittee, "430921129201").await,
        stage.player(Role::TownshipHead, "430921129000").await,
        stage.player(Role::FinanceBureau, "430921000000-FIN").await,
        stage.player(Role::PaymentReviewer, "430921000000-FIN").await,
        stage.player(Role::SectorDepartment, "430921000000-AGR").await,
    ];
    for reader in readers {
        let reader = reader.expect("the pack has such a person");
        for _ in 0..CALLS {
            read_all(&reader, &told.project_id).await;
        }
        watch(&reader, &told.project_id).await;
    }
    house.settle().await;

    for room in ROOMS {
        // A connection says what it counted at the latest when it ends.
        house.rooms.room(room).expect("it is one of them").pool.close().await;
    }
    let walked: Vec<(String, i64, i64)> = sqlx::query_as(
        "select format('%s.%s', s.schemaname, s.relname), s.seq_scan, c.reltuples::bigint
           from pg_stat_user_tables s join pg_class c on c.oid = s.relid
          where c.reltuples >= $1",
    )
    .bind(COPIES as f64)
    .fetch_all(&mut connection)
    .await
    .expect("PostgreSQL counts");
    let full: BTreeMap<&str, i64> = walked.iter().map(|(table, scans, _)| (table.as_str(), *scans)).collect();
    for table in ["intake.applications", "review.cases", "inbox.tasks", "disbursement.projects", "assets.assets"] {
        assert!(full.contains_key(table), "{table} is full: {walked:?}");
    }
    let scanned: Vec<_> = walked.iter().filter(|(_, scans, _)| *scans > 0).collect();
    assert!(scanned.is_empty(), "walked from end to end (table, times, rows): {scanned:?}");
}

/// Every list with its filters, one page or two of each. A refusal for want of rights costs no walk either.
async fn read_all(reader: &Player, project: &str) {
    let mut lists = vec![ListApplicationsRequest::default()];
    for state in [ApplicationState::Draft, ApplicationState::InPool, ApplicationState::TownshipReview] {
        lists.push(ListApplicationsRequest { states: vec![state.into()], fiscal_year: 2022, ..Default::default() });
    }
    lists.push(ListApplicationsRequest { division: "430921129201".into(), ..Default::default() });
    for mut list in lists {
        for _page in 0..2 {
            let page = reader.intake.clone().list_applications(list.clone()).await.expect("a page").into_inner();
            list.page_token = page.next_page_token;
        }
    }
    let one = GetApplicationRequest { project_id: project.into() };
    reader.intake.clone().get_application(one).await.expect("the project is theirs to read");
    let alike = ListDuplicatesRequest { project_id: project.into() };
    reader.intake.clone().list_duplicates(alike).await.expect("the project is theirs to compare");
    let (all, waiting_for) = (ListCasesRequest::default, "C-FIN@430921000000-FIN".to_owned());
    for list in [
        all(),
        ListCasesRequest { states: vec![CaseState::Departments.into()], ..all() },
        ListCasesRequest { waiting_for, ..all() },
        ListCasesRequest { division: "430921129201".into(), fiscal_year: 2022, with_experts: true, ..all() },
        ListCasesRequest { order_by: "update_time desc".into(), ..all() },
        ListCasesRequest { order_by: "due_time".into(), overdue_only: true, ..all() },
    ] {
        reader.review.clone().list_cases(list).await.expect("a page");
    }
    drop(reader.meetings.clone().list_meetings(ListMeetingsRequest::default()).await);
    for states in [vec![], vec![ProjectState::Contracted.into()]] {
        drop(reader.disbursement.clone().list_projects(ListProjectsRequest { states, ..Default::default() }).await);
    }
    let plans = reader.disbursement.clone().list_plans(ListPlansRequest::default()).await;
    let plan_id =
        plans.ok().and_then(|page| Some(page.into_inner().plans.first()?.plan_id.clone())).unwrap_or_default();
    let (fiscal_year, category) = (2022, "INDUSTRY".to_owned());
    let narrowed = ListProjectsRequest { plan_id: plan_id.clone(), fiscal_year, category, ..Default::default() };
    drop(reader.disbursement.clone().list_projects(narrowed).await);
    let built = ListAssetsRequest { plan_id, fiscal_year, ..Default::default() };
    drop(reader.assets.clone().list_assets(built).await);
    for project_id in [String::new(), project.to_owned()] {
        drop(reader.assets.clone().list_assets(ListAssetsRequest { project_id, ..Default::default() }).await);
    }
    for (mine, states, project_id) in [
        (false, vec![], String::new()),
        (true, vec![], String::new()),
        (false, vec![TaskState::Completed.into(), TaskState::Obsolete.into()], String::new()),
        (false, vec![TaskState::Completed.into()], project.to_owned()),
    ] {
        let list = ListTasksRequest { mine, states, project_id, ..Default::default() };
        drop(reader.inbox.clone().list_tasks(list).await.expect("a desk"));
    }
}

async fn watch(reader: &Player, project: &str) {
    for project_id in [String::new(), project.to_owned()] {
        let stream = reader.inbox.clone().watch_tasks(WatchTasksRequest { project_id }).await.expect("a live list");
        let mut tasks = stream.into_inner();
        let all = async {
            while let Some(task) = tasks.next().await {
                task.expect("it goes on");
            }
        };
        tokio::time::timeout(WATCHED, all).await.expect_err("it does not end by itself");
    }
}
