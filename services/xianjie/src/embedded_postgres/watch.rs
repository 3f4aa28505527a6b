//! The watch over the server: when it dies while we live, it is started again on the same port.
//! The pauses between attempts grow while they fail, and shrink again once a server has lived for a while.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use tokio::time::sleep;

use super::EmbeddedPostgresError;
use super::cluster::Cluster;
use super::server::Server;

/// The pause before the first new attempt, and the longest one.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// A server that lived this long counts as healthy: the next pause is short again.
const STEADY: Duration = Duration::from_secs(60);

/// Keeps the server running until it is told to stop, or whoever could tell it is gone; then stops the server.
pub(super) async fn watch(
    cluster: Arc<Cluster>,
    mut server: Server,
    port: u16,
    mut stop: oneshot::Receiver<()>,
) -> Result<(), EmbeddedPostgresError> {
    let mut pause = FIRST_PAUSE;
    loop {
        let since = Instant::now();
        let how = tokio::select! {
            biased;
            _ = &mut stop => return server.shut_down(&cluster.place().log()).await,
            how = server.ended() => how,
        };
        tracing::error!(postgres.port = port, postgres.pid = server.pid(), how, "PostgreSQL died; starting it again");
        let died = Instant::now();
        if since.elapsed() >= STEADY {
            pause = FIRST_PAUSE;
        }
        server = match start_again(&cluster, port, &mut pause, &mut stop).await? {
            Some(server) => server,
            None => return Ok(()),
        };
        tracing::warn!(
            postgres.port = port,
            postgres.pid = server.pid(),
            down_ms = died.elapsed().as_millis(),
            "PostgreSQL answers again"
        );
    }
}

/// Tries until a server answers; `None` when we are told to stop in between.
async fn start_again(
    cluster: &Cluster,
    port: u16,
    pause: &mut Duration,
    stop: &mut oneshot::Receiver<()>,
) -> Result<Option<Server>, EmbeddedPostgresError> {
    loop {
        tokio::select! {
            biased;
            _ = &mut *stop => return Ok(None),
            () = sleep(*pause) => {}
        }
        *pause = (*pause * 2).min(LONGEST_PAUSE);
        let mut server = match launch(cluster, port) {
            Ok(server) => server,
            Err(error) => {
                tracing::error!(%error, "PostgreSQL could not be started again");
                continue;
            }
        };
        // No limit here: after a crash it may have much to recover, and starting over would only lengthen that.
        let ready = tokio::select! {
            biased;
            _ = &mut *stop => {
                server.shut_down(&cluster.place().log()).await?;
                return Ok(None);
            }
            ready = cluster.wait_until_ready(&mut server, port, None) => ready,
        };
        match ready {
            Ok(()) => return Ok(Some(server)),
            Err(error) => {
                tracing::error!(%error, "PostgreSQL did not come back");
                server.shut_down(&cluster.place().log()).await?;
            }
        }
    }
}

/// Starts a server. The look for a running one comes first because it removes the dead one's traces.
fn launch(cluster: &Cluster, port: u16) -> Result<Server, EmbeddedPostgresError> {
    match cluster.place().running()? {
        Some((server, _)) => Ok(server),
        None => cluster.launch(port),
    }
}
