//! The calendar of working days (节假日安排) while rooms run: who keeps them running is told in time that it ends.

use kernel::{Calendar, calendar::civil_date};
use opentelemetry::metrics::Gauge;
use time::Date;
use tokio_util::sync::CancellationToken;

use crate::Clock;

/// How often it is looked at.
const LOOK: std::time::Duration = std::time::Duration::from_secs(3600);

/// Measures how many days the calendar still knows, and warns once a day when the next year's is asked for.
pub(crate) async fn watch(calendar: Calendar, clock: Clock, shutdown: CancellationToken) {
    let left = opentelemetry::global::meter("xianjie").i64_gauge("xianjie.calendar.days_left").with_unit("d").build();
    let mut warned = None;
    while !shutdown.is_cancelled() {
        let today = civil_date(clock.now());
        look(&calendar, today, &left, &mut warned);
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

fn look(calendar: &Calendar, today: Date, left: &Gauge<i64>, warned: &mut Option<Date>) {
    if let Some(last) = calendar.last_known_day() {
        left.record((last - today).whole_days(), &[]);
    }
    if let Some(last) = calendar.ends_soon(today).filter(|_| *warned != Some(today)) {
        *warned = Some(today);
        tracing::warn!(%last, "the calendar of working days ends: load the next year's notice; later due dates are provisional");
    }
}
