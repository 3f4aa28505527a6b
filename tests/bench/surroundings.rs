//! Everything around a run: PostgreSQL, RabbitMQ, the treasury, the rooms, who signs in. Started in order, stopped in order.
//!
//! The simulated treasury runs in the driver's process: its CPU time counts as the driver's.

use std::{path::PathBuf, sync::Arc};

use anyhow::{Context as _, bail};
use kernel::Pack;
use secrecy::SecretString;
use simulated_treasury::SimulatedTreasury;
use xianjie::demo::PASSWORD;

use crate::{
    broker::Broker,
    county,
    database::Database,
    meters::Roles,
    say,
    servers::{Needs, Rooms, Servers, Transport},
};

/// A house of rooms to be measured.
pub struct Surroundings {
    /// PostgreSQL.
    pub database: Database,
    /// RabbitMQ, when messages travel over it.
    pub broker: Option<Broker>,
    /// The county pack.
    pub pack: Arc<Pack>,
    /// The processes.
    pub servers: Servers,
    treasury: simulated_treasury::Running,
}

/// Where the bench keeps its files.
pub fn folder() -> PathBuf {
    tests::root().join(".local/bench")
}

impl Surroundings {
    /// Brings everything up.
    ///
    /// # Errors
    /// When something can't be started, or the combination makes no sense.
    pub async fn open(
        transport: Transport,
        rooms: Rooms,
        amqp_url: Option<&str>,
        count_statements: bool,
    ) -> anyhow::Result<Self> {
        if transport == Transport::InProcess && rooms == Rooms::ProcessPerRoom {
            bail!("the in-process transport reaches no other process: use --transport rabbitmq with process-per-room");
        }
        let folder = folder();
        std::fs::create_dir_all(&folder)?;
        let pack = county::write(&folder.join("pack"))?;
        let database = Database::start(&folder, count_statements).await?;
        let broker = match transport {
            Transport::InProcess => None,
            Transport::Rabbitmq => Some(Broker::start(amqp_url).await?),
        };
        let store = directory::service().open_store(&database.url).await.context("the directory's store")?;
        directory::password::set_for_all(&store, &pack, SecretString::from(PASSWORD)).await?;
        store.close().await;
        let treasury = SimulatedTreasury::bind("127.0.0.1:0".parse()?).await?;
        say("starting the rooms");
        let needs = Needs {
            folder: &folder,
            database_url: &database.url,
            amqp_url: broker.as_ref().map(|broker| broker.url.as_str()),
            treasury: &format!("http://{}", treasury.address()),
            pack: &folder.join("pack"),
        };
        let servers = Servers::start(&needs, rooms)?;
        Ok(Self { database, broker, pack, servers, treasury })
    }

    /// Who is measured: the rooms, PostgreSQL, and a RabbitMQ of ours.
    ///
    /// # Errors
    /// When PostgreSQL's process is not known.
    pub fn roles(&self) -> anyhow::Result<Roles> {
        let mut roles = Roles::from([("rooms", self.servers.pids()), ("postgres", vec![self.database.pid()?])]);
        if let Some(pid) = self.broker.as_ref().and_then(|broker| broker.pid) {
            roles.insert("broker", vec![pid]);
        }
        Ok(roles)
    }

    /// Stops everything.
    ///
    /// # Errors
    /// When something does not stop.
    pub async fn close(self) -> anyhow::Result<()> {
        say("stopping");
        self.servers.stop()?;
        self.treasury.stop().await;
        if let Some(broker) = self.broker {
            broker.stop().await?;
        }
        self.database.stop().await
    }
}
