//! The cluster: PostgreSQL's files with the programs and the password that go with them.
//! A cluster appears whole or not at all: it is made under another name and renamed when it is complete.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnectOptions, PgConnection, PgSslMode};
use sqlx::{ConnectOptions, Connection};
use tokio::process;
use tokio::time::timeout;

use super::EmbeddedPostgresError;
use super::place::Place;
use super::programs::Programs;
use super::server::Server;

/// The database's user and the database are both called so.
const NAME: &str = "xianjie";

/// Settings that are given at every start. Flushing to the disk is PostgreSQL's default and stays on.
const SETTINGS: [&str; 5] =
    ["listen_addresses=127.0.0.1", "max_connections=300", "timezone=UTC", "log_timezone=UTC", "cluster_name=xianjie"];

/// Bytes of a socket file's path, with the end mark: less than any system allows.
const SOCKET_PATH: usize = 104;

/// How often a server that starts is asked again, and how long one answer may take.
const ASK_INTERVAL: Duration = Duration::from_millis(50);
const ANSWER_LIMIT: Duration = Duration::from_secs(5);

/// How often somebody who waits hears of it.
const PROGRESS_INTERVAL: Duration = Duration::from_secs(5);

/// How many lines of the log an error shows.
const LOG_END_LINES: usize = 15;

/// How to reach a cluster: by its socket file, which spares each statement the network's work, where it can have one.
fn way_in(base: &Path, port: u16, password: &str) -> PgConnectOptions {
    let options = PgConnectOptions::new_without_pgpass().port(port).username(NAME).password(password);
    match can_hold_socket(base) {
        true => options.socket(base),
        false => options.host("127.0.0.1"),
    }
}

/// The URL of the database in a cluster.
pub(super) fn url(base: &Path, port: u16, password: &str) -> String {
    let mut url = way_in(base, port, password).database(NAME).to_url_lossy();
    // What is left out is the client's own business.
    url.set_query(None);
    url.into()
}

/// Whether PostgreSQL can lay its socket file there: the system bounds the path, and the setting is a list with commas.
fn can_hold_socket(base: &Path) -> bool {
    let name = "/.s.PGSQL.65535";
    base.to_str().is_some_and(|path| path.len() + name.len() < SOCKET_PATH && !path.contains([',', '"']))
}

/// A cluster that is ready to be started.
pub(super) struct Cluster {
    place: Place,
    programs: Programs,
    password: String,
}

impl Cluster {
    /// Locks the directory and makes the cluster in it, if there is none.
    pub(super) async fn open(directory: &Path) -> Result<Self, EmbeddedPostgresError> {
        let place = Place::locate(directory)?;
        let version = fs::read_to_string(place.data().join("PG_VERSION")).ok();
        let programs = Programs::find(version.as_deref().map(str::trim))?;
        if version.is_none() {
            initialise(&place, &programs).await?;
        }
        let file = place.password_file();
        let password = fs::read_to_string(&file).map_err(EmbeddedPostgresError::file("read", &file))?;
        Ok(Self { place, programs, password: password.trim().to_owned() })
    }

    /// Where its files are.
    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    /// Starts a server on this port; it does not answer yet.
    pub(super) fn launch(&self, port: u16) -> Result<Server, EmbeddedPostgresError> {
        // Kept: the log of the run before says why that one ended.
        let log = self.place.log();
        if log.exists() {
            fs::rename(&log, log.with_extension("log.before")).map_err(EmbeddedPostgresError::file("rename", &log))?;
        }
        let output = File::create(&log).map_err(EmbeddedPostgresError::file("create", &log))?;
        let errors = output.try_clone().map_err(EmbeddedPostgresError::file("open", &log))?;

        let program = self.programs.path("postgres");
        let mut command = self.place.account.command(&program);
        command.arg("-D").arg(self.place.data()).arg("-p").arg(port.to_string()).stdout(output).stderr(errors);
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        let base = self.place.base();
        let socket = if can_hold_socket(base) { base.as_os_str() } else { OsStr::new("") };
        let mut directories = OsString::from("unix_socket_directories=");
        directories.push(socket);
        command.arg("-c").arg(directories);
        let child = process::Command::from(command)
            .spawn()
            .map_err(|source| EmbeddedPostgresError::NotRunnable { program, source })?;
        Ok(Server::started(child, self.place.data().to_owned()))
    }

    /// Waits until the server takes connections, has ended, or the limit is over.
    pub(super) async fn wait_until_ready(
        &self,
        server: &mut Server,
        port: u16,
        limit: Option<Duration>,
    ) -> Result<(), EmbeddedPostgresError> {
        let started = Instant::now();
        let mut next_progress = PROGRESS_INTERVAL;
        loop {
            if timeout(ASK_INTERVAL, server.ended()).await.is_ok() {
                return Err(self.did_not_start());
            }
            let last = match timeout(ANSWER_LIMIT, self.connect(port)).await {
                Ok(Ok(connection)) => return Ok(connection.close().await?),
                Ok(Err(error)) if is_final(&error) => return Err(error.into()),
                Ok(Err(error)) => error.to_string(),
                Err(_) => "no answer".to_owned(),
            };
            if let Some(limit) = limit.filter(|limit| started.elapsed() >= *limit) {
                return Err(EmbeddedPostgresError::DidNotAnswer { limit, last, log: self.place.log() });
            }
            if started.elapsed() >= next_progress {
                next_progress += PROGRESS_INTERVAL;
                tracing::info!(waited_ms = started.elapsed().as_millis(), last, "still waiting for PostgreSQL");
            }
        }
    }

