//! The worker that erases personal data by rule: what was filed about an application is kept `PERSONAL_DATA_DAYS` after it was
//! decided about for good.

use kernel::RuleCode;
use runtime::Context;
use time::Duration;

use crate::store::originals;

/// Erases what is old enough; whether there was any.
pub async fn run(context: Context) -> anyhow::Result<bool> {
    let Context { pool, pack, clock, .. } = &context;
    let (now, mut erased) = (clock.now(), 0);
    for year in pack.fiscal_years.clone() {
        let days = pack.rules_of(year)?.number(RuleCode::PersonalDataDays);
        erased += originals::erase(pool, year, now - Duration::days(i64::from(days)), now).await?;
    }
    if erased > 0 {
        tracing::info!(erased, "personal data were erased by rule");
    }
    Ok(erased > 0)
}
