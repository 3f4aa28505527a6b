//! `bench year`: the county's year of projects from a workbook to the pool, with the notices' days on a clock that is moved.

use anyhow::ensure;
use clap::Args;
use play::{database::Database, say, timings::round};
use runtime::testing::TestDatabase;
use serde_json::json;
use tests::{
    desk::Desk,
    year::{self, Year},
};

use crate::{
    figures::{self, Figures},
    meters,
    surroundings::folder,
};

/// A county's year: so many projects imported from one workbook and taken all the way to the pool
#[derive(Debug, Args)]
pub struct Options {
    /// Rows of the workbook
    #[arg(long, default_value_t = 883)]
    projects: usize,
    /// Villages over which they are spread
    #[arg(long, default_value_t = 36)]
    villages: usize,
    /// Projects that take a step at the same time; the import goes row by row
    #[arg(long, default_value_t = 16)]
    at_once: usize,
    /// Seconds to wait before until the machine is 80 % idle
    #[arg(long, default_value_t = 60)]
    patience: u64,
}

/// What `--help` teaches about the results.
pub const HELP: &str = "\
All rooms share the bench's own process, on a PostgreSQL that flushes to the disk. The workbook follows the template; each
row is a project of 300,000 yuan that three departments judge. After the import every project is proposed, voted on, posted,
submitted, its site checked, approved by the township, posted, agreed by the departments, resolved by the leading group,
posted and taken into the pool, by the people whose steps these are; each task is claimed and decided in the inbox. The
thirty-three days of the three notices go by on the manual clock.

One JSON line:
  import_s     the import, from the sign-in to the last row's draft
  to_pool_s    from the drafts to the last project in the pool, sign-ins included
  pooled       what the pool's own board counts then; the exit code is 0 only when it is as many as the workbook has rows

Example:
  bench year";

/// Runs it.
///
/// # Errors
/// When something can't be started, a row is bad, a step is refused, or the pool counts otherwise.
pub async fn run(options: &Options) -> anyhow::Result<()> {
    let folder = folder();
    let pack = folder.join("pack-of-a-year");
    std::fs::create_dir_all(&pack)?;
    year::pack(&pack)?;
    let database = Database::start(&folder, false).await?;
    meters::wait_until_quiet(std::time::Duration::from_secs(options.patience)).await;
    let mut desk = Desk::open_at(TestDatabase { url: database.url.clone() }, &pack).await;
    say(format_args!("{} projects in {} villages", options.projects, options.villages));
    let played = year::play(&mut desk, options.projects, options.villages, options.at_once).await;
    desk.house.rooms.stop().await;
    desk.house.treasury.stop().await;
    database.stop().await?;
    let Year { pooled, import, to_pool } = played?;
    let mut result = Figures::new();
    result.insert("bench".into(), json!("year"));
    result.insert("projects".into(), json!(options.projects));
    result.insert("import_s".into(), json!(round(import.as_secs_f64())));
    result.insert("to_pool_s".into(), json!(round(to_pool.as_secs_f64())));
    result.insert("pooled".into(), json!(pooled));
    figures::print(result);
    ensure!(usize::try_from(pooled)? == options.projects, "the pool counts {pooled} of {} projects", options.projects);
    Ok(())
}
