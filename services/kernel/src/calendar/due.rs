//! When something is due (办理期限), and what that was counted from while the calendar does not know all of its days yet.

use serde::{Deserialize, Serialize};
use time::{Date, Duration, OffsetDateTime};

use super::{Calendar, UnknownYear};

/// The end of the last of a number of days: midnight in China at the start of the day after.
///
/// As a fact it is stored as that moment; while it is provisional, beside what it was counted from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct Due {
    /// The moment from which on it is late.
    pub at: OffsetDateTime,
    /// What it was counted from, when some of the days lie in a year that is not published yet (暂定); it is counted again
    /// once that year is loaded.
    pub counted: Option<Count>,
}

/// So many working days after a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// The day before the first of them.
    pub from: Date,
    /// How many.
    pub working_days: u32,
    /// Days by which it is due later, for the clock stood so long.
    pub later: i64,
}

impl Due {
    /// What is due then, whatever year is loaded.
    #[must_use]
    pub fn certain(at: OffsetDateTime) -> Self {
        Self { at, counted: None }
    }

    /// Whether it hangs on a year that is not published yet (暂定).
    #[must_use]
    pub fn is_provisional(&self) -> bool {
        self.counted.is_some()
    }

    /// The same so many days later, for the clock stood so long.
    #[must_use]
    pub fn later(self, days: i64) -> Self {
        let counted = self.counted.map(|count| Count { later: count.later + days, ..count });
        Self { at: self.at + Duration::days(days), counted }
    }

    /// The same counted by what the calendar knows now; none where nothing of it is provisional, or nothing changes.
    ///
    /// # Errors
    /// [`UnknownYear`] when it lies before the calendar.
    pub fn recounted(&self, calendar: &Calendar) -> Result<Option<Self>, UnknownYear> {
        let Some(Count { from, working_days, later }) = self.counted else { return Ok(None) };
        Ok(Some(calendar.due_after_day(from, working_days)?.later(later)).filter(|due| due != self))
    }
}

/// Which of these are due at another time by what the calendar knows now, and when.
///
/// # Errors
/// [`UnknownYear`] when one lies before the calendar.
pub fn recounted<K>(
    dues: impl IntoIterator<Item = (K, Due)>,
    calendar: &Calendar,
) -> Result<Vec<(K, Due)>, UnknownYear> {
    let again = dues.into_iter().map(|(of, due)| Ok(due.recounted(calendar)?.map(|due| (of, due))));
    again.filter_map(Result::transpose).collect()
}

time::serde::format_description!(day, Date, "[year]-[month]-[day]");

/// The stored form.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Stored {
    Certain(#[serde(with = "time::serde::rfc3339")] OffsetDateTime),
    Provisional {
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
        #[serde(with = "day")]
        from: Date,
        working_days: u32,
        #[serde(default, skip_serializing_if = "is_none")]
        later: i64,
    },
}

fn is_none(days: &i64) -> bool {
    *days == 0
}

impl From<Stored> for Due {
    fn from(stored: Stored) -> Self {
        match stored {
            Stored::Certain(at) => Self::certain(at),
            Stored::Provisional { at, from, working_days, later } => {
                Self { at, counted: Some(Count { from, working_days, later }) }
            }
        }
    }
}

impl From<Due> for Stored {
    fn from(Due { at, counted }: Due) -> Self {
        match counted {
            None => Self::Certain(at),
            Some(Count { from, working_days, later }) => Self::Provisional { at, from, working_days, later },
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::{date, datetime};

    use super::*;

    #[test]
    fn c31_a_due_date_is_stored_as_its_moment_and_a_provisional_one_with_what_it_was_counted_from() {
        let certain = Due::certain(datetime!(2026-12-31 00:00 +8));
        let provisional = Due {
            at: datetime!(2027-01-06 00:00 +8),
            counted: Some(Count { from: date!(2026 - 12 - 28), working_days: 5, later: 0 }),
        };
        for (due, text) in [
            (certain, r#""2026-12-31T00:00:00+08:00""#),
            (provisional, r#"{"at":"2027-01-06T00:00:00+08:00","from":"2026-12-28","working_days":5}"#),
            (
                provisional.later(7),
                r#"{"at":"2027-01-13T00:00:00+08:00","from":"2026-12-28","working_days":5,"later":7}"#,
            ),
        ] {
            assert_eq!(serde_json::to_string(&due).expect("JSON"), text);
            assert_eq!(serde_json::from_str::<Due>(text).expect("a due date"), due);
        }
    }
}
