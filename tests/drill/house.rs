//! What is broken: a process a room, each behind a door of its own, PostgreSQL and RabbitMQ behind doors too.
//!
//! A room that ends is started again, as any supervisor would; ends that nobody caused are counted.

use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::{Context as _, ensure};
use kernel::Pack;
use play::{broker::Broker, county, database::Database, say, servers::free_port, wire::Venue};
use runtime::Clock;
use secrecy::SecretString;
use simulated_treasury::SimulatedTreasury;
use tests::{
    clockfile::{ClockFile, start},
    processes::{RoomProcess, Surroundings},
};
use time::OffsetDateTime;
use tokio::sync::Mutex;
use tonic::transport::Endpoint;
use xianjie::{demo::PASSWORD, house::ROOMS};

use crate::{door::Door, flush, wire};

/// The disk of the drill's PostgreSQL, when it is to be filled: enough for hours of debug builds.
const DISK: &str = "size=1536m,mode=755";

/// A room under test.
pub struct Tenant {
    /// Its process.
    pub process: Mutex<RoomProcess>,
    /// The way to it.
    pub door: Door,
}

/// Everything that can be broken.
pub struct House {
    /// The rooms.
    pub rooms: BTreeMap<&'static str, Tenant>,
    /// PostgreSQL, reached by the checkers without a door.
    pub database: Database,
    /// The rooms' way to it.
    pub database_door: Door,
    /// RabbitMQ, reached by the drill without a door.
    pub broker: Broker,
    /// The rooms' way to it.
    pub broker_door: Door,
    /// The rooms' clock.
    pub clock: ClockFile,
    /// The county pack.
    pub pack: Arc<Pack>,
    /// The treasury, in this process.
    pub treasury: simulated_treasury::Running,
    /// Logs and history.
    pub folder: PathBuf,
    /// A small disk under PostgreSQL, when there is one.
    pub disk: Option<Disk>,
    /// The file that makes PostgreSQL's flushes fail, when there is such a thing.
    pub flushes_fail: Option<PathBuf>,
    /// How often a room ended by itself and was started again.
    pub restarts: AtomicU64,
    supervising: AtomicBool,
}

impl House {
    /// Brings everything up.
    ///
    /// # Errors
    /// When something can't be started.
    pub async fn open(folder: &Path, small_disk: bool) -> anyhow::Result<Arc<Self>> {
        let pack = county::write(&folder.join("pack"))?;
        let disk = small_disk.then(|| Disk::mount(&Disk::below(folder))).transpose()?;
        let database = Database::start(disk.as_ref().map_or(folder, |disk| &disk.0), false).await?;
        let broker = Broker::start(None).await?;
        let store = directory::service().open_store(&database.url).await.context("the directory's store")?;
        directory::password::set_for_all(&store, &pack, SecretString::from(PASSWORD)).await?;
        store.close().await;
        let treasury = SimulatedTreasury::bind("127.0.0.1:0".parse()?).await?;
        let clock = ClockFile::starting_at(folder.join("clock"), start(OffsetDateTime::now_utc()))?;
        let database_door = Door::open(format!("127.0.0.1:{}", port_of(&database.url)?).parse()?).await?;
        let broker_door = Door::open(format!("127.0.0.1:{}", port_of(&broker.url)?).parse()?).await?;
        let surroundings = Surroundings {
            database_url: through(&database.url, &database_door)?,
            amqp_url: Some(through(&broker.url, &broker_door)?),
            clock: clock.clone(),
            pack: folder.join("pack"),
            treasury: format!("http://{}", treasury.address()),
            otlp_endpoint: None,
            logs: folder.to_owned(),
        };
        let rooms = open_rooms(&surroundings).await?;
        let (restarts, supervising) = (AtomicU64::new(0), AtomicBool::new(true));
        let folder = folder.to_owned();
        let house = Self {
            rooms,
            database,
            database_door,
            broker,
            broker_door,
            clock,
            pack,
            treasury,
            folder,
            disk,
            flushes_fail: flush::switch(),
            restarts,
            supervising,
        };
        let house = Arc::new(house);
        tokio::spawn(house.clone().supervise());
        Ok(house)
    }

    /// The rooms' clock as they read it.
    pub fn rooms_clock(&self) -> Clock {
        Clock::offset_in_file(self.clock.path().to_owned())
    }

    /// Where each room is found: behind its door.
    pub fn addresses(&self) -> HashMap<String, Vec<String>> {
        let address = |(room, tenant): (&&str, &Tenant)| ((*room).to_owned(), vec![address(&tenant.door)]);
        self.rooms.iter().map(address).collect()
    }

