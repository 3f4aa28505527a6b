//! The commands and their settings. `--help` of each teaches it.

pub mod gateway;
pub(crate) mod healthcheck;
pub mod import;
mod migrate;
mod pack;
mod parked;
mod password;
mod redrive;
mod rules;
mod run;
mod sbom;
pub mod simulate;

use std::{
    net::SocketAddr,
    num::NonZeroU16,
    path::{Path, PathBuf},
    pin::Pin,
    process::ExitCode,
};

use clap::{Args, Parser, Subcommand};
use runtime::options::{MAX_IN_FLIGHT, Options, parse_peer};
use secrecy::{ExposeSecret as _, SecretString};
use time::OffsetDateTime;
use tonic::transport::Uri;
use uuid::Uuid;

use crate::{demo, doctor, embedded_postgres::EmbeddedPostgres};

/// Xianjie (衔接): a county's linking funds, from a village's wish to an asset that still earns.
#[derive(Parser)]
#[command(version, about, long_about = None, max_term_width = 110)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve rooms: the named ones, or all of them in one process
    ///
    /// Rooms: directory, intake, review, inbox, disbursement, assets.
    /// With neither DATABASE_URL nor AMQP_URL, everything runs here, on a private PostgreSQL.
    Run(Run),
    /// Serve all rooms' public services at one address, where each room has processes of its own
    ///
    /// Needs the address of every room (--peer), and passes each request to the room whose service it names. A room that
    /// has several replicas under one name gets its share for each.
    Gateway {
        /// Address that gRPC is served on; port 0 takes a free one
        #[arg(long, env = "XIANJIE_LISTEN", default_value = "127.0.0.1:50051")]
        listen: SocketAddr,
        /// Address of a room, `review=http://review:50051`; may be repeated, or separated by commas
        #[arg(long = "peer", env = "XIANJIE_PEERS", value_delimiter = ',', value_parser = parse_peer)]
        peers: Vec<(String, Uri)>,
        /// Requests that may be under way at a time; the next ones are refused at once with RESOURCE_EXHAUSTED
        #[arg(long, env = "XIANJIE_MAX_IN_FLIGHT", default_value_t = MAX_IN_FLIGHT)]
        max_in_flight: NonZeroU16,
        /// Serve gRPC reflection, so that grpcurl and the like can list the methods
        #[arg(long, env = "XIANJIE_REFLECTION", default_value_t = true, action = clap::ArgAction::Set)]
        reflection: bool,
        /// OTLP/gRPC endpoint for traces and metrics
        #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT")]
        otlp_endpoint: Option<String>,
    },
    /// Ask a server whether it is well, by grpc.health.v1; exit code 0 when it is
    ///
    /// By default the one that listens in this container (XIANJIE_LISTEN).
    Healthcheck {
        /// Address of the server, e.g. http://127.0.0.1:50051
        #[arg(long)]
        address: Option<String>,
        /// Name of one of its services, e.g. xianjie.intake.v1.ApplicationService; the whole server when absent
        #[arg(long, default_value = "")]
        service: String,
        /// Where the server of this container listens
        #[arg(long, env = "XIANJIE_LISTEN", default_value = "127.0.0.1:50051")]
        listen: SocketAddr,
    },
    /// Bring every room's tables up to date and open the first accounts, then end
    ///
    /// Run once before the rooms start. Once more changes nothing.
    Migrate(migrate::Migrate),
    /// Say what is wrong with this deployment, one line a finding with its cure
    ///
    /// Looks at what the settings name: county pack, calendar, disks, PostgreSQL as each room, RabbitMQ as each room, the
    /// other rooms, the treasury. Nothing is changed. Exit code 0 when nothing fails; warnings don't count.
    Doctor(doctor::Doctor),
    /// Play one project the whole way on a private PostgreSQL with a moved clock, then stay up
    Demo(demo::Demo),
    /// County packs: the data that make the program a county's own
    #[command(subcommand)]
    Pack(PackCommand),
    /// The rulebook: every number that applications, reviews and payments are held to
    #[command(subcommand)]
    Rules(RulesCommand),
    /// Applications from a workbook (.xlsx), and the empty workbook for them
    #[command(subcommand)]
    Import(import::ImportCommand),
    /// Messages that a room could not handle and set aside, with their reasons
    #[command(subcommand)]
    Parked(ParkedCommand),
    /// Say again what the rooms have said, after the broker lost messages
    ///
    /// Each message is made again from its events, under the id it had; what has taken effect is known by its receipt, so
    /// that a message too many does nothing. Running rooms send them within seconds. Once more changes nothing.
    Redrive(Redrive),
    /// Serve a treasury that pays nothing: for trying things out, never beside real money
    ///
    /// Point the rooms at it with `xianjie run --treasury http://127.0.0.1:50061`. It keeps its orders in memory only.
    SimulatedTreasury {
        /// Address that it is served on
        #[arg(long, default_value = "127.0.0.1:50061")]
        listen: SocketAddr,
    },
    /// Print what this program is made of as CycloneDX, from `cargo metadata --format-version 1 --locked` on standard input
    Sbom,
    /// Set the password of an account of the county pack; reads it from standard input
    ///
    /// Example: `printf %s "$PASSWORD" | xianjie password mahekou.gov`
    Password(Password),
}

