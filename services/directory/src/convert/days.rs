//! What the calendar says of a year and of a due date.

use std::ops::RangeInclusive;

use kernel::{
    Calendar, Due, Pack,
    calendar::{YearDays, civil_date, parse_date, start_of_day},
    id::sha256_hex,
    refusal::{Common, Violations},
};
use proto::directory::v1::{ComputeDueDateRequest, DueDate, YearCalendar};
use time::{Date, Duration};
use translation::{field::number, time::timestamp};

use crate::domain::listing::StoredYear;

/// Years outside this are slips of the pen; it also bounds the work of counting.
const PLAUSIBLE_YEARS: RangeInclusive<i32> = 2000..=2100;
/// More working days than any step takes.
const MOST_WORKING_DAYS: i32 = 1000;

/// The days of a year as they stand; `loaded` is what was loaded of it.
///
/// # Errors
/// `YEAR` for no plausible year, NOT_FOUND for one before the calendar.
pub fn year_calendar(pack: &Pack, year: i32, loaded: Option<StoredYear>) -> Result<YearCalendar, Common> {
    let mut wrong = Violations::default();
    if !PLAUSIBLE_YEARS.contains(&year) {
        wrong.add("YEAR", "year", "年度须在2000至2100之间", "must be a year from 2000 to 2100");
    }
    wrong.finish()?;
    let days = pack.calendar.days_of(year).map_err(|_| Common::NotFound { what: "节假日安排 calendar" })?;
    let YearDays { days_off, workdays, working_days, provisional } = days;
    let texts = |days: Vec<Date>| days.iter().map(ToString::to_string).collect::<Vec<_>>();
    let (days_off, workdays) = (texts(days_off), texts(workdays));
    let (document_no, revision) = match loaded {
        Some(loaded) => (loaded.document_no, loaded.revision),
        None => (pack.notices.get(&year).cloned().unwrap_or_default(), 0),
    };
    let (off, worked) = (days_off.join(","), workdays.join(","));
    let etag = sha256_hex(format!("{year};{off};{worked};{provisional};{revision};{document_no}").as_bytes());
    let working_day_count = number(working_days);
    Ok(YearCalendar { year, days_off, workdays, working_day_count, document_no, revision, provisional, etag })
}

/// When something is due.
///
/// # Errors
/// `BAD_DATE` and `WORKING_DAYS`, each at its field; `NO_CALENDAR` before the calendar.
pub fn due_date(calendar: &Calendar, asked: &ComputeDueDateRequest) -> Result<DueDate, Common> {
    let mut wrong = Violations::default();
    let start = parse_date(&asked.start_date).filter(|day| PLAUSIBLE_YEARS.contains(&day.year()));
    if start.is_none() {
        let zh = "日期应为 2027-01-01 格式,年度在2000至2100之间";
        wrong.add("BAD_DATE", "start_date", zh, "must be a day from 2000 to 2100, 2027-01-01");
    }
    let working_days =
        u32::try_from(asked.working_days).ok().filter(|_| (1..=MOST_WORKING_DAYS).contains(&asked.working_days));
    if working_days.is_none() {
        let zh = format!("工作日数须在1至{MOST_WORKING_DAYS}之间");
        wrong.add("WORKING_DAYS", "working_days", zh, format!("must be 1 to {MOST_WORKING_DAYS}"));
    }
    wrong.finish()?;
    let (start, working_days) = start.zip(working_days).expect("what is missing was refused just above");
    let due = calendar.due_after(start_of_day(start), working_days)?;
    Ok(DueDate {
        last_date: last_day(&due).to_string(),
        due_time: Some(timestamp(due.at)),
        provisional: due.is_provisional(),
    })
}

/// It is due at the end of that day, which is the start of the next.
fn last_day(due: &Due) -> Date {
    civil_date(due.at - Duration::seconds(1))
}

#[cfg(test)]
mod tests {
    use kernel::Refusal as _;
    use runtime::testing::pack;
    use time::macros::{date, datetime};

    use super::*;

    fn due(start_date: &str, working_days: i32) -> Result<DueDate, Common> {
        due_date(&pack().calendar, &ComputeDueDateRequest { start_date: start_date.into(), working_days })
    }

    #[test]
    fn a_year_of_the_pack_has_its_notice_and_every_day_is_counted() {
        let pack = pack();
        let year = year_calendar(&pack, 2022, None).expect("known");
        assert_eq!((year.document_no.as_str(), year.revision, year.provisional), ("国办发明电〔2021〕11号", 0, false));
        let worked = |day: &Date| pack.calendar.is_working_day(*day).expect("known");
        let days = std::iter::successors(Some(date!(2022 - 01 - 01)), |day| day.next_day()).take(365);
        assert_eq!(usize::try_from(year.working_day_count).expect("days"), days.filter(worked).count());
        assert_eq!((year.days_off.first().map(String::as_str), year.etag.len()), (Some("2022-01-01"), 64));
        assert_eq!(year_calendar(&pack, 2022, None).expect("known"), year, "the same etag");
    }

    #[test]
    fn a_year_that_is_loaded_says_so_and_one_that_is_not_published_is_provisional() {
        let pack = pack();
        let stored = StoredYear {
            year: 2022,
            revision: 2,
            document_no: "更正".into(),
            days_off: Vec::new(),
            workdays: Vec::new(),
        };
        let loaded = year_calendar(&pack, 2022, Some(stored)).expect("known");
        assert_eq!((loaded.document_no.as_str(), loaded.revision), ("更正", 2));
        let next = year_calendar(&pack, 2027, None).expect("what due dates go by");
        assert_eq!((next.document_no.as_str(), next.provisional, next.workdays.len()), ("", true, 0));
        assert_eq!(next.days_off.len(), 6, "{:?}", next.days_off);
        let code = |year| year_calendar(&pack, year, None).expect_err("none").explain().code;
        assert_eq!((code(2020), code(0), code(i32::MAX), code(i32::MIN)), ("NOT_FOUND", "YEAR", "YEAR", "YEAR"));
    }

    #[test]
    fn a_due_date_is_the_one_that_tasks_get() {
        let calendar = &pack().calendar;
        let sure = due("2022-01-28", 3).expect("known");
        let counted = calendar.due_after(datetime!(2022-01-28 17:00 +8), 3).expect("known");
        assert_eq!(sure.due_time, Some(timestamp(counted.at)));
        assert_eq!((sure.last_date.as_str(), sure.provisional), ("2022-02-07", false));
        assert!(due("2026-12-28", 5).expect("counted").provisional);
        assert!(due("2100-12-31", MOST_WORKING_DAYS).is_ok_and(|due| due.provisional));
        assert_eq!(due("2020-06-01", 5).expect_err("before the calendar").explain().code, "NO_CALENDAR");
    }

    #[test]
    fn what_can_not_be_counted_is_refused_by_field() {
        for (start, working_days) in [("", 0), ("2022-02-30", -1), ("9999-12-31", 1001), ("1999-12-31", i32::MIN)] {
            let refused = due(start, working_days).expect_err("neither is sound").explain();
            let fields: Vec<_> = refused.fields.iter().map(|field| (field.code, field.field.as_str())).collect();
            assert_eq!(fields, [("BAD_DATE", "start_date"), ("WORKING_DAYS", "working_days")], "{start}");
        }
    }
}
