//! Who reads which applications, as lists are asked for it: the column `asked`.

use std::collections::{BTreeSet, HashMap};

use kernel::{Actor, Pack, ProjectId, Reach};
use runtime::{Context, scope};
use sqlx::PgPool;
use uuid::Uuid;

const TABLE: &str = "applications";

/// Those of these streams, with their projects, whose changes this actor may watch.
pub async fn watched(context: Context, actor: Actor, streams: Vec<(Uuid, i64)>) -> sqlx::Result<HashMap<Uuid, Uuid>> {
    scope::watched(&context.pool, TABLE, &actor.reach(), streams).await
}

/// Those of these projects that lie within this reach.
pub async fn readable(pool: &PgPool, reach: &Reach, projects: &[Uuid]) -> sqlx::Result<BTreeSet<ProjectId>> {
    let found = scope::readable(pool, TABLE, reach, projects.iter().copied()).await?;
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
