//! RabbitMQ for a run: the one that was named, or a private one, which `tests/run --services-only` starts and stops.
//!
//! A private one is on the disk as in production (quorum queues flush each confirmed message). The broker's process id is
//! known for a private one only; without it the broker's CPU time is left out of the figures.

use std::{
    path::PathBuf,
    process::{Command as Blocking, Stdio},
};

use anyhow::{Context as _, bail};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

use crate::say;

/// A RabbitMQ.
pub struct Broker {
    /// Where it is; holds the password.
    pub url: String,
    /// Its process, when it is ours.
    pub pid: Option<u32>,
    /// The file with its process's id, when it is ours: another one after each of its deaths.
    pub pid_file: Option<PathBuf>,
    script: Option<Script>,
}

/// `tests/run`, which ends as soon as nobody could read what it says.
struct Script {
    process: Child,
    _output: Lines<BufReader<ChildStdout>>,
}

impl Broker {
    /// The broker at `given`, or a private one.
    ///
    /// # Errors
    /// When the private one does not start.
    pub async fn start(given: Option<&str>) -> anyhow::Result<Self> {
        if let Some(url) = given {
            return Ok(Self { url: url.to_owned(), pid: None, pid_file: None, script: None });
        }
        say("starting a private RabbitMQ");
        let mut script = Command::new(crate::root().join("tests/run"))
            .arg("--services-only")
            // Named, so that the script starts no PostgreSQL; it doesn't look at it.
            .env("DATABASE_URL", "postgres://not-started-here")
            .env_remove("AMQP_URL")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            // Ctrl-C in the terminal reaches us alone; we stop the script.
            .process_group(0)
            .spawn()
            .context("tests/run can't be started")?;
        let mut lines = BufReader::new(script.stdout.take().context("its output is piped")?).lines();
        let settings = settings(&mut lines).await;
        // From here on dropping the broker stops the script.
        let mut broker = Self {
            url: String::new(),
            pid: None,
            pid_file: None,
            script: Some(Script { process: script, _output: lines }),
        };
        let (url, pid_file) = settings?;
        let pid = std::fs::read_to_string(&pid_file).context("the broker's process id")?;
        (broker.url, broker.pid) = (url, Some(pid.trim().parse().context("the broker's process id")?));
        broker.pid_file = Some(pid_file.into());
        Ok(broker)
    }

    /// Stops it, when it is ours.
    ///
    /// # Errors
    /// When the script that keeps it can't be waited for.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        self.tell();
        if let Some(mut script) = self.script.take() {
            script.process.wait().await.context("tests/run does not end")?;
        }
        Ok(())
    }

    fn tell(&self) {
        let Some(id) = self.script.as_ref().and_then(|script| script.process.id()) else { return };
        if let Err(error) = Blocking::new("kill").args(["-TERM", &id.to_string()]).status() {
            say(format_args!("the private RabbitMQ (tests/run, process {id}) could not be told to stop: {error}"));
        }
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.tell();
    }
}

/// The broker's URL, and the file with its process id.
async fn settings(lines: &mut Lines<BufReader<ChildStdout>>) -> anyhow::Result<(String, String)> {
    let mut url = String::new();
    while let Some(line) = lines.next_line().await? {
        match setting(&line) {
            Some(("AMQP_URL", value)) => url = value.to_owned(),
            Some(("RABBITMQ_PID_FILE", value)) => return Ok((url, value.to_owned())),
            Some(_) | None => {}
        }
    }
    bail!("tests/run --services-only ended without a RabbitMQ; run it by hand to see why")
}

/// `export NAME='value'`.
fn setting(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.strip_prefix("export ")?.split_once('=')?;
    Some((name, value.trim_matches('\'')))
}
