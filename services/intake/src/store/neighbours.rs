//! The other applications of a project's villages, among which duplicates are looked for.

use kernel::{Division, ProjectId};
use sqlx::PgPool;
use uuid::Uuid;

use crate::domain::duplicate::Neighbour;

struct Row {
    project_id: Uuid,
    village: String,
    title: String,
    state: String,
    place: String,
    item_titles: Vec<String>,
    sources: Vec<String>,
}

runtime::from_row!(Row { project_id, village, title, state, place, item_titles, sources });

/// The other applications of these villages, joint ones (联村) of which one takes part among them, that were put to
/// deliberation and have not ended: the newest two hundred, which is more than a village brings forward in twenty years.
///
/// Each village's are read in the order of its index, so that what lies before the newest costs nothing. The number is
/// written into the statement because the planner must know it.
pub async fn of(pool: &PgPool, villages: &[Division], project: ProjectId) -> sqlx::Result<Vec<Neighbour>> {
    let rows: Vec<Row> = sqlx::query_as(
        "with living as not materialized (
             select * from applications
              where project_id <> $2 and state not in ('DRAFT', 'REJECTED', 'WITHDRAWN', 'OUT_OF_POOL')
         ), mine as (
             select newest.* from unnest($1::text[]) as own(village), lateral (
                 select project_id, village, title, state, place, item_titles, sources from living
                  where village = own.village order by project_id desc limit 200) as newest
             union
             select project_id, village, title, state, place, item_titles, sources from living
              where joint_villages <> '{}' and joint_villages && $1
         )
         select * from mine order by project_id desc limit 200",
    )
    .bind(villages.iter().map(Division::as_str).collect::<Vec<_>>())
    .bind(project.0)
    .fetch_all(pool)
    .await?;
    let neighbour = |row: Row| Neighbour {
        project: ProjectId(row.project_id),
        // What stands in the table was read from the pack's codes.
        village: row.village.parse().expect("a village's code"),
        title: row.title,
        state: row.state,
        place: row.place,
        items: row.item_titles,
        sources: row.sources,
    };
    Ok(rows.into_iter().map(neighbour).collect())
}
