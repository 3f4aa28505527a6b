//! The rooms under test, in release processes of their own, so that their CPU time and memory can be told apart.
//!
//! A process runs a copy of the calling program with its hidden command `serve`, which must be `xianjie run` and nothing
//! else: a copy, so that memory shared with the driver is not counted half. Logs are files in the folder of the run.

use std::{
    collections::HashMap,
    fs::{self, File},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU16, Ordering},
};

use anyhow::Context as _;
use clap::ValueEnum;
use tonic::transport::Endpoint;
use xianjie::house::ROOMS;

use crate::wire::{self, Venue, Wire};

/// Places for all that drivers send at once: of 96 chains, all five departments decide in the same moment. What a crowded
/// server refuses is another test's question.
const MAX_IN_FLIGHT: &str = "1024";

/// Ports below those that Linux gives to outgoing connections, which begin at 32768.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

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
pub struct Needs {
    /// Folder for the program's copy and the logs.
    pub folder: PathBuf,
    /// PostgreSQL.
    pub database_url: String,
    /// RabbitMQ; none for the in-process transport.
    pub amqp_url: Option<String>,
    /// The treasury.
    pub treasury: String,
    /// The county pack.
    pub pack: PathBuf,
    /// Peers that are no rooms under test, `NAME=ADDRESS`.
    pub more_peers: Vec<String>,
}

/// How many processes a room has, where it isn't one.
#[derive(Debug, Clone)]
pub struct Replicas {
    /// The room.
    pub room: String,
    /// How many.
    pub count: usize,
}

/// Running processes of rooms.
pub struct Servers {
    children: Vec<(String, Child)>,
    /// Where each room is: one address a replica.
    pub addresses: HashMap<String, Vec<String>>,
    /// Where their logs are.
    pub logs: PathBuf,
}

impl Servers {
    /// Starts them; they may not answer yet.
    ///
    /// # Errors
    /// When a process can't be started.
    pub fn start(needs: &Needs, rooms: Rooms, replicas: Option<&Replicas>) -> anyhow::Result<Self> {
        let program = needs.folder.join("rooms");
        fs::copy(std::env::current_exe()?, &program).context("the program can't be copied")?;
        let mut servers = Self { children: Vec::new(), addresses: HashMap::new(), logs: needs.folder.clone() };
        match rooms {
            Rooms::OneProcess => {
                let port = free_port();
                servers.addresses.extend(ROOMS.map(|room| (room.to_owned(), vec![address(port)])));
                servers.spawn(&program, needs, None, port)?;
            }
            Rooms::ProcessPerRoom => {
                let mut ports = Vec::new();
                for room in ROOMS {
                    let count = replicas.filter(|replicas| replicas.room == room).map_or(1, |replicas| replicas.count);
                    ports.extend((0..count).map(|_| (room, free_port())));
                }
                for (room, port) in &ports {
                    servers.addresses.entry((*room).to_owned()).or_default().push(address(*port));
                }
                for (room, port) in ports {
                    servers.spawn(&program, needs, Some(room), port)?;
                }
            }
        }
        Ok(servers)
    }

    /// A peer is told the first address of a room: a room's own channel to another knows one address only.
    fn spawn(&mut self, program: &Path, needs: &Needs, room: Option<&str>, port: u16) -> anyhow::Result<()> {
        let name = room.unwrap_or("rooms");
        let log = File::create(needs.folder.join(format!("{name}-{port}.log")))?;
        let mut command = Command::new(program);
        command.arg("serve").args(room).args(["--listen", &format!("127.0.0.1:{port}")]);
        command.arg("--pack").arg(&needs.pack).args(["--treasury", &needs.treasury, "--max-in-flight", MAX_IN_FLIGHT]);
        let others = self.addresses.iter().filter(|(peer, _)| room.is_some_and(|room| room != peer.as_str()));
        for (peer, addresses) in others {
            command.args(addresses.first().map(|address| format!("--peer={peer}={address}")));
        }
        command.args(needs.more_peers.iter().map(|peer| format!("--peer={peer}")));
        // Settings of the caller's own shell would otherwise reach the rooms.
        for name in
            ["AMQP_URL", "OTEL_EXPORTER_OTLP_ENDPOINT", "XIANJIE_CONNECTIONS", "XIANJIE_PEERS", "XIANJIE_REFLECTION"]
        {
            command.env_remove(name);
        }
        command.env("DATABASE_URL", &needs.database_url).envs(needs.amqp_url.as_ref().map(|url| ("AMQP_URL", url)));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        self.children.push((name.to_owned(), command.spawn().context("the rooms can't be started")?));
        Ok(())
    }

    /// Their process ids, each with its room (`rooms` for one process of all).
    pub fn pids(&self) -> Vec<(&str, u32)> {
        self.children.iter().map(|(room, child)| (room.as_str(), child.id())).collect()
    }

    /// Says which process has ended, if one has.
    ///
    /// # Errors
    /// When one has.
    pub fn check(&mut self) -> anyhow::Result<()> {
        for (room, child) in &mut self.children {
            if let Some(status) = child.try_wait()? {
                anyhow::bail!("the process of {room} ended ({status}); its log is in {}", self.logs.display());
            }
        }
        Ok(())
    }

    /// Asks them to end and waits until they have.
    ///
    /// # Errors
    /// When one can't be asked.
    pub fn stop(&mut self) -> anyhow::Result<()> {
        for (_, child) in &self.children {
            Command::new("kill").args(["-TERM", &child.id().to_string()]).status().context("kill can't be run")?;
        }
        for (_, child) in &mut self.children {
            child.wait()?;
        }
        self.children.clear();
        Ok(())
    }
}

impl Venue for &mut Servers {
    fn addresses(&self) -> HashMap<String, Vec<String>> {
        self.addresses.clone()
    }

    fn logs(&self) -> &Path {
        &self.logs
    }

    fn check(&mut self) -> anyhow::Result<()> {
        Servers::check(self)
    }

    fn wire(endpoint: Endpoint) -> Wire {
        wire::plain(&endpoint)
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        for (_, child) in &mut self.children {
            if let Err(error) = child.kill().and_then(|()| child.wait()) {
                crate::say(format_args!("process {} of the rooms could not be stopped: {error}", child.id()));
            }
        }
    }
}

/// A port that nobody listens on now.
///
/// # Panics
/// When there is none.
#[must_use]
pub fn free_port() -> u16 {
    static TRIED: AtomicU16 = AtomicU16::new(0);
    // A port that the system chooses may become an outgoing connection's before its server takes it. Processes begin at
    // different places, so that two of them seldom choose the same one.
    let count = PORTS.end - PORTS.start;
    let begin = u16::try_from(std::process::id() % u32::from(count)).expect("less than the count");
    (0..count)
        .map(|_| PORTS.start + (begin + TRIED.fetch_add(1, Ordering::Relaxed) % count) % count)
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("a free port")
}

fn address(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}
