//! Several seeds: a drill each, in a process of its own, one after the other; then what they came to together.

use std::process::{ExitCode, Stdio};

use anyhow::Context as _;
use play::say;
use serde_json::{Map, Value, json};
use tokio::process::Command;
use xianjie::output;

use crate::Options;

/// What is summed.
const SUMMED: [&str; 11] = [
    "chains",
    "operations",
    "acknowledged",
    "ok",
    "lost",
    "unexpected",
    "duplicated",
    "recovered",
    "refused",
    "reads",
    "ended_by_themselves",
];

/// Runs them all; the exit code is 0 only when each run's was.
///
/// # Errors
/// When a run can't be started or says nothing.
pub async fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let mut lines: Vec<Value> = Vec::new();
    for seed in &options.seeds {
        let faults: Vec<String> = options.faults.iter().map(|fault| format!("{fault:?}")).collect();
        let pace: Vec<String> = options.pace.iter().map(u64::to_string).collect();
        let mut drill = Command::new(std::env::current_exe()?);
        drill
            .args(["--seed", &seed.to_string(), "--drivers", &options.drivers.to_string()])
            .args(["--seconds", &options.seconds.unwrap_or(options.minutes * 60).to_string()])
            .args(["--faults", &faults.join(","), "--pace", &pace.join(",")])
            .arg("--folder")
            .arg(options.folder().join(seed.to_string()));
        // It hears Ctrl-C itself, being in our group, and stops what it has started.
        let output = drill.stdin(Stdio::null()).stderr(Stdio::inherit()).output().await?;
        let text = String::from_utf8(output.stdout)?;
        let line = text.lines().last().with_context(|| format!("the drill of seed {seed} came to no report"))?;
        output::line(line);
        lines.push(serde_json::from_str(line)?);
    }
    let violations: usize = lines.iter().filter_map(|line| line["violations"].as_array()).map(Vec::len).sum();
    let sum = |name: &str| lines.iter().filter_map(|line| line[name].as_i64()).sum::<i64>();
    let mut all: Map<String, Value> = SUMMED.iter().map(|name| ((*name).to_owned(), json!(sum(name)))).collect();
    all.insert("drill".into(), json!("all"));
    all.insert("runs".into(), json!(lines.len()));
    all.insert("seeds".into(), json!(options.seeds));
    all.insert("faults".into(), Value::Object(faults(&lines)));
    all.insert("drain_ms_max".into(), json!(lines.iter().filter_map(|line| line["drain_ms"].as_u64()).max()));
    all.insert("violations".into(), json!(violations));
    let all = Value::Object(all);
    output::line(&all);
    say(format_args!("{} runs, {} operations, {violations} violations", lines.len(), all["operations"]));
    Ok(if violations == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Faults of all runs: how often, and the longest recovery.
fn faults(lines: &[Value]) -> Map<String, Value> {
    let mut faults = Map::new();
    for (name, of_run) in lines.iter().filter_map(|line| line["faults"].as_object()).flatten() {
        let known = faults.entry(name).or_insert_with(|| json!({"times": 0, "rto_max_ms": Value::Null}));
        let times = known["times"].as_u64().unwrap_or(0) + of_run["times"].as_u64().unwrap_or(0);
        let most = known["rto_max_ms"].as_u64().max(of_run["rto_max_ms"].as_u64());
        *known = json!({"times": times, "rto_max_ms": most});
    }
    faults
}
