//! A database with accounts, a treasury, a shared clock and a folder for logs: where a test's processes play.

use std::{sync::Arc, time::Duration};

use kernel::Pack;
use lapin::{Connection, ConnectionProperties, options::QueueDeleteOptions};
use runtime::{options::load_pack, testing::TestDatabase};
use secrecy::SecretString;
use simulated_treasury::SimulatedTreasury;
use tempfile::TempDir;
use time::macros::datetime;
use xianjie::{
    demo::{PASSWORD, stage::Advance},
    house::ROOMS,
};

use crate::{
    clockfile::{ClockFile, start},
    house::leftovers,
    pack_folder,
    processes::Surroundings,
};

/// How long outboxes may take to drain once nothing new happens.
const DRAIN: Duration = Duration::from_secs(60);

/// See the module.
pub struct Scene {
    /// What the processes share.
    pub surroundings: Surroundings,
    /// The treasury.
    pub treasury: simulated_treasury::Running,
    /// The county pack.
    pub pack: Arc<Pack>,
    folder: TempDir,
}

/// Deletes the rooms' queues, whose names all scenes share: what a broker that was killed would deliver again is of projects
/// that this scene's database doesn't know.
async fn forget_messages(amqp_url: &str) {
    let connection = Connection::connect(amqp_url, ConnectionProperties::default()).await.expect("the broker answers");
    let channel = connection.create_channel().await.expect("a channel");
    for room in ROOMS {
        let queue = format!("xianjie.{room}");
        channel.queue_delete(queue.into(), QueueDeleteOptions::default()).await.expect("the queue goes");
    }
    connection.close(200, "done".into()).await.expect("closed");
}

impl Scene {
    /// Sets the scene: a fresh database whose accounts have the demo's password, a clock that shows 2021-11-01, and a broker
    /// that holds nothing for the rooms.
    ///
    /// # Panics
    /// When `DATABASE_URL` is not set, or something can't be had.
    pub async fn set(amqp_url: Option<String>, otlp_endpoint: Option<String>) -> Self {
        if let Some(url) = &amqp_url {
            forget_messages(url).await;
        }
        let folder = tempfile::tempdir().expect("a temporary directory");
        let database = TestDatabase::create().await;
        let treasury = SimulatedTreasury::bind("127.0.0.1:0".parse().expect("an address")).await.expect("a treasury");
        let begin = start(datetime!(2021-11-01 09:00 +8));
        let clock = ClockFile::starting_at(folder.path().join("clock"), begin).expect("a clock");
        let pack = load_pack(&pack_folder()).expect("the pack is sound");
        let store = directory::service().open_store(&database.url).await.expect("the directory's store");
        directory::password::set_for_all(&store, &pack, SecretString::from(PASSWORD)).await.expect("passwords");
        let surroundings = Surroundings {
            database_url: database.url,
            amqp_url,
            clock,
            pack: pack_folder(),
            treasury: format!("http://{}", treasury.address()),
            otlp_endpoint,
            logs: folder.path().to_owned(),
        };
        Self { surroundings, treasury, pack, folder }
    }

    /// What moves the clock.
    #[must_use]
    pub fn advance(&self) -> Advance {
        let clock = self.surroundings.clock.clone();
        Box::new(move |by| clock.advance(by))
    }

    /// Waits until all outboxes are empty and nothing is set aside.
    ///
    /// # Panics
    /// When that does not come.
    pub async fn settled(&self) {
        let started = std::time::Instant::now();
        loop {
            let left = leftovers(&self.surroundings.database_url).await;
            if left.is_empty() {
                return;
            }
            assert!(started.elapsed() < DRAIN, "left over: {left:?}\n{}", self.logs());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The last lines of each process's log.
    #[must_use]
    pub fn logs(&self) -> String {
        let mut text = String::new();
        for entry in std::fs::read_dir(self.folder.path()).into_iter().flatten().flatten() {
            if entry.path().extension().is_some_and(|extension| extension == "log") {
                let log = std::fs::read_to_string(entry.path()).unwrap_or_default();
                let lines: Vec<&str> = log.lines().collect();
                let tail = lines[lines.len().saturating_sub(20)..].join("\n");
                text += &format!("--- {}\n{tail}\n", entry.path().display());
            }
        }
        text
    }
}
