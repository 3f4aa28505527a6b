//! Seen from outside: one trace follows an application through all rooms and across the queue; the metrics are there.

use std::collections::{BTreeSet, HashMap};

use opentelemetry_proto::tonic::{common::v1::any_value::Value, trace::v1::Span};
use tests::{
    collector::Collector,
    pack_folder,
    processes::{RoomProcess, free_port},
    scene::Scene,
};
use xianjie::demo::{stage::Stage, story, telling::Telling};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_trace_follows_an_application_through_all_rooms() {
    let (collector, endpoint) = Collector::start().await;
    let scene = Scene::set(None, Some(format!("http://{endpoint}"))).await;
    let mut server =
        RoomProcess::start(env!("CARGO_BIN_EXE_room"), &scene.surroundings, &[], free_port(), HashMap::new());
    let address = server.address();
    let mut stage =
        Stage::open(&address, scene.pack.clone(), scene.advance(), Telling::new(false, true)).await.expect("a sign-in");
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
