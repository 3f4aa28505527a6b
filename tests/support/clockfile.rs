//! A clock that several processes share: its offset stands in a file, so a restarted process shows the same time.

use kernel::calendar::{CHINA, civil_date};
use time::{Date, OffsetDateTime, PrimitiveDateTime, Time, macros::format_description};
pub use xianjie::demo::clock_file::ClockFile;

/// The setting by which a run of the tests or the drill begins at another hour or on another day.
const START: &str = "XIANJIE_TEST_CLOCK";

/// When the clocks of tests and drill start: at `default`, unless `XIANJIE_TEST_CLOCK` names an hour in China (`23:59`), a
/// day (`2024-02-29`) or both (`2021-12-31T23:59`).
///
/// # Panics
/// When the setting is none of them.
#[must_use]
pub fn start(default: OffsetDateTime) -> OffsetDateTime {
    match std::env::var(START) {
        Ok(text) if !text.is_empty() => {
            start_at(&text, default).unwrap_or_else(|| panic!("{START}={text:?} is no hour and no day"))
        }
        _ => default,
    }
}

fn start_at(text: &str, default: OffsetDateTime) -> Option<OffsetDateTime> {
    let day = |text: &str| Date::parse(text, format_description!("[year]-[month]-[day]")).ok();
    let hour = |text: &str| Time::parse(text, format_description!("[hour]:[minute]")).ok();
    let (day, hour) = match text.split_once('T') {
        Some((date, time)) => (day(date)?, hour(time)?),
        None if text.contains(':') => (civil_date(default), hour(text)?),
        None => (day(text)?, default.to_offset(CHINA).time()),
    };
    Some(PrimitiveDateTime::new(day, hour).assume_offset(CHINA))
}
