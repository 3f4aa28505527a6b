//! Named moments at which a test has the process die (崩溃点), as a power cut would end it: nothing is cleaned up.
//!
//! Only debug builds with the feature `crash_points` have them, and only the crate `tests` asks for that feature; in
//! every other build [`at`] is empty. `XIANJIE_CRASH_AT=confirmed:3` dies when `confirmed` is passed for the third time.

/// A step is decided and about to be committed.
pub const BEFORE_COMMIT: &str = "before_commit";
/// A step is committed; neither its caller nor the broker knows.
pub const AFTER_COMMIT: &str = "after_commit";
/// The broker has confirmed messages that still stand in the outbox.
pub const CONFIRMED: &str = "confirmed";
/// A delivery has taken effect and is not yet acknowledged.
pub const HANDLED: &str = "handled";

/// All of them.
pub const POINTS: [&str; 4] = [BEFORE_COMMIT, AFTER_COMMIT, CONFIRMED, HANDLED];

/// Dies here, when this is the moment that was asked for.
#[cfg(all(feature = "crash_points", debug_assertions))]
pub fn at(point: &str) {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::sync::{LazyLock, Mutex};

    static ASKED: LazyLock<Option<(String, AtomicU32)>> = LazyLock::new(|| {
        let asked = std::env::var("XIANJIE_CRASH_AT").ok()?;
        let (point, times) = asked.split_once(':').unwrap_or((&asked, "1"));
        let times = times.parse().expect("XIANJIE_CRASH_AT is POINT or POINT:TIMES");
        assert!(POINTS.contains(&point), "XIANJIE_CRASH_AT names no crash point: {point}");
        Some((point.to_owned(), AtomicU32::new(times)))
    });
    // Whoever comes second waits for the death of the first: nothing may pass once it has begun.
    static DYING: Mutex<()> = Mutex::new(());
    if let Some((asked, left)) = &*ASKED
        && asked == point
    {
        let _dying = DYING.lock();
        if left.fetch_sub(1, Ordering::SeqCst) <= 1 {
            std::process::abort();
        }
    }
}

/// Nothing: this build has no crash points.
#[cfg(not(all(feature = "crash_points", debug_assertions)))]
#[inline(always)]
pub fn at(_point: &str) {}
