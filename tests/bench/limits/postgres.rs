//! Commits of one small row each, by PostgreSQL's own pgbench: what no step can beat.

use std::{process::Stdio, time::Duration};

use anyhow::{Context as _, ensure};
use play::{
    database::Database,
    timings::{Timings, round},
};
use serde_json::json;
use tokio::process::Command;

use crate::{figures::Figures, meters, surroundings::folder};

/// Makes the table.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn prepare(database: &Database) -> anyhow::Result<()> {
    let mut connection = database.connect().await?;
    sqlx::query("create table tiny (id bigserial primary key, v int, note text)").execute(&mut connection).await?;
    Ok(())
}

/// Commits by so many clients.
///
/// # Errors
/// When pgbench can't be run or says nothing.
pub async fn commits(database: &Database, clients: usize, for_time: Duration) -> anyhow::Result<Figures> {
    let (script, log) = (folder().join("tiny.sql"), folder().join("pgbench"));
    std::fs::write(&script, "insert into tiny (v, note) values (1, 'x');\n")?;
    let before = meters::flushes(database.folder());
    let output = Command::new(database.programs().await?.join("pgbench"))
        .args(["-n", "-M", "prepared", "-l", "-c", &clients.to_string(), "-j", &clients.min(4).to_string()])
        .args(["-T", &for_time.as_secs().to_string()])
        .arg("-f")
        .arg(&script)
        .arg(format!("--log-prefix={}", log.display()))
        .arg(&database.url)
        .stdin(Stdio::null())
        .output()
        .await
        .context("pgbench can't be run; it comes with PostgreSQL")?;
    ensure!(output.status.success(), "pgbench failed: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout);
    let after = |start: &str| text.split_once(start).and_then(|(_, rest)| rest.split([' ', '\n']).next());
    let rate: f64 = after("tps = ").context("pgbench says no rate")?.parse()?;
    let commits: f64 = after("actually processed: ").context("pgbench says no number")?.parse()?;
    let flushes = meters::flushes(database.folder()).zip(before).map(|(after, before)| after - before);
    let mut figures = Figures::new();
    figures.insert("clients".into(), json!(clients));
    figures.insert("per_s".into(), json!(rate.round()));
    times_of_log()?.quantiles("commit", &mut figures);
    figures.insert("flushes_per_commit".into(), json!(flushes.map(|flushes| round(flushes as f64 / commits))));
    Ok(figures)
}

/// The third word of each line is a time in microseconds; the files are removed.
fn times_of_log() -> anyhow::Result<Timings> {
    let mut timings = Timings::default();
    for entry in std::fs::read_dir(folder())? {
        let path = entry?.path();
        if path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with("pgbench.")) {
            for line in std::fs::read_to_string(&path)?.lines() {
                let micros = line.split(' ').nth(2).context("a line of pgbench's log")?.parse()?;
                timings.record("commit", Duration::from_micros(micros));
            }
            std::fs::remove_file(path)?;
        }
    }
    Ok(timings)
}
