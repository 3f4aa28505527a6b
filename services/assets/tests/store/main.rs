//! The room on a real PostgreSQL, by its rpcs: what each step leaves in tables and outbox, repeats, refusals, the list.

mod room;

use assets::{
    domain::{Command, Project, Site},
    grpc::Assets,
};
use kernel::{Actor, Division, Duties, Duty, Fen, PersonId, ProjectId, division::Level};
use proto::{
    assets::v1::{
        Asset, AssetClass, GetProjectRequest, GroupMember, GroupSide, ListAssetsRequest, Project as ProjectReply,
        ProjectState, RecordAcceptanceRequest, RecordTownshipCheckRequest, RegisterAssetsRequest,
        ReportCompletionRequest, asset_service_server::AssetService,
    },
    common::v1::Attachment,
};
use runtime::{Context, testing::TestDatabase};
use sqlx::Row as _;
use tonic::{Code, Request};
use uuid::Uuid;

use room::*;

#[tokio::test(flavor = "multi_thread")]
async fn each_step_leaves_its_row_and_three_are_said() {
    let room = Room::open().await;
    let project = room.expected().await;
    assert_eq!(room.row(project).await, ("CONSTRUCTION".into(), None, 1));
    assert_eq!(room.report(project).await.expect("reported").state(), ProjectState::CompletionReported);
    assert_eq!(room.row(project).await, ("COMPLETION_REPORTED".into(), None, 2));
    assert_eq!(room.check(project).await.expect("checked").state(), ProjectState::TownshipChecked);
    assert_eq!(room.row(project).await, ("TOWNSHIP_CHECKED".into(), None, 3));
    assert_eq!(room.said().await, ["xianjie.assets.v1.CompletionReported"]);
    assert_eq!(room.accept(project).await.expect("accepted").accepted_fen, ACCEPTED);
    assert_eq!(room.row(project).await, ("ACCEPTED".into(), Some(ACCEPTED), 4));
    room.audit(project).await;
    assert_eq!(room.row(project).await, ("ACCEPTED".into(), Some(ACCEPTED), 5));
    let registered = room.register(room.registration(project, &[100_000_000, 15_000_000])).await.expect("registered");
    assert_eq!((registered.state(), registered.etag.as_str()), (ProjectState::AssetRegistered, "6"));
    assert_eq!(room.row(project).await, ("ASSET_REGISTERED".into(), Some(ACCEPTED), 6));
    let said = ["AcceptancePassed", "AssetRegistered", "CompletionReported"];
    assert_eq!(room.said().await, said.map(|kind| format!("xianjie.assets.v1.{kind}")));

    let county = room.actor("auditor", "C-AUD");
    let (listed, _) = room.list(&county, ListAssetsRequest::default()).await;
    let newest_first: Vec<Asset> = registered.assets.iter().rev().cloned().collect();
    assert_eq!(listed, newest_first);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_registration_twice_has_one_effect() {
    let room = Room::open().await;
    let project = room.audited().await;
    let request = room.registration(project, &[ACCEPTED]);
    let first = room.register(request.clone()).await.expect("registered");
    assert_eq!(room.register(request.clone()).await.expect("the same attempt"), first);
    let again =
        RegisterAssetsRequest { request_id: Uuid::now_v7().to_string(), etag: String::new(), ..request.clone() };
    assert_eq!(room.register(again).await.expect("a repeat").assets, first.assets);
    let other = RegisterAssetsRequest { assets: Vec::new(), ..request };
    assert!(room.register(other).await.is_err());
    let rows: i64 =
        sqlx::query_scalar("select count(*) from assets").fetch_one(&room.context.pool).await.expect("counted");
    assert_eq!(rows, 1);
    assert_eq!(room.said().await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_clerks_who_register_at_once_register_once() {
    let room = Room::open().await;
    let project = room.audited().await;
    let (one, two) = tokio::join!(
        room.register(room.registration(project, &[ACCEPTED])),
        room.register(room.registration(project, &[100_000_000, 15_000_000])),
    );
    assert_ne!(one.is_ok(), two.is_ok(), "{one:?} {two:?}");
    let refused = one.err().or(two.err()).expect("one of them");
    assert_eq!(refused.code(), Code::Aborted, "{refused}");
    assert_eq!(room.row(project).await.0, "ASSET_REGISTERED");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_is_recorded() {
    let room = Room::open().await;
    let project = room.audited().await;
    let refused = room.register(room.registration(project, &[ACCEPTED - 1])).await.expect_err("a fen short");
    assert_eq!(refused.code(), Code::FailedPrecondition);
    let mut company = room.registration(project, &[ACCEPTED]);
    company.assets[0].owner = "湖乡稻虾有限公司".into();
    room.register(company).await.expect_err("not the village's");
    let refused = room.register(room.registration(project, &[-5])).await.expect_err("no money");
    assert_eq!(refused.code(), Code::InvalidArgument);
    let mut stale = room.registration(project, &[ACCEPTED]);
    stale.etag = "4".into();
    assert_eq!(room.register(stale).await.expect_err("read too early").code(), Code::Aborted);

    let acceptor = someone("acceptor", &format!("T-GOV@{}", room.village.township()));
    let request = asking(&acceptor, room.registration(project, &[ACCEPTED]));
    let refused = room.assets.register_assets(request).await.expect_err("accepted it himself");
    assert_eq!(refused.code(), Code::PermissionDenied);
    let get = |project: ProjectId| GetProjectRequest { project_id: project.to_string() };
    let stranger = someone("stranger", "V-SEC@430921199201");
    let refused = room.assets.get_project(asking(&stranger, get(project))).await.expect_err("beyond the scope");
    assert_eq!(refused.code(), Code::PermissionDenied);
    let nothing = get(ProjectId(Uuid::now_v7()));
    let refused = room.assets.get_project(asking(&acceptor, nothing)).await.expect_err("no such project");
    assert_eq!(refused.code(), Code::NotFound);

    let rows = sqlx::query("select code, actual, limit_value from refusals order by id").fetch_all(&room.context.pool);
    let rows = rows.await.expect("readable");
    let codes: Vec<String> = rows.iter().map(|row| row.get("code")).collect();
    assert_eq!(codes, ["ASSET_SUM", "OWNER", "BAD_MONEY", "STALE_VERSION", "SOD", "SCOPE", "NOT_FOUND"]);
    let figures: (String, String) = (rows[0].get("actual"), rows[0].get("limit_value"));
    assert_eq!(figures, ("1149999.99".into(), "1150000.00".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_shows_what_the_caller_may_see_page_by_page() {
    let room = Room::open().await;
    let (first, second) = (room.audited().await, room.audited().await);
    for project in [first, second] {
        room.register(room.registration(project, &[100_000_000, 15_000_000])).await.expect("registered");
    }
    let all = ListAssetsRequest::default;
    let county = room.actor("reader", "C-AUD");
    let (everything, token) = room.list(&county, all()).await;
    assert_eq!((everything.len(), token.as_str()), (4, ""));
    let projects: Vec<&str> = everything.iter().map(|asset| asset.project_id.as_str()).collect();
    assert_eq!(projects, [second, second, first, first].map(|project| project.to_string()));

    for (post, seen) in [
        (format!("T-FIN@{}", room.village.township()), 4),
        (format!("V-SUP@{}", room.village), 4),
        (format!("ADM@{}", room.village.county()), 0),
        ("T-GOV@430921199000".into(), 0),
        ("V-SEC@430921199201".into(), 0),
    ] {
        assert_eq!(room.list(&someone("reader", &post), all()).await.0.len(), seen, "{post}");
    }

    let of_first = || ListAssetsRequest { project_id: first.to_string(), ..all() };
    assert_eq!(room.list(&county, of_first()).await.0, everything[2..]);
    let mut pages = Vec::new();
    let mut token = String::new();
    loop {
        let (page, next) = room.list(&county, ListAssetsRequest { page_size: 3, page_token: token, ..all() }).await;
        pages.extend(page);
        token = next;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(pages, everything);
    let (_, token) = room.list(&county, ListAssetsRequest { page_size: 1, ..all() }).await;
    let foreign = ListAssetsRequest { page_token: token, ..of_first() };
    let refused = room.assets.list_assets(asking(&county, foreign)).await.expect_err("another filter's token");
    assert_eq!(refused.code(), Code::InvalidArgument);
}

#[tokio::test(flavor = "multi_thread")]
async fn assets_are_listed_by_division_year_plan_and_class_together() {
    let room = Room::open().await;
    let planned = room.audited().await;
    let mut both = room.registration(planned, &[100_000_000, 15_000_000]);
    both.assets[1].asset_class = AssetClass::Public.into();
    let both = room.register(both).await.expect("registered").assets;
    let later = room.accepted_as(Site { fiscal_year: 2023, plan: None, ..room.site() }).await;
    room.audit(later).await;
    let later = room.register(room.registration(later, &[ACCEPTED])).await.expect("registered").assets;
    let [workshop, road, later] = [&both[0], &both[1], &later[0]].map(|asset| asset.asset_no.as_str());

    let all = ListAssetsRequest::default;
    let plan = || ListAssetsRequest { plan_id: PLAN.to_string(), ..all() };
    let village = |division: String| ListAssetsRequest { division, ..all() };
    let class = |class: AssetClass, request| ListAssetsRequest { asset_class: class.into(), ..request };
    let of_year = |fiscal_year, request| ListAssetsRequest { fiscal_year, ..request };
    let of_project = |project: &str, request| ListAssetsRequest { project_id: project.into(), ..request };
    let county = room.actor("reader", "C-AUD");
    for (asked, found) in [
        (all(), vec![later, road, workshop]),
        (village(room.village.to_string()), vec![later, road, workshop]),
        (village(room.village.township().to_string()), vec![later, road, workshop]),
        (village("430921199201".into()), vec![]),
        (of_year(2023, all()), vec![later]),
        (class(AssetClass::Public, all()), vec![road]),
        (class(AssetClass::Operating, of_year(2022, all())), vec![workshop]),
        (plan(), vec![road, workshop]),
        (of_year(2023, plan()), vec![]),
        (class(AssetClass::Public, plan()), vec![road]),
        (of_project(&planned.to_string(), plan()), vec![road, workshop]),
        (of_project(&planned.to_string(), class(AssetClass::Operating, all())), vec![workshop]),
        (of_project(&Uuid::nil().to_string(), plan()), vec![]),
    ] {
        let (listed, _) = room.list(&county, asked.clone()).await;
        let listed: Vec<&str> = listed.iter().map(|asset| asset.asset_no.as_str()).collect();
        assert_eq!(listed, found, "{asked:?}");
    }
    let stranger = someone("reader", "V-SEC@430921199201");
    assert_eq!(room.list(&stranger, plan()).await.0, []);
    let (page, token) = room.list(&county, ListAssetsRequest { page_size: 1, ..plan() }).await;
    assert_eq!(page[0].asset_no, road);
    let (page, _) = room.list(&county, ListAssetsRequest { page_size: 1, page_token: token, ..plan() }).await;
    assert_eq!(page[0].asset_no, workshop);
    let wrong = ListAssetsRequest { plan_id: "17".into(), division: "南县".into(), ..all() };
    let refused = room.assets.list_assets(asking(&county, wrong)).await.expect_err("no such filter");
    assert_eq!(refused.code(), Code::InvalidArgument);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_is_the_last_judge() {
    let room = Room::open().await;
    let project = room.audited().await;
    room.register(room.registration(project, &[ACCEPTED])).await.expect("registered");
    for wrong in [
        "update assets set owner = 'COMPANY' where project_id = $1",
        "update assets set value_fen = 0 where project_id = $1",
        "update assets set care_person = '' where project_id = $1",
        "update projects set accepted_fen = price_fen + 1 where project_id = $1",
        "update projects set accepted_fen = null where project_id = $1",
        "update projects set state = 'CONSTRUCTION' where project_id = $1",
        "delete from projects where project_id = $1",
        "insert into assets (asset_id, asset_no, project_id, village, title, asset_class, place, value_fen, owner,
                             care_person, operator, registered_at, provisional, fiscal_year)
         select gen_random_uuid(), asset_no, project_id, village, title, asset_class, place, value_fen, owner,
                care_person, operator, registered_at, provisional, fiscal_year
           from assets where project_id = $1",
    ] {
        let refused = sqlx::query(wrong).bind(project.0).execute(&room.context.pool).await;
        assert!(refused.is_err(), "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn c25_what_stands_provisionally_makes_room_for_what_stands_for_good() {
    let room = Room::open().await;
    let project = room.accepted().await;
    let request = RegisterAssetsRequest {
        provisional: true,
        etag: String::new(),
        ..room.registration(project, &[100_000_000, 15_000_000])
    };
    let made = room.register(request).await.expect("registered until the audit");
    assert_eq!(made.state(), ProjectState::ProvisionallyRegistered);
    let county = room.actor("auditor", "C-AUD");
    let (listed, _) = room.list(&county, ListAssetsRequest::default()).await;
    assert_eq!(listed.iter().map(|asset| asset.provisional).collect::<Vec<_>>(), [true, true]);
    let said = ["AcceptancePassed", "CompletionReported"].map(|kind| format!("xianjie.assets.v1.{kind}"));
    assert_eq!(room.said().await, said, "it opens no payment");
    let command = Command::HearFinalAccount { audited: Fen::new(113_000_000), acts: Duties::default() };
    room.context.journal.advance::<Project>(project.0, command).await.expect("heard");
    let request = RegisterAssetsRequest { etag: String::new(), ..room.registration(project, &[113_000_000]) };
    let made = room.register(request).await.expect("registered");
    assert_eq!((made.state(), made.audited_fen), (ProjectState::AssetRegistered, 113_000_000));
    let (listed, _) = room.list(&county, ListAssetsRequest::default()).await;
    let listed: Vec<(i64, bool)> = listed.iter().map(|asset| (asset.value_fen, asset.provisional)).collect();
    assert_eq!(listed, [(113_000_000, false)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn c33_two_projects_that_report_one_photograph_at_once_get_it_once() {
    let room = Room::open().await;
    let (one, two) = (room.expected().await, room.expected().await);
    let shared = || photo("共用的照片");
    let (first, second) =
        tokio::join!(room.report_with(one, shared(), photo("一")), room.report_with(two, photo("二"), shared()),);
    assert_ne!(first.is_ok(), second.is_ok(), "{first:?} {second:?}");
    let refused = first.err().or(second.err()).expect("one of them");
    assert_eq!(refused.code(), Code::InvalidArgument, "{refused}");
    let codes: Vec<String> =
        sqlx::query_scalar("select code from refusals").fetch_all(&room.context.pool).await.expect("readable");
    assert_eq!(codes, ["PHOTO_REUSED"]);
    let rows: i64 =
        sqlx::query_scalar("select count(*) from photographs").fetch_one(&room.context.pool).await.expect("counted");
    assert_eq!(rows, 2);
}
