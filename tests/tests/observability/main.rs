//! What operators watch: after the demo's project every panel of the dashboard shows something and no alert fires; then each
//! alert is fired by its own fault. The Prometheus is real, and so are the rooms, their store and the broker.

mod prometheus;

use std::{fs, time::Duration};

use lapin::{BasicProperties, Connection, ConnectionProperties, options::BasicPublishOptions};
use proto::{assets::v1::ListAssetsRequest, inbox::v1::ListTasksRequest};
use sqlx::{Connection as _, PgConnection};
use tests::{
    collector::Collector,
    desk::{FINANCE, key},
    pack_folder,
    processes::{each_alone, free_port},
    scene::Scene,
};
use xianjie::{
    demo::{
        stage::{Rooms, Stage},
        story,
        telling::Telling,
    },
    house::ROOMS,
};

use prometheus::{Prometheus, deployed};

/// What Grafana puts in place of its variables.
const VARIABLES: [(&str, &str); 1] = [("$__rate_interval", "5m")];

/// The queries of a panel, by its title.
fn panels() -> Vec<(String, Vec<String>)> {
    let file = fs::read_to_string(deployed("grafana/dashboards/xianjie.json")).expect("the dashboard");
    let dashboard: serde_json::Value = serde_json::from_str(&file).expect("JSON");
    let panels = dashboard["panels"].as_array().expect("panels");
    let filled =
        |query: &str| VARIABLES.iter().fold(query.to_owned(), |query, (name, value)| query.replace(name, value));
    let queries = |panel: &serde_json::Value| -> Vec<String> {
        let targets = panel["targets"].as_array().into_iter().flatten();
        targets.map(|target| filled(target["expr"].as_str().expect("a query"))).collect()
    };
    panels.iter().map(|panel| (panel["title"].as_str().expect("a title").to_owned(), queries(panel))).collect()
}

/// The names of all alerts.
fn alerts() -> Vec<String> {
    let file = fs::read_to_string(deployed("alerts.yaml")).expect("the alerts");
    let mut names: Vec<String> =
        file.lines().filter_map(|line| Some(line.trim().strip_prefix("- alert: ")?.to_owned())).collect();
    names.sort();
    names
}

