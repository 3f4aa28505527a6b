//! `xianjie migrate`: every room's tables are brought up to date, and the first accounts opened, before any room starts.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, bail};
use clap::Args;
use runtime::options::{Options, load_pack};
use secrecy::SecretString;

use super::database;
use crate::{
    demo::{BEGINS, PASSWORD, clock_file::ClockFile},
    house::{self, ROOMS},
    output,
};

/// Settings of the command.
#[derive(Args)]
pub struct Migrate {
    /// File with the first accounts, one `ACCOUNT PASSWORD` a line; an account that has a password keeps it
    #[arg(long, value_name = "FILE")]
    first_accounts: Option<PathBuf>,
    /// For a demo alone: make the clock's file where it is missing, and give every account the demo's password
    #[arg(long, value_name = "FILE", env = "XIANJIE_DEMO_CLOCK")]
    demo_clock: Option<PathBuf>,
    #[command(flatten)]
    options: Options,
}

pub(super) async fn run(settings: Migrate) -> anyhow::Result<ExitCode> {
    let Migrate { first_accounts, demo_clock, options } = settings;
    let pack = load_pack(&options.pack)?;
    let (url, private) = database(&options).await?;
    for name in ROOMS {
        let room = house::room(name).context("a room of the list is a room")?;
        let pool = room.open_store(&url).await?;
        output::remark(format_args!("{name}: 数据表已更新 / tables are up to date"));
        if name == "directory" {
            if let Some(file) = &first_accounts {
                for (account, password) in accounts(file)? {
                    let opened = directory::password::set_first(&pool, &pack, &account, password).await?;
                    let said = if opened {
                        "已开通 / opened"
                    } else {
                        "已有密码,未改动 / has a password, left alone"
                    };
                    output::remark(format_args!("{account}: {said}"));
                }
            }
            if demo_clock.is_some() {
                directory::password::set_for_all(&pool, &pack, SecretString::from(PASSWORD)).await?;
                output::remark(format_args!("演示账号统一密码 / the demo's password for every account: {PASSWORD}"));
            }
        }
        pool.close().await;
    }
    if let Some(file) = demo_clock.filter(|file| !file.exists()) {
        ClockFile::starting_at(file, BEGINS)?;
    }
    if let Some(private) = private {
        private.stop().await?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The accounts of the file with their passwords; an empty file has none.
fn accounts(file: &Path) -> anyhow::Result<Vec<(String, SecretString)>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("the first accounts in {}", file.display()))?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(number, line)| match line.split_once(' ') {
            Some((account, password)) => Ok((account.to_owned(), SecretString::from(password.trim().to_owned()))),
            // Without the line itself, which holds a password.
            None => bail!("{} line {} is not `ACCOUNT PASSWORD`", file.display(), number + 1),
        })
        .collect()
}
