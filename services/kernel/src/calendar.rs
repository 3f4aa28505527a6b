//! Days: civil dates in China, working days by the State Council's calendar (节假日安排), the length of a public notice.
//!
//! A year that the calendar does not know is an error, never a guess.

use std::collections::BTreeSet;

use time::{
    Date, Duration, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset, Weekday,
    macros::{format_description, offset},
};

/// China Standard Time; no daylight saving time.
pub const CHINA: UtcOffset = offset!(+8);

/// The date in China at that moment.
#[must_use]
pub fn civil_date(at: OffsetDateTime) -> Date {
    at.to_offset(CHINA).date()
}

/// The date that a text writes, such as `2022-03-01`; none when there is no such day.
#[must_use]
pub fn parse_date(text: &str) -> Option<Date> {
    Date::parse(text, format_description!("[year]-[month]-[day]")).ok()
}

/// Midnight in China at the start of that day.
#[must_use]
pub fn start_of_day(date: Date) -> OffsetDateTime {
    PrimitiveDateTime::new(date, Time::MIDNIGHT).assume_offset(CHINA)
}

/// From when a notice may be closed: calendar days, the day of posting not counted (民法典 201).
///
/// Posted on 2022-03-01 for 10 days, its last day is 2022-03-11 and it may be closed from 2022-03-12 00:00. A notice of
/// 0 days may be closed at once.
#[must_use]
pub fn notice_may_close_from(posted: OffsetDateTime, days: u32) -> OffsetDateTime {
    match days {
        0 => posted,
        days => start_of_day(civil_date(posted)) + Duration::days(i64::from(days) + 1),
    }
}

/// A year whose holidays the calendar does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the county pack has no holiday calendar for {year}")]
pub struct UnknownYear {
    /// The year.
    pub year: i32,
}

impl UnknownYear {
    /// The same in Chinese.
    #[must_use]
    pub fn zh(&self) -> String {
        format!("县级配置包缺少{}年节假日安排,请先录入国务院办公厅通知", self.year)
    }
}

/// Which days are worked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendar {
    years: BTreeSet<i32>,
    days_off: BTreeSet<Date>,
    extra_workdays: BTreeSet<Date>,
}

/// A day in a calendar whose year the calendar does not declare, or that is both off and worked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadCalendar {
    /// Its year is not declared.
    #[error("{0} lies in a year that the calendar does not declare")]
    UndeclaredYear(Date),
    /// It is listed twice, with two meanings.
    #[error("{0} is both a day off and a shifted workday")]
    Contradiction(Date),
}

impl Calendar {
    /// A calendar of these years: days off beside the weekends (or on them), and weekend days that are worked (调休).
    ///
    /// # Errors
    /// [`BadCalendar`], naming the first day at fault.
    pub fn try_new(
        years: impl IntoIterator<Item = i32>,
        days_off: impl IntoIterator<Item = Date>,
        extra_workdays: impl IntoIterator<Item = Date>,
    ) -> Result<Self, BadCalendar> {
        let years: BTreeSet<i32> = years.into_iter().collect();
        let days_off: BTreeSet<Date> = days_off.into_iter().collect();
        let extra_workdays: BTreeSet<Date> = extra_workdays.into_iter().collect();
        if let Some(day) = days_off.iter().chain(&extra_workdays).find(|day| !years.contains(&day.year())) {
            return Err(BadCalendar::UndeclaredYear(*day));
        }
        if let Some(day) = days_off.intersection(&extra_workdays).next() {
            return Err(BadCalendar::Contradiction(*day));
        }
        Ok(Self { years, days_off, extra_workdays })
    }

    /// The years that it knows.
    pub fn years(&self) -> impl Iterator<Item = i32> {
        self.years.iter().copied()
    }

    /// Whether that day is worked.
    ///
    /// # Errors
    /// [`UnknownYear`] when the calendar does not have its year.
    pub fn is_working_day(&self, date: Date) -> Result<bool, UnknownYear> {
        if !self.years.contains(&date.year()) {
            return Err(UnknownYear { year: date.year() });
        }
        let weekend = matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
        Ok(self.extra_workdays.contains(&date) || !(weekend || self.days_off.contains(&date)))
    }

