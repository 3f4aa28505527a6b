//! A process of rooms: which there are, what they need of each other, and how they are started.

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use kernel::{
    Attachment,
    calendar::{PublishedYear, parse_date},
};
use messaging::transport::{Transport, in_process::InProcess, rabbit::Rabbit};
use proto::directory::v1::{CalendarYearLoaded, GetJwksRequest, session_service_client::SessionServiceClient};
use runtime::{
    Clock, Peers, Service, Unreadable, address,
    auth::FetchKeys,
    calendar::Loaded,
    options::{Options, load_pack},
    process::{self, Assembly, Running},
};
use secrecy::ExposeSecret as _;
use time::Date;

/// Deliveries that a room handles at the same time, over RabbitMQ.
const PREFETCH: u16 = 64;

/// How long the broker is waited for at the start.
const BROKER_PATIENCE: Duration = Duration::from_secs(60);

/// The rooms, in the order in which they are started.
pub const ROOMS: [&str; 6] = ["directory", "intake", "review", "inbox", "disbursement", "assets"];

/// What a process is called by whoever watches it: by its room where it has one, by the program where it has several.
#[must_use]
pub fn service_name(rooms: &[String]) -> String {
    match rooms {
        [room] => format!("xianjie-{room}"),
        _ => "xianjie".to_owned(),
    }
}

/// A room by name.
#[must_use]
pub fn room(name: &str) -> Option<Service> {
    match name {
        "directory" => Some(directory::service()),
        "intake" => Some(intake::service()),
        "review" => Some(review::service()),
        "inbox" => Some(inbox::service()),
        "disbursement" => Some(disbursement::service()),
        "assets" => Some(assets::service()),
        _ => None,
    }
}

/// Starts the named rooms (all of them when none is named) with these settings.
///
/// # Errors
/// When a name is no room, a setting is missing or wrong, or something can't be reached; the message names the setting.
pub async fn open(names: &[String], options: &Options, database_url: &str, clock: Clock) -> anyhow::Result<Running> {
    let names: Vec<&str> = if names.is_empty() { ROOMS.to_vec() } else { names.iter().map(String::as_str).collect() };
    let services = services(&names)?;
    check_peers(&names, options)?;
    let transport = transport(&names, options).await?;
    start(services, transport, options, database_url, clock).await
}

/// Starts all rooms over this transport: tests bring bad ones.
///
/// # Errors
/// As [`open`].
pub async fn open_on(
    transport: Arc<dyn Transport>,
    options: &Options,
    database_url: &str,
    clock: Clock,
) -> anyhow::Result<Running> {
    start(services(&ROOMS)?, transport, options, database_url, clock).await
}

fn services(names: &[&str]) -> anyhow::Result<Vec<Service>> {
    let service =
        |name: &&str| room(name).with_context(|| format!("{name:?} is no room; there are {}", ROOMS.join(", ")));
    names.iter().map(service).collect()
}

async fn start(
    services: Vec<Service>,
    transport: Arc<dyn Transport>,
    options: &Options,
    database_url: &str,
    clock: Clock,
) -> anyhow::Result<Running> {
    let assembly = Assembly {
        database_url: database_url.to_owned(),
        transport,
        clock,
        pack: load_pack(&options.pack)?,
        listen: options.listen,
        peers: options.peers(),
        treasury: options.treasury.clone(),
        connections: options.connections,
        max_in_flight: options.max_in_flight.get().into(),
        behind_gateway: options.behind_gateway,
        fetch_keys: directory_keys,
        calendar: |context| runtime::calendar::subscription(context, year_loaded),
        descriptors: options.reflection.then_some(proto::DESCRIPTORS),
    };
    process::start(services, assembly).await
}

