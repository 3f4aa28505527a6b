//! What only a real broker shows: cut connections, dead letters, deliveries that nobody can read.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use crate::support::{Ear, Heard, Hearing, KIND, PATIENCE, environment, message, messages, room, subscriber};
use futures::StreamExt;
use futures::future::join_all;
use lapin::options::{
    BasicConsumeOptions, BasicPublishOptions, BasicRejectOptions, ConfirmSelectOptions, QueueDeclareOptions,
    QueueDeleteOptions,
};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Channel, Confirmation, Connection, ConnectionProperties};
use messaging::{Consumer, HandleError, Handler, Message, PublishError, Rabbit, Transport, parked};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use uuid::Uuid;

fn prefix() -> String {
    format!("test-{}", Uuid::now_v7().simple())
}

async fn rabbit(prefix: &str) -> Rabbit {
    Rabbit::connect_as(prefix, &environment("AMQP_URL"), 16).await.expect("RabbitMQ: run tests/run")
}

async fn raw_channel() -> (Connection, Channel) {
    let url = environment("AMQP_URL");
    let connection = Connection::connect(&url, ConnectionProperties::default()).await.expect("RabbitMQ: run tests/run");
    let channel = connection.create_channel().await.unwrap();
    channel.confirm_select(ConfirmSelectOptions::default()).await.unwrap();
    (connection, channel)
}

