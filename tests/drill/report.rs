//! What a drill came to: a table for people on stderr, one line of JSON on stdout.

use std::{collections::BTreeMap, time::Duration};

use serde_json::json;

use crate::{Options, checks::Counts, history::History, house::House, load::Load, nemesis::Injected, say};

/// Prints the report; whether there was no violation.
pub fn print(
    options: &Options,
    house: &House,
    history: &History,
    load: &Load,
    injected: &[Injected],
    counts: &Counts,
    drained: Duration,
) -> bool {
    let mut faults: BTreeMap<String, Vec<Option<Duration>>> = BTreeMap::new();
    for one in injected {
        faults.entry(format!("{:?}", one.fault)).or_default().push(history.recovery(&one.rooms, one.since));
    }
    let mut recovery = serde_json::Map::new();
    for (fault, times) in faults {
        let mut known: Vec<u128> = times.iter().flatten().map(Duration::as_millis).collect();
        known.sort_unstable();
        let (median, most) = (known.get(known.len() / 2).copied(), known.last().copied());
        say(format_args!("{fault}: {} times, recovery p50 {median:?} ms, max {most:?} ms", times.len()));
        recovery.insert(fault, json!({"times": times.len(), "rto_p50_ms": median, "rto_max_ms": most}));
    }
    let violations = history.violations();
    for violation in &violations {
        say(format_args!("VIOLATION {violation}"));
    }
    let folder = house.folder.display();
    let text = format!(
        "{} chains, {} operations: {} acknowledged, {} ok, {} lost, {} unexpected, {} duplicated, {} recovered, {} refused",
        load.ended().len(),
        counts.attempt,
        counts.acknowledged,
        counts.ok,
        counts.lost,
        counts.unexpected,
        counts.duplicated,
        counts.recovered,
        counts.refused,
    );
    say(format_args!("{text}; drained after {drained:?}; history and logs in {folder}"));
    let (reads, unknown_reads) = history.reads();
    let restarts = house.restarts.load(std::sync::atomic::Ordering::SeqCst);
    let line = json!({
        "drill": "chains", "seed": options.seed, "drivers": options.drivers, "chains": load.ended().len(),
        "operations": counts.attempt, "reads": reads, "unknown_reads": unknown_reads,
        "attempt": counts.attempt, "acknowledged": counts.acknowledged, "ok": counts.ok, "lost": counts.lost,
        "unexpected": counts.unexpected, "duplicated": counts.duplicated, "recovered": counts.recovered,
        "refused": counts.refused, "refusals": history.refusals(), "faults": recovery, "ended_by_themselves": restarts,
        "drain_ms": u64::try_from(drained.as_millis()).unwrap_or(u64::MAX), "violations": violations,
    });
    println!("{line}");
    violations.is_empty()
}