    /// The nth working day after `from`, which itself does not count.
    ///
    /// # Errors
    /// [`UnknownYear`] when it lies beyond the calendar.
    pub fn add_working_days(&self, from: Date, n: u32) -> Result<Date, UnknownYear> {
        let mut date = from;
        let mut left = n;
        while left > 0 {
            date = date.next_day().ok_or(UnknownYear { year: date.year() })?;
            if self.is_working_day(date)? {
                left -= 1;
            }
        }
        Ok(date)
    }

    /// From when a notice may be closed, as [`notice_may_close_from`] says; when `extended`, one whose last day is no working
    /// day hangs on to the end of the next working day (民法典 203).
    ///
    /// # Errors
    /// [`UnknownYear`] when its last day lies beyond the calendar.
    pub fn notice_may_close_from(
        &self,
        posted: OffsetDateTime,
        days: u32,
        extended: bool,
    ) -> Result<OffsetDateTime, UnknownYear> {
        let closable = notice_may_close_from(posted, days);
        if !extended || days == 0 {
            return Ok(closable);
        }
        let last = civil_date(closable) - Duration::days(1);
        if self.is_working_day(last)? { Ok(closable) } else { self.due_after(start_of_day(last), 1) }
    }

    /// The end of the nth working day after that moment's day: midnight in China at the start of the day after.
    ///
    /// # Errors
    /// [`UnknownYear`] when it lies beyond the calendar.
    pub fn due_after(&self, at: OffsetDateTime, working_days: u32) -> Result<OffsetDateTime, UnknownYear> {
        Ok(start_of_day(self.add_working_days(civil_date(at), working_days)?) + Duration::days(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::{date, datetime};

    #[test]
    fn ten_days_of_notice_end_on_the_eleventh_day() {
        let posted = datetime!(2022-03-01 15:30 +8);
        assert_eq!(notice_may_close_from(posted, 10), datetime!(2022-03-12 00:00 +8));
        assert_eq!(notice_may_close_from(datetime!(2022-02-28 20:00 UTC), 10), datetime!(2022-03-12 00:00 +8));
        assert_eq!(notice_may_close_from(posted, 0), posted);
    }

    #[test]
    fn a_last_day_without_work_is_extended_only_where_the_county_says_so() {
        let calendar = Calendar::try_new([2022], [date!(2022 - 04 - 05)], [date!(2022 - 04 - 02)]).expect("sound");
        // Its last day is Tuesday the 5th, a holiday: it hangs on Wednesday too.
        let posted = datetime!(2022-03-26 10:00 +8);
        let closable = |extended| calendar.notice_may_close_from(posted, 10, extended);
        assert_eq!(closable(false), Ok(datetime!(2022-04-06 00:00 +8)));
        assert_eq!(closable(true), Ok(datetime!(2022-04-07 00:00 +8)));
        let worked = datetime!(2022-03-27 10:00 +8);
        assert_eq!(calendar.notice_may_close_from(worked, 10, true), Ok(datetime!(2022-04-07 00:00 +8)));
        // A Saturday that is worked is a day like any other.
        assert_eq!(
            calendar.notice_may_close_from(datetime!(2022-03-23 10:00 +8), 10, true),
            Ok(datetime!(2022-04-03 00:00 +8))
        );
        assert_eq!(calendar.notice_may_close_from(posted, 0, true), Ok(posted));
    }

    #[test]
    fn a_date_is_a_day_that_there_is() {
        assert_eq!(parse_date("2022-03-01"), Some(date!(2022 - 03 - 01)));
        for text in ["2022-02-30", "2022-3-1", "三月一日", " 2022-03-01", ""] {
            assert_eq!(parse_date(text), None, "{text:?}");
        }
    }

    #[test]
    fn shifted_workdays_are_worked_and_an_unknown_year_is_said() {
        let off = [
            date!(2022 - 01 - 31),
            date!(2022 - 02 - 01),
            date!(2022 - 02 - 02),
            date!(2022 - 02 - 03),
            date!(2022 - 02 - 04),
        ];
        let calendar = Calendar::try_new([2022], off, [date!(2022 - 01 - 29), date!(2022 - 01 - 30)]).expect("sound");
        assert_eq!(calendar.add_working_days(date!(2022 - 01 - 28), 3), Ok(date!(2022 - 02 - 07)));
        assert_eq!(calendar.due_after(datetime!(2022-01-28 10:00 +8), 1), Ok(datetime!(2022-01-30 00:00 +8)));
        assert_eq!(calendar.add_working_days(date!(2022 - 12 - 30), 1), Err(UnknownYear { year: 2023 }));
    }
}
