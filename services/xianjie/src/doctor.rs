//! `xianjie doctor`: what is wrong with a deployment, one line a finding, each with its cure. Nothing is changed.
//!
//! [`store`] looks at PostgreSQL, [`wire`] at RabbitMQ, other rooms and the treasury, [`county`] at pack, calendar and disk.
//! What was seen is told apart from what it means: the second is pure, so that every finding has a test.

mod county;
mod finding;
mod store;
mod wire;

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use runtime::options::{Options, load_pack};
use secrecy::ExposeSecret as _;

use crate::output;

pub use self::finding::{Finding, Weight};

/// Settings of the command.
#[derive(Args)]
pub struct Doctor {
    /// Print one JSON object a finding, and at the end the summary
    #[arg(long)]
    json: bool,
    /// Replicas of each room, for the count of connections
    #[arg(long, default_value_t = 1)]
    replicas: u16,
    /// Free space below which a disk is too full, in megabytes
    #[arg(long, default_value_t = 2_048)]
    disk_mb: u64,
    /// Folders whose disks are looked at; where Xianjie runs in a container, the container's
    #[arg(long = "disk", default_value = "/")]
    disks: Vec<PathBuf>,
    #[command(flatten)]
    options: Options,
}

/// Looks at everything that the settings name and prints what is wrong; exit code 0 when nothing fails.
///
/// # Errors
/// Never for what it finds: that is printed.
pub async fn run(doctor: Doctor) -> anyhow::Result<ExitCode> {
    let findings = examine(&doctor).await;
    let failed = findings.iter().filter(|finding| finding.weight == Weight::Fail).count();
    let warned = findings.len() - failed;
    for finding in &findings {
        if doctor.json {
            output::line(serde_json::to_string(finding)?);
        } else {
            output::line(finding);
        }
    }
    if doctor.json {
        output::line(serde_json::json!({ "well": failed == 0, "failed": failed, "warned": warned }));
    } else if findings.is_empty() {
        output::line("一切正常 / all is well");
    } else {
        output::line(format_args!("{failed} 项故障,{warned} 项提醒 / {failed} failed, {warned} warnings"));
    }
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn examine(doctor: &Doctor) -> Vec<Finding> {
    let options = &doctor.options;
    let mut findings = county::disks(&doctor.disks, doctor.disk_mb);
    match load_pack(&options.pack) {
        Ok(pack) => findings.extend(county::pack(&pack, time::OffsetDateTime::now_utc())),
        Err(error) => findings.push(Finding::pack(&error)),
    }
    match &options.database_url {
        Some(url) => {
            let wanted = i64::from(options.connections) * i64::from(doctor.replicas);
            findings.extend(store::look(url.expose_secret(), wanted).await);
        }
        None => findings.push(Finding::no_database()),
    }
    if let Some(url) = &options.amqp_url {
        findings.extend(wire::broker("xianjie", url.expose_secret()).await);
    }
    findings.extend(wire::peers(&options.peers).await);
    findings.extend(wire::treasury(options.treasury.as_deref()).await);
    findings.sort_by_key(|finding| finding.weight);
    findings
}
