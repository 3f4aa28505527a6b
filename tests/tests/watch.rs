//! Changes of projects through the API: a watcher that was cut goes on with nothing lost and nothing doubled, sees what it
//! may read and nothing else, and is told when its cursor is worth nothing any more.

use std::{collections::BTreeSet, time::Duration};

use kernel::Role;
use proto::{
    common::v1::{
        ProjectChange, WatchProjectsRequest, WatchProjectsResponse, watch_service_client::WatchServiceClient,
    },
    intake::v1::{ApplicationState, Content},
};
use sqlx::{Connection as _, PgConnection};
use tests::desk::{BUREAU, Desk, TOWNSHIP, VILLAGE, code};
use tonic::{Code, Status, Streaming};
use xianjie::{commands::gateway, demo::stage::Signed, house::ROOMS};

/// Nothing here takes so long, unless something was missed.
const PATIENCE: Duration = Duration::from_secs(30);
/// Another village of another town.
const ELSEWHERE: &str = "430921127201";

type Changes = Streaming<WatchProjectsResponse>;

async fn watch(signed: &Signed, room: &str, cursor: &str) -> Result<Changes, Status> {
    let request = WatchProjectsRequest { room: room.to_owned(), cursor: cursor.to_owned() };
    Ok(WatchServiceClient::new(signed.clone()).watch_projects(request).await?.into_inner())
}

async fn next(changes: &mut Changes) -> WatchProjectsResponse {
    let next = tokio::time::timeout(PATIENCE, changes.message()).await.expect("something was missed");
    next.expect("no failure").expect("it goes on")
}

/// All that has happened until now, and where to go on.
async fn so_far(changes: &mut Changes) -> (Vec<ProjectChange>, String) {
    let mut told = Vec::new();
    loop {
        let WatchProjectsResponse { cursor, change } = next(changes).await;
        match change {
            Some(change) => told.push(change),
            None => return (told, cursor),
        }
    }
}

