//! A clock that several processes share: its offset stands in a file, so a restarted process shows the same time.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use time::{Duration, OffsetDateTime};

/// The file with the offset.
#[derive(Clone)]
pub struct ClockFile(PathBuf);

impl ClockFile {
    /// A clock that shows `start` now.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn starting_at(path: PathBuf, start: OffsetDateTime) -> anyhow::Result<Self> {
        let file = Self(path);
        file.write(start - OffsetDateTime::now_utc())?;
        Ok(file)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Moves the clock forward.
    ///
    /// # Errors
    /// When the file can't be read or written.
    pub fn advance(&self, by: Duration) -> anyhow::Result<()> {
        let text = std::fs::read_to_string(&self.0).context("the clock file")?;
        let millis: i64 = text.trim().parse().context("the clock file")?;
        self.write(Duration::milliseconds(millis) + by)
    }

    fn write(&self, offset: Duration) -> anyhow::Result<()> {
        // Written beside and renamed: a reader never sees half a number.
        let beside = self.0.with_extension("new");
        std::fs::write(&beside, offset.whole_milliseconds().to_string()).context("the clock file")?;
        std::fs::rename(beside, &self.0).context("the clock file")
    }
}