    /// Creates the database where it is missing.
    pub(super) async fn create_database(&self, port: u16) -> Result<(), EmbeddedPostgresError> {
        let mut connection = self.connect(port).await?;
        let exists: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = 'xianjie')")
            .fetch_one(&mut connection)
            .await?;
        if !exists {
            sqlx::query("CREATE DATABASE xianjie").execute(&mut connection).await?;
        }
        Ok(connection.close().await?)
    }

    /// The URL of the database; it holds the password.
    pub(super) fn url(&self, port: u16) -> String {
        url(self.place.base(), port, &self.password)
    }

    /// Connects to the maintenance database, which is there from the beginning.
    async fn connect(&self, port: u16) -> Result<PgConnection, sqlx::Error> {
        let options = way_in(self.place.base(), port, &self.password)
            .database("postgres")
            .ssl_mode(PgSslMode::Disable)
            .disable_statement_logging();
        PgConnection::connect_with(&options).await
    }

    fn did_not_start(&self) -> EmbeddedPostgresError {
        let log = self.place.log();
        let text = fs::read_to_string(&log).unwrap_or_else(|error| format!("(can't be read: {error})"));
        let lines: Vec<&str> = text.lines().collect();
        let log_end = lines[lines.len().saturating_sub(LOG_END_LINES)..].join("\n");
        EmbeddedPostgresError::DidNotStart { log, log_end }
    }
}

/// Whether asking again is useless: the server answered, and not with "starting up", "shutting down" or "full".
fn is_final(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| !matches!(code.as_ref(), "57P03" | "53300"))
}

/// Makes the cluster, once.
async fn initialise(place: &Place, programs: &Programs) -> Result<(), EmbeddedPostgresError> {
    tracing::info!(postgres.directory = %place.base().display(), "creating the private PostgreSQL, once");
    write_new_password(place)?;
    // C.UTF-8 knows Chinese letters; the few systems without it get plain C.
    match run_initdb(place, programs, "C.UTF-8").await {
        Err(EmbeddedPostgresError::ProgramFailed { output, .. }) if output.contains("invalid locale") => {
            tracing::warn!("this system has no locale C.UTF-8; the private PostgreSQL gets C");
            run_initdb(place, programs, "C").await?;
        }
        result => result?,
    }
    let unfinished = place.base().join("data.unfinished");
    fs::rename(&unfinished, place.data()).map_err(EmbeddedPostgresError::file("rename", &unfinished))?;
    // The new name is on the disk before anything is promised to be.
    File::open(place.base())
        .and_then(|base| base.sync_all())
        .map_err(EmbeddedPostgresError::file("flush", place.base()))
}

async fn run_initdb(place: &Place, programs: &Programs, locale: &str) -> Result<(), EmbeddedPostgresError> {
    let unfinished = place.base().join("data.unfinished");
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished).map_err(EmbeddedPostgresError::file("remove", &unfinished))?;
    }
    let program = programs.path("initdb");
    let mut command = place.account.command(&program);
    command.arg("-D").arg(&unfinished).arg("--pwfile").arg(place.password_file());
    command.args(["-U", NAME, "-E", "UTF8", "--auth=scram-sha-256", "--data-checksums", "--locale", locale]);
    let output = match process::Command::from(command).output().await {
        Ok(output) => output,
        Err(source) => return Err(EmbeddedPostgresError::NotRunnable { program, source }),
    };
    if output.status.success() {
        return Ok(());
    }
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Err(EmbeddedPostgresError::ProgramFailed { program, status: output.status, output: text.trim().to_owned() })
}

/// Writes a password of 192 random bits that nobody else on this machine can read.
fn write_new_password(place: &Place) -> Result<(), EmbeddedPostgresError> {
    let source = Path::new("/dev/urandom");
    let mut random = [0_u8; 24];
    File::open(source)
        .and_then(|mut file| file.read_exact(&mut random))
        .map_err(EmbeddedPostgresError::file("read", source))?;
    let password: String = random.iter().map(|byte| format!("{byte:02x}")).collect();

    let path = place.password_file();
    if path.exists() {
        // Left by a start that did not come to its end; removed, because its mode and owner may be anything.
        fs::remove_file(&path).map_err(EmbeddedPostgresError::file("remove", &path))?;
    }
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)
        .and_then(|mut file| {
            file.write_all(password.as_bytes())?;
            file.sync_all()
        })
        .and_then(|()| place.account.give(&path))
        .map_err(EmbeddedPostgresError::file("write", &path))
}