    /// Starts rooms again that ended by themselves.
    async fn supervise(self: Arc<Self>) {
        while self.supervising.load(Ordering::SeqCst) {
            for (room, tenant) in &self.rooms {
                // Whoever breaks a room right now holds its process.
                let Ok(mut process) = tenant.process.try_lock() else { continue };
                if let Some(status) = process.ended() {
                    say(format_args!("{room} ended by itself ({status}) and is started again"));
                    self.restarts.fetch_add(1, Ordering::SeqCst);
                    process.kill_and_restart();
                }
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Stops everything.
    ///
    /// # Errors
    /// When something does not stop.
    pub async fn close(self: Arc<Self>) -> anyhow::Result<()> {
        self.supervising.store(false, Ordering::SeqCst);
        while Arc::strong_count(&self) > 1 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let house = Arc::into_inner(self).context("nobody else has the house")?;
        drop(house.rooms);
        house.treasury.stop().await;
        house.broker.stop().await?;
        house.database.stop().await
    }
}

/// What the drivers play with. No room ends for good: those that die are started again, and counted.
impl Venue for &House {
    fn addresses(&self) -> HashMap<String, Vec<String>> {
        House::addresses(self)
    }

    fn logs(&self) -> &Path {
        &self.folder
    }

    fn wire(endpoint: Endpoint) -> play::wire::Wire {
        wire::noting(endpoint)
    }
}

async fn open_rooms(surroundings: &Surroundings) -> anyhow::Result<BTreeMap<&'static str, Tenant>> {
    let mut doors = Vec::new();
    for room in ROOMS {
        let port = free_port();
        doors.push((room, port, Door::open(([127, 0, 0, 1], port).into()).await?));
    }
    let addresses: HashMap<String, String> =
        doors.iter().map(|(room, _, door)| ((*room).to_owned(), address(door))).collect();
    let program = std::env::current_exe()?;
    let program = program.to_str().context("the program's path is no text")?;
    let start = |(room, port, door): (&'static str, u16, Door)| {
        let mut peers = addresses.clone();
        peers.remove(room);
        // The drill's own command `room` is what a process of rooms runs.
        let process = RoomProcess::start(program, surroundings, &["room", room], port, peers);
        (room, Tenant { process: Mutex::new(process), door })
    };
    Ok(doors.into_iter().map(start).collect())
}

fn address(door: &Door) -> String {
    format!("http://127.0.0.1:{}", door.port())
}

fn port_of(url: &str) -> anyhow::Result<u16> {
    let (_, port) = server_of(url)?.rsplit_once(':').context("a server of ours has a port")?;
    Ok(port.parse()?)
}

/// The same by way of the door, also where the URL names a socket file: the server listens on 127.0.0.1 besides.
fn through(url: &str, door: &Door) -> anyhow::Result<String> {
    Ok(url.replace(&format!("@{}", server_of(url)?), &format!("@127.0.0.1:{}", door.port())))
}

/// Host, or the escaped folder of the socket file, and port.
fn server_of(url: &str) -> anyhow::Result<&str> {
    let (_, rest) = url.split_once('@').context("a server of ours has a user")?;
    Ok(rest.split('/').next().unwrap_or_default())
}

/// A small disk in memory, which can be filled.
pub struct Disk(PathBuf);

impl Disk {
    /// Where a drill's small disk is, below its folder.
    #[must_use]
    pub fn below(folder: &Path) -> PathBuf {
        folder.join("disk")
    }

    /// Takes away what a drill that was killed left mounted there: until then its folder can't be removed.
    pub fn unmount_left_over(folder: &Path) {
        let at = Self::below(folder);
        // Nothing is mounted there, as a rule, and umount says so.
        if let Ok(said) = Command::new("umount").arg(&at).output()
            && said.status.success()
        {
            say(format_args!("{} was still mounted", at.display()));
        }
    }

    fn mount(at: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(at)?;
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", DISK, "tmpfs"]).arg(at).status()?;
        ensure!(mounted.success(), "a small disk can't be mounted here (needs root): leave F4 out");
        Ok(Self(at.to_owned()))
    }

    /// Fills what is left of it.
    ///
    /// # Errors
    /// When nothing can be written at all.
    pub fn fill(&self) -> anyhow::Result<()> {
        let filler = std::fs::File::create(self.filler())?;
        let full = Command::new("cat").arg("/dev/zero").stdout(filler).stderr(std::process::Stdio::null()).status()?;
        ensure!(!full.success(), "the disk has no end");
        Ok(())
    }

    /// Makes room again.
    ///
    /// # Errors
    /// When it was not filled.
    pub fn clear(&self) -> anyhow::Result<()> {
        Ok(std::fs::remove_file(self.filler())?)
    }

    fn filler(&self) -> PathBuf {
        self.0.join("filler")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        match Command::new("umount").arg(&self.0).status() {
            Ok(status) if status.success() => {}
            other => say(format_args!("{} stays mounted: {other:?}", self.0.display())),
        }
    }
}