#[derive(Args)]
struct Run {
    /// Rooms to serve; all of them when none is named
    rooms: Vec<String>,
    /// For a demo alone: take the time from this file, which `xianjie demo --against` moves forward
    ///
    /// Every answer says so in the header `xianjie-demo-clock`. Refused beside a treasury that is not the simulated one.
    #[arg(long, value_name = "FILE", env = "XIANJIE_DEMO_CLOCK")]
    demo_clock: Option<PathBuf>,
    #[command(flatten)]
    options: Options,
}

#[derive(Subcommand)]
enum PackCommand {
    /// Check a county pack whole; each fault is named by file and key. Exit code 1 when there are any
    Check {
        /// Folder of the pack, e.g. deploy/county/nanxian
        folder: PathBuf,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
}

#[derive(Subcommand)]
enum RulesCommand {
    /// List the rules of a plan year: code, value, legal basis and its standing
    ///
    /// A project is held to the rules of its own plan year, however long it takes.
    /// Standing: source (the county's own report), found (a published document), known (usual practice), design (ours).
    List {
        /// Plan year, e.g. 2022
        #[arg(long)]
        year: i32,
        /// Folder of the county pack
        #[arg(long, env = "XIANJIE_PACK", default_value = "deploy/county/nanxian")]
        pack: PathBuf,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Tell which stored applications a draft county pack would judge otherwise, by village and amount
    ///
    /// Each application that is not over is held against the pack in force and against the draft: its content, and the
    /// steps that it has taken (vote, notices, site check). Told are those that the one admits and the other refuses, with
    /// the rule, what was found and what is allowed. Nothing is written: the database is read in one read-only transaction.
    /// Exit code 0 when nothing would change, 3 when something would, 1 when it can't be told.
    ///
    /// Example: copy deploy/county/nanxian, raise R-2080 in its rules.toml to 25, then
    /// `xianjie rules simulate --pack DRAFT_DIR --year 2022`
    Simulate(simulate::Simulate),
}

#[derive(Subcommand)]
enum ParkedCommand {
    /// List them, the longest waiting first
    List {
        /// Only of this room
        room: Option<String>,
        /// Print one JSON object a message
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        options: Options,
    },
    /// Have one tried again, once what stood in its way is mended
    Replay {
        /// The room that set it aside
        room: String,
        /// Its id, from the list
        id: Uuid,
        #[command(flatten)]
        options: Options,
    },
}

#[derive(Args)]
struct Redrive {
    /// Only what was said from this moment on, by the rooms' clock, e.g. 2022-03-01T09:00:00+08:00; all when absent
    #[arg(long, value_parser = redrive::moment)]
    since: Option<OffsetDateTime>,
    /// Only what this room has said
    #[arg(long)]
    room: Option<String>,
    /// Count, and send nothing
    #[arg(long)]
    dry_run: bool,
    /// Print one JSON object a room
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    options: Options,
}

#[derive(Args)]
struct Password {
    /// Account, e.g. mahekou.gov
    account: String,
    #[command(flatten)]
    options: Options,
}

impl Cli {
    /// Carries out the command.
    ///
    /// # Errors
    /// When it can't be carried out; the message names the setting to fix.
    pub fn run(self) -> Pin<Box<dyn Future<Output = anyhow::Result<ExitCode>>>> {
        // Boxed, so that it is compiled here and not once more in each program that awaits it.
        Box::pin(self.command.run())
    }
}

impl Command {
    async fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Command::Run(Run { rooms, demo_clock, options }) => run::run(&rooms, demo_clock, options).await,
            Command::Gateway { listen, peers, max_in_flight, reflection, otlp_endpoint } => {
                gateway::run(listen, &peers, max_in_flight, reflection, otlp_endpoint.as_deref()).await
            }
            Command::Healthcheck { address, service, listen } => {
                let address = address.unwrap_or_else(|| healthcheck::from_here(listen));
                healthcheck::ask(&address, &service).await
            }
            Command::Doctor(settings) => doctor::run(settings).await,
            Command::Migrate(settings) => migrate::run(settings).await,
            Command::Demo(demo) => demo::run(demo).await,
            Command::Pack(PackCommand::Check { folder, json }) => pack::check(&folder, json),
            Command::Rules(RulesCommand::List { year, pack, json }) => rules::list(&pack, year, json),
            Command::Rules(RulesCommand::Simulate(settings)) => simulate::run(&settings).await,
            Command::Import(command) => import::run(command).await,
            Command::Parked(ParkedCommand::List { room, json, options }) => {
                parked::list(room.as_deref(), json, &options).await
            }
            Command::Parked(ParkedCommand::Replay { room, id, options }) => parked::replay(&room, id, &options).await,
            Command::Redrive(Redrive { since, room, dry_run, json, options }) => {
                let since = since.unwrap_or(OffsetDateTime::UNIX_EPOCH);
                redrive::redrive(since, room.as_deref(), dry_run, json, &options).await
            }
            Command::SimulatedTreasury { listen } => run::treasury(listen).await,
            Command::Sbom => sbom::run(),
            Command::Password(Password { account, options }) => password::set(&account, &options).await,
        }
    }
}