/// A fact, as a watcher should see it once.
fn fact(change: &ProjectChange) -> (String, i64, String) {
    (change.stream_id.clone(), change.version, change.fact.clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_that_was_cut_loses_nothing_and_sees_nothing_twice_though_writers_commit_out_of_order() {
    let mut desk = Desk::open().await;
    let content = desk.content();
    let first = desk.create(content.clone()).await.expect("drafted").project_id;
    let bureau = desk.signed(Role::RevitalizationBureau, BUREAU).await;
    let mut watching = watch(&bureau, "intake", "").await.expect("watched");
    let created = next(&mut watching).await;
    assert_eq!(fact(created.change.as_ref().expect("a change")), (first.clone(), 1, "ApplicationCreated".into()));

    // Somebody begins to write before the next draft is made, and commits after it.
    let mut early = PgConnection::connect(&desk.house.database.url).await.expect("the database answers");
    let mut early = early.begin().await.expect("a transaction");
    let update = "insert into intake.events (stream_id, version, step, machine, payload, recorded_at)
                  select stream_id, 2, 2, machine, jsonb_set(payload - 'project', '{kind}', '\"ApplicationUpdated\"'), recorded_at
                    from intake.events where stream_id = $1::uuid and version = 1";
    sqlx::query(update).bind(&first).execute(&mut *early).await.expect("written");
    let second = desk.create(content.clone()).await.expect("drafted").project_id;
    drop(watching);
    let mut watching = watch(&bureau, "intake", &created.cursor).await.expect("watched");
    let (meanwhile, cursor) = so_far(&mut watching).await;
    assert_eq!(meanwhile, [], "the draft waits for the one who began before it");
    drop(watching);
    early.commit().await.expect("committed");
    let third = desk.create(content).await.expect("drafted").project_id;

    let expected = [
        (first, 2, "ApplicationUpdated".to_owned()),
        (second, 1, "ApplicationCreated".to_owned()),
        (third, 1, "ApplicationCreated".to_owned()),
    ];
    for from in [&cursor, &created.cursor] {
        let mut watching = watch(&bureau, "intake", from).await.expect("watched");
        let mut at = Vec::new();
        for expected in &expected {
            let told = loop {
                let told = next(&mut watching).await;
                if let Some(change) = told.change {
                    at.push(told.cursor);
                    break change;
                }
            };
            assert_eq!(fact(&told), *expected);
        }
        // Cut after each of them.
        for (seen, cursor) in at.iter().enumerate() {
            let mut again = watch(&bureau, "intake", cursor).await.expect("watched");
            let (rest, _) = so_far(&mut again).await;
            assert_eq!(rest.iter().map(fact).collect::<Vec<_>>(), expected[seen + 1..]);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_sees_its_own_projects_in_every_room_and_hears_of_no_other() {
    let mut desk = Desk::open().await;
    let content = desk.content();
    let project = desk.forwarded(content).await.project_id;
    desk.reaches(&project, ApplicationState::CountyReview).await;
    desk.house.settle().await;
    for (role, org, rooms) in [
        (Role::VillageCommittee, VILLAGE, vec!["intake", "review"]),
        (Role::TownshipHead, TOWNSHIP, vec!["intake", "review", "inbox"]),
        (Role::RevitalizationBureau, BUREAU, vec!["intake", "review", "inbox"]),
        (Role::SectorDepartment, "430921000000-AGR", vec!["intake", "review", "inbox"]),
        (Role::SectorDepartment, "430921000000-HSE", Vec::new()),
        (Role::VillageCommittee, ELSEWHERE, Vec::new()),
        (Role::Administrator, "430921000000-ADM", Vec::new()),
    ] {
        let who = desk.signed(role, org).await;
        let mut seen = Vec::new();
        for room in ["intake", "review", "inbox", "disbursement", "assets"] {
            let mut watching = watch(&who, room, "").await.expect("watched");
            let (told, _) = so_far(&mut watching).await;
            assert!(told.iter().all(|change| change.project_id == project && !change.fact.is_empty()), "{told:?}");
            let once: BTreeSet<_> = told.iter().map(fact).collect();
            assert_eq!(once.len(), told.len(), "each once");
            if !told.is_empty() {
                seen.push(room);
            }
        }
        assert_eq!(seen, rooms, "{role}@{org}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_becomes_readable_is_told_from_then_on_and_what_happened_before_is_there_for_who_begins_anew() {
    let mut desk = Desk::open().await;
    let content = desk.content();
    let checked = desk.checked(Content { title: "晒谷场".into(), ..content }).await;
    let department = desk.signed(Role::SectorDepartment, "430921000000-AGR").await;
    let mut watching = watch(&department, "intake", "").await.expect("watched");
    let (told, cursor) = so_far(&mut watching).await;
    assert_eq!(told, [], "nobody of the county is asked about it yet");
    drop(watching);
    let head = desk.player(Role::TownshipHead, TOWNSHIP).await;
    let approve = tests::desk::approval;
    desk.stage.decide(&head, &checked.project_id, "TOWNSHIP_REVIEW", approve).await.expect("approved");
    let approved = desk.reaches(&checked.project_id, ApplicationState::TownshipNotice).await;
    let level = proto::intake::v1::NoticeLevel::Township;
    desk.notice(Role::TownshipClerk, TOWNSHIP, &approved, level).await;
    desk.house.settle().await;

    let department = desk.signed(Role::SectorDepartment, "430921000000-AGR").await;
    let mut watching = watch(&department, "intake", &cursor).await.expect("watched");
    let (told, _) = so_far(&mut watching).await;
    assert!(told.iter().any(|change| change.fact == "ApplicationForwarded"), "{told:?}");
    let mut anew = watch(&department, "intake", "").await.expect("watched");
    let (all, _) = so_far(&mut anew).await;
    assert_eq!(all.first().map(|change| (change.version, change.fact.as_str())), Some((1, "ApplicationCreated")));
    assert!(all.len() > told.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_of_elsewhere_is_refused_and_so_is_one_stream_too_many() {
    let mut desk = Desk::open().await;
    let content = desk.content();
    desk.create(content).await.expect("drafted");
    let bureau = desk.signed(Role::RevitalizationBureau, BUREAU).await;
    let mut watching = watch(&bureau, "intake", "").await.expect("watched");
    let cursor = next(&mut watching).await.cursor;
    let refused = watch(&bureau, "review", &cursor).await;
    assert_eq!(refused.as_ref().map(|_| ()).map_err(Status::code), Err(Code::FailedPrecondition));
    assert_eq!(code(refused), "CURSOR_UNKNOWN", "another room's");
    assert_eq!(code(watch(&bureau, "intake", "nonsense").await), "CURSOR_UNKNOWN");
    let mut other = Desk::open().await;
    let elsewhere = other.signed(Role::RevitalizationBureau, BUREAU).await;
    assert_eq!(code(watch(&elsewhere, "intake", &cursor).await), "CURSOR_UNKNOWN", "another database's");
    assert_eq!(code(watch(&bureau, "directory", "").await), "ROOM", "it has no projects");

    let mut open = vec![watching];
    while open.len() < 8 {
        open.push(watch(&bureau, "intake", "").await.expect("a place"));
    }
    assert_eq!(code(watch(&bureau, "intake", "").await), "TOO_MANY_WATCHERS");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stream_ends_when_the_rooms_stop_and_the_gateway_finds_the_room_that_a_request_names() {
    let mut desk = Desk::open().await;
    let content = desk.content();
    let project = desk.create(content).await.expect("drafted").project_id;
    let uri: tonic::transport::Uri = format!("http://{}", desk.house.rooms.address()).parse().expect("an address");
    let peers: Vec<_> = ROOMS.iter().map(|room| ((*room).to_owned(), uri.clone())).collect();
    let public = gateway::public(&peers).expect("every room has an address");
    let gateway = runtime::gateway::start("127.0.0.1:0".parse().expect("an address"), public, 8, None).await;
    let gateway = gateway.expect("the gateway starts");
    let bureau = desk.signed_at(gateway.address(), Role::RevitalizationBureau, BUREAU).await;
    assert_eq!(code(watch(&bureau, "nowhere", "").await), "ROOM");
    let mut watching = watch(&bureau, "intake", "").await.expect("watched");
    let (told, _) = so_far(&mut watching).await;
    assert_eq!(told.iter().map(|change| change.project_id.as_str()).collect::<Vec<_>>(), [project]);
    desk.house.rooms.stop().await;
    let last = tokio::time::timeout(PATIENCE, watching.message()).await.expect("it ends");
    assert_eq!(code(last), "STOPPING");
    gateway.stop().await;
}
