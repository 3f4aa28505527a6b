//! One connection to the broker that outlives the broker's restarts.
//!
//! Invariant: there is at most one connection a link, and a dead one is replaced when a channel is next asked for.
//! lapin can recover connections by itself, but under repeated cuts it sometimes hangs in doing so and leaves a queue
//! without its consumer; so its recovery is off and whoever loses a channel asks for a new one here.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use async_rs::Runtime;
use lapin::uri::AMQPUri;
use lapin::{AsyncTcpStream, Channel, Connection, ConnectionProperties};
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use super::wire::{self, Wire};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// While an answer is awaited, the channel is looked at this often.
const LOOK: Duration = Duration::from_millis(250);
/// After a failure nobody tries again for so long: a hundred senders must not knock a hundred times.
const REST: Duration = Duration::from_millis(200);
/// Half-open connections are noticed after about this; the broker's own proposal is a minute.
const HEARTBEAT_S: u16 = 10;

/// Why there is no channel now.
#[derive(Debug, thiserror::Error)]
pub(super) enum LinkError {
    #[error("the broker's address can't be read: {0}")]
    Address(String),
    #[error("the broker can't be reached: {0}")]
    Unreachable(#[from] std::io::Error),
    #[error("the broker did not answer in time")]
    Silent,
    #[error("the broker was away a moment ago")]
    Away,
    #[error("the connection was lost before the answer came")]
    Lost,
    #[error("{0}")]
    Broker(#[from] lapin::Error),
}

/// A connection, made when it is first needed and made again when it is lost.
pub(super) struct Link {
    url: String,
    name: String,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    connection: Option<Connection>,
    failed_at: Option<Instant>,
}

impl Link {
    pub(super) fn new(url: &str, name: &str) -> Self {
        Self { url: url.to_owned(), name: name.to_owned(), state: Mutex::default() }
    }

    /// A new channel.
    pub(super) async fn channel(&self) -> Result<Channel, LinkError> {
        let mut state = self.state.lock().await;
        let connection = match state.connection.take() {
            Some(open) if open.status().connected() => open,
            _lost if state.failed_at.is_some_and(|at| at.elapsed() < REST) => return Err(LinkError::Away),
            _lost => match self.connect().await {
                Ok(opened) => opened,
                Err(error) => {
                    state.failed_at = Some(Instant::now());
                    return Err(error);
                }
            },
        };
        let connection = state.connection.insert(connection);
        Ok(timeout(CONNECT_TIMEOUT, connection.create_channel()).await.map_err(|_late| LinkError::Silent)??)
    }

    /// Takes leave of the broker, if it is there.
    pub(super) async fn close(&self) -> Result<(), LinkError> {
        match self.state.lock().await.connection.take() {
            Some(connection) if connection.status().connected() => {
                let farewell = connection.close(200, "closing".into());
                Ok(timeout(CONNECT_TIMEOUT, farewell).await.map_err(|_late| LinkError::Silent)??)
            }
            _ => Ok(()),
        }
    }

    async fn connect(&self) -> Result<Connection, LinkError> {
        let mut uri: AMQPUri = self.url.parse().map_err(LinkError::Address)?;
        uri.query.heartbeat.get_or_insert(HEARTBEAT_S);
        // lapin connects on a thread of its own, which a time-out here would not end; so look first who is there.
        let address = (uri.authority.host.clone(), uri.authority.port);
        drop(timeout(CONNECT_TIMEOUT, TcpStream::connect(address)).await.map_err(|_late| LinkError::Silent)??);
        let properties = ConnectionProperties::default()
            .with_connection_name(self.name.as_str().into())
            .configure_backoff(|backoff| backoff.with_max_times(0));
        let connect = async |uri: AMQPUri, _: Runtime<Wire>| Ok(AsyncTcpStream::Plain(wire::connect(&uri).await?));
        let connecting = Connection::connector(uri, Runtime::new(Wire::current()), connect, properties);
        Ok(timeout(CONNECT_TIMEOUT, connecting).await.map_err(|_late| LinkError::Silent)??)
    }
}

/// Awaits the broker's answer on a channel as long as that channel stands. lapin forgets some of the answers that were
/// awaited when a connection broke, so waiting for them alone could last for ever.
pub(super) async fn answered<T>(
    channel: &Channel,
    answer: impl Future<Output = lapin::Result<T>>,
) -> Result<T, LinkError> {
    let mut answer = pin!(answer);
    loop {
        tokio::select! {
            answer = &mut answer => return Ok(answer?),
            () = tokio::time::sleep(LOOK) => if !channel.status().connected() {
                return Err(LinkError::Lost);
            }
        }
    }
}
