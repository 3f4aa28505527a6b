//! How long to wait before the next attempt: doubling, with a ceiling, and spread out by chance.
//!
//! Invariant: `capped` is the same for the same attempt; `jittered` is between half of it and the whole.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// `first`, doubled for each attempt after the first, at most `ceiling`. Attempts count from 1.
pub(crate) fn capped(first: Duration, attempt: u32, ceiling: Duration) -> Duration {
    let doublings = attempt.saturating_sub(1).min(30);
    first.saturating_mul(1 << doublings).min(ceiling)
}

/// Like [`capped`], but spread between its half and its whole, so that waiting workers don't come back together.
pub(crate) fn jittered(first: Duration, attempt: u32, ceiling: Duration) -> Duration {
    // The seeds of std's hash maps are random; a back-off needs no better chance than that.
    let chance = u32::try_from(RandomState::new().hash_one(attempt) % 1000).unwrap_or(0);
    let half = capped(first, attempt, ceiling) / 2;
    half + half.saturating_mul(chance) / 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Duration = Duration::from_millis(100);
    const CEILING: Duration = Duration::from_secs(5);

    #[test]
    fn doubles_up_to_the_ceiling() {
        let waits: Vec<u128> = (1..=8).map(|attempt| capped(FIRST, attempt, CEILING).as_millis()).collect();
        assert_eq!(waits, [100, 200, 400, 800, 1600, 3200, 5000, 5000]);
        assert_eq!(capped(FIRST, u32::MAX, CEILING), CEILING);
    }

    #[test]
    fn jitter_stays_between_half_and_whole() {
        for attempt in 1..100 {
            let whole = capped(FIRST, attempt, CEILING);
            let wait = jittered(FIRST, attempt, CEILING);
            assert!(wait >= whole / 2 && wait <= whole, "{wait:?} is outside {whole:?}");
        }
    }
}
