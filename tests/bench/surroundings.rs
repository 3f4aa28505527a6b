//! Everything around a run: PostgreSQL, RabbitMQ, the treasury, the rooms, who signs in. Started in order, stopped in order.
//!
//! The simulated treasury runs in the driver's process: its CPU time counts as the driver's.

use std::{path::PathBuf, sync::Arc, time::Duration};

use anyhow::{Context as _, bail};
use clap::Args;
use kernel::Pack;
use play::{
    broker::Broker,
    county,
    database::Database,
    say,
    servers::{Needs, Replicas, Rooms, Servers, Transport},
};
use secrecy::SecretString;
use serde_json::json;
use simulated_treasury::SimulatedTreasury;
use xianjie::demo::PASSWORD;

use crate::{figures::Figures, meters::Roles};

/// How the rooms are run.
#[derive(Debug, Clone, Args)]
pub struct Form {
    /// How messages travel
    #[arg(long, value_enum, default_value = "rabbitmq")]
    pub transport: Transport,
    /// Who shares a process
    #[arg(long, value_enum, default_value = "process-per-room")]
    pub rooms: Rooms,
    /// RabbitMQ to use, with an empty virtual host; absent: a private one
    #[arg(long, env = "BENCH_AMQP_URL", hide_env_values = true)]
    pub amqp_url: Option<String>,
    /// Seconds to wait before a run until the machine is 80 % idle
    #[arg(long, default_value_t = 60)]
    pub patience: u64,
}

impl Form {
    /// How long the machine is waited for.
    pub fn patience(&self) -> Duration {
        Duration::from_secs(self.patience)
    }

    /// What each result says of itself.
    pub fn label(&self, bench: &str) -> anyhow::Result<Figures> {
        let mut figures = Figures::new();
        figures.insert("bench".into(), json!(bench));
        figures.insert("transport".into(), json!(format!("{:?}", self.transport)));
        figures.insert("rooms".into(), json!(format!("{:?}", self.rooms)));
        figures.insert("cores".into(), json!(std::thread::available_parallelism()?.get()));
        Ok(figures)
    }
}

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
    needs: Needs,
    rooms: Rooms,
    treasury: simulated_treasury::Running,
}

/// Where the bench keeps its files.
pub fn folder() -> PathBuf {
    play::root().join(".local/bench")
}

impl Surroundings {
    /// Brings everything up. `more_peers` (`NAME=ADDRESS`) are told to every process of rooms.
    ///
    /// # Errors
    /// When something can't be started, or the combination makes no sense.
    pub async fn open(form: &Form, count_statements: bool, more_peers: Vec<String>) -> anyhow::Result<Self> {
        let Form { transport, rooms, .. } = *form;
        if transport == Transport::InProcess && rooms == Rooms::ProcessPerRoom {
            bail!("the in-process transport reaches no other process: use --transport rabbitmq with process-per-room");
        }
        let folder = folder();
        std::fs::create_dir_all(&folder)?;
        let pack = county::write(&folder.join("pack"))?;
        let database = Database::start(&folder, count_statements).await?;
        let broker = match transport {
            Transport::InProcess => None,
            Transport::Rabbitmq => Some(Broker::start(form.amqp_url.as_deref()).await?),
        };
        let store = directory::service().open_store(&database.url).await.context("the directory's store")?;
        directory::password::set_for_all(&store, &pack, SecretString::from(PASSWORD)).await?;
        store.close().await;
        let treasury = SimulatedTreasury::bind("127.0.0.1:0".parse()?).await?;
        say("starting the rooms");
        let needs = Needs {
            database_url: database.url.clone(),
            amqp_url: broker.as_ref().map(|broker| broker.url.clone()),
            treasury: format!("http://{}", treasury.address()),
            pack: folder.join("pack"),
            more_peers,
            folder,
        };
        let servers = Servers::start(&needs, rooms, None)?;
        Ok(Self { database, broker, pack, servers, needs, rooms, treasury })
    }

    /// Stops the rooms and starts them anew, one of them perhaps several times.
    ///
    /// # Errors
    /// When a process does not stop or start.
    pub fn restart_rooms(&mut self, replicas: Option<&Replicas>) -> anyhow::Result<()> {
        self.servers.stop()?;
        self.servers = Servers::start(&self.needs, self.rooms, replicas)?;
        Ok(())
    }

    /// Who is measured: the rooms, PostgreSQL, and a RabbitMQ of ours.
    ///
    /// # Errors
    /// When PostgreSQL's process is not known.
    pub fn roles(&self) -> anyhow::Result<Roles> {
        let rooms = self.servers.pids().into_iter().map(|(_, pid)| pid).collect();
        let mut roles = Roles::from([("rooms", rooms), ("postgres", vec![self.database.pid()?])]);
        if let Some(pid) = self.broker.as_ref().and_then(|broker| broker.pid) {
            roles.insert("broker", vec![pid]);
        }
        Ok(roles)
    }

    /// Stops everything.
    ///
    /// # Errors
    /// When something does not stop.
    pub async fn close(mut self) -> anyhow::Result<()> {
        say("stopping");
        self.servers.stop()?;
        self.treasury.stop().await;
        if let Some(broker) = self.broker {
            broker.stop().await?;
        }
        self.database.stop().await
    }
}
