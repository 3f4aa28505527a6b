//! The running PostgreSQL: a child of ours, or one that we adopted after its parent was killed outright.
//! It is stopped by signals in rising order of force; each of them leaves data that the next start can use.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use tokio::process::Child;
use tokio::time::{sleep, timeout};

use super::EmbeddedPostgresError;

/// What the server is told, and how long it may take: end all sessions and flush; end at once; the system's axe.
const WAYS_TO_STOP: [(&str, Duration); 3] =
    [("INT", Duration::from_secs(60)), ("QUIT", Duration::from_secs(15)), ("KILL", Duration::from_secs(5))];

/// How often an adopted server is looked at: it isn't our child, so the system doesn't tell us of its end.
const LOOK_INTERVAL: Duration = Duration::from_millis(200);

/// A running PostgreSQL.
pub(super) struct Server {
    pid: u32,
    data: PathBuf,
    /// `None` for one that we adopted.
    child: Option<Child>,
}

impl Server {
    /// One that we have just started.
    pub(super) fn started(child: Child, data: PathBuf) -> Self {
        let pid = child.id().expect("a child that nobody waited for has an id");
        Self { pid, data, child: Some(child) }
    }

    /// One that another process started.
    pub(super) fn adopted(pid: u32, data: PathBuf) -> Self {
        Self { pid, data, child: None }
    }

    /// Its process.
    pub(super) fn pid(&self) -> u32 {
        self.pid
    }

    /// Waits until it has ended and says how. May be dropped and asked again at any time.
    pub(super) async fn ended(&mut self) -> String {
        match &mut self.child {
            Some(child) => match child.wait().await {
                Ok(status) => status.to_string(),
                Err(error) => format!("could not be waited for: {error}"),
            },
            None => {
                while is_postmaster(self.pid, &self.data) {
                    sleep(LOOK_INTERVAL).await;
                }
                "gone".to_owned()
            }
        }
    }

    /// Sends it a signal; one that is gone needs none.
    pub(super) fn signal(&self, name: &str) {
        // The standard library can't send signals and unsafe code is forbidden here; `kill` is built into every sh.
        let sent = Command::new("/bin/sh")
            .args(["-c", "kill -s \"$1\" \"$2\"", "sh", name, &self.pid.to_string()])
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .status();
        if let Err(error) = sent {
            tracing::error!(%error, postgres.pid = self.pid, "could not run /bin/sh to signal PostgreSQL");
        }
    }

    /// Stops it and waits until it has gone.
    pub(super) async fn shut_down(mut self, log: &Path) -> Result<(), EmbeddedPostgresError> {
        // One that has ended already must not be signalled: its number may be another program's by now.
        if timeout(Duration::ZERO, self.ended()).await.is_ok() {
            return Ok(());
        }
        for (signal, limit) in WAYS_TO_STOP {
            self.signal(signal);
            if timeout(limit, self.ended()).await.is_ok() {
                return Ok(());
            }
            tracing::warn!(
                postgres.pid = self.pid,
                signal,
                limit_ms = limit.as_millis(),
                "PostgreSQL did not stop in time"
            );
        }
        Err(EmbeddedPostgresError::DidNotStop { pid: self.pid, log: log.to_owned() })
    }
}

/// Whether this process is a living PostgreSQL on these data; the number alone may belong to another program by now.
pub(super) fn is_postmaster(pid: u32, data: &Path) -> bool {
    let data = data.as_os_str().as_encoded_bytes();
    if Path::new("/proc/self/cmdline").exists() {
        // Arguments are separated by zeros; a process that ended but was not collected yet has none.
        let arguments = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        return arguments.split(|byte| *byte == 0).any(|argument| argument == data);
    }
    let arguments = Command::new("ps").args(["-p", &pid.to_string(), "-o", "command="]).output();
    arguments.is_ok_and(|output| output.stdout.windows(data.len()).any(|window| window == data))
}

/// A port of 127.0.0.1 on which nobody listens now.
pub(super) fn free_port() -> Result<u16, EmbeddedPostgresError> {
    let port_of = |listener: TcpListener| -> io::Result<u16> { Ok(listener.local_addr()?.port()) };
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(port_of).map_err(EmbeddedPostgresError::NoPort)
}
