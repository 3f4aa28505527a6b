//! How long things took, by name, to the microsecond; every single time is kept.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use serde_json::{Map, Value, json};

/// Times by name.
#[derive(Default, Clone)]
pub struct Timings(BTreeMap<&'static str, Vec<u64>>);

impl Timings {
    /// Notes that something took so long.
    pub fn record(&mut self, what: &'static str, took: Duration) {
        self.0.entry(what).or_default().push(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
    }

    /// Notes how long something took that began then.
    pub fn since(&mut self, what: &'static str, began: Instant) {
        self.record(what, began.elapsed());
    }

    /// Takes over the times of others.
    pub fn add(&mut self, others: Self) {
        for (what, times) in others.0 {
            self.0.entry(what).or_default().extend(times);
        }
    }

    /// How often it happened.
    pub fn count(&self, what: &str) -> usize {
        self.0.get(what).map_or(0, Vec::len)
    }

    /// `<what>_p50_ms` and `<what>_p99_ms`.
    pub fn quantiles(&self, what: &str, into: &mut Map<String, Value>) {
        for percent in [50, 99] {
            into.insert(format!("{what}_p{percent}_ms"), json!(self.quantile_ms(what, percent)));
        }
    }

    /// The medians of everything, by name.
    pub fn medians_ms(&self) -> Value {
        self.0.keys().map(|what| ((*what).to_owned(), json!(self.quantile_ms(what, 50)))).collect::<Map<_, _>>().into()
    }

    fn quantile_ms(&self, what: &str, percent: usize) -> Option<f64> {
        let mut times = self.0.get(what)?.clone();
        times.sort_unstable();
        let at = (times.len() * percent / 100).min(times.len().checked_sub(1)?);
        Some(round(*times.get(at)? as f64 / 1_000.0))
    }
}

/// Two decimals, as people compare them.
pub fn round(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
