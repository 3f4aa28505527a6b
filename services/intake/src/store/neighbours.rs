//! The other applications of a project's villages, among which duplicates are looked for.

use kernel::{Division, ProjectId};
use sqlx::{FromRow, PgPool};
use uuid::Uuid;

use crate::domain::duplicate::Neighbour;

/// More than any few villages have at work at a time.
const MOST: i64 = 200;

#[derive(FromRow)]
struct Row {
    project_id: Uuid,
    title: String,
    state: String,
    place: String,
    item_titles: Vec<String>,
    sources: Vec<String>,
}

/// The other applications of these villages, joint ones (联村) of which one takes part among them, that were put to
/// deliberation and have not ended, the newest first.
pub async fn of(pool: &PgPool, villages: &[Division], project: ProjectId) -> sqlx::Result<Vec<Neighbour>> {
    let rows: Vec<Row> = sqlx::query_as(
        "with mine as (
             select * from applications where village = any($1)
             union
             select * from applications where joint_villages <> '{}' and joint_villages && $1
         )
         select project_id, title, state, place, item_titles, sources from mine
          where project_id <> $2 and state not in ('DRAFT', 'REJECTED', 'WITHDRAWN', 'OUT_OF_POOL')
          order by project_id desc limit $3",
    )
    .bind(villages.iter().map(Division::as_str).collect::<Vec<_>>())
    .bind(project.0)
    .bind(MOST)
    .fetch_all(pool)
    .await?;
    let neighbour = |row: Row| Neighbour {
        project: ProjectId(row.project_id),
        title: row.title,
        state: row.state,
        place: row.place,
        items: row.item_titles,
        sources: row.sources,
    };
    Ok(rows.into_iter().map(neighbour).collect())
}
