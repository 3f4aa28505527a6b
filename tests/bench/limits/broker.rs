//! Publishes of 256 bytes to a quorum queue, each confirmed: what no message can beat.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use anyhow::ensure;
use lapin::{
    BasicProperties, Connection, ConnectionProperties, PublisherConfirm,
    options::{BasicPublishOptions, ConfirmSelectOptions, QueueDeclareOptions, QueueDeleteOptions},
    types::{AMQPValue, FieldTable},
};
use play::{broker::Broker, timings::Timings};
use serde_json::json;

use crate::figures::Figures;

const QUEUE: &str = "bench.limits";

/// Publishes by so many publishers, each with so many awaiting their confirmation.
///
/// # Errors
/// When the broker can't be reached or does not confirm.
pub async fn confirms(
    broker: &Broker,
    publishers: usize,
    window: usize,
    for_time: Duration,
) -> anyhow::Result<Figures> {
    let connection = Connection::connect(&broker.url, ConnectionProperties::default()).await?;
    let channel = connection.create_channel().await?;
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
    let durable = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
    channel.queue_declare(QUEUE.into(), durable, arguments).await?;
    // The clock starts when all have connected.
    let mut connections = Vec::new();
    for _ in 0..publishers {
        connections.push(Connection::connect(&broker.url, ConnectionProperties::default()).await?);
    }
    let began = Instant::now();
    let publishing: Vec<_> =
        connections.into_iter().map(|one| tokio::spawn(publish(one, window, began + for_time))).collect();
    let mut timings = Timings::default();
    for one in publishing {
        timings.add(one.await??);
    }
    let seconds = began.elapsed().as_secs_f64();
    channel.queue_delete(QUEUE.into(), QueueDeleteOptions::default()).await?;
    connection.close(200, "measured".into()).await?;
    let mut figures = Figures::new();
    figures.insert("publishers".into(), json!(publishers));
    figures.insert("window".into(), json!(window));
    figures.insert("per_s".into(), json!((timings.count("confirm") as f64 / seconds).round()));
    timings.quantiles("confirm", &mut figures);
    Ok(figures)
}

async fn publish(connection: Connection, window: usize, until: Instant) -> anyhow::Result<Timings> {
    let channel = connection.create_channel().await?;
    channel.confirm_select(ConfirmSelectOptions::default()).await?;
    let (body, persistent) = ([1_u8; 256], BasicProperties::default().with_delivery_mode(2));
    let (mut timings, mut waiting) = (Timings::default(), VecDeque::new());
    while Instant::now() < until {
        let (began, options) = (Instant::now(), BasicPublishOptions::default());
        waiting.push_back((
            began,
            channel.basic_publish("".into(), QUEUE.into(), options, &body, persistent.clone()).await?,
        ));
        if waiting.len() >= window {
            take(&mut waiting, &mut timings).await?;
        }
    }
    while !waiting.is_empty() {
        take(&mut waiting, &mut timings).await?;
    }
    connection.close(200, "measured".into()).await?;
    Ok(timings)
}

async fn take(waiting: &mut VecDeque<(Instant, PublisherConfirm)>, timings: &mut Timings) -> anyhow::Result<()> {
    if let Some((began, confirm)) = waiting.pop_front() {
        ensure!(confirm.await?.is_ack(), "the broker did not take a message");
        timings.since("confirm", began);
    }
    Ok(())
}
