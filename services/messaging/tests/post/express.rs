//! The quick way out on a real PostgreSQL: nothing is lost that it loses, and nothing is kept that it delivered.

use std::sync::Arc;
use std::time::Duration;

use crate::support::{Ear, Hearing, KIND, PATIENCE, message, messages, room, subscriber};
use futures::future::FutureExt;
use messaging::{InProcess, Message, Relay, Transport, Verdict, express, outbox};
use sqlx::{AssertSqlSafe, PgPool};
use tokio::sync::{Barrier, Notify};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// As the journal writes: the rows are left to the quick way for a while.
async fn commit(pool: &PgPool, messages: &[Message]) {
    outbox::bind(sqlx::query(AssertSqlSafe(outbox::insert_sql(1))), messages, outbox::GRACE)
        .execute(pool)
        .await
        .unwrap();
}

async fn until_empty(pool: &PgPool) {
    tokio::time::timeout(PATIENCE, async { while outbox::backlog(pool).await.unwrap().rows > 0 {} }).await.unwrap();
}

async fn wire(ear: Arc<Ear>) -> Arc<InProcess> {
    let transport = Arc::new(InProcess::new());
    transport.subscribe(subscriber("other", &[KIND], ear)).await.unwrap();
    transport
}

fn delivered(hearing: &mut Hearing) -> Vec<Uuid> {
    hearing.so_far().iter().map(|heard| heard.message().id).collect()
}

#[tokio::test]
async fn what_is_confirmed_leaves_the_outbox_without_the_relay() {
    let (pool, (ear, mut hearing)) = (room().await, Ear::content());
    let (outlet, express) = express::channel();
    let (transport, shutdown) = (wire(ear).await, CancellationToken::new());
    let running = tokio::spawn(express.run(pool.clone(), transport, Arc::default(), shutdown.clone()));
    let said = messages(20);
    commit(&pool, &said).await;
    for message in &said {
        outlet.say(vec![message.clone()]);
    }
    until_empty(&pool).await;
    shutdown.cancel();
    running.await.unwrap();
    let mut heard = delivered(&mut hearing);
    heard.sort();
    assert_eq!(heard, said.iter().map(|message| message.id).collect::<Vec<_>>(), "each once");
}

#[tokio::test]
async fn a_stream_is_told_in_its_order() {
    let (pool, (ear, mut hearing)) = (room().await, Ear::content());
    let (outlet, express) = express::channel();
    let shutdown = CancellationToken::new();
    let running = tokio::spawn(express.run(pool.clone(), wire(ear).await, Arc::default(), shutdown.clone()));
    let stream = Uuid::now_v7();
    let said: Vec<Message> = (1..=30).map(|version| message(stream, version)).collect();
    commit(&pool, &said).await;
    for message in &said {
        outlet.say(vec![message.clone()]);
    }
    until_empty(&pool).await;
    shutdown.cancel();
    running.await.unwrap();
    assert_eq!(delivered(&mut hearing), said.iter().map(|message| message.id).collect::<Vec<_>>());
}

#[tokio::test]
async fn what_one_step_says_goes_together() {
    let (pool, together) = (room().await, Arc::new(Barrier::new(3)));
    let (ear, mut hearing) = Ear::new(move |_, _| {
        let together = together.clone();
        async move {
            together.wait().await;
            Verdict::Done
        }
        .boxed()
    });
    let (outlet, express) = express::channel();
    let shutdown = CancellationToken::new();
    let running = tokio::spawn(express.run(pool.clone(), wire(ear).await, Arc::default(), shutdown.clone()));
    let stream = Uuid::now_v7();
    let said: Vec<Message> = (0..3).map(|_| message(stream, 1)).collect();
    commit(&pool, &said).await;
    outlet.say(said);
    until_empty(&pool).await;
    shutdown.cancel();
    running.await.unwrap();
    assert_eq!(delivered(&mut hearing).len(), 3);
}

/// The relay is woken, and need not wait for the end of the grace.
#[tokio::test]
async fn what_fails_on_the_quick_way_is_taken_by_the_relay_at_once() {
    let pool = room().await;
    let (ear, mut hearing) = Ear::new(|before, _| {
        std::future::ready(if before == 0 { Verdict::Retry("not yet".to_owned()) } else { Verdict::Done }).boxed()
    });
    let (outlet, express) = express::channel();
    let (transport, wake, shutdown) = (wire(ear).await, Arc::new(Notify::new()), CancellationToken::new());
    let relay = Relay::new("test", pool.clone(), transport.clone(), wake.clone());
    let relaying = tokio::spawn(relay.run(shutdown.clone()));
    let running = tokio::spawn(express.run(pool.clone(), transport, wake, shutdown.clone()));
    let said = messages(1);
    commit(&pool, &said).await;
    outlet.say(said.clone());
    until_empty(&pool).await;
    shutdown.cancel();
    running.await.unwrap();
    relaying.await.unwrap();
    assert_eq!(delivered(&mut hearing), [said[0].id, said[0].id], "the failed attempt and the relay's");
}

/// A process that died between its commit and its publish: the next one's relay does not wait for the grace.
#[tokio::test]
async fn what_a_dead_process_left_is_published_at_the_next_start() {
    let (pool, (ear, mut hearing)) = (room().await, Ear::content());
    let transport = wire(ear).await;
    let said = messages(3);
    commit(&pool, &said).await;
    let relay = Relay::new("test", pool.clone(), transport.clone(), Arc::default());
    assert_eq!(relay.drain_once().await.unwrap().confirmed, 0, "fresh rows are left to the process that wrote them");
    let shutdown = CancellationToken::new();
    let started = tokio::time::Instant::now();
    let running = tokio::spawn(relay.run(shutdown.clone()));
    for _ in 0..3 {
        hearing.next().await;
    }
    assert!(started.elapsed() < Duration::from_secs(3), "sooner than the grace ends");
    shutdown.cancel();
    running.await.unwrap();
    assert_eq!(outbox::backlog(&pool).await.unwrap().rows, 0);
}
