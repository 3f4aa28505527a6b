//! `xianjie import`: applications from a workbook (.xlsx), each row a draft of its own; and the empty workbook for them.
//!
//! A good row goes in whole, a bad one not at all and is listed with its cell. A row's `request_id` follows from the
//! account and what the row says: the same file once more changes nothing.

mod client;
pub mod columns;
mod reading;
pub mod template;

use std::{
    io::{IsTerminal as _, Read as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use secrecy::SecretString;
use serde::Serialize;

use self::reading::Row;
use crate::output::{line, progress, remark};

/// What can be imported.
#[derive(Subcommand)]
pub enum ImportCommand {
    /// Write an empty workbook with the headers that `import applications` reads, and an example row
    Template {
        /// Where to write it, e.g. applications.xlsx
        file: PathBuf,
    },
    /// Import applications from a workbook: a draft for each row of the sheet 申报
    ///
    /// The account must be allowed to draft for a row's village; other rows are listed as refused. The password is read
    /// from standard input. Good rows go in, bad ones are listed with their cell and reason, and nothing is half-written;
    /// the same file once more changes nothing. Exit code 0 when all rows are in, 1 when some are not.
    ///
    /// Example: `printf %s "$PASSWORD" | xianjie import applications applications.xlsx --account yinghe.sec`
    Applications(Applications),
}

/// Settings of an import.
#[derive(Args)]
pub struct Applications {
    /// The workbook
    file: PathBuf,
    /// Account to sign in with
    #[arg(long)]
    account: String,
    /// Address of the rooms
    #[arg(long, env = "XIANJIE_SERVER", default_value = "http://127.0.0.1:50051")]
    server: String,
    /// Print one JSON object a row
    #[arg(long)]
    json: bool,
}

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// Its 序号.
    pub number: String,
    /// Name of the project.
    pub title: String,
    /// The draft; none when the row was bad.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_id: Option<String>,
    /// What is wrong with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Fault>,
}

/// A cell that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Where, e.g. `申报!M3`.
    pub cell: String,
    /// Why, in Chinese and English.
    pub reason: String,
}

/// Carries out the command.
///
/// # Errors
/// When the workbook, the server or the account is not there; bad rows are no error.
pub async fn run(command: ImportCommand) -> anyhow::Result<ExitCode> {
    match command {
        ImportCommand::Template { file } => {
            template::write(&file).with_context(|| file.display().to_string())?;
            remark(format_args!("已生成 {} / the workbook is written", file.display()));
            Ok(ExitCode::SUCCESS)
        }
        ImportCommand::Applications(options) => {
            let password = password(&options.account)?;
            let json = options.json;
            let tell = move |outcome: &Outcome, done: usize, all: usize| tell(outcome, done, all, json);
            let outcomes = applications(&options.file, &options.server, &options.account, password, tell).await?;
            let bad = outcomes.iter().filter(|outcome| outcome.project_id.is_none()).count();
            remark(format_args!("{} 行已导入,{bad} 行未导入 / rows imported, not imported", outcomes.len() - bad));
            Ok(if bad == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
    }
}

/// Imports a workbook; calls back after each row with how many are done, of how many.
///
/// # Errors
/// As [`run`].
pub async fn applications(
    file: &Path,
    server: &str,
    account: &str,
    password: SecretString,
    after_row: impl Fn(&Outcome, usize, usize),
) -> anyhow::Result<Vec<Outcome>> {
    let rows = reading::read(file).with_context(|| file.display().to_string())?;
    let mut client = client::Client::sign_in(server, account, password).await?;
    let mut outcomes = Vec::with_capacity(rows.len());
    for row in &rows {
        let outcome = match &row.content {
            Ok(_) => client.create(row).await?,
            Err(faults) => outcome(row, None, faults.clone()),
        };
        outcomes.push(outcome);
        after_row(&outcomes[outcomes.len() - 1], outcomes.len(), rows.len());
    }
    Ok(outcomes)
}

fn outcome(row: &Row, project_id: Option<String>, faults: Vec<Fault>) -> Outcome {
    Outcome { number: row.number.clone(), title: row.title.clone(), project_id, faults }
}

fn tell(outcome: &Outcome, done: usize, all: usize, json: bool) {
    if json {
        line(serde_json::json!(outcome));
    } else {
        match &outcome.project_id {
            Some(project) => line(format_args!("✓ {} {} {project}", outcome.number, outcome.title)),
            None => line(format_args!("✗ {} {}", outcome.number, outcome.title)),
        }
        outcome.faults.iter().for_each(|fault| line(format_args!("    {}: {}", fault.cell, fault.reason)));
    }
    if std::io::stderr().is_terminal() {
        progress(format_args!("{done}/{all}"));
    }
}

fn password(account: &str) -> anyhow::Result<SecretString> {
    let mut stdin = std::io::stdin();
    if stdin.is_terminal() {
        remark(format_args!("Type the password for {account}, then Ctrl-D:"));
    }
    let mut text = String::new();
    stdin.read_to_string(&mut text).context("no password on standard input")?;
    Ok(SecretString::from(text.trim_end_matches(['\r', '\n']).to_owned()))
}
