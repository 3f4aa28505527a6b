//! Every room in one process on a fresh database, with a clock that can be moved and a treasury that can be told.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use kernel::Pack;
use messaging::{InProcess, Transport};
use runtime::{
    Clock,
    options::{CONNECTIONS, MAX_IN_FLIGHT, Options, load_pack},
    process::Running,
    testing::TestDatabase,
};
use simulated_treasury::SimulatedTreasury;
use sqlx::{Connection as _, PgConnection};
use time::macros::datetime;
use xianjie::demo::{stage::Stage, telling::Telling};

use crate::{clockfile::start, pack_folder};

/// All rooms, in-process transport, a simulated treasury, an offset clock that starts on 2021-11-01.
pub struct TestHouse {
    /// The rooms.
    pub rooms: Running,
    /// Their clock.
    pub clock: Clock,
    /// The treasury.
    pub treasury: simulated_treasury::Running,
    /// The county pack.
    pub pack: Arc<Pack>,
    /// The database.
    pub database: TestDatabase,
}

impl TestHouse {
    /// Opens a house.
    ///
    /// # Panics
    /// When `DATABASE_URL` is not set or a room does not start.
    pub async fn open() -> Self {
        Self::open_on(Arc::new(InProcess::new())).await
    }

    /// Opens a house whose messages travel so.
    ///
    /// # Panics
    /// As [`TestHouse::open`].
    pub async fn open_on(transport: Arc<dyn Transport>) -> Self {
        Self::open_with(transport, &pack_folder()).await
    }

    /// Opens a house of the county in this pack.
    ///
    /// # Panics
    /// As [`TestHouse::open`].
    pub async fn open_in(pack: &Path) -> Self {
        Self::open_with(Arc::new(InProcess::new()), pack).await
    }

    async fn open_with(transport: Arc<dyn Transport>, pack_folder: &Path) -> Self {
        Self::open_at(TestDatabase::create().await, transport, pack_folder).await
    }

    /// Opens a house on a database that there is.
    ///
    /// # Panics
    /// When a room does not start.
    pub async fn open_at(database: TestDatabase, transport: Arc<dyn Transport>, pack_folder: &Path) -> Self {
        let treasury = SimulatedTreasury::bind("127.0.0.1:0".parse().expect("an address")).await.expect("a treasury");
        let clock = Clock::starting_at(start(datetime!(2021-11-01 09:00 +8)));
        let treasury_address = Some(format!("http://{}", treasury.address()));
        let options = Options { pack: pack_folder.to_owned(), ..options(treasury_address) };
        let rooms = xianjie::house::open_on(transport, &options, &database.url, clock.clone());
        let rooms = rooms.await.expect("the rooms start");
        let pack = load_pack(pack_folder).expect("the pack is sound");
        xianjie::demo::open_accounts(&rooms, &pack).await.expect("accounts are opened");
        Self { rooms, clock, treasury, pack, database }
    }

    /// A stage on this house; what it tells goes to the test's output.
    ///
    /// # Panics
    /// When nobody can sign in.
    pub async fn stage(&self) -> Stage {
        let clock = self.clock.clone();
        let advance = Box::new(move |by| {
            clock.advance(by);
            Ok(())
        });
        let address = format!("http://{}", self.rooms.address());
        Stage::open(&address, self.pack.clone(), advance, Telling::new(false, true)).await.expect("someone can sign in")
    }

    /// Waits until nothing is under way.
    ///
    /// # Panics
    /// When a store or a worker fails.
    pub async fn settle(&self) {
        self.rooms.settle().await.expect("the house settles");
    }
}

/// Settings for tests: the pack of the repository, a free port.
///
/// # Panics
/// Never: the address is one.
#[must_use]
pub fn options(treasury: Option<String>) -> Options {
    Options {
        database_url: None,
        connections: CONNECTIONS,
        amqp_url: None,
        pack: pack_folder(),
        listen: "127.0.0.1:0".parse().expect("an address"),
        max_in_flight: MAX_IN_FLIGHT,
        behind_gateway: false,
        peers: Vec::new(),
        treasury,
        data_dir: "unused".into(),
        otlp_endpoint: None,
        reflection: true,
    }
}

/// What is left in the rooms' outboxes and set aside, by room: empty when all is well.
///
/// # Panics
/// When the database does not answer.
pub async fn leftovers(database_url: &str) -> BTreeMap<String, (i64, Vec<String>)> {
    let mut connection = PgConnection::connect(database_url).await.expect("the database answers");
    let mut left = BTreeMap::new();
    for room in xianjie::house::ROOMS {
        // A room's name is one of ours: an identifier can't be bound.
        let set = format!("set search_path to {room}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(set)).execute(&mut connection).await.expect("the room has a schema");
        let outbox: i64 =
            sqlx::query_scalar("select count(*) from outbox").fetch_one(&mut connection).await.expect("an outbox");
        let parked: Vec<String> = sqlx::query_scalar("select kind || ': ' || reason from parked order by kind")
            .fetch_all(&mut connection)
            .await
            .expect("a parking place");
        if outbox > 0 || !parked.is_empty() {
            left.insert(room.to_owned(), (outbox, parked));
        }
    }
    left
}
