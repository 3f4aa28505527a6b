//! One conformance suite, run over each transport: in-process, chaos over in-process, and RabbitMQ.
//!
//! What only RabbitMQ has (cut connections, dead letters, unreadable deliveries) stands in [`crate::rabbit`].

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::support::{Ear, Hearing, KIND, PATIENCE, environment, message, messages, subscriber};
use futures::future::{BoxFuture, FutureExt, join_all};
use messaging::{Chaos, InProcess, Message, PublishError, Rabbit, SubscribeError, Transport, Verdict};
use tokio::sync::Semaphore;
use uuid::Uuid;

async fn in_process() -> Arc<dyn Transport> {
    Arc::new(InProcess::new())
}

async fn chaos() -> Arc<dyn Transport> {
    Arc::new(Chaos::new(in_process().await, 20_220_301))
}

async fn rabbit() -> Arc<dyn Transport> {
    // Each test has exchanges and queues of its own, so that tests don't hear each other.
    let prefix = format!("test-{}", Uuid::now_v7().simple());
    Arc::new(Rabbit::connect_as(&prefix, &environment("AMQP_URL"), 16).await.expect("RabbitMQ: run tests/run"))
}

macro_rules! conformance {
    ($($test:ident)*) => {
        mod over_in_process { $(#[tokio::test] async fn $test() { super::$test(super::in_process().await).await })* }
        mod over_chaos { $(#[tokio::test] async fn $test() { super::$test(super::chaos().await).await })* }
        mod over_rabbit { $(#[tokio::test] async fn $test() { super::$test(super::rabbit().await).await })* }
    };
}

conformance! {
    a_message_is_delivered_as_it_was_sent
    every_subscriber_gets_it
    only_the_kinds_asked_for_come
    what_nobody_hears_is_an_error
    in_a_crowd_nothing_unroutable_passes_for_delivered
    retry_brings_the_same_message_again
    a_handler_that_dies_gets_it_again
    concurrent_publishes_are_all_confirmed_and_delivered
    a_room_subscribes_once
    close_lets_handlers_in_flight_finish
    a_closed_transport_takes_nothing
}

/// Publishes as the relay does: a failure is tried again, and only a lasting one is told.
async fn send(transport: &Arc<dyn Transport>, message: &Message) -> Result<(), PublishError> {
    let mut last = Ok(());
    for _ in 0..50 {
        last = transport.publish(message).await;
        if !matches!(last, Err(PublishError::Failed(_))) {
            return last;
        }
    }
    last
}

fn one() -> Message {
    message(Uuid::now_v7(), 1)
}

async fn content(transport: &Arc<dyn Transport>, room: &str, kinds: &[&str]) -> Hearing {
    let (ear, hearing) = Ear::content();
    transport.subscribe(subscriber(room, kinds, ear)).await.unwrap();
    hearing
}

async fn a_message_is_delivered_as_it_was_sent(transport: Arc<dyn Transport>) {
    let mut hearing = content(&transport, "review", &[KIND]).await;
    for sent in [one(), Message { traceparent: None, payload: bytes::Bytes::new(), ..one() }] {
        send(&transport, &sent).await.unwrap();
        // Repeats of the first may come in between; each is the same message under the same id.
        let heard = loop {
            let heard = hearing.next().await.message().clone();
            if heard.id == sent.id {
                break heard;
            }
        };
        assert_eq!(heard, sent);
    }
    transport.close().await;
}

async fn every_subscriber_gets_it(transport: Arc<dyn Transport>) {
    let mut hearings = Vec::new();
    for room in ["intake", "review", "inbox"] {
        hearings.push(content(&transport, room, &[KIND]).await);
    }
    let sent = one();
    send(&transport, &sent).await.unwrap();
    for hearing in &mut hearings {
        assert_eq!(*hearing.next().await.message(), sent);
    }
    transport.close().await;
}

async fn only_the_kinds_asked_for_come(transport: Arc<dyn Transport>) {
    let mut hearing = content(&transport, "review", &[KIND]).await;
    let _others = content(&transport, "assets", &["xianjie.test.v1.Other"]).await;
    let other = Message { kind: "xianjie.test.v1.Other".to_owned(), ..one() };
    let wanted = one();
    send(&transport, &other).await.unwrap();
    send(&transport, &wanted).await.unwrap();
    assert_eq!(hearing.next().await.message().id, wanted.id);
    transport.close().await;
    assert!(hearing.so_far().iter().all(|heard| heard.message().id == wanted.id));
}

async fn what_nobody_hears_is_an_error(transport: Arc<dyn Transport>) {
    assert_eq!(send(&transport, &one()).await, Err(PublishError::Unroutable(KIND.to_owned())));
    let mut hearing = content(&transport, "review", &[KIND]).await;
    let sent = one();
    assert_eq!(send(&transport, &sent).await, Ok(()), "routable as soon as the subscription stands");
    assert_eq!(hearing.next().await.message().id, sent.id);
    transport.close().await;
}

async fn in_a_crowd_nothing_unroutable_passes_for_delivered(transport: Arc<dyn Transport>) {
    let _hearing = content(&transport, "review", &[KIND]).await;
    let unheard = "xianjie.test.v1.Unheard";
    let crowd = (0..200).map(|number| {
        let kind = if number % 2 == 0 { KIND } else { unheard };
        let transport = transport.clone();
        async move {
            let outcome = send(&transport, &Message { kind: kind.to_owned(), ..one() }).await;
            let expected = if kind == KIND { Ok(()) } else { Err(PublishError::Unroutable(unheard.to_owned())) };
            assert_eq!(outcome, expected);
        }
    });
    join_all(crowd).await;
    transport.close().await;
}

fn after_the_first(then: impl Fn() -> Verdict + Send + Sync + 'static) -> (Arc<Ear>, Hearing) {
    Ear::new(move |before, _| std::future::ready(if before == 0 { then() } else { Verdict::Done }).boxed())
}

async fn comes_again(transport: Arc<dyn Transport>, (ear, mut hearing): (Arc<Ear>, Hearing)) {
    transport.subscribe(subscriber("review", &[KIND], ear)).await.unwrap();
    let sent = one();
    send(&transport, &sent).await.unwrap();
    assert_eq!(*hearing.next().await.message(), sent);
    assert_eq!(*hearing.next().await.message(), sent, "a repeat carries the same id and the same content");
    transport.close().await;
}

async fn retry_brings_the_same_message_again(transport: Arc<dyn Transport>) {
    comes_again(transport, after_the_first(|| Verdict::Retry("not now".to_owned()))).await;
}

async fn a_handler_that_dies_gets_it_again(transport: Arc<dyn Transport>) {
    comes_again(transport, after_the_first(|| panic!("a fault of the program"))).await;
}

async fn concurrent_publishes_are_all_confirmed_and_delivered(transport: Arc<dyn Transport>) {
    let mut hearing = content(&transport, "review", &[KIND]).await;
    let sent: Vec<Message> = (0..20).flat_map(|_| messages(10)).collect();
    let outcomes = join_all(sent.iter().map(|message| send(&transport, message))).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    let mut missing: HashSet<Uuid> = sent.iter().map(|message| message.id).collect();
    while !missing.is_empty() {
        missing.remove(&hearing.next().await.message().id);
    }
    transport.close().await;
}

async fn a_room_subscribes_once(transport: Arc<dyn Transport>) {
    let _hearing = content(&transport, "review", &[KIND]).await;
    let (ear, _) = Ear::content();
    let again = transport.subscribe(subscriber("review", &[KIND], ear)).await;
    assert_eq!(again, Err(SubscribeError::AlreadySubscribed("review".to_owned())));
    transport.close().await;
}

async fn close_lets_handlers_in_flight_finish(transport: Arc<dyn Transport>) {
    let gate = Arc::new(Semaphore::new(0));
    let finished = Arc::new(AtomicUsize::new(0));
    let (ear, mut hearing) = {
        let (gate, finished) = (gate.clone(), finished.clone());
        Ear::new(move |_, _| slow(gate.clone(), finished.clone()))
    };
    transport.subscribe(subscriber("review", &[KIND], ear)).await.unwrap();
    let sending = tokio::spawn({
        let transport = transport.clone();
        async move { send(&transport, &one()).await }
    });
    hearing.next().await;

    let mut closing = transport.close();
    assert!(futures::poll!(&mut closing).is_pending(), "it waits for the handler");
    assert_eq!(finished.load(Ordering::SeqCst), 0);
    gate.add_permits(1000);
    tokio::time::timeout(PATIENCE, closing).await.expect("it waits no longer");
    let heard = 1 + hearing.so_far().len();
    assert_eq!(finished.load(Ordering::SeqCst), heard, "each that began has finished");
    sending.abort();
}

fn slow(gate: Arc<Semaphore>, finished: Arc<AtomicUsize>) -> BoxFuture<'static, Verdict> {
    async move {
        let _permit = gate.acquire().await;
        finished.fetch_add(1, Ordering::SeqCst);
        Verdict::Done
    }
    .boxed()
}

async fn a_closed_transport_takes_nothing(transport: Arc<dyn Transport>) {
    let mut hearing = content(&transport, "review", &[KIND]).await;
    transport.close().await;
    assert!(matches!(transport.publish(&one()).await, Err(PublishError::Failed(_))));
    let (ear, _) = Ear::content();
    let late = transport.subscribe(subscriber("inbox", &[KIND], ear)).await;
    assert_eq!(late, Err(SubscribeError::Closed));
    assert!(hearing.so_far().is_empty());
}
