//! Days: civil dates in China, working days by the State Council's calendar (节假日安排), the length of a public notice.
//!
//! A year's calendar comes out in the November before. Until it is known, due dates go by weekends and the holidays whose
//! date the law fixes, and are provisional; a notice whose end hangs on an unknown day is refused, never guessed at.

mod days;
mod due;
mod published;

use std::sync::{Arc, PoisonError, RwLock};

use time::{
    Date, Duration, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset,
    macros::{format_description, offset},
};

use self::days::Days;
pub use self::{
    days::YearDays,
    due::{Count, Due, recounted},
    published::PublishedYear,
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

/// A public holiday that the law puts on a date of its own (全国年节及纪念日放假办法), whatever a year's notice shifts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FixedHoliday {
    /// Month.
    pub month: Month,
    /// Day of the month.
    pub day: u8,
}

/// Which days are worked. A calendar is one for all who hold it: a year that is loaded is known to all its clones.
#[derive(Debug, Clone, Default)]
pub struct Calendar(Arc<RwLock<Arc<Days>>>);

impl PartialEq for Calendar {
    fn eq(&self, other: &Self) -> bool {
        self.days() == other.days()
    }
}

impl Eq for Calendar {}

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
        Days::try_new(years, days_off, extra_workdays).map(Self::of)
    }

    /// The same with what holds for the years after those that it knows: the holidays of a fixed date, and how many days
    /// before the last known day it is time to ask for the next year's calendar.
    #[must_use]
    pub fn with_provisional(self, fixed: impl IntoIterator<Item = FixedHoliday>, warning: u32) -> Self {
        Self::of(self.days().as_ref().clone().with_provisional(fixed, warning))
    }

    /// The years that it knows.
    pub fn years(&self) -> impl Iterator<Item = i32> {
        self.days().years.clone().into_iter()
    }

    /// The last day that it knows; none when it knows no year.
    #[must_use]
    pub fn last_known_day(&self) -> Option<Date> {
        self.days().last_known_day()
    }

    /// The last known day, once it is so near that the next year's calendar is asked for; it may be over already.
    #[must_use]
    pub fn ends_soon(&self, today: Date) -> Option<Date> {
        self.days().ends_soon(today)
    }

    /// Whether that day is worked.
    ///
    /// # Errors
    /// [`UnknownYear`] when the calendar does not have its year.
    pub fn is_working_day(&self, date: Date) -> Result<bool, UnknownYear> {
        self.days().is_working_day(date)
    }

    /// The days of a year: as published, or by the holidays of a fixed date while its calendar is not published yet.
    ///
    /// # Errors
    /// [`UnknownYear`] when it lies before the calendar, or beyond all calendars.
    pub fn days_of(&self, year: i32) -> Result<YearDays, UnknownYear> {
        self.days().of_year(year)
    }

    /// From when a notice may be closed, as [`notice_may_close_from`] says; when `extended`, one whose last day is no working
    /// day hangs on to the end of the next working day (民法典 203).
    ///
    /// # Errors
    /// [`UnknownYear`] when that hangs on a day that the calendar does not know.
    pub fn notice_may_close_from(
        &self,
        posted: OffsetDateTime,
        days: u32,
        extended: bool,
    ) -> Result<OffsetDateTime, UnknownYear> {
        self.days().notice_may_close_from(posted, days, extended)
    }

    /// The end of the nth working day after that moment's day: midnight in China at the start of the day after. Provisional
    /// where a day of it is not published yet.
    ///
    /// # Errors
    /// [`UnknownYear`] when it lies before the calendar.
    pub fn due_after(&self, at: OffsetDateTime, working_days: u32) -> Result<Due, UnknownYear> {
        self.due_after_day(civil_date(at), working_days)
    }

    fn due_after_day(&self, from: Date, working_days: u32) -> Result<Due, UnknownYear> {
        self.days().due_after(from, working_days)
    }

    /// The moment up to which, from its first year on, it knows every day; none when it knows no year.
    #[must_use]
    pub fn known_until(&self) -> Option<OffsetDateTime> {
        self.days().known_until()
    }

    /// The same with a further year, or with this one anew: its days off and the weekend days that are worked.
    ///
    /// # Errors
    /// [`BadCalendar`], naming the first day at fault.
    pub fn with_year(
        &self,
        year: i32,
        days_off: impl IntoIterator<Item = Date>,
        extra_workdays: impl IntoIterator<Item = Date>,
    ) -> Result<Self, BadCalendar> {
        self.days().with_year(year, days_off, extra_workdays).map(Self::of)
    }

    /// Takes a year over for all who hold this calendar; whether that changed anything.
    ///
    /// # Errors
    /// As [`Calendar::with_year`]; then nothing changes.
    pub fn load(
        &self,
        year: i32,
        days_off: impl IntoIterator<Item = Date>,
        extra_workdays: impl IntoIterator<Item = Date>,
    ) -> Result<bool, BadCalendar> {
        let mut current = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let loaded = current.with_year(year, days_off, extra_workdays)?;
        let changed = **current != loaded;
        *current = Arc::new(loaded);
        Ok(changed)
    }

    fn of(days: Days) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(days))))
    }

    fn days(&self) -> Arc<Days> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
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
        let friday = datetime!(2022-01-28 10:00 +8);
        assert_eq!(calendar.due_after(friday, 3), Ok(Due::certain(datetime!(2022-02-08 00:00 +8))));
        assert_eq!(calendar.due_after(friday, 1), Ok(Due::certain(datetime!(2022-01-30 00:00 +8))));
        assert_eq!(calendar.is_working_day(date!(2023 - 01 - 03)), Err(UnknownYear { year: 2023 }));
        assert_eq!(calendar.due_after(datetime!(2021-12-29 10:00 +8), 1), Err(UnknownYear { year: 2021 }));
    }

    fn to_2026() -> Calendar {
        let fixed =
            [(Month::January, 1), (Month::May, 1), (Month::May, 2)].map(|(month, day)| FixedHoliday { month, day });
        Calendar::try_new([2026], [], []).expect("sound").with_provisional(fixed, 90)
    }

    #[test]
    fn c31_a_year_that_is_not_published_yet_counts_weekends_and_fixed_holidays() {
        let calendar = to_2026();
        // Friday 1 January 2027 is off by law, then a weekend.
        let due = calendar.due_after(datetime!(2026-12-28 10:00 +8), 5).expect("provisional");
        let counted = Some(Count { from: date!(2026 - 12 - 28), working_days: 5, later: 0 });
        assert_eq!(due, Due { at: datetime!(2027-01-06 00:00 +8), counted });
        let known = calendar.due_after(datetime!(2026-12-28 10:00 +8), 3).expect("known");
        assert_eq!(known, Due::certain(datetime!(2027-01-01 00:00 +8)), "the end of 31 December");
        assert_eq!(calendar.known_until(), Some(known.at));
        assert_eq!(calendar.due_after(datetime!(2025-06-01 10:00 +8), 5), Err(UnknownYear { year: 2025 }));
    }

    #[test]
    fn the_days_of_a_year_are_those_that_are_counted_by() {
        let calendar = to_2026();
        let known = calendar.with_year(2026, [date!(2026 - 05 - 01)], [date!(2026 - 05 - 09)]).expect("sound");
        let days = known.days_of(2026).expect("known");
        assert_eq!(
            (&days.days_off[..], &days.workdays[..]),
            (&[date!(2026 - 05 - 01)][..], &[date!(2026 - 05 - 09)][..])
        );
        // 261 weekdays, one of them off, and a Saturday.
        assert_eq!((days.working_days, days.provisional), (261, false));
        let guessed = known.days_of(2027).expect("provisional");
        let fixed = [date!(2027 - 01 - 01), date!(2027 - 05 - 01), date!(2027 - 05 - 02)];
        // Of the three only New Year's Day is no weekend.
        assert_eq!((&guessed.days_off[..], guessed.working_days, guessed.provisional), (&fixed[..], 260, true));
        assert_eq!((known.days_of(2025), known.days_of(i32::MAX).is_err()), (Err(UnknownYear { year: 2025 }), true));
    }

    #[test]
    fn c31_a_notice_that_hangs_on_an_unknown_day_is_refused_and_no_other() {
        let calendar = to_2026();
        let posted = datetime!(2026-12-28 10:00 +8);
        assert_eq!(calendar.notice_may_close_from(posted, 10, false), Ok(datetime!(2027-01-08 00:00 +8)));
        assert_eq!(calendar.notice_may_close_from(posted, 10, true), Err(UnknownYear { year: 2027 }));
        // Its last day is Thursday 31 December.
        let posted = datetime!(2026-12-21 10:00 +8);
        assert_eq!(calendar.notice_may_close_from(posted, 10, true), Ok(datetime!(2027-01-01 00:00 +8)));
    }

    #[test]
    fn c31_once_the_year_is_known_a_due_date_is_counted_again() {
        let before = to_2026();
        let off = [date!(2027 - 01 - 01), date!(2027 - 01 - 04), date!(2027 - 01 - 05)];
        let after = before.with_year(2027, off, [date!(2027 - 01 - 02)]).expect("sound");
        let start = datetime!(2026-12-28 10:00 +8);
        for days in [1, 3, 4, 5, 20] {
            let due = before.due_after(start, days).expect("provisional");
            let again = due.recounted(&after).expect("known").unwrap_or(due);
            assert_eq!(Ok(again), after.due_after(start, days), "{days}");
            assert!(!again.is_provisional(), "{days}");
            assert_eq!((again.recounted(&after), due.recounted(&before)), (Ok(None), Ok(None)), "{days}: once");
            // Whether the clock stood before it was counted again or afterwards, it is due at the same time.
            let stood = due.later(7).recounted(&after).expect("known").unwrap_or(due.later(7));
            assert_eq!(stood, again.later(7), "{days}");
        }
        assert_eq!(after.years().collect::<Vec<_>>(), [2026, 2027]);
        // The later notice decides what the earlier one said of its December.
        let shifted = before.with_year(2027, [date!(2026 - 12 - 31)], [date!(2026 - 12 - 27)]).expect("sound");
        assert_eq!(shifted.is_working_day(date!(2026 - 12 - 31)), Ok(false));
        assert_eq!(shifted.is_working_day(date!(2026 - 12 - 27)), Ok(true));
        // All who hold the calendar know of a year that is loaded.
        let held = before.clone();
        assert_eq!(before.load(2027, off, [date!(2027 - 01 - 02)]), Ok(true));
        assert_eq!(before.load(2027, off, [date!(2027 - 01 - 02)]), Ok(false));
        assert_eq!((&held, held.is_working_day(date!(2027 - 01 - 04))), (&after, Ok(false)));
        assert_eq!(
            before.with_year(2027, [date!(2029 - 01 - 01)], []),
            Err(BadCalendar::UndeclaredYear(date!(2029 - 01 - 01)))
        );
    }

    #[test]
    fn c31_from_ninety_days_before_its_end_the_next_year_is_asked_for() {
        let calendar = to_2026();
        let last = Some(date!(2026 - 12 - 31));
        assert_eq!(calendar.ends_soon(date!(2026 - 10 - 01)), None);
        assert_eq!(calendar.ends_soon(date!(2026 - 10 - 02)), last);
        assert_eq!(calendar.ends_soon(date!(2027 - 02 - 01)), last, "all the more when it is over");
    }
}
