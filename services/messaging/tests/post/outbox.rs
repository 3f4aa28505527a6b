//! The known pitfalls of an outbox, each as a test on a real PostgreSQL.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::support::{Ear, Heard, Hearing, KIND, PATIENCE, enqueue, message, messages, room, subscriber};
use futures::future::{BoxFuture, FutureExt};
use messaging::{
    Consumer, HandleError, InProcess, Message, PublishError, Relay, SubscribeError, Subscriber, Transport, outbox,
    receipts,
};
use sqlx::PgPool;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// A wire that answers as a test says.
struct Scripted<F>(F);

impl<F> Transport for Scripted<F>
where
    F: Fn(&Message) -> BoxFuture<'static, Result<(), PublishError>> + Send + Sync + 'static,
{
    fn publish<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<(), PublishError>> {
        (self.0)(message)
    }

    fn subscribe(&self, _: Subscriber) -> BoxFuture<'_, Result<(), SubscribeError>> {
        std::future::ready(Ok(())).boxed()
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        std::future::ready(()).boxed()
    }
}

fn relay(pool: &PgPool, transport: Arc<dyn Transport>) -> Relay {
    Relay::new("test", pool.clone(), transport, Arc::new(Notify::new()))
}

async fn heard_in_process() -> (Arc<InProcess>, Hearing) {
    let (ear, hearing) = Ear::content();
    let transport = Arc::new(InProcess::new());
    transport.subscribe(subscriber("other", &[KIND], ear)).await.unwrap();
    (transport, hearing)
}

fn ids(heard: Vec<Heard>) -> Vec<Uuid> {
    heard.iter().map(|heard| heard.message().id).collect()
}

#[tokio::test]
async fn a_message_arrives_as_it_was_said() {
    let pool = room().await;
    let (transport, mut hearing) = heard_in_process().await;
    let said = message(Uuid::now_v7(), 3);
    enqueue(&pool, std::slice::from_ref(&said)).await;
    relay(&pool, transport).drain_once().await.unwrap();
    assert_eq!(*hearing.next().await.message(), said);
}

#[tokio::test]
async fn what_is_rolled_back_was_never_said() {
    let pool = room().await;
    let mut tx = pool.begin().await.unwrap();
    outbox::enqueue_in_tx(&mut tx, &messages(2)).await.unwrap();
    tx.rollback().await.unwrap();
    assert_eq!(outbox::backlog(&pool).await.unwrap(), outbox::Backlog { rows: 0, oldest: None });
}

/// Pitfall 1: a cursor over a sequence skips the rows of a transaction that commits late.
#[tokio::test]
async fn a_late_commit_is_not_skipped() {
    let pool = room().await;
    let (transport, mut hearing) = heard_in_process().await;
    let relay = relay(&pool, transport);
    let (early, late) = (message(Uuid::now_v7(), 1), message(Uuid::now_v7(), 1));

    let mut slow = pool.begin().await.unwrap();
    outbox::enqueue_in_tx(&mut slow, std::slice::from_ref(&late)).await.unwrap();
    enqueue(&pool, std::slice::from_ref(&early)).await;
    assert_eq!(relay.drain_once().await.unwrap().confirmed, 1);
    assert_eq!(ids(hearing.so_far()), [early.id], "the later position was published first");

    slow.commit().await.unwrap();
    assert_eq!(relay.drain_once().await.unwrap().confirmed, 1);
    assert_eq!(ids(hearing.so_far()), [late.id]);
}

/// Pitfall 2: several relays lose the order across batches, so a message carries its stream's version.
#[tokio::test]
async fn several_relays_share_the_work_and_nothing_is_left() {
    let pool = room().await;
    let (transport, mut hearing) = heard_in_process().await;
    let stream = Uuid::now_v7();
    let said: Vec<Message> = (1..=450).map(|version| message(stream, version)).collect();
    enqueue(&pool, &said).await;

    let relays = (0..3).map(|_| {
        let relay = relay(&pool, transport.clone());
        async move { while relay.drain_once().await.unwrap().confirmed > 0 {} }
    });
    futures::future::join_all(relays).await;
    // A relay that found every row locked has stopped, while the last batch was still on its way.
    assert_eq!(outbox::backlog(&pool).await.unwrap().rows, 0);
    let mut versions: Vec<i64> = hearing.so_far().iter().map(|heard| heard.message().version).collect();
    versions.sort_unstable();
    assert_eq!(versions, (1..=450).collect::<Vec<_>>(), "each once, and told apart by version");
}

