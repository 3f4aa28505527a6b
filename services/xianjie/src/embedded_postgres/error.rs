//! Why the private PostgreSQL could not be started, kept or stopped, in words that say what to do about it.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

/// A failure around the private PostgreSQL.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedPostgresError {
    /// No folder of this machine holds the server's programs.
    #[error(
        "PostgreSQL is not installed: no folder with initdb, postgres and pg_ctl{wanted} (looked in {looked_in}). \
         Install it (apt-get install postgresql, dnf install postgresql-server, brew install postgresql@17), \
         or set DATABASE_URL to a server of your own"
    )]
    NotInstalled {
        /// The version that the existing data ask for, as ` of version N`, or nothing.
        wanted: String,
        /// The places that were searched.
        looked_in: String,
    },
    /// Another living process serves the same directory.
    #[error("another process already serves the private PostgreSQL in {}; stop it, or name another directory", directory.display())]
    InUse {
        /// The directory that both want.
        directory: PathBuf,
    },
    /// PostgreSQL refuses to run as root, and there is nobody else to run it.
    #[error(
        "PostgreSQL does not run as root, and there is no user `postgres` or `nobody`; start xianjie as another user"
    )]
    NoAccount,
    /// A directory that we would trust with the data belongs to somebody else.
    #[error("{} belongs to another user (id {owner}); remove it, or name another directory for the data", directory.display())]
    ForeignDirectory {
        /// The directory.
        directory: PathBuf,
        /// Who owns it.
        owner: u32,
    },
    /// A file or directory could not be used.
    #[error("could not {action} {}: {source}", path.display())]
    File {
        /// What was tried, as a verb.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// One of PostgreSQL's programs could not be run.
    #[error("could not run {}: {source}", program.display())]
    NotRunnable {
        /// The program.
        program: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// One of PostgreSQL's programs failed.
    #[error("{} failed ({status}): {output}", program.display())]
    ProgramFailed {
        /// The program.
        program: PathBuf,
        /// Its exit code or signal.
        status: ExitStatus,
        /// What it wrote.
        output: String,
    },
    /// The server ended before it answered.
    #[error("PostgreSQL ended while starting; the end of {}:\n{log_end}", log.display())]
    DidNotStart {
        /// The server's log.
        log: PathBuf,
        /// The log's last lines.
        log_end: String,
    },
    /// The server runs but did not answer in time.
    #[error("PostgreSQL did not answer within {} s ({last}); see {}", limit.as_secs(), log.display())]
    DidNotAnswer {
        /// How long we waited.
        limit: Duration,
        /// The last answer.
        last: String,
        /// The server's log.
        log: PathBuf,
    },
    /// The server did not go, whatever it was told.
    #[error("PostgreSQL (process {pid}) did not stop; see {}", log.display())]
    DidNotStop {
        /// The server's process.
        pid: u32,
        /// The server's log.
        log: PathBuf,
    },
    /// The server answered with a refusal.
    #[error("the private PostgreSQL refused: {0}")]
    Database(#[from] sqlx::Error),
    /// No free port could be had on 127.0.0.1.
    #[error("found no free port on 127.0.0.1: {0}")]
    NoPort(io::Error),
    /// The task that watches the server ended by itself, which is a defect.
    #[error("the watch over PostgreSQL ended unexpectedly: {0}")]
    WatchEnded(tokio::task::JoinError),
}

impl EmbeddedPostgresError {
    /// For `map_err` on file operations: names what was tried, and on what.
    pub(super) fn file(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { action, path, source }
    }
}