/// Where a command finds the database: the settings that say so.
struct Store<'a> {
    database_url: Option<&'a SecretString>,
    data_dir: &'a Path,
}

impl<'a> From<&'a Options> for Store<'a> {
    fn from(options: &'a Options) -> Self {
        Self { database_url: options.database_url.as_ref(), data_dir: &options.data_dir }
    }
}

/// The database of a process that serves: the configured one, or the private one under the data folder.
async fn database(store: impl Into<Store<'_>>) -> anyhow::Result<(String, Option<EmbeddedPostgres>)> {
    let Store { database_url, data_dir } = store.into();
    if let Some(url) = database_url {
        return Ok((url.expose_secret().to_owned(), None));
    }
    let private = EmbeddedPostgres::start(&private_folder(data_dir)).await?;
    Ok((private.url().to_owned(), Some(private)))
}

/// The database of an operator's command, which looks in beside `xianjie run` when that has the private one.
async fn database_to_look_into(store: impl Into<Store<'_>>) -> anyhow::Result<(String, Option<EmbeddedPostgres>)> {
    let store = store.into();
    match EmbeddedPostgres::url_of_another(&private_folder(store.data_dir)) {
        Some(url) if store.database_url.is_none() => Ok((url, None)),
        _ => database(store).await,
    }
}

fn private_folder(data_dir: &Path) -> PathBuf {
    data_dir.join("postgres")
}
