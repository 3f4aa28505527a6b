//! What a drill came to: a table for people on stderr, one line of JSON on stdout.

use std::{collections::BTreeMap, sync::atomic::Ordering, time::Duration};

use play::say;
use serde_json::{Map, Value, json};

use crate::{
    Options,
    checks::Counts,
    nemesis::{Ground, Injected},
};

/// All that is told.
pub struct Report<'a> {
    /// What was asked for.
    pub options: &'a Options,
    /// Where it was.
    pub ground: &'a Ground,
    /// What was broken.
    pub injected: &'a [Injected],
    /// What was counted.
    pub counts: &'a Counts,
    /// From the last chain's end until nothing was on its way any more.
    pub drained: Duration,
}

impl Report<'_> {
    /// Prints it; whether there was no violation.
    pub fn print(&self) -> bool {
        let Self { options, ground, counts, .. } = self;
        let (history, chains) = (&ground.history, ground.load.ended().len());
        let faults = self.faults();
        for (why, times) in &counts.parked {
            say(format_args!("set aside {times} times: {why}"));
        }
        let violations = history.violations();
        for violation in &violations {
            say(format_args!("VIOLATION {violation}"));
        }
        let drain_ms = u64::try_from(self.drained.as_millis()).unwrap_or(u64::MAX);
        let Counts { attempt, acknowledged, ok, lost, unexpected, duplicated, recovered, refused, .. } = counts;
        say(format_args!(
            "{chains} chains, {attempt} operations: {acknowledged} acknowledged, {ok} ok, {lost} lost, {unexpected} unexpected, \
             {duplicated} duplicated, {recovered} recovered, {refused} refused; drained after {drain_ms} ms; history and logs in {}",
            ground.house.folder.display()
        ));
        let (reads, unknown_reads) = history.reads();
        let parked: Map<String, Value> = counts.parked.iter().map(|(why, times)| (why.clone(), json!(times))).collect();
        let line = json!({
            "drill": "chains", "seed": options.seed, "drivers": options.drivers, "chains": chains, "operations": attempt,
            "reads": reads, "unknown_reads": unknown_reads, "attempt": attempt, "acknowledged": acknowledged, "ok": ok,
            "lost": lost, "unexpected": unexpected, "duplicated": duplicated, "recovered": recovered, "refused": refused,
            "contents_compared": counts.contents, "refusals": history.refusals(), "faults": faults, "parked": parked,
            "ended_by_themselves": ground.house.restarts.load(Ordering::SeqCst), "drain_ms": drain_ms,
            "violations": violations,
        });
        xianjie::output::line(line);
        violations.is_empty()
    }

    /// How often each fault was, and how long the rooms took to answer after it.
    fn faults(&self) -> Map<String, Value> {
        let mut times: BTreeMap<String, Vec<Option<Duration>>> = BTreeMap::new();
        for one in self.injected {
            let recovery = self.ground.history.recovery(&one.rooms, one.since);
            times.entry(format!("{:?}", one.fault)).or_default().push(recovery);
        }
        let summed = times.into_iter().map(|(fault, times)| {
            let mut known: Vec<u128> = times.iter().flatten().map(Duration::as_millis).collect();
            known.sort_unstable();
            let (median, most) = (known.get(known.len() / 2).copied(), known.last().copied());
            say(format_args!("{fault}: {} times, recovery p50 {median:?} ms, max {most:?} ms", times.len()));
            (fault, json!({"times": times.len(), "rto_p50_ms": median, "rto_max_ms": most}))
        });
        summed.collect()
    }
}
