//! Lock-out (登录失败锁定): after five failures in a row an account rests for fifteen minutes.
//!
//! [design], after the level-3 protection scheme's demand to limit failed sign-ins (GB/T 22239-2019, 8.1.4.1).

use time::{Duration, OffsetDateTime};

/// Failures in a row that lock an account.
const FAILURES: i32 = 5;
/// How long it rests.
const REST: Duration = Duration::minutes(15);

/// Whether an account with this record may not try now.
pub fn locked_out(failures: i32, failed_at: Option<OffsetDateTime>, now: OffsetDateTime) -> bool {
    failures >= FAILURES && failed_at.is_some_and(|at| now < at + REST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn five_failures_lock_for_fifteen_minutes() {
        let at = datetime!(2022-01-04 09:00 +8);
        assert!(!locked_out(4, Some(at), at));
        assert!(locked_out(5, Some(at), at + Duration::minutes(14)));
        assert!(!locked_out(5, Some(at), at + Duration::minutes(15)));
        assert!(!locked_out(0, None, at));
    }
}
