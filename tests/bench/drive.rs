//! C closed loops: each plays one chain after the other, and never two at a time. Or chains that begin at a fixed rate.
//!
//! A chain that fails is a result, too: it is counted, and the first reason is kept. A loop gives up after three.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use play::{cast::Cast, story::Chain, timings::Timings};
use tokio::task::JoinSet;

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

/// What a paced run came to.
pub struct Paced {
    /// As of closed loops.
    pub run: Run,
    /// Most chains under way at the same time.
    pub most_under_way: usize,
}

/// Plays `chains` chains, each begun when it is due, one every `gap`, whether or not the others have ended.
///
/// The first step's time counts from when it was due, so that a driver that falls behind shows; every other step is due
/// when the step before it has ended.
///
/// # Errors
/// When a chain breaks off.
pub async fn paced(
    casts: &[Arc<Cast>],
    indicators: &Arc<Vec<String>>,
    first: u64,
    chains: u64,
    gap: Duration,
) -> anyhow::Result<Paced> {
    let (began, mut under_way, mut most_under_way) = (Instant::now(), JoinSet::new(), 0);
    let mut outcomes = Vec::new();
    let mut due = began;
    for (number, cast) in (first..first + chains).zip(casts.iter().cycle()) {
        tokio::time::sleep_until(due.into()).await;
        let (cast, indicators) = (cast.clone(), indicators.clone());
        under_way.spawn(async move {
            let late = due.elapsed();
            let mut times = one_chain(&cast, &indicators, number, due).await?;
            times.record("late", late);
            anyhow::Ok(times)
        });
        due += gap;
        while let Some(ended) = under_way.try_join_next() {
            outcomes.push(ended?);
        }
        most_under_way = most_under_way.max(under_way.len());
    }
    let took = began.elapsed();
    while let Some(ended) = under_way.join_next().await {
        outcomes.push(ended?);
    }
    let (mut timings, mut errors) = (Timings::default(), Vec::new());
    for outcome in outcomes {
        match outcome {
            Ok(times) => timings.add(times),
            Err(error) => errors.push(format!("{error:#}")),
        }
    }
    let chains = u64::try_from(timings.count("chain"))?;
    Ok(Paced { run: Run { chains, took, timings, errors }, most_under_way })
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
        match one_chain(&cast, &indicators, number, Instant::now()).await {
            Ok(times) => timings.add(times),
            Err(error) => errors.push(format!("{error:#}")),
        }
    }
    (timings, errors)
}

async fn one_chain(cast: &Cast, indicators: &[String], number: u64, due: Instant) -> anyhow::Result<Timings> {
    let mut chain = Chain::new(cast, number, indicators)?;
    tokio::time::timeout(DEADLINE, chain.play(due)).await??;
    Ok(chain.timings)
}
