//! A private PostgreSQL (私有数据库) for those who name no DATABASE_URL: found, started, watched and stopped by us.
//! The invariant: one process at a time serves a directory, and what was committed there survives every kind of end,
//! for flushing to the disk stays on. The database's user, its password and its port are this directory's own.
//! Next: `place.rs` and `cluster.rs` (the files), `server.rs` (the running program), `watch.rs` (what happens when it dies).

mod account;
mod cluster;
mod error;
mod place;
mod programs;
mod server;
mod watch;

use std::fmt;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use cluster::Cluster;
pub use error::EmbeddedPostgresError;
use place::Place;
use server::Server;

/// How long the first start may take; long only where a crash left much to recover.
const START_LIMIT: Duration = Duration::from_secs(300);

/// How often a free port is looked for again, should another program take it between our look and the start.
const PORT_ATTEMPTS: u32 = 3;

/// A private PostgreSQL under a directory, started, watched and stopped by this process.
///
/// It is started again on the same port when it dies. Dropping it without [`EmbeddedPostgres::stop`] tells it to shut
/// down but doesn't wait. When this process is killed outright, the server stays, and the next start adopts it.
pub struct EmbeddedPostgres {
    url: String,
    cluster: Arc<Cluster>,
    watch: Option<Watch>,
}

/// The task that keeps the server running, and the wish that ends it.
struct Watch {
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), EmbeddedPostgresError>>,
}

impl EmbeddedPostgres {
    /// Starts the server of this directory, or adopts the one that already runs there, and waits until it answers.
    ///
    /// The first start creates the directory and the empty database `xianjie`. As root, PostgreSQL runs as the user
    /// `postgres` (or `nobody`); where that user can't reach the directory, the data live under /var/tmp instead.
    pub async fn start(directory: &Path) -> Result<Self, EmbeddedPostgresError> {
        let cluster = Arc::new(Cluster::open(directory).await?);
        let (server, port) = match adopt(&cluster).await? {
            Some(adopted) => adopted,
            None => launch(&cluster).await?,
        };
        cluster.create_database(port).await?;
        tracing::info!(postgres.port = port, postgres.directory = %cluster.place().base().display(), "the private PostgreSQL is ready");

        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(watch::watch(Arc::clone(&cluster), server, port, stopped));
        Ok(Self { url: cluster.url(port), cluster, watch: Some(Watch { stop, task }) })
    }

    /// The URL of the database `xianjie` that another process, such as `xianjie run`, serves from this directory; `None`
    /// when none does. For commands that look in while the rooms are up.
    #[must_use]
    pub fn url_of_another(directory: &Path) -> Option<String> {
        place::of_another(directory).map(|(base, port, password)| cluster::url(&base, port, &password))
    }

    /// The URL of the database `xianjie` in it. It holds the password: never log it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where PostgreSQL keeps its files, as its own `data_directory` says it.
    pub fn data_directory(&self) -> &Path {
        self.cluster.place().data()
    }

    /// Ends all connections, shuts the server down and waits until it has gone.
    pub async fn stop(mut self) -> Result<(), EmbeddedPostgresError> {
        let Some(Watch { stop, task }) = self.watch.take() else { return Ok(()) };
        // The receiver is gone only when the task has ended, and then the task's result says why.
        let _ = stop.send(());
        task.await.map_err(EmbeddedPostgresError::WatchEnded)?
    }

    /// Removes the cluster of this directory with everything in it, after stopping a server that still runs there.
    pub async fn erase(directory: &Path) -> Result<(), EmbeddedPostgresError> {
        let place = Place::locate(directory)?;
        if let Some((server, _)) = place.running()? {
            server.shut_down(&place.log()).await?;
        }
        fs::remove_dir_all(place.base()).map_err(EmbeddedPostgresError::file("remove", place.base()))
    }
}

/// Takes over a server that outlived the process that started it; `None` when there is none, or it was just leaving.
async fn adopt(cluster: &Cluster) -> Result<Option<(Server, u16)>, EmbeddedPostgresError> {
    let Some((mut server, port)) = cluster.place().running()? else { return Ok(None) };
    tracing::info!(postgres.port = port, postgres.pid = server.pid(), "adopting the PostgreSQL that still runs here");
    match cluster.wait_until_ready(&mut server, port, Some(START_LIMIT)).await {
        Ok(()) => Ok(Some((server, port))),
        Err(EmbeddedPostgresError::DidNotStart { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Starts a server on a free port.
async fn launch(cluster: &Cluster) -> Result<(Server, u16), EmbeddedPostgresError> {
    let mut attempt = 1;
    loop {
        let port = server::free_port()?;
        tracing::info!(postgres.port = port, "starting the private PostgreSQL");
        let mut server = cluster.launch(port)?;
        match cluster.wait_until_ready(&mut server, port, Some(START_LIMIT)).await {
            Ok(()) => return Ok((server, port)),
            Err(EmbeddedPostgresError::DidNotStart { .. }) if attempt < PORT_ATTEMPTS => attempt += 1,
            Err(error) => {
                if let Err(second) = server.shut_down(&cluster.place().log()).await {
                    tracing::error!(error = %second, "the PostgreSQL that did not answer could not be stopped either");
                }
                return Err(error);
            }
        }
    }
}

impl Drop for EmbeddedPostgres {
    /// A backstop for the ways out that never reach `stop`: an early error leaves no server behind.
    fn drop(&mut self) {
        if self.watch.take().is_some()
            && let Ok(Some((server, _))) = self.cluster.place().running()
        {
            server.signal("INT");
        }
    }
}

impl fmt::Debug for EmbeddedPostgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The URL is left out: it holds the password.
        f.debug_struct("EmbeddedPostgres").field("data_directory", &self.data_directory()).finish_non_exhaustive()
    }
}
