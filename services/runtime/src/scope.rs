//! Lists of what lies within a reader's reach, the newest first: each page is a few short walks along indexes.
//!
//! A county's reader walks the table's key, or its states; a township's and a village's walk their own entries, and whoever is
//! only asked those of its seats. So a page costs the same however much there is elsewhere.

use std::collections::HashMap;

use kernel::Reach;
use sqlx::{AssertSqlSafe, PgPool};
use uuid::Uuid;

/// A table with a row a thing, whose `village` says where it lies and whose `asked` (`text[]`) which seats are asked about it.
///
/// It needs indexes on `(left(village, 9), key desc)`, `(village, key desc)` and `asked` (GIN); with states also on
/// `(state, key desc)`.
#[derive(Debug, Clone, Copy)]
pub struct Listing {
    /// The table.
    pub table: &'static str,
    /// Columns that are wanted, the key among them.
    pub columns: &'static str,
    /// Unique column that grows with time: its order is the list's, the newest first.
    pub key: &'static str,
    /// A key greater than all, as SQL.
    pub beyond: &'static str,
    /// Whether there is a column `state` that `$2` may name values of.
    pub states: bool,
    /// Further conditions, beginning with ` and`; their arguments begin at `$6`.
    pub filters: &'static str,
}

impl Listing {
    /// The statement. `$1`: division prefixes (`text[]`), `$2`: states (`text[]`, all when empty), `$3`: the key that the
    /// page before ended with, or null, `$4`: how many at most, `$5`: the reader's seats (`text[]`).
    #[must_use]
    pub fn sql(&self) -> String {
        let Self { table, columns, key, beyond, states, filters } = self;
        let of_state = if *states { " and (cardinality($2::text[]) = 0 or state = any ($2))" } else { "" };
        let walk = |place: &str| {
            format!(
                "select {columns} from {table}
                  where {place} and {key} < coalesce($3, {beyond}){filters}
                  order by {key} desc limit $4"
            )
        };
        let whole = walk(&format!("(select bool_or(length(prefix) <= 6) from {PREFIXES}) and {WITHIN}"));
        let by_state = walk(&format!("state = wanted_state and {WITHIN}"));
        let county = if *states {
            format!(
                "(select * from ({whole}) as newest where cardinality($2::text[]) = 0)
                 union all
                 select walk.* from (select wanted_state from unnest($2::text[]) as wanted_state
                                      where (select bool_or(length(prefix) <= 6) from {PREFIXES})) as wanted
                  cross join lateral ({by_state}) as walk"
            )
        } else {
            format!("({whole})")
        };
        let township = walk(&format!("left(village, 9) = prefix{of_state}"));
        let village = walk(&format!("village = prefix{of_state}"));
        let asked = walk(&format!("asked && $5::text[]{of_state}"));
        format!(
            "select distinct on ({key}) * from (
                 {county}
                 union all
                 select walk.* from {PREFIXES} cross join lateral ({township}) as walk
                 union all
                 select walk.* from {PREFIXES} cross join lateral ({village}) as walk
                 union all
                 ({asked})
             ) as seen
             order by {key} desc limit $4"
        )
    }
}

const PREFIXES: &str = "unnest($1::text[]) as prefix";
/// What a list that is not a [`Listing`] asks for to keep within the reader's reach: `$1` are the prefixes, `$2` the seats.
pub const WITHIN_REACH: &str = "coalesce(village ^@ any ($1::text[]) or asked && $2::text[], false)";

/// Those of these projects, which `table` has a row each of, that lie within this reach.
///
/// # Errors
/// When the store fails.
pub async fn readable(
    pool: &PgPool,
    table: &'static str,
    reach: &Reach,
    projects: impl IntoIterator<Item = Uuid>,
) -> sqlx::Result<Vec<Uuid>> {
    let sql = format!("select project_id from {table} where project_id = any ($3) and {WITHIN_REACH}");
    let projects: Vec<Uuid> = projects.into_iter().collect();
    let query = sqlx::query_scalar(AssertSqlSafe(sql)).bind(&reach.prefixes).bind(&reach.seats).bind(projects);
    query.fetch_all(pool).await
}

/// The same, as [`crate::Room::watched`] wants it, of streams that are named by their project.
///
/// # Errors
/// When the store fails.
pub async fn watched(
    pool: &PgPool,
    table: &'static str,
    reach: &Reach,
    streams: Vec<(Uuid, i64)>,
) -> sqlx::Result<HashMap<Uuid, Uuid>> {
    let found = readable(pool, table, reach, streams.into_iter().map(|(stream, _)| stream)).await?;
    Ok(found.into_iter().map(|project| (project, project)).collect())
}

/// Written so that the planner takes it for a coin's toss: a guess of one row in two hundred would cost a whole walk.
const WITHIN: &str = "coalesce(village ^@ any ($1::text[]), false)";

/// What is left of a reader's reach when only what lies in one division is wanted; all when it is empty. Its seats stay: the list
/// must ask for the division, too.
#[must_use]
pub fn narrowed(reach: Reach, division: &str) -> Reach {
    let common = |prefix: String| {
        if division.starts_with(&prefix) {
            Some(division.to_owned())
        } else {
            prefix.starts_with(division).then_some(prefix)
        }
    };
    Reach { prefixes: reach.prefixes.into_iter().filter_map(common).collect(), seats: reach.seats }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_narrowed_to_what_the_reader_sees_of_a_division() {
        let narrowed = |prefix: &str, division: &str| {
            narrowed(Reach { prefixes: vec![prefix.to_owned()], seats: Vec::new() }, division).prefixes
        };
        assert_eq!(narrowed("430921", "430921129"), ["430921129"]);
        assert_eq!(narrowed("430921129201", "430921129"), ["430921129201"]);
        assert_eq!(narrowed("430921129", ""), ["430921129"]);
        assert!(narrowed("430921127", "430921129").is_empty());
    }
}