async fn transport(names: &[&str], options: &Options) -> anyhow::Result<Arc<dyn Transport>> {
    let everyone_is_here = ROOMS.iter().all(|room| names.contains(room));
    match &options.amqp_url {
        Some(url) => Ok(Arc::new(rabbit(&broker(url.expose_secret(), names)?).await?)),
        None if everyone_is_here => Ok(Arc::new(InProcess::new())),
        None => bail!(
            "AMQP_URL is not set: without RabbitMQ all rooms must share one process (name no room), \
             for the in-process transport reaches no other process"
        ),
    }
}

/// The broker's address for this process, which signs in there once.
fn broker(setting: &str, names: &[&str]) -> anyhow::Result<String> {
    let alone = match names {
        [alone] => *alone,
        _ if setting.contains(address::ROOM) => {
            bail!("AMQP_URL names {{room}}, which needs a room alone in its process")
        }
        _ => "",
    };
    address::of_room(setting, alone).context("AMQP_URL")
}

/// Connects to the broker, which may start later than we do: the first minute is waited for.
async fn rabbit(url: &str) -> anyhow::Result<Rabbit> {
    let started = Instant::now();
    loop {
        match Rabbit::connect(url, PREFETCH).await {
            Ok(rabbit) => return Ok(rabbit),
            Err(error) if started.elapsed() < BROKER_PATIENCE => {
                tracing::warn!(%error, "RabbitMQ does not answer yet (setting AMQP_URL), trying again");
                tokio::time::sleep(Duration::from_secs(2)).await;
            }
            Err(error) => return Err(error).context("can't connect to RabbitMQ (setting --amqp-url or AMQP_URL)"),
        }
    }
}

/// Every room needs the directory's keys, the inbox needs whoever raises tasks, the review asks what money is left; intake
/// asks whether a village may still withdraw and whether money holds a project, disbursement whether a project is suspended; and
/// whoever acts while others do asks who has had which duty there.
fn check_peers(names: &[&str], options: &Options) -> anyhow::Result<()> {
    let known = |room: &str| names.contains(&room) || options.peers.iter().any(|(peer, _)| peer == room);
    let mut needed = vec!["directory"];
    if names.contains(&"inbox") {
        needed.extend(["intake", "review", "disbursement"]);
    }
    if names.contains(&"intake") {
        needed.push("review");
    }
    if ["review", "intake", "assets"].iter().any(|room| names.contains(room)) {
        needed.push("disbursement");
    }
    if names.contains(&"disbursement") {
        needed.push("intake");
    }
    if names.contains(&"disbursement") || names.contains(&"intake") {
        needed.push("assets");
    }
    match needed.into_iter().find(|room| !known(room)) {
        Some(missing) => bail!(
            "where is the room {missing}? It isn't in this process; set --peer {missing}=http://HOST:PORT (or XIANJIE_PEERS)"
        ),
        None => Ok(()),
    }
}

/// What a room hears of a year that the directory loaded.
fn year_loaded(message: CalendarYearLoaded) -> Result<Loaded, Unreadable> {
    let days = |texts: &[String]| -> Result<BTreeSet<Date>, Unreadable> {
        let day = |text: &String| parse_date(text).ok_or_else(|| Unreadable::new(format_args!("{text:?} is no day")));
        texts.iter().map(day).collect()
    };
    let revision = u32::try_from(message.revision).map_err(|_| Unreadable::new("revision is no count"))?;
    let document = message.document.unwrap_or_default();
    let published = PublishedYear {
        year: message.year,
        document_no: message.document_no,
        document: Attachment { sha256: document.sha256, title: document.title },
        days_off: days(&message.days_off)?,
        workdays: days(&message.workdays)?,
    };
    Ok(Loaded { revision, published })
}

/// How a room gets the public keys that verify tokens: from the directory, by its public rpc.
fn directory_keys(peers: Peers) -> FetchKeys {
    Arc::new(move || {
        let peers = peers.clone();
        Box::pin(async move {
            let directory = peers.get("directory").context("no peer is named directory")?;
            let answer = SessionServiceClient::new(directory).get_jwks(GetJwksRequest {}).await?;
            Ok(serde_json::from_str(&answer.into_inner().jwks_json)?)
        })
    })
}
