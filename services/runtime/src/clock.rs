//! What time it is: a parameter, because ten days of public notice must pass in a second where it is only played.
//!
//! `xianjie run` has [`Clock::system`], unless it serves a demo, which says so; the demo and the tests move a clock forward.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use http::{HeaderMap, HeaderName, HeaderValue};
use time::{Duration, OffsetDateTime};

/// The header of every answer that was not given by the machine's clock: that clock's time, in seconds since 1970.
pub const DEMO_CLOCK: HeaderName = HeaderName::from_static("xianjie-demo-clock");

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

    /// A clock whose offset in milliseconds stands in a file that a test or a demo writes: for processes that are killed
    /// and restarted.
    #[must_use]
    pub fn offset_in_file(path: PathBuf) -> Self {
        Self(Source::File(Arc::new(path)))
    }

    /// Says in an answer's headers that this is not the machine's clock: nobody may take a demo for the real thing.
    pub(crate) fn say(&self, headers: &mut HeaderMap) {
        if !matches!(self.0, Source::System) {
            // Seconds are what a reader wants to know.
            if let Ok(now) = HeaderValue::try_from(self.now().unix_timestamp().to_string()) {
                headers.insert(DEMO_CLOCK, now);
            }
        }
    }

    /// Now, in UTC.
    ///
    /// # Panics
    /// When the offset's file cannot be read.
    #[must_use]
    pub fn now(&self) -> OffsetDateTime {
        let millis = match &self.0 {
            Source::System => 0,
            Source::Offset(offset) => offset.load(Ordering::SeqCst),
            Source::File(path) => std::fs::read_to_string(path.as_ref())
                .ok()
                .and_then(|text| text.trim().parse().ok())
                .expect("the clock's file holds an offset in milliseconds"),
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
