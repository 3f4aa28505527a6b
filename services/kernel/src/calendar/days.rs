//! The days of the years that a calendar knows, and what is counted on them. Pure: a further year makes other days.

use std::collections::BTreeSet;

use time::{Date, Duration, Month, OffsetDateTime, Weekday};

use super::{BadCalendar, Count, Due, FixedHoliday, UnknownYear, civil_date, notice_may_close_from, start_of_day};

/// The days of one year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YearDays {
    /// Days off beside the weekends, or on them.
    pub days_off: Vec<Date>,
    /// Weekend days that are worked (调休).
    pub workdays: Vec<Date>,
    /// How many days are worked.
    pub working_days: u32,
    /// Whether its calendar is not published yet (暂定).
    pub provisional: bool,
}

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Days {
    pub(super) years: BTreeSet<i32>,
    days_off: BTreeSet<Date>,
    extra_workdays: BTreeSet<Date>,
    fixed: BTreeSet<FixedHoliday>,
    warning: u32,
}

impl Days {
    pub(super) fn try_new(
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
        Ok(Self { years, days_off, extra_workdays, ..Self::default() })
    }

    pub(super) fn with_provisional(self, fixed: impl IntoIterator<Item = FixedHoliday>, warning: u32) -> Self {
        Self { fixed: fixed.into_iter().collect(), warning, ..self }
    }

    pub(super) fn last_known_day(&self) -> Option<Date> {
        Date::from_calendar_date(*self.years.last()?, Month::December, 31).ok()
    }

    pub(super) fn known_until(&self) -> Option<OffsetDateTime> {
        let mut last = *self.years.first()?;
        while self.years.contains(&(last + 1)) {
            last += 1;
        }
        Date::from_calendar_date(last + 1, Month::January, 1).ok().map(start_of_day)
    }

    pub(super) fn ends_soon(&self, today: Date) -> Option<Date> {
        self.last_known_day().filter(|last| *last - today <= Duration::days(self.warning.into()))
    }

    pub(super) fn is_working_day(&self, date: Date) -> Result<bool, UnknownYear> {
        if !self.years.contains(&date.year()) {
            return Err(UnknownYear { year: date.year() });
        }
        Ok(self.extra_workdays.contains(&date) || !(is_weekend(date) || self.days_off.contains(&date)))
    }

    pub(super) fn of_year(&self, year: i32) -> Result<YearDays, UnknownYear> {
        let first = Date::from_calendar_date(year, Month::January, 1).map_err(|_| UnknownYear { year })?;
        let days = || std::iter::successors(Some(first), |day| day.next_day()).take_while(|day| day.year() == year);
        let provisional = !self.years.contains(&year);
        let off = |day: &Date| if provisional { self.is_fixed(*day) } else { self.days_off.contains(day) };
        let mut working_days = 0;
        for day in days() {
            working_days += u32::from(self.counts_as_working(day)?);
        }
        let workdays = days().filter(|day| self.extra_workdays.contains(day)).collect();
        Ok(YearDays { days_off: days().filter(off).collect(), workdays, working_days, provisional })
    }

    fn is_fixed(&self, date: Date) -> bool {
        self.fixed.contains(&FixedHoliday { month: date.month(), day: date.day() })
    }

    /// Whether that day counts as worked: as the calendar says, and in a year that is yet to come by weekends and fixed
    /// holidays alone.
    fn counts_as_working(&self, date: Date) -> Result<bool, UnknownYear> {
        // A year that is past will never become known: nothing may rest on a guess about it.
        if self.years.contains(&date.year()) || self.years.first().is_none_or(|first| date.year() < *first) {
            return self.is_working_day(date);
        }
        Ok(!(is_weekend(date) || self.is_fixed(date)))
    }

    /// The nth working day after a day, and whether that is sure: all days up to it are known.
    fn nth_working_day(&self, from: Date, n: u32) -> Result<(Date, bool), UnknownYear> {
        let (mut date, mut left, mut sure) = (from, n, true);
        while left > 0 {
            date = date.next_day().ok_or(UnknownYear { year: date.year() })?;
            sure &= self.years.contains(&date.year());
            left -= u32::from(self.counts_as_working(date)?);
        }
        Ok((date, sure))
    }

    pub(super) fn due_after(&self, from: Date, working_days: u32) -> Result<Due, UnknownYear> {
        let (last, sure) = self.nth_working_day(from, working_days)?;
        let counted = (!sure).then_some(Count { from, working_days, later: 0 });
        Ok(Due { at: start_of_day(last) + Duration::days(1), counted })
    }

    pub(super) fn notice_may_close_from(
        &self,
        posted: OffsetDateTime,
        days: u32,
        extended: bool,
    ) -> Result<OffsetDateTime, UnknownYear> {
        let closable = notice_may_close_from(posted, days);
        if !extended || days == 0 {
            return Ok(closable);
        }
        let mut last = civil_date(closable) - Duration::days(1);
        while !self.is_working_day(last)? {
            last = last.next_day().ok_or(UnknownYear { year: last.year() })?;
        }
        Ok(start_of_day(last) + Duration::days(1))
    }

    pub(super) fn with_year(
        &self,
        year: i32,
        days_off: impl IntoIterator<Item = Date>,
        extra_workdays: impl IntoIterator<Item = Date>,
    ) -> Result<Self, BadCalendar> {
        let with = |days: &BTreeSet<Date>, more: BTreeSet<Date>, without: &BTreeSet<Date>| -> BTreeSet<Date> {
            days.difference(without).copied().filter(|day| day.year() != year).chain(more).collect()
        };
        let off: BTreeSet<Date> = days_off.into_iter().collect();
        let worked: BTreeSet<Date> = extra_workdays.into_iter().collect();
        if let Some(day) = off.intersection(&worked).next() {
            return Err(BadCalendar::Contradiction(*day));
        }
        // The later notice decides, also of the December before, in which its days off may begin.
        let days_off = with(&self.days_off, off.clone(), &worked);
        let extra_workdays = with(&self.extra_workdays, worked, &off);
        let loaded = Self::try_new(self.years.iter().copied().chain([year]), days_off, extra_workdays)?;
        Ok(loaded.with_provisional(self.fixed.iter().copied(), self.warning))
    }
}

fn is_weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}
