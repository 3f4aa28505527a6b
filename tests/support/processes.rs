//! Rooms in processes of their own, which a test starts, kills and starts again on the same address.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
};

pub use play::servers::free_port;
use xianjie::house::ROOMS;

use crate::clockfile::ClockFile;

/// What the processes of one test share.
#[derive(Clone)]
pub struct Surroundings {
    /// PostgreSQL.
    pub database_url: String,
    /// RabbitMQ; none for the in-process transport.
    pub amqp_url: Option<String>,
    /// The shared clock.
    pub clock: ClockFile,
    /// Folder of the county pack.
    pub pack: PathBuf,
    /// The treasury's address.
    pub treasury: String,
    /// Where traces go.
    pub otlp_endpoint: Option<String>,
    /// Where logs go: one file a process.
    pub logs: PathBuf,
}

/// A process of some rooms.
pub struct RoomProcess {
    binary: PathBuf,
    surroundings: Surroundings,
    rooms: Vec<String>,
    port: u16,
    peers: HashMap<String, String>,
    child: Option<Child>,
}

impl RoomProcess {
    /// Starts these rooms (all of them when none is named) on a free port. `binary` is `env!("CARGO_BIN_EXE_room")`.
    #[must_use]
    pub fn start(
        binary: &str,
        surroundings: &Surroundings,
        rooms: &[&str],
        port: u16,
        peers: HashMap<String, String>,
    ) -> Self {
        let rooms = rooms.iter().map(|room| (*room).to_owned()).collect();
        let mut process =
            Self { binary: binary.into(), surroundings: surroundings.clone(), rooms, port, peers, child: None };
        process.run(None);
        process
    }

    /// Its address.
    #[must_use]
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Kills it with SIGKILL, as a power cut would, and starts it again.
    ///
    /// # Panics
    /// When it can't be killed or started.
    pub fn kill_and_restart(&mut self) {
        self.kill();
        self.run(None);
    }

    /// Kills it and starts it again, to die at a crash point: `messaging::crash`, `confirmed:3`.
    ///
    /// # Panics
    /// When it can't be killed or started.
    pub fn restart_to_crash(&mut self, point: &str) {
        self.kill();
        self.run(Some(point));
    }

    /// How it ended by itself; none while it lives.
    ///
    /// # Panics
    /// When the system doesn't say.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.as_mut().and_then(|child| child.try_wait().expect("the system says whether it lives"))
    }

    /// Sends it a signal by name, e.g. `STOP`.
    ///
    /// # Panics
    /// When it can't be sent.
    pub fn signal(&self, name: &str) {
        if let Some(child) = &self.child {
            let sent = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status();
            assert!(sent.expect("kill runs").success(), "the process could be sent SIG{name}");
        }
    }

    /// Asks it to end (SIGTERM) and waits until it has.
    ///
    /// # Panics
    /// When it can't be asked or does not end well.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let asked = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().expect("kill runs");
            assert!(asked.success(), "the process could be asked to end");
            assert!(child.wait().expect("it ends").success(), "the process ends well");
        }
    }

    /// Kills it with SIGKILL.
    ///
    /// # Panics
    /// When it can't be killed.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("it can be killed");
            child.wait().expect("it ends");
        }
    }

    fn run(&mut self, crash: Option<&str>) {
        let name = if self.rooms.is_empty() { "all".to_owned() } else { self.rooms.join("-") };
        let log = log_file(&self.surroundings.logs, &name);
        let mut command = Command::new(&self.binary);
        command
            .args(&self.rooms)
            .args(["--listen", &format!("127.0.0.1:{}", self.port)])
            .arg("--clock")
            .arg(self.surroundings.clock.path())
            .arg("--pack")
            .arg(&self.surroundings.pack)
            .args(["--treasury", &self.surroundings.treasury])
            .env("DATABASE_URL", &self.surroundings.database_url)
            .env_remove("AMQP_URL")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        if let Some(url) = &self.surroundings.amqp_url {
            command.env("AMQP_URL", url);
        }
        if let Some(endpoint) = &self.surroundings.otlp_endpoint {
            command.args(["--otlp-endpoint", endpoint]).env("OTEL_METRIC_EXPORT_INTERVAL", "1000");
        }
        if let Some(point) = crash {
            command.env("XIANJIE_CRASH_AT", point);
        }
        for (room, address) in &self.peers {
            command.arg("--peer").arg(format!("{room}={address}"));
        }
        self.child = Some(command.spawn().expect("the room's process starts"));
    }
}

impl Drop for RoomProcess {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A process a room, and where each is. `binary` is `env!("CARGO_BIN_EXE_room")`.
#[must_use]
pub fn each_alone(binary: &str, surroundings: &Surroundings) -> (Vec<RoomProcess>, HashMap<String, String>) {
    let ports: HashMap<&str, u16> = ROOMS.iter().map(|room| (*room, free_port())).collect();
    let addresses: HashMap<String, String> =
        ports.iter().map(|(room, port)| ((*room).to_owned(), format!("http://127.0.0.1:{port}"))).collect();
    let start = |room: &&'static str| {
        let mut peers = addresses.clone();
        peers.remove(*room);
        RoomProcess::start(binary, surroundings, &[room], ports[room], peers)
    };
    (ROOMS.iter().map(start).collect(), addresses)
}

fn log_file(folder: &Path, name: &str) -> std::fs::File {
    let path = folder.join(format!("{name}.log"));
    std::fs::OpenOptions::new().create(true).append(true).open(path).expect("a log file")
}
