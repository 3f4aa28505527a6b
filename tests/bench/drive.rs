//! C closed loops: each plays one chain after the other, and never two at a time.
//!
//! A chain that fails is a result, too: it is counted, and the first reason is kept. A loop gives up after three.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use crate::{cast::Cast, story::Chain, timings::Timings};

/// How long a chain may take.
const DEADLINE: Duration = Duration::from_secs(60);

/// Failures after which a loop gives up.
const ENOUGH: usize = 3;

/// What a run came to.
pub struct Run {
    /// Chains that ended as they must.
    pub chains: u64,
    /// How long it took.
    pub took: Duration,
    /// All times.
    pub timings: Timings,
    /// Why chains failed.
    pub errors: Vec<String>,
}

/// Plays `chains` chains by `drivers` loops; chains are numbered from `first` on.
///
/// # Errors
/// When a loop breaks off.
pub async fn run(
    casts: &[Arc<Cast>],
    indicators: &Arc<Vec<String>>,
    first: u64,
    chains: u64,
    drivers: usize,
) -> anyhow::Result<Run> {
    let next = Arc::new(AtomicU64::new(first));
    let began = Instant::now();
    let loops: Vec<_> = casts
        .iter()
        .cycle()
        .take(drivers)
        .map(|cast| tokio::spawn(one_loop(cast.clone(), indicators.clone(), next.clone(), first + chains)))
        .collect();
    let (mut timings, mut errors) = (Timings::default(), Vec::new());
    for one in loops {
        let (times, failures) = one.await?;
        timings.add(times);
        errors.extend(failures);
    }
    let chains = u64::try_from(timings.count("chain"))?;
    Ok(Run { chains, took: began.elapsed(), timings, errors })
}

async fn one_loop(
    cast: Arc<Cast>,
    indicators: Arc<Vec<String>>,
    next: Arc<AtomicU64>,
    end: u64,
) -> (Timings, Vec<String>) {
    let (mut timings, mut errors) = (Timings::default(), Vec::new());
    while errors.len() < ENOUGH {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= end {
            break;
        }
        match one_chain(&cast, &indicators, number).await {
            Ok(times) => timings.add(times),
            Err(error) => errors.push(format!("{error:#}")),
        }
    }
    (timings, errors)
}

async fn one_chain(cast: &Cast, indicators: &[String], number: u64) -> anyhow::Result<Timings> {
    let mut chain = Chain::new(cast, number, indicators)?;
    tokio::time::timeout(DEADLINE, chain.play()).await??;
    Ok(chain.timings)
}
