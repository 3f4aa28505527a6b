//! The rooms under test, in release processes of their own, so that their CPU time and memory can be told apart.
//!
//! A process runs a copy of this program with the hidden command `serve`, which is `xianjie run` and nothing else: a copy,
//! so that memory shared with the driver is not counted half. Logs are files in the bench's folder.

use std::{
    collections::HashMap,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use anyhow::Context as _;
use clap::ValueEnum;
use tests::processes::free_port;
use xianjie::house::ROOMS;

/// How messages travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Transport {
    /// From room to room in the process; durable in PostgreSQL.
    InProcess,
    /// RabbitMQ: quorum queues, confirms.
    Rabbitmq,
}

/// Who shares a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Rooms {
    /// All rooms.
    OneProcess,
    /// Nobody.
    ProcessPerRoom,
}

/// What the processes need.
pub struct Needs<'a> {
    /// Folder for the program's copy and the logs.
    pub folder: &'a Path,
    /// PostgreSQL.
    pub database_url: &'a str,
    /// RabbitMQ; none for the in-process transport.
    pub amqp_url: Option<&'a str>,
    /// The treasury.
    pub treasury: &'a str,
    /// The county pack.
    pub pack: &'a Path,
}

/// Running processes of rooms.
pub struct Servers {
    children: Vec<Child>,
    /// Where each room is.
    pub addresses: HashMap<String, String>,
    /// Where their logs are.
    pub logs: PathBuf,
}

impl Servers {
    /// Starts them; they may not answer yet.
    ///
    /// # Errors
    /// When a process can't be started.
    pub fn start(needs: &Needs<'_>, rooms: Rooms) -> anyhow::Result<Self> {
        let program = needs.folder.join("rooms");
        fs::copy(std::env::current_exe()?, &program).context("the program can't be copied")?;
        let mut servers = Self { children: Vec::new(), addresses: HashMap::new(), logs: needs.folder.to_owned() };
        match rooms {
            Rooms::OneProcess => {
                let port = free_port();
                servers.addresses.extend(ROOMS.map(|room| (room.to_owned(), address(port))));
                servers.spawn(&program, needs, None, port)?;
            }
            Rooms::ProcessPerRoom => {
                let ports = ROOMS.map(|room| (room, free_port()));
                servers.addresses.extend(ports.map(|(room, port)| (room.to_owned(), address(port))));
                for (room, port) in ports {
                    servers.spawn(&program, needs, Some(room), port)?;
                }
            }
        }
        Ok(servers)
    }

    fn spawn(&mut self, program: &Path, needs: &Needs<'_>, room: Option<&str>, port: u16) -> anyhow::Result<()> {
        let log = File::create(needs.folder.join(format!("{}.log", room.unwrap_or("rooms"))))?;
        let mut command = Command::new(program);
        command.arg("serve").args(room).args(["--listen", &format!("127.0.0.1:{port}")]);
        command.arg("--pack").arg(needs.pack).args(["--treasury", needs.treasury]);
        for (peer, address) in self.addresses.iter().filter(|(peer, _)| room.is_some_and(|room| room != peer.as_str()))
        {
            command.arg("--peer").arg(format!("{peer}={address}"));
        }
        // Settings of the caller's own shell would otherwise reach the rooms.
        for name in ["AMQP_URL", "OTEL_EXPORTER_OTLP_ENDPOINT", "XIANJIE_PEERS", "XIANJIE_REFLECTION"] {
            command.env_remove(name);
        }
        command.env("DATABASE_URL", needs.database_url).envs(needs.amqp_url.map(|url| ("AMQP_URL", url)));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        self.children.push(command.spawn().context("the rooms can't be started")?);
        Ok(())
    }

    /// Their process ids.
    pub fn pids(&self) -> Vec<u32> {
        self.children.iter().map(Child::id).collect()
    }

    /// Says which process has ended, if one has.
    ///
    /// # Errors
    /// When one has.
    pub fn check(&mut self) -> anyhow::Result<()> {
        for child in &mut self.children {
            if let Some(status) = child.try_wait()? {
                anyhow::bail!("a process of the rooms ended ({status}); its log is in {}", self.logs.display());
            }
        }
        Ok(())
    }

    /// Asks them to end and waits until they have.
    ///
    /// # Errors
    /// When one can't be asked.
    pub fn stop(mut self) -> anyhow::Result<()> {
        for child in &self.children {
            Command::new("kill").args(["-TERM", &child.id().to_string()]).status().context("kill can't be run")?;
        }
        for child in &mut self.children {
            child.wait()?;
        }
        self.children.clear();
        Ok(())
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        for child in &mut self.children {
            if let Err(error) = child.kill().and_then(|()| child.wait()) {
                crate::say(format_args!("process {} of the rooms could not be stopped: {error}", child.id()));
            }
        }
    }
}

fn address(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}
