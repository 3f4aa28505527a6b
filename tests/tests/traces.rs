//! Seen from outside: one trace follows an application through all rooms and across the queue; the metrics are there.

use std::collections::{BTreeSet, HashMap};

use opentelemetry_proto::tonic::{common::v1::any_value::Value, trace::v1::Span};
use runtime::{options::load_pack, testing::TestDatabase};
use secrecy::SecretString;
use simulated_treasury::SimulatedTreasury;
use tests::{
    clockfile::ClockFile,
    collector::Collector,
    pack_folder,
    processes::{RoomProcess, Surroundings, free_port},
};
use time::macros::datetime;
use xianjie::demo::{PASSWORD, stage::Stage, story, telling::Telling};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_trace_follows_an_application_through_all_rooms() {
    let (collector, endpoint) = Collector::start().await;
    let folder = tempfile::tempdir().expect("a temporary directory");
    let database = TestDatabase::create().await;
    let treasury = SimulatedTreasury::bind("127.0.0.1:0".parse().expect("an address")).await.expect("a treasury");
    let clock = ClockFile::starting_at(folder.path().join("clock"), datetime!(2021-11-01 09:00 +8)).expect("a clock");
    let pack = load_pack(&pack_folder()).expect("the pack is sound");
    let store = directory::service().open_store(&database.url).await.expect("the directory's store");
    directory::password::set_for_all(&store, &pack, SecretString::from(PASSWORD)).await.expect("passwords");
    let surroundings = Surroundings {
        database_url: database.url.clone(),
        amqp_url: None,
        clock: clock.clone(),
        treasury: format!("http://{}", treasury.address()),
        otlp_endpoint: Some(format!("http://{endpoint}")),
        logs: folder.path().to_owned(),
    };
    let mut server = RoomProcess::start(env!("CARGO_BIN_EXE_room"), &surroundings, &[], free_port(), HashMap::new());
    let address = server.address();
    let advance = Box::new(move |by| clock.advance(by));
    let mut stage = Stage::open(&address, pack, advance, Telling::new(false, true)).await.expect("a sign-in");
    let summary = story::tell(&mut stage, &pack_folder().join("applications")).await.expect("the story ends well");
    server.stop();

    let project = summary.project_id;
    let spans = collector.spans();
    let reached = follow(&spans, &project);
    for room in ["intake", "review", "inbox", "disbursement", "assets"] {
        assert!(
            reached.contains(room),
            "the trace of {project} reaches {room}; it reaches {reached:?} in {} spans",
            spans.len()
        );
    }
    let metrics: BTreeSet<String> = collector.metrics().into_iter().collect();
    for metric in ["xianjie.outbox.age", "xianjie.message.handle", "xianjie.rpc.duration"] {
        assert!(metrics.contains(metric), "{metric} is measured; there are {metrics:?}");
    }
}

/// The rooms of all spans that hang together with the project's first span, by parents and links.
fn follow(spans: &[Span], project: &str) -> BTreeSet<String> {
    let mut reached: BTreeSet<Vec<u8>> = spans
        .iter()
        .filter(|span| {
            attribute(span, "stream").as_deref() == Some(project)
                && attribute(span, "stream.version").as_deref() == Some("1")
        })
        .filter(|span| attribute(span, "room").as_deref() == Some("intake"))
        .map(|span| span.span_id.clone())
        .collect();
    assert_eq!(reached.len(), 1, "one span opened the application");
    loop {
        let before = reached.len();
        for span in spans {
            let near = |id: &Vec<u8>| reached.contains(id);
            let joined =
                near(&span.parent_span_id) || span.links.iter().any(|link| near(&link.span_id)) || near(&span.span_id);
            if joined {
                reached.insert(span.span_id.clone());
                if !span.parent_span_id.is_empty() {
                    reached.insert(span.parent_span_id.clone());
                }
            }
        }
        if reached.len() == before {
            break;
        }
    }
    spans.iter().filter(|span| reached.contains(&span.span_id)).filter_map(|span| attribute(span, "room")).collect()
}

fn attribute(span: &Span, key: &str) -> Option<String> {
    let attribute = span.attributes.iter().find(|attribute| attribute.key == key)?;
    match attribute.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text.clone()),
        Value::IntValue(number) => Some(number.to_string()),
        _ => None,
    }
}
