//! Moments.

use prost_types::Timestamp;
use time::{Duration, OffsetDateTime};

/// To send.
#[must_use]
pub fn timestamp(at: OffsetDateTime) -> Timestamp {
    // A second has fewer than 2^31 nanoseconds.
    Timestamp { seconds: at.unix_timestamp(), nanos: i32::try_from(at.nanosecond()).unwrap_or_default() }
}

/// As the clock has it; none where no calendar goes.
#[must_use]
pub fn moment(message: &Timestamp) -> Option<OffsetDateTime> {
    let whole = OffsetDateTime::from_unix_timestamp(message.seconds).ok()?;
    whole.checked_add(Duration::nanoseconds(message.nanos.into()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_moment_comes_back_as_it_went_out(seconds in -60_000_000_000_i64..200_000_000_000, nanos in 0_i32..1_000_000_000) {
            let sent = Timestamp { seconds, nanos };
            prop_assert_eq!(moment(&sent).map(timestamp), Some(sent));
        }
    }

    #[test]
    fn beyond_all_calendars_there_is_no_moment() {
        assert_eq!(moment(&Timestamp { seconds: i64::MAX, nanos: 0 }), None);
    }
}
