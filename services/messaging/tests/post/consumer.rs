//! What the consumer does with each outcome, on a real PostgreSQL: handled, tried again, or parked.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::support::{PATIENCE, message, room};
use futures::future::FutureExt;
use messaging::{Consumer, HandleError, Handler, Message, Verdict, parked};
use sqlx::PgPool;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// A consumer whose nth call is answered by `script`.
fn consumer(
    pool: &PgPool,
    script: impl Fn(usize) -> Result<(), HandleError> + Send + Sync + 'static,
) -> (Arc<Consumer>, Arc<AtomicUsize>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let count = calls.clone();
    let handle = move |_: Message| std::future::ready(script(count.fetch_add(1, Ordering::SeqCst))).boxed();
    (Arc::new(Consumer::new("test", pool.clone(), handle)), calls)
}

fn early() -> Result<(), HandleError> {
    Err(HandleError::TooEarly("no case yet".to_owned()))
}

async fn make_due(pool: &PgPool) {
    sqlx::query("UPDATE parked SET retry_at = now()").execute(pool).await.unwrap();
}

#[tokio::test]
async fn a_transient_failure_is_tried_again_in_place() {
    let pool = room().await;
    let (consumer, calls) = consumer(&pool, |call| match call {
        0..3 => Err(HandleError::Transient("the database is away".to_owned())),
        _ => Ok(()),
    });
    assert_eq!(consumer.handle(message(Uuid::now_v7(), 1)).await, Verdict::Done);
    assert_eq!(calls.load(Ordering::SeqCst), 4);
    assert!(parked::list(&pool, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_lasting_transient_failure_goes_back_to_the_transport() {
    let pool = room().await;
    let (consumer, _) = consumer(&pool, |_| Err(HandleError::Transient("away".to_owned())));
    assert_eq!(consumer.handle(message(Uuid::now_v7(), 1)).await, Verdict::Retry("away".to_owned()));
    assert!(parked::list(&pool, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn refused_and_unreadable_messages_wait_for_a_person() {
    for error in [HandleError::Refused("SOD-1".to_owned()), HandleError::Unreadable("bad bytes".to_owned())] {
        let pool = room().await;
        let said = message(Uuid::now_v7(), 1);
        let answer = error.clone();
        let (consumer, _) = consumer(&pool, move |call| if call == 0 { Err(answer.clone()) } else { Ok(()) });
        assert_eq!(consumer.handle(said.clone()).await, Verdict::Done);
        let waiting = parked::list(&pool, 10).await.unwrap();
        assert_eq!((&waiting[0].message, &waiting[0].reason, waiting[0].retry_at), (&said, &error.to_string(), None));
        assert_eq!(consumer.redrive_once().await.unwrap(), 0, "nobody has asked for it");

        // A person mends the cause and replays it.
        assert!(parked::replay(&pool, said.id).await.unwrap());
        assert_eq!(consumer.redrive_once().await.unwrap(), 1);
        assert!(parked::list(&pool, 10).await.unwrap().is_empty());
        assert!(!parked::replay(&pool, said.id).await.unwrap());
    }
}

#[tokio::test]
async fn a_fact_heard_too_early_is_tried_until_its_forerunner_has_come() {
    let pool = room().await;
    let handled = Arc::new(Notify::new());
    let told = handled.clone();
    let (consumer, calls) = consumer(&pool, move |call| {
        if call < 3 {
            return early();
        }
        told.notify_one();
        Ok(())
    });
    let shutdown = CancellationToken::new();
    let running = tokio::spawn(consumer.clone().run_parked(Arc::new(Notify::new()), shutdown.clone()));
    assert_eq!(consumer.handle(message(Uuid::now_v7(), 2)).await, Verdict::Done);
    tokio::time::timeout(PATIENCE, handled.notified()).await.unwrap();
    shutdown.cancel();
    running.await.unwrap();
    assert_eq!(calls.load(Ordering::SeqCst), 4);
    assert!(parked::list(&pool, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn attempts_are_counted_and_the_place_is_kept() {
    let pool = room().await;
    let (consumer, _) = consumer(&pool, |_| early());
    let said = message(Uuid::now_v7(), 2);
    consumer.handle(said.clone()).await;
    let first = parked::list(&pool, 10).await.unwrap().remove(0);
    assert_eq!((first.attempts, first.retry_at.is_some()), (1, true));
    for attempts in 2..=8 {
        make_due(&pool).await;
        assert_eq!(consumer.redrive_once().await.unwrap(), 1);
        let again = parked::list(&pool, 10).await.unwrap().remove(0);
        assert_eq!((again.attempts, again.parked_at), (attempts, first.parked_at));
        assert!(again.retry_at.is_some(), "too early never turns into a person's work by itself");
    }
    // The transport may deliver it once more; it stays one row.
    consumer.handle(said).await;
    assert_eq!(parked::list(&pool, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_message_that_kills_the_process_ends_with_a_person() {
    let pool = room().await;
    let said = message(Uuid::now_v7(), 1);
    parked::park(&pool, &said, "the broker gave up", Some(Duration::ZERO)).await.unwrap();
    // Each of these takes the message and dies before it can say what came of it.
    for death in 1..=parked::UNFINISHED_LIMIT {
        assert_eq!(parked::due(&pool, 10).await.unwrap(), [(said.clone(), death + 1)]);
        assert!(parked::due(&pool, 10).await.unwrap().is_empty(), "it is lent to one at a time");
        sqlx::query("UPDATE parked SET retry_at = now() WHERE retry_at IS NOT NULL").execute(&pool).await.unwrap();
    }
    assert!(parked::due(&pool, 10).await.unwrap().is_empty());
    assert_eq!(parked::list(&pool, 10).await.unwrap()[0].retry_at, None);
    assert_eq!(parked::next_due(&pool).await.unwrap(), None);
}

#[tokio::test]
async fn a_handler_that_panics_parks_the_message() {
    let pool = room().await;
    let (consumer, _) = consumer(&pool, |_| panic!("a fault of the program"));
    assert_eq!(consumer.handle(message(Uuid::now_v7(), 1)).await, Verdict::Done);
    let waiting = parked::list(&pool, 10).await.unwrap();
    assert_eq!((waiting[0].reason.as_str(), waiting[0].retry_at), ("refused: the handler panicked", None));
}

#[tokio::test]
async fn without_a_place_to_park_the_message_comes_again() {
    let pool = room().await;
    let (consumer, _) = consumer(&pool, |_| early());
    pool.close().await;
    assert!(matches!(consumer.handle(message(Uuid::now_v7(), 1)).await, Verdict::Retry(_)));
}

#[tokio::test]
async fn due_messages_of_a_stream_come_in_order() {
    let pool = room().await;
    let stream = Uuid::now_v7();
    for version in [3, 1, 2] {
        parked::park(&pool, &message(stream, version), "too early", Some(Duration::ZERO)).await.unwrap();
    }
    let versions: Vec<i64> = parked::due(&pool, 10).await.unwrap().iter().map(|(m, _)| m.version).collect();
    assert_eq!(versions, [1, 2, 3]);
}
