//! The calendars of years that were loaded, as the room keeps them.

use sqlx::PgPool;

use crate::domain::listing::StoredYear;

runtime::from_row!(StoredYear { year, revision, document_no, days_off, workdays });

/// All years that were loaded, in order.
pub async fn all(pool: &PgPool) -> sqlx::Result<Vec<StoredYear>> {
    sqlx::query_as("select year, revision, document_no, days_off, workdays from calendar_years order by year")
        .fetch_all(pool)
        .await
}
