//! A clock that several processes share: its offset stands in a file, so a restarted process shows the same time.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use time::{Duration, OffsetDateTime};

/// The file with the offset.
#[derive(Clone)]
pub struct ClockFile(PathBuf);

impl ClockFile {
    /// The clock of a file that is there.
    #[must_use]
    pub fn at(path: PathBuf) -> Self {
        Self(path)
    }

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
        self.write(self.offset()? + by)
    }

    /// How far the clock is ahead of the machine's.
    ///
    /// # Errors
    /// When the file can't be read, or holds no offset.
    pub fn offset(&self) -> anyhow::Result<Duration> {
        let text =
            std::fs::read_to_string(&self.0).with_context(|| format!("the clock's file {}", self.0.display()))?;
        let millis = text.trim().parse();
        millis
            .map(Duration::milliseconds)
            .with_context(|| format!("the clock's file {} holds no offset in milliseconds", self.0.display()))
    }

    fn write(&self, offset: Duration) -> anyhow::Result<()> {
        let named = || format!("the clock's file {}", self.0.display());
        // Written beside and renamed: a reader never sees half a number.
        let beside = self.0.with_extension("new");
        std::fs::write(&beside, offset.whole_milliseconds().to_string()).with_context(named)?;
        std::fs::rename(beside, &self.0).with_context(named)
    }
}
