//! `calendar.toml`: the State Council's yearly holiday notices (节假日安排) with shifted workdays (调休).
//!
//! Every day lies in a year that the file declares; a year that it doesn't declare is unknown, not free of holidays. For
//! the years to come there are the holidays of a fixed date (`[provisional]`).

use std::collections::BTreeMap;

use serde::Deserialize;
use time::{Date, Duration, Month, Weekday};
use toml::value::Datetime;

use super::fault::{Faults, Sheet, set_of};
use crate::{Calendar, calendar::FixedHoliday};

pub(super) const CALENDAR: &str = "calendar.toml";

/// No public holiday is longer; it also bounds the work of a check.
const LONGEST_HOLIDAY: Duration = Duration::days(31);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CalendarSheet {
    provisional: ProvisionalRow,
    years: Vec<YearRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProvisionalRow {
    basis: String,
    warning_days: u32,
    holidays: Vec<FixedRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FixedRow {
    name: String,
    month: u8,
    from: u8,
    to: Option<u8>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct YearRow {
    year: i32,
    notice: String,
    holidays: Vec<HolidayRow>,
    #[serde(default)]
    workdays: Vec<Datetime>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HolidayRow {
    name: String,
    from: Datetime,
    to: Option<Datetime>,
}

impl CalendarSheet {
    /// The number of each year's notice.
    pub(super) fn notices(&self) -> BTreeMap<i32, String> {
        self.years.iter().map(|row| (row.year, row.notice.clone())).collect()
    }

    pub(super) fn check(&self, faults: &mut Faults) -> Option<Calendar> {
        let mut sheet = faults.of(CALENDAR);
        sheet.not_empty("years", &self.years);
        sheet.no_repeats(self.years.iter().enumerate().map(|(at, row)| (format!("years[{at}].year"), row.year)));
        let years = set_of(self.years.iter().map(|row| row.year));
        let (mut off, mut worked) = (Vec::new(), Vec::new());
        for (at, row) in self.years.iter().enumerate() {
            row.check(&format!("years[{at}]"), &mut off, &mut worked, &mut sheet);
        }
        for (key, day) in off.iter().chain(&worked).filter(|(_, day)| !years.contains(&day.year())) {
            let en = format!("{day} lies in a year that {CALENDAR} does not declare");
            sheet.add(key, format!("{day} 所在年度未登记"), en);
        }
        let free = set_of(off.iter().map(|(_, day)| *day));
        for (key, day) in worked.iter().filter(|(_, day)| free.contains(day)) {
            sheet.add(key, format!("{day} 既放假又上班"), format!("{day} is both a day off and a shifted workday"));
        }
        sheet.no_repeats(off.iter().chain(&worked).filter(|(_, day)| years.contains(&day.year())).cloned());
        let fixed = self.provisional.check(&mut sheet);
        // What is wrong has been said above, with its key.
        let known = Calendar::try_new(years, free, worked.into_iter().map(|(_, day)| day)).ok()?;
        Some(known.with_provisional(fixed, self.provisional.warning_days))
    }
}

impl ProvisionalRow {
    fn check(&self, sheet: &mut Sheet<'_>) -> Vec<FixedHoliday> {
        sheet.named("provisional.basis", &self.basis);
        sheet.not_empty("provisional.holidays", &self.holidays);
        let rows = self.holidays.iter().enumerate();
        let fixed = rows.flat_map(|(at, row)| row.days(&format!("provisional.holidays[{at}]"), sheet));
        fixed.collect()
    }
}

impl FixedRow {
    fn days(&self, key: &str, sheet: &mut Sheet<'_>) -> Vec<FixedHoliday> {
        sheet.named(format!("{key}.name"), &self.name);
        let to = self.to.unwrap_or(self.from);
        // A leap year: 29 February is a day that a law may name.
        let month = Month::try_from(self.month).ok().filter(|month| (1..=month.length(2000)).contains(&self.from));
        match month.filter(|month| (self.from..=month.length(2000)).contains(&to)) {
            Some(month) => (self.from..=to).map(|day| FixedHoliday { month, day }).collect(),
            None => {
                let en = format!("{} of month {} to {to} are no days", self.from, self.month);
                sheet.add(key, "日期不正确", en);
                Vec::new()
            }
        }
    }
}

impl YearRow {
    fn check(&self, key: &str, off: &mut Vec<(String, Date)>, worked: &mut Vec<(String, Date)>, sheet: &mut Sheet<'_>) {
        sheet.named(format!("{key}.notice"), &self.notice);
        for (nth, holiday) in self.holidays.iter().enumerate() {
            let key = format!("{key}.holidays[{nth}]");
            sheet.named(format!("{key}.name"), &holiday.name);
            off.extend(holiday.days(&key, sheet).into_iter().map(|day| (key.clone(), day)));
        }
        for (nth, day) in self.workdays.iter().enumerate() {
            let key = format!("{key}.workdays[{nth}]");
            let Some(day) = sheet.take(&key, "日期不正确", civil(day)) else { continue };
            if !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) {
                sheet.add(
                    &key,
                    format!("{day} 本来就是工作日"),
                    format!("{day} is a {} and worked anyway", day.weekday()),
                );
            }
            worked.push((key, day));
        }
    }
}

impl HolidayRow {
    fn days(&self, key: &str, sheet: &mut Sheet<'_>) -> Vec<Date> {
        let from = sheet.take(format!("{key}.from"), "日期不正确", civil(&self.from));
        let to = sheet.take(format!("{key}.to"), "日期不正确", civil(self.to.as_ref().unwrap_or(&self.from)));
        let (Some(from), Some(to)) = (from, to) else { return Vec::new() };
        if to < from || to - from > LONGEST_HOLIDAY {
            sheet.add(format!("{key}.to"), "假期起止不正确", format!("{from} to {to} is no holiday"));
            return Vec::new();
        }
        std::iter::successors(Some(from), |day| day.next_day()).take_while(|day| *day <= to).collect()
    }
}

/// A plain date: a time of day or an offset beside it is a slip of the pen.
fn civil(written: &Datetime) -> Result<Date, String> {
    let no_date = || format!("{written} is no plain date (2022-01-31)");
    match written {
        Datetime { date: Some(date), time: None, offset: None } => {
            let month = Month::try_from(date.month).map_err(|_| no_date())?;
            Date::from_calendar_date(date.year.into(), month, date.day).map_err(|_| no_date())
        }
        _ => Err(no_date()),
    }
}

#[cfg(test)]
mod tests {
    use crate::pack::example::refused;

    const FILE: &str = "calendar.toml";

    #[test]
    fn every_day_lies_in_a_declared_year() {
        refused(FILE, "2022-01-29", "2024-01-27", "years[0].workdays[0]", "does not declare");
        refused(
            FILE,
            "from = 2022-01-31, to = 2022-02-06",
            "from = 2021-01-31",
            "years[0].holidays[0]",
            "does not declare",
        );
        refused(FILE, "year = 2023", "year = 2022", "years[1].year", "years[0].year");
    }

    #[test]
    fn a_day_is_off_or_worked_and_a_holiday_has_an_order() {
        refused(FILE, "2022-01-29", "2022-02-05", "years[0].workdays[0]", "both a day off and");
        refused(FILE, "2022-01-29", "2022-01-27", "years[0].workdays[0]", "Thursday");
        refused(FILE, "to = 2022-02-06", "to = 2022-01-06", "years[0].holidays[0].to", "no holiday");
        refused(FILE, "to = 2022-02-06", "to = 2022-09-06", "years[0].holidays[0].to", "no holiday");
        refused(FILE, "2022-01-29", "2022-01-29T08:00:00", "years[0].workdays[0]", "plain date");
        refused(FILE, "2022-01-29", "2022-02-30", "line", "");
    }

    #[test]
    fn the_holidays_of_a_fixed_date_are_days_that_there_are() {
        let key = "provisional.holidays[0]";
        refused(FILE, "month = 10, from = 1, to = 3", "month = 13, from = 1", key, "no days");
        refused(FILE, "month = 10, from = 1, to = 3", "month = 10, from = 3, to = 1", key, "no days");
        refused(FILE, "month = 10, from = 1, to = 3", "month = 2, from = 30", key, "no days");
        refused(FILE, "basis = \"甲\"\nwarning_days", "basis = \"\"\nwarning_days", "provisional.basis", "");
    }
}