async fn send(transport: &dyn Transport, message: &Message) {
    let sending = async {
        while let Err(error) = transport.publish(message).await {
            assert!(matches!(error, PublishError::Failed(_)), "{error}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, sending).await.expect("it gets through in the end");
}

async fn hear_all(hearing: &mut Hearing, sent: &[Message]) {
    let mut missing: HashSet<Uuid> = sent.iter().map(|message| message.id).collect();
    while !missing.is_empty() {
        missing.remove(&hearing.next().await.message().id);
    }
}

/// A wire between us and the broker that a test can cut.
struct Wire {
    url: String,
    cut: watch::Sender<bool>,
}

impl Wire {
    async fn lay() -> Self {
        let url = environment("AMQP_URL");
        let (scheme_and_user, rest) = url.rsplit_once('@').expect("AMQP_URL names a user");
        let (broker, vhost) = rest.split_once('/').expect("AMQP_URL names a vhost");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let here = listener.local_addr().unwrap();
        let (cut, watching) = watch::channel(false);
        tokio::spawn(Self::carry(listener, broker.to_owned(), watching));
        Self { url: format!("{scheme_and_user}@{here}/{vhost}"), cut }
    }

    async fn carry(listener: TcpListener, broker: String, mut cut: watch::Receiver<bool>) {
        while let Ok((mut near, _)) = listener.accept().await {
            if *cut.borrow_and_update() {
                continue;
            }
            let (broker, mut cut) = (broker.clone(), cut.clone());
            tokio::spawn(async move {
                let mut far = TcpStream::connect(broker).await.unwrap();
                tokio::select! {
                    _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                    _ = cut.wait_for(|&cut| cut) => {}
                }
            });
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cut_connections_lose_nothing() {
    let wire = Wire::lay().await;
    let prefix = prefix();
    let transport = Rabbit::connect_as(&prefix, &wire.url, 16).await.unwrap();
    let (ear, mut hearing) = Ear::content();
    transport.subscribe(subscriber("review", &[KIND], ear)).await.unwrap();
    let mut unheard = HashSet::new();
    for _ in 0..3 {
        let sent = messages(100);
        unheard.extend(sent.iter().map(|message| message.id));
        let cutting = async {
            unheard.remove(&hearing.next().await.message().id);
            wire.cut.send(true).unwrap();
            tokio::time::sleep(Duration::from_millis(300)).await;
            wire.cut.send(false).unwrap();
        };
        tokio::join!(join_all(sent.iter().map(|message| send(&transport, message))), cutting);
    }
    while !unheard.is_empty() {
        unheard.remove(&hearing.next().await.message().id);
    }
    one_consumer_is_left(&format!("{prefix}.review")).await;
    transport.close().await;
}

/// A recovered consumer beside a newly opened one would take deliveries and never answer.
async fn one_consumer_is_left(queue: &str) {
    let (_connection, channel) = raw_channel().await;
    let passive = QueueDeclareOptions { passive: true, ..Default::default() };
    let counting = async {
        while channel.queue_declare(queue.into(), passive, FieldTable::default()).await.unwrap().consumer_count() != 1 {
        }
    };
    tokio::time::timeout(PATIENCE, counting).await.expect("exactly one consumer");
}

#[tokio::test]
async fn what_nobody_can_read_is_set_aside_and_not_dropped() {
    let prefix = prefix();
    let transport = rabbit(&prefix).await;
    let (ear, mut hearing) = Ear::content();
    transport.subscribe(subscriber("review", &[KIND], ear)).await.unwrap();
    let (_connection, channel) = raw_channel().await;
    let exchange = format!("{prefix}.events");
    let properties = BasicProperties::default().with_message_id("not a uuid".into()).with_type(KIND.into());
    let sent =
        channel.basic_publish(exchange.as_str().into(), KIND.into(), BasicPublishOptions::default(), b"?", properties);
    assert_eq!(sent.await.unwrap().await.unwrap(), Confirmation::Ack(None));
    let Heard::SetAside(rest, reason, retry_after) = hearing.next().await else { panic!("it was handled") };
    assert_eq!((rest.kind.as_str(), &rest.payload[..], retry_after), (KIND, &b"?"[..], None));
    assert!(reason.starts_with("unreadable delivery: message_id"), "{reason}");
    transport.close().await;
}

#[tokio::test]
async fn what_the_broker_gives_up_on_is_set_aside_for_later() {
    let prefix = prefix();
    // The room has its queues and is away; somebody takes the message and dies, again and again.
    let away = rabbit(&prefix).await;
    let (ear, _) = Ear::content();
    away.subscribe(subscriber("review", &[KIND], ear)).await.unwrap();
    away.close().await;
    let sender = rabbit(&prefix).await;
    let sent = message(Uuid::now_v7(), 1);
    send(&sender, &sent).await;
    let (_connection, channel) = raw_channel().await;
    let queue = format!("{prefix}.review");
    let mut dying = channel
        .basic_consume(queue.as_str().into(), "dying".into(), BasicConsumeOptions::default(), FieldTable::default())
        .await
        .unwrap();
    for _ in 0..=20 {
        let delivery = tokio::time::timeout(PATIENCE, dying.next()).await.unwrap().unwrap().unwrap();
        delivery.acker.reject(BasicRejectOptions { requeue: true }).await.unwrap();
    }

    let (ear, mut hearing) = Ear::content();
    sender.subscribe(subscriber("review", &[KIND], ear)).await.unwrap();
    let Heard::SetAside(rest, reason, retry_after) = hearing.next().await else { panic!("it was handled") };
    assert_eq!(rest, sent);
    assert_eq!(reason, "the broker gave up after 20 deliveries");
    assert!(retry_after.is_some(), "a long outage of the database heals without a person");
    sender.close().await;
}

#[tokio::test]
async fn a_queue_deleted_by_hand_is_made_again() {
    let prefix = prefix();
    let transport = rabbit(&prefix).await;
    let (ear, mut hearing) = Ear::content();
    transport.subscribe(subscriber("review", &[KIND], ear)).await.unwrap();
    let (_connection, channel) = raw_channel().await;
    let queue = format!("{prefix}.review");
    channel.queue_delete(queue.as_str().into(), QueueDeleteOptions::default()).await.unwrap();
    let sent = message(Uuid::now_v7(), 1);
    let sending = async { while transport.publish(&sent).await.is_err() {} };
    tokio::time::timeout(PATIENCE, sending).await.expect("routable again");
    assert_eq!(*hearing.next().await.message(), sent);
    transport.close().await;
}

#[tokio::test]
async fn a_broker_that_is_not_there_is_an_error_at_once() {
    let refused = Rabbit::connect_as("test", "amqp://guest:guest@127.0.0.1:1/%2f", 1).await.err();
    assert!(refused.is_some_and(|error| error.to_string().starts_with("can't connect to RabbitMQ: ")));
    assert!(Rabbit::connect_as("test", "not an address", 1).await.is_err());
}

#[tokio::test]
async fn a_consumer_parks_what_it_refuses_and_the_queue_goes_on() {
    let pool = room().await;
    let transport = rabbit(&prefix()).await;
    let consumer: Arc<dyn Handler> = Arc::new(Consumer::new("review", pool.clone(), |message| {
        Box::pin(std::future::ready(match message.version {
            1 => Err(HandleError::Refused("SOD-1".to_owned())),
            _ => Ok(()),
        }))
    }));
    let (ear, mut hearing) = Ear::new(move |_, message| {
        let consumer = consumer.clone();
        Box::pin(async move { consumer.handle(message).await })
    });
    transport.subscribe(subscriber("review", &[KIND], ear)).await.unwrap();
    let sent = messages(2);
    for message in &sent {
        send(&transport, message).await;
    }
    hear_all(&mut hearing, &sent).await;
    transport.close().await;
    assert!(hearing.so_far().is_empty(), "nothing goes round in circles");
    let waiting = parked::list(&pool, 10).await.unwrap();
    assert_eq!(waiting.iter().map(|parked| parked.message.id).collect::<Vec<_>>(), [sent[0].id]);
}
