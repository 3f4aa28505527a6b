//! What can go wrong with RabbitMQ: it dies, closes its connections, runs out of memory, or loses its directory.
//!
//! Its own tool is told where it is by the broker's environment, which `tests/run` gave it.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};
use play::broker::Broker;
use time::OffsetDateTime;
use tokio::process::Command;
use xianjie::house::{ROOMS, room};

use crate::{dice::Dice, faults::kill, house::House};

/// How long a broker that starts, or a room that connects again, is waited for.
const PATIENCE: Duration = Duration::from_secs(120);

/// What the broker needs of the machine's memory, as it comes.
const MEMORY: &str = "0.6";

/// It fails for a while, and forgets nothing.
///
/// # Errors
/// When it can't be broken or healed.
pub async fn fails(house: &House, hold: Duration, dice: &mut Dice) -> anyhow::Result<String> {
    match dice.below(3) {
        0 => {
            kill(pid(&house.broker)?).await?;
            Ok("kill -9 rabbitmq".into())
        }
        1 => {
            tell(house, &["close_all_connections", "drill"]).await?;
            Ok("close all connections to rabbitmq".into())
        }
        _ => {
            tell(house, &["set_vm_memory_high_watermark", "absolute", "1MB"]).await?;
            tokio::time::sleep(hold).await;
            tell(house, &["set_vm_memory_high_watermark", MEMORY]).await?;
            Ok(format!("rabbitmq has no memory for {hold:?}"))
        }
    }
}

/// It dies with what waits in it for a room that is stopped, and its directory is gone when it starts again. Then an
/// operator has everything said again.
///
/// # Errors
/// When it does not come back, or the rooms don't.
pub async fn forgets(house: &House, deaf: &str, hold: Duration) -> anyhow::Result<String> {
    let folder = folder(&house.broker)?;
    let (data, gone) = (folder.join("mnesia"), folder.join("gone"));
    let process = house.rooms[deaf].process.lock().await;
    process.signal("STOP");
    tokio::time::sleep(hold).await;
    let waited = queues(house).await.ok().and_then(|queues| queues.get(&queue(deaf)).copied()).unwrap_or(0);
    kill(pid(&house.broker)?).await?;
    // `tests/run` takes a second before it starts the next one; renaming takes none.
    std::fs::rename(&data, &gone).context("the broker's directory")?;
    std::fs::remove_dir_all(&gone).context("the broker's directory")?;
    process.signal("CONT");
    drop(process);
    let began = Instant::now();
    // Rooms declare their queues when they connect: what is said before that has nowhere to wait.
    while queues(house).await.map_or(true, |queues| ROOMS[1..].iter().any(|room| !queues.contains_key(&queue(room)))) {
        ensure!(began.elapsed() < PATIENCE, "the rooms did not declare their queues again");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let mut said = 0;
    for name in ROOMS {
        said += redrive(house, name).await?;
    }
    Ok(format!("rabbitmq lost its directory and {waited} messages for {deaf}; {said} said again"))
}

/// Says again what a room has said, as soon as another fault lets it.
async fn redrive(house: &House, name: &'static str) -> anyhow::Result<u64> {
    let began = Instant::now();
    loop {
        let service = room(name).context("a room")?;
        match service.redrive(&house.database.url, OffsetDateTime::UNIX_EPOCH, false).await {
            Ok(redriven) => return Ok(redriven.enqueued),
            Err(error) if began.elapsed() > PATIENCE => return Err(error.context("it can't be said again")),
            Err(_) => tokio::time::sleep(Duration::from_millis(500)).await,
        }
    }
}

/// The queues with their messages, those that are under way included.
///
/// # Errors
/// When the broker does not answer.
pub async fn queues(house: &House) -> anyhow::Result<BTreeMap<String, u64>> {
    let listed = control(&house.broker, &["-q", "list_queues", "--no-table-headers", "name", "messages"]).await?;
    let queue = |line: &str| {
        let (name, messages) = line.split_once('\t')?;
        Some((name.to_owned(), messages.trim().parse().ok()?))
    };
    Ok(listed.lines().filter_map(queue).collect())
}

/// The queue of a room.
fn queue(room: &str) -> String {
    format!("xianjie.{room}")
}

/// Has the broker do something, as soon as another fault lets it.
async fn tell(house: &House, arguments: &[&str]) -> anyhow::Result<()> {
    let began = Instant::now();
    loop {
        match control(&house.broker, arguments).await {
            Ok(_) => return Ok(()),
            Err(error) if began.elapsed() > PATIENCE => return Err(error),
            Err(_) => tokio::time::sleep(Duration::from_millis(500)).await,
        }
    }
}

async fn control(broker: &Broker, arguments: &[&str]) -> anyhow::Result<String> {
    let environment = std::fs::read(format!("/proc/{}/environ", pid(broker)?)).context("the broker's environment")?;
    let variables = environment.split(|byte| *byte == 0).filter_map(|variable| {
        let (name, value) = str::from_utf8(variable).ok()?.split_once('=')?;
        Some((name.to_owned(), value.to_owned()))
    });
    let found = Command::new(play::root().join("deploy/install")).args(["--where", "rabbitmq"]).output().await?;
    let programs = PathBuf::from(String::from_utf8(found.stdout)?.trim());
    // Below the broker's own program stands its tool, in the folder of the version or in that of the distribution.
    let told = Command::new(programs.join("rabbitmqctl"))
        .args(arguments)
        .env_clear()
        .envs(variables.filter(|(name, _)| name != "RABBITMQ_PID_FILE"))
        .kill_on_drop(true)
        .output();
    let told = tokio::time::timeout(Duration::from_secs(60), told).await.context("rabbitmqctl does not end")??;
    if !told.status.success() {
        bail!("rabbitmqctl {arguments:?}: {}", String::from_utf8_lossy(&told.stderr));
    }
    Ok(String::from_utf8(told.stdout)?)
}

fn pid(broker: &Broker) -> anyhow::Result<u32> {
    let file = broker.pid_file.as_ref().context("the broker is ours")?;
    std::fs::read_to_string(file)?.trim().parse().context("the broker's process id")
}

fn folder(broker: &Broker) -> anyhow::Result<&Path> {
    broker.pid_file.as_deref().and_then(Path::parent).context("the broker is ours")
}