async fn run(database: &mut PgConnection, sql: &'static str) {
    sqlx::raw_sql(sql).execute(database).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_panel_shows_something_after_the_demo_and_every_alert_is_fired_by_its_own_fault() {
    let amqp_url = std::env::var("AMQP_URL").expect("AMQP_URL is not set: run tests/run");
    let broker = std::env::var("RABBITMQ_METRICS").expect("RABBITMQ_METRICS is not set: run tests/run");
    let (collector, endpoint) = Collector::start().await;
    let scene = Scene::set(Some(amqp_url.clone()), Some(format!("http://{endpoint}"))).await;
    let (mut rooms, addresses) = each_alone(env!("CARGO_BIN_EXE_room"), &scene.surroundings);
    let watch = Prometheus::watching(&collector, std::slice::from_ref(&broker)).await;
    let open = Rooms::each(&addresses).expect("addresses");
    let mut stage =
        Stage::on(open, scene.pack.clone(), scene.advance(), Telling::new(false, true)).await.expect("a sign-in");
    story::tell(&mut stage, &pack_folder().join("applications")).await.expect("the story ends well");
    scene.settled().await;
    // What was overdue or waited while the story went on is measured again.
    for room in &mut rooms {
        room.stop();
    }
    drop(rooms);
    let (mut rooms, _) = each_alone(env!("CARGO_BIN_EXE_room"), &scene.surroundings);

    for (title, queries) in panels() {
        for query in &queries {
            watch.until(&format!("{title}: {query}"), |watch| !watch.ask(query).is_empty()).await;
        }
    }
    for _ in 0..3 {
        watch.evaluated().await;
        assert_eq!(watch.alerts(), Vec::<String>::new(), "nothing is wrong");
    }
    drop(watch);

    // Each fault, while no room looks.
    for room in &mut rooms {
        room.stop();
    }
    drop(rooms);
    let mut database = PgConnection::connect(&scene.surroundings.database_url).await.expect("the database");
    let database = &mut database;
    run(database, "update inbox.tasks set state = 'READY' where task_id = (select task_id from inbox.tasks limit 1)")
        .await;
    run(
        database,
        "insert into review.parked (id, kind, stream, version, payload, occurred_at, reason)
                   values (gen_random_uuid(), 'x', gen_random_uuid(), 1, '', now(), 'nobody knows it')",
    )
    .await;
    run(
        database,
        "update disbursement.payment_orders set state = 'UNKNOWN', next_attempt_at = '2100-01-01'
                    where payment_id = (select payment_id from disbursement.payment_orders limit 1)",
    )
    .await;
    run(database, "alter table disbursement.accounts disable trigger all").await;
    run(
        database,
        "update disbursement.accounts set debits_posted = debits_posted + 1
                    where code = (select code from disbursement.accounts limit 1)",
    )
    .await;
    run(database, "alter table assets.assets rename to assets_gone").await;
    run(database, "alter table assets.parked rename to parked_gone").await;
    (scene.advance())(time::Duration::days(1)).expect("the clock is moved");
    let days = scene.pack.calendar.last_known_day().expect("it knows some") - kernel::calendar::civil_date(stage.now());
    (scene.advance())(days - time::Duration::days(30)).expect("the clock is moved");
    let flooded = flood(&amqp_url).await;
    let (mut rooms, addresses) = each_alone(env!("CARGO_BIN_EXE_room"), &scene.surroundings);
    let gone = format!("127.0.0.1:{}", free_port());
    let watch = Prometheus::watching(&collector, &[broker, gone]).await;
    run(database, "insert into intake.outbox (id, kind, stream, version, payload, occurred_at, enqueued_at, next_attempt_at)
                   values (gen_random_uuid(), 'x', gen_random_uuid(), 1, '', now(), now() - interval '1 hour', '2100-01-01')").await;
    let open = Rooms::each(&addresses).expect("addresses");
    let mut stage =
        Stage::on(open, scene.pack.clone(), scene.advance(), Telling::new(false, true)).await.expect("a sign-in");
    let finance = stage.player(kernel::Role::FinanceBureau, FINANCE).await.expect("a sign-in");
    // A rate begins with the second reading.
    let broken = async || {
        let broken = finance.assets.clone().list_assets(ListAssetsRequest::default()).await;
        assert_eq!(broken.expect_err("its table is gone").code(), tonic::Code::Internal);
    };
    broken().await;
    finance.inbox.clone().list_tasks(ListTasksRequest::default()).await.expect("a list");
    for seen in [r#"code="Internal""#, r#"code="Ok",method=~".*ListTasks""#] {
        let seen = format!("xianjie_rpc_duration_milliseconds_count{{{seen}}}");
        watch.until(&seen, |watch| !watch.ask(&seen).is_empty()).await;
    }
    broken().await;
    let mut lock = database.begin().await.expect("a transaction");
    sqlx::raw_sql("lock table inbox.tasks in access exclusive mode").execute(&mut *lock).await.expect("locked");
    let slow = finance.inbox.clone();
    let slow = tokio::spawn(async move { slow.clone().list_tasks(ListTasksRequest::default()).await });
    // The fault itself: a request that waits for the lock longer than `RpcsSlow` allows.
    tokio::time::sleep(Duration::from_millis(2_600)).await;
    lock.rollback().await.expect("unlocked");
    slow.await.expect("no panic").expect("a list, late");

    watch.until("each fault fires its alert", |watch| watch.alerts() == alerts()).await;
    assert_eq!(down(&watch), 1, "the room that does not reach its store");
    flooded.close(200, "emptied".into()).await.expect("closed");
    for room in &mut rooms {
        room.stop();
    }
    watch.until("rooms that are gone are missed", |watch| down(watch) == ROOMS.len()).await;
}

/// How many rooms are missed.
fn down(watch: &Prometheus) -> usize {
    watch.ask(r#"ALERTS{alertname="RoomDown", alertstate="firing"}"#).len()
}

/// More messages than a room should have waiting, in a queue that nobody empties.
async fn flood(amqp_url: &str) -> Connection {
    let connection = Connection::connect(amqp_url, ConnectionProperties::default()).await.expect("the broker");
    let channel = connection.create_channel().await.expect("a channel");
    let name: lapin::types::ShortString = format!("xianjie.{}", key()).into();
    // It goes with its connection.
    let temporary = lapin::options::QueueDeclareOptions { exclusive: true, ..Default::default() };
    channel.queue_declare(name.clone(), temporary, Default::default()).await.expect("a queue");
    for _ in 0..1_001 {
        let publish = BasicPublishOptions::default();
        let sent = channel.basic_publish("".into(), name.clone(), publish, b"x", BasicProperties::default());
        sent.await.expect("published");
    }
    connection
}
