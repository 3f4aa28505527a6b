//! Who reads which applications, as lists are asked for it: the column `asked`.

use std::collections::BTreeSet;

use kernel::{Pack, ProjectId, Reach};
use runtime::scope::WITHIN_REACH;
use sqlx::{AssertSqlSafe, PgPool};
use uuid::Uuid;

/// Those of these projects that lie within this reach.
pub async fn readable(pool: &PgPool, reach: &Reach, projects: &[Uuid]) -> sqlx::Result<BTreeSet<ProjectId>> {
    let sql = format!("select project_id from applications where project_id = any ($3) and {WITHIN_REACH}");
    let query = sqlx::query_scalar(AssertSqlSafe(sql)).bind(&reach.prefixes).bind(&reach.seats).bind(projects);
    let found: Vec<Uuid> = query.fetch_all(pool).await?;
    Ok(found.into_iter().map(ProjectId).collect())
}

/// Says who is asked about what was forwarded before that was kept: the departments that the pack names for its content.
/// What has been said once stays.
pub async fn fill(pool: &PgPool, pack: &Pack) -> sqlx::Result<()> {
    let unsaid: Vec<(Uuid, String, String, Vec<String>)> = sqlx::query_as(
        "select project_id, category, sub_type, sources from applications
          where asked = '{}' and exists (select from events where stream_id = project_id
                                            and payload ->> 'kind' = 'ApplicationForwarded')",
    )
    .fetch_all(pool)
    .await?;
    for (project, category, sub_type, sources) in unsaid {
        let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
        let asked = pack.reviews(&category, &sub_type, &sources).into_iter();
        let asked: Vec<String> = asked.map(|review| review.post.to_string()).collect();
        sqlx::query("update applications set asked = $2 where project_id = $1 and asked = '{}'")
            .bind(project)
            .bind(asked)
            .execute(pool)
            .await?;
    }
    Ok(())
}