#[tokio::test]
async fn one_batch_keeps_the_order_within_a_stream() {
    let pool = room().await;
    let (transport, mut hearing) = heard_in_process().await;
    let stream = Uuid::now_v7();
    let said: Vec<Message> = (1..=50).map(|version| message(stream, version)).collect();
    enqueue(&pool, &said).await;
    relay(&pool, transport).drain_once().await.unwrap();
    assert_eq!(ids(hearing.so_far()), said.iter().map(|m| m.id).collect::<Vec<_>>());
}

/// Pitfall 3: a crash between confirm and delete sends a message twice; the receipt makes the second harmless.
#[tokio::test]
async fn a_crash_between_confirm_and_delete_has_no_second_effect() {
    let (sender, receiver) = (room().await, room().await);
    let effects = Arc::new(AtomicUsize::new(0));
    let transport = Arc::new(InProcess::new());
    let consumer = Consumer::new("other", receiver.clone(), once(receiver.clone(), effects.clone()));
    transport.subscribe(subscriber("other", &[KIND], Arc::new(consumer))).await.unwrap();
    enqueue(&sender, &messages(1)).await;

    // This relay hears the confirmation and dies before it can delete the row.
    let confirmed = Arc::new(Notify::new());
    let dying = {
        let (wire, confirmed) = (transport.clone(), confirmed.clone());
        relay(
            &sender,
            Arc::new(Scripted(move |message: &Message| {
                let (wire, confirmed, message) = (wire.clone(), confirmed.clone(), message.clone());
                async move {
                    wire.publish(&message).await?;
                    confirmed.notify_one();
                    std::future::pending().await
                }
                .boxed()
            })),
        )
    };
    let dying = tokio::spawn(async move { dying.drain_once().await });
    tokio::time::timeout(PATIENCE, confirmed.notified()).await.unwrap();
    dying.abort();
    assert!(dying.await.unwrap_err().is_cancelled());

    // Its row is free again as soon as PostgreSQL has seen the connection roll back.
    let heir = relay(&sender, transport);
    tokio::time::timeout(PATIENCE, async { while heir.drain_once().await.unwrap().confirmed == 0 {} }).await.unwrap();
    assert_eq!(outbox::backlog(&sender).await.unwrap().rows, 0);
    assert_eq!(effects.load(Ordering::SeqCst), 1, "delivered twice, in effect once");
}

fn once(
    pool: PgPool,
    effects: Arc<AtomicUsize>,
) -> impl Fn(Message) -> BoxFuture<'static, Result<(), HandleError>> + Send + Sync + 'static {
    move |message| {
        let (pool, effects) = (pool.clone(), effects.clone());
        async move {
            let away = |error: sqlx::Error| HandleError::Transient(error.to_string());
            let mut tx = pool.begin().await.map_err(away)?;
            if receipts::record_in_tx(&mut tx, receipts::MESSAGE, message.id, b"", b"").await.map_err(away)? {
                effects.fetch_add(1, Ordering::SeqCst);
            }
            tx.commit().await.map_err(away)
        }
        .boxed()
    }
}

/// Pitfall 4: a message that was refused, or returned unrouted, must stay.
#[tokio::test]
async fn an_unconfirmed_message_stays_with_its_reason() {
    for error in [PublishError::Failed("nack".to_owned()), PublishError::Unroutable(KIND.to_owned())] {
        let pool = room().await;
        let answer = error.clone();
        let relay =
            relay(&pool, Arc::new(Scripted(move |_: &Message| std::future::ready(Err(answer.clone())).boxed())));
        enqueue(&pool, &messages(1)).await;
        let drained = relay.drain_once().await.unwrap();
        assert_eq!((drained.confirmed, drained.failed), (0, 1));
        let (attempts, reason): (i32, String) =
            sqlx::query_as("SELECT attempts, last_error FROM outbox").fetch_one(&pool).await.unwrap();
        assert_eq!((attempts, reason), (1, error.to_string()));
    }
}

