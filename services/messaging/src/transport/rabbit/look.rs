//! A look at a room's queues, for operators: nothing is declared and nothing is taken.

use lapin::options::QueueDeclareOptions;
use lapin::types::{FieldTable, ShortString};

use super::ConnectError;
use super::link::{Link, LinkError};
use super::topology::Names;

/// What a room's queues hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Queues {
    /// Messages that wait; none when the broker has no such queue.
    pub waiting: Option<u32>,
    /// Who takes them.
    pub consumers: u32,
    /// Messages that were given up; none when the broker has no such queue.
    pub dead: Option<u32>,
}

/// Looks at the queues of this room at the broker.
///
/// # Errors
/// When the broker can't be reached or refuses us.
pub async fn look(prefix: &str, amqp_url: &str, room: &str) -> Result<Queues, ConnectError> {
    let (link, names) = (Link::new(amqp_url, &format!("{prefix} looking")), Names::new(prefix));
    let failed = |error: LinkError| ConnectError(error.to_string());
    let live = passive(&link, names.queue(room)).await.map_err(failed)?;
    let dead = passive(&link, names.dead_queue(room)).await.map_err(failed)?;
    link.close().await.map_err(failed)?;
    let (waiting, consumers) = live.unzip();
    Ok(Queues { waiting, consumers: consumers.unwrap_or_default(), dead: dead.map(|(messages, _)| messages) })
}

/// Messages and consumers of a queue; none when there is no such queue.
async fn passive(link: &Link, queue: ShortString) -> Result<Option<(u32, u32)>, LinkError> {
    // A refusal closes its channel, so each look has one of its own.
    let channel = link.channel().await?;
    let options = QueueDeclareOptions { passive: true, durable: true, ..Default::default() };
    match channel.queue_declare(queue, options, FieldTable::default()).await {
        Ok(queue) => {
            // Closed here and not by being dropped: the connection can't take leave while a channel is half closed.
            channel.close(200, "looked".into()).await?;
            Ok(Some((queue.message_count(), queue.consumer_count())))
        }
        Err(error) if is_not_found(&error) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn is_not_found(error: &lapin::Error) -> bool {
    matches!(error.kind(), lapin::ErrorKind::ProtocolError(error) if error.get_id() == 404)
}
