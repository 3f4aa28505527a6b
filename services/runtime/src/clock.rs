//! What time it is: a parameter, because ten days of public notice must pass in a second where it is only played.
//!
//! `xianjie run` has [`Clock::system`] and no other; the demo and the tests move an offset clock forward.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use time::{Duration, OffsetDateTime};

/// A clock.
#[derive(Debug, Clone)]
pub struct Clock(Source);

#[derive(Debug, Clone)]
enum Source {
    System,
    Offset(Arc<AtomicI64>),
    File(Arc<PathBuf>),
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that shows `start` now, runs as the machine's does, and can be moved forward. For the demo and tests.
    #[must_use]
    pub fn starting_at(start: OffsetDateTime) -> Self {
        let offset = (start - OffsetDateTime::now_utc()).whole_milliseconds();
        Self(Source::Offset(Arc::new(AtomicI64::new(i64::try_from(offset).unwrap_or(0)))))
    }

    /// A clock whose offset in milliseconds stands in a file that a test writes: for processes that are killed and restarted.
    #[must_use]
    pub fn offset_in_file(path: PathBuf) -> Self {
        Self(Source::File(Arc::new(path)))
    }

    /// Now, in UTC.
    ///
    /// # Panics
    /// When a test's offset file cannot be read.
    #[must_use]
    pub fn now(&self) -> OffsetDateTime {
        let millis = match &self.0 {
            Source::System => 0,
            Source::Offset(offset) => offset.load(Ordering::SeqCst),
            Source::File(path) => std::fs::read_to_string(path.as_ref())
                .ok()
                .and_then(|text| text.trim().parse().ok())
                .expect("a test's clock file holds an offset in milliseconds"),
        };
        let now = OffsetDateTime::now_utc() + Duration::milliseconds(millis);
        // PostgreSQL keeps microseconds: what is stored must read back as what was decided on.
        now.replace_nanosecond(now.nanosecond() / 1_000 * 1_000).unwrap_or(now)
    }

    /// Moves an offset clock forward; the machine's own clock can't be moved.
    ///
    /// # Panics
    /// When this is not an offset clock: a programming error.
    pub fn advance(&self, by: Duration) {
        match &self.0 {
            Source::Offset(offset) => {
                offset.fetch_add(i64::try_from(by.whole_milliseconds()).unwrap_or(0), Ordering::SeqCst);
            }
            Source::System | Source::File(_) => panic!("only an offset clock can be moved"),
        }
    }
}