/// Pitfall 5: a row that always fails must not block the head, not even more of them than a batch holds.
#[tokio::test]
async fn poison_rows_do_not_block_the_head() {
    let pool = room().await;
    let (transport, mut hearing) = heard_in_process().await;
    let poison: Vec<Message> =
        messages(130).into_iter().map(|m| Message { kind: "nobody.hears".to_owned(), ..m }).collect();
    let good = message(Uuid::now_v7(), 1);
    enqueue(&pool, &poison).await;
    enqueue(&pool, std::slice::from_ref(&good)).await;

    let shutdown = CancellationToken::new();
    let running = tokio::spawn(relay(&pool, transport).run(shutdown.clone()));
    assert_eq!(hearing.next().await.message().id, good.id);
    shutdown.cancel();
    running.await.unwrap();
    assert_eq!(outbox::backlog(&pool).await.unwrap().rows, 130, "the poison is kept for operators");
}

/// Pitfall 6: old rows bloat the table, and a long silence must be seen.
#[tokio::test]
async fn confirmed_rows_are_gone_and_the_oldest_age_is_known() {
    let pool = room().await;
    let (transport, _hearing) = heard_in_process().await;
    enqueue(&pool, &messages(3)).await;
    sqlx::query("UPDATE outbox SET enqueued_at = now() - interval '1 hour' WHERE position = 2")
        .execute(&pool)
        .await
        .unwrap();
    let backlog = outbox::backlog(&pool).await.unwrap();
    assert_eq!(backlog.rows, 3);
    assert!(backlog.oldest.unwrap() >= Duration::from_secs(3600));
    relay(&pool, transport).drain_once().await.unwrap();
    assert_eq!(outbox::backlog(&pool).await.unwrap(), outbox::Backlog { rows: 0, oldest: None });
}

#[tokio::test]
async fn a_failed_message_is_tried_again_until_it_gets_through() {
    let pool = room().await;
    let tries = Arc::new(AtomicUsize::new(0));
    let (through, count) = (Arc::new(Notify::new()), tries.clone());
    let wire = {
        let through = through.clone();
        Scripted(move |_: &Message| {
            let before = count.fetch_add(1, Ordering::SeqCst);
            let answer = if before < 3 { Err(PublishError::Failed("not yet".to_owned())) } else { Ok(()) };
            if answer.is_ok() {
                through.notify_one();
            }
            std::future::ready(answer).boxed()
        })
    };
    enqueue(&pool, &messages(1)).await;
    let shutdown = CancellationToken::new();
    let running = tokio::spawn(relay(&pool, Arc::new(wire)).run(shutdown.clone()));
    tokio::time::timeout(PATIENCE, through.notified()).await.unwrap();
    shutdown.cancel();
    running.await.unwrap();
    assert_eq!(tries.load(Ordering::SeqCst), 4);
    assert_eq!(outbox::backlog(&pool).await.unwrap().rows, 0, "the batch that had begun has ended");
}

#[tokio::test]
async fn ids_said_twice_are_an_error_and_not_lost() {
    let pool = room().await;
    let said = messages(1);
    enqueue(&pool, &said).await;
    let mut tx = pool.begin().await.unwrap();
    assert!(outbox::enqueue_in_tx(&mut tx, &said).await.is_err());
}

#[tokio::test]
async fn a_receipt_is_written_once_and_found_again() {
    let pool = room().await;
    let id = Uuid::now_v7();
    let mut tx = pool.begin().await.unwrap();
    assert!(receipts::record_in_tx(&mut tx, "person", id, b"hash", b"reply").await.unwrap());
    assert!(!receipts::record_in_tx(&mut tx, "person", id, b"other", b"other").await.unwrap());
    assert!(receipts::record_in_tx(&mut tx, "another person", id, b"other", b"other").await.unwrap());
    tx.commit().await.unwrap();
    let receipt = receipts::find(&pool, "person", id).await.unwrap().unwrap();
    assert_eq!((&receipt.body_hash[..], &receipt.reply[..]), (&b"hash"[..], &b"reply"[..]));
    assert_eq!(receipts::find(&pool, receipts::MESSAGE, id).await.unwrap(), None);
}

#[tokio::test]
async fn of_two_at_once_one_writes_the_receipt() {
    let pool = room().await;
    let id = Uuid::now_v7();
    let writers = (0..8).map(|_| async {
        let mut tx = pool.begin().await.unwrap();
        let first = receipts::record_in_tx(&mut tx, receipts::MESSAGE, id, b"", b"").await.unwrap();
        tx.commit().await.unwrap();
        first
    });
    let firsts: Vec<bool> = futures::future::join_all(writers).await;
    assert_eq!(firsts.iter().filter(|&&first| first).count(), 1);
    let kinds: HashSet<bool> = firsts.into_iter().collect();
    assert_eq!(kinds.len(), 2);
}
