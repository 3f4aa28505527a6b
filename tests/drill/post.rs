//! A bad post: what was overheard comes again, twice, in any order and much later; and there are letters that nobody
//! can read or that make no sense. Those must be set aside where operators see them, and the rest go on.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use futures::StreamExt as _;
use lapin::{
    BasicProperties, Channel, Connection, ConnectionProperties,
    options::{BasicConsumeOptions, BasicPublishOptions, ConfirmSelectOptions, QueueBindOptions, QueueDeclareOptions},
    types::FieldTable,
};
use messaging::{Message, Rabbit, Transport as _};
use prost::{Message as _, Name};
use proto::{inbox::v1::TaskRequested, review::v1::CaseConcluded};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{dice::Dice, house::House};

/// The exchange of all messages.
const EXCHANGE: &str = "xianjie.events";

/// How long the broker may take for all that comes again.
const PATIENCE: Duration = Duration::from_secs(60);

/// So many messages are kept to come again; the oldest make way.
const KEPT: usize = 500;

/// A message as it was overheard.
#[derive(Clone)]
struct Overheard {
    kind: String,
    properties: BasicProperties,
    payload: Vec<u8>,
}

/// A message that nobody can do anything with.
#[derive(Debug, Clone)]
pub struct Planted {
    /// Where it must be set aside.
    pub room: &'static str,
    /// What it is known by.
    pub payload: Vec<u8>,
    /// Whether the broker confirmed it: if not, nobody knows.
    pub confirmed: bool,
}

/// See the module.
#[derive(Default)]
pub struct Post {
    overheard: Mutex<Vec<Overheard>>,
    planted: Mutex<Vec<Planted>>,
}

impl Post {
    /// What was planted so far.
    pub fn planted(&self) -> Vec<Planted> {
        self.planted.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Overhears for so long, then repeats what it knows in any order, and plants what nobody can handle. A broker that
    /// another fault takes away ends it early.
    ///
    /// # Errors
    /// Never by the broker's fault.
    pub async fn misbehave(&self, house: &House, hold: Duration, dice: &mut Dice) -> anyhow::Result<String> {
        let heard = self.overhear(&house.broker.url, hold).await;
        let mut again = self.overheard.lock().unwrap_or_else(PoisonError::into_inner).clone();
        again.extend(again.clone());
        // Any order: each place gets one of those that are left.
        for place in (1..again.len()).rev() {
            again.swap(place, usize::try_from(dice.below(u64::try_from(place)? + 1))?);
        }
        let repeated = repeat(&house.broker.url, &again).await;
        let planted = self.plant(&house.broker.url).await?;
        let ended = match heard.and(repeated.clone().map(|_| ())) {
            Ok(()) => String::new(),
            Err(error) => format!("; ended early: {error}"),
        };
        Ok(format!("{} messages come again, {planted} make no sense{ended}", repeated.unwrap_or(0)))
    }

    /// Keeps what goes through the exchange meanwhile.
    async fn overhear(&self, url: &str, hold: Duration) -> Result<(), String> {
        let listening = async {
            let (_connection, channel) = connect(url).await?;
            let own = QueueDeclareOptions { exclusive: true, auto_delete: true, ..QueueDeclareOptions::default() };
            let queue = channel.queue_declare("".into(), own, FieldTable::default()).await?.name().clone();
            let (options, none) = (QueueBindOptions::default(), FieldTable::default());
            channel.queue_bind(queue.clone(), EXCHANGE.into(), "#".into(), options, none.clone()).await?;
            let options = BasicConsumeOptions { no_ack: true, ..BasicConsumeOptions::default() };
            let mut deliveries = channel.basic_consume(queue, "".into(), options, none).await?;
            while let Some(delivery) = deliveries.next().await {
                let delivery = delivery?;
                let kind = delivery.routing_key.to_string();
                let one = Overheard { kind, properties: delivery.properties, payload: delivery.data };
                let mut overheard = self.overheard.lock().unwrap_or_else(PoisonError::into_inner);
                overheard.push(one);
                if overheard.len() > KEPT {
                    overheard.remove(0);
                }
            }
            lapin::Result::Ok(())
        };
        match tokio::time::timeout(hold, listening).await {
            Ok(Err(error)) => Err(error.to_string()),
            // The time is over, as it should be, or the broker closed the queue.
            Ok(Ok(())) | Err(_) => Ok(()),
        }
    }

    /// Four letters: one that is no message of its kind, one without an envelope, one about a project with no id, one
    /// about a project that there is not.
    async fn plant(&self, url: &str) -> anyhow::Result<usize> {
        let mark = Uuid::now_v7();
        let garbage = [b"\xff\xff\xff ", mark.to_string().as_bytes()].concat();
        let concluded = |project_id: String| CaseConcluded { project_id, ..CaseConcluded::default() }.encode_to_vec();
        let bare = Planted { room: "inbox", payload: mark.as_bytes().to_vec(), confirmed: false };
        let (task, case) = (TaskRequested::full_name(), CaseConcluded::full_name());
        let letters = [
            ("inbox", task.clone(), garbage),
            ("intake", case.clone(), concluded(format!("drill {mark}"))),
            ("intake", case, concluded(mark.to_string())),
        ];
        let rabbit = tokio::time::timeout(PATIENCE, Rabbit::connect(url, 1)).await;
        let mut planted = Vec::new();
        for (room, kind, payload) in letters {
            let message = Message {
                id: Uuid::now_v7(),
                kind,
                stream: mark,
                version: 1,
                payload: Bytes::from(payload.clone()),
                occurred_at: OffsetDateTime::now_utc(),
                traceparent: None,
            };
            let confirmed = match &rabbit {
                Ok(Ok(rabbit)) => rabbit.publish(&message).await.is_ok(),
                Ok(Err(_)) | Err(_) => false,
            };
            planted.push(Planted { room, payload, confirmed });
        }
        if let Ok(Ok(rabbit)) = rabbit {
            rabbit.close().await;
        }
        let letter = Overheard { kind: task, properties: BasicProperties::default(), payload: bare.payload.clone() };
        let confirmed = repeat(url, &[letter]).await.is_ok();
        planted.push(Planted { confirmed, ..bare });
        let count = planted.len();
        self.planted.lock().unwrap_or_else(PoisonError::into_inner).extend(planted);
        Ok(count)
    }
}

/// Publishes these, each confirmed before the next.
async fn repeat(url: &str, messages: &[Overheard]) -> Result<usize, String> {
    // A broker that dies meanwhile may leave its client waiting for ever.
    match tokio::time::timeout(PATIENCE, publish(url, messages)).await {
        Ok(published) => published.map_err(|error| error.to_string()),
        Err(_late) => Err(format!("no answer within {PATIENCE:?}")),
    }
}

async fn publish(url: &str, messages: &[Overheard]) -> lapin::Result<usize> {
    let (_connection, channel) = connect(url).await?;
    channel.confirm_select(ConfirmSelectOptions::default()).await?;
    for Overheard { kind, properties, payload } in messages {
        let (options, properties) = (BasicPublishOptions::default(), properties.clone());
        let published = channel.basic_publish(EXCHANGE.into(), kind.as_str().into(), options, payload, properties);
        published.await?.await?;
    }
    Ok(messages.len())
}

async fn connect(url: &str) -> lapin::Result<(Connection, Channel)> {
    let connection = Connection::connect(url, ConnectionProperties::default()).await?;
    let channel = connection.create_channel().await?;
    Ok((connection, channel))
}
