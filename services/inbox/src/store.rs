//! All SQL of the room: one row a task, brought up to date by one statement a step, and the lists of a reviewer.
//!
//! Every list is a walk along an index that ends with the page: see the migration. Closed tasks cost an open list nothing.
//! What a superior is told of is `domain::oversight`, said once more in SQL.

use runtime::{Change, Statement};
use sqlx::{AssertSqlSafe, PgPool, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::{
    Stage, State, Task,
    listing::{Key, Reader, Wanted},
};

/// What a step of a task leaves in the table.
pub fn step(change: &Change<'_, Task>) -> Vec<Statement> {
    // A step has at least one fact, and the first one raises the task.
    let Task::Raised(task) = change.state else { return Vec::new() };
    let lease = match &task.stage {
        Stage::Reserved(lease) if task.is_open() => Some(lease),
        Stage::Reserved(_) | Stage::Ready { .. } | Stage::Completed { .. } | Stage::Obsolete => None,
    };
    let excluded: Vec<&str> = task.request.excluded.iter().map(|person| person.0.as_str()).collect();
    let upsert = sqlx::query(
        "insert into tasks (task_id, project_id, kind, candidate, excluded, state, holder_id, lease_expires_at,
                            due_at, task, version, changed_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         on conflict (task_id) do update
            set state = excluded.state, holder_id = excluded.holder_id, lease_expires_at = excluded.lease_expires_at,
                due_at = excluded.due_at, task = excluded.task, version = excluded.version, changed_at = excluded.changed_at",
    )
    .bind(change.stream)
    .bind(task.request.project.0)
    .bind(&task.request.kind)
    .bind(task.request.candidate.to_string())
    .bind(excluded)
    .bind(task.code())
    .bind(lease.map(|lease| lease.holder.0.as_str()))
    .bind(lease.map(|lease| lease.until))
    .bind(task.due_at())
    .bind(Json(task))
    .bind(change.version)
    .bind(change.at);
    vec![upsert]
}

/// A task as a list reads it.
#[derive(Debug, Clone)]
pub struct Row {
    /// The task.
    pub task_id: Uuid,
    /// When it is due.
    pub due_at: OffsetDateTime,
    /// Version.
    pub version: i64,
    /// The whole of it.
    pub task: Json<State>,
}

runtime::from_row!(Row { task_id, due_at, version, task });

/// A page of tasks of the reader's posts, those that the reader holds and those that the reader is told of, after this place.
pub async fn page(
    pool: &PgPool,
    reader: &Reader,
    wanted: &Wanted,
    after: Option<Key>,
    now: OffsetDateTime,
    limit: i64,
) -> sqlx::Result<Vec<Row>> {
    let sql = if wanted.project.is_some() { of_project() } else { of_posts() };
    // Without posts only what the reader holds is left.
    let (posts, below) =
        if wanted.mine { (&[] as &[String], &[] as &[String]) } else { (&*reader.posts, &*reader.below) };
    let query = sqlx::query_as(AssertSqlSafe(sql))
        .bind(posts)
        .bind(below)
        .bind(&reader.person)
        .bind(&wanted.states)
        .bind(&wanted.kind)
        .bind(after.map(|key| key.due_at))
        .bind(after.map_or(Uuid::nil(), |key| key.task_id))
        .bind(now)
        .bind(limit)
        .bind(&reader.held)
        .bind(&reader.holders);
    match wanted.project {
        Some(project) => query.bind(project).fetch_all(pool).await,
        None => query.fetch_all(pool).await,
    }
}

/// Who holds this post, of the posts and persons bound side by side.
fn holders_of(post: &str, held: &str, holders: &str) -> String {
    format!(
        "(select coalesce(array_agg(person), '{{}}') from unnest({held}::text[], {holders}::text[]) as holder (held, person)
           where held = {post})"
    )
}

/// One ordered walk for each post and stored state, each cut off at the page's end, then merged with what is held. The
/// posts below are walked in the same way, for what is overdue or bars each of their holders.
fn of_posts() -> String {
    let walk = |posts: &str, more: &str| {
        format!(
            "select t.*
               from {posts}
              cross join unnest(case when 'READY' = any ($4) and 'RESERVED' <> all ($4)
                                     then array_append($4::text[], 'RESERVED') else $4 end) as stored
              cross join lateral (
                    select task_id, due_at, version, task
                      from tasks
                     where candidate = post and state = stored
                       and (due_at, task_id) > (coalesce($6, '-infinity'::timestamptz), $7)
                       and ($5::text is null or kind = $5)
                       and case when state = 'RESERVED' and lease_expires_at <= $8 then 'READY' else state end = any ($4)
                       {more}
                     order by due_at, task_id
                     limit $9) as t"
        )
    };
    let own = walk("unnest($1::text[]) as post", "");
    let holders = holders_of("post", "$10", "$11");
    let below = walk(
        &format!("(select post, {holders} as holders from unnest($2::text[]) as post) as below"),
        "and state in ('READY', 'RESERVED') and (due_at < $8 or excluded @> holders)
         and not (holder_id is not distinct from $3 and lease_expires_at > $8)",
    );
    format!(
        "select task_id, due_at, version, task
           from ({own}
                 union all
                 {below}
                 union all
                (select task_id, due_at, version, task
                   from tasks
                  where holder_id = $3 and lease_expires_at > $8 and 'RESERVED' = any ($4)
                    and (due_at, task_id) > (coalesce($6, '-infinity'::timestamptz), $7)
                    and candidate <> all ($1)
                    and ($5::text is null or kind = $5)
                  order by due_at, task_id
                  limit $9)) as mine
          order by due_at, task_id
          limit $9"
    )
}

/// A project has few tasks: one walk along them.
fn of_project() -> String {
    let holders = holders_of("candidate", "$10", "$11");
    format!(
        "select task_id, due_at, version, task
           from tasks
          where project_id = $12
            and (due_at, task_id) > (coalesce($6, '-infinity'::timestamptz), $7)
            and (candidate = any ($1) or (holder_id = $3 and lease_expires_at > $8)
                 or (candidate = any ($2) and state in ('READY', 'RESERVED') and (due_at < $8 or excluded @> {holders})))
            and ($5::text is null or kind = $5)
            and case when state = 'RESERVED' and lease_expires_at <= $8 then 'READY' else state end = any ($4)
          order by due_at, task_id
          limit $9"
    )
}

/// How a task looks to a watcher: when any of it changes, the task is sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Version.
    pub version: i64,
    /// Whether its lease has ended, which no event tells.
    pub lapsed: bool,
    /// Whether it is overdue, which no event tells either.
    pub overdue: bool,
}

runtime::from_row!(Look { version, lapsed, overdue });

/// Tasks that wait for a decision.
pub struct Waiting {
    /// All of them.
    pub open: i64,
    /// Those that are past their due time.
    pub overdue: i64,
}

runtime::from_row!(Waiting { open, overdue });

/// How many tasks wait, whoever is asked.
pub async fn waiting(pool: &PgPool, now: OffsetDateTime) -> sqlx::Result<Waiting> {
    sqlx::query_as(
        "select count(*) as open, count(*) filter (where due_at < $1) as overdue
           from tasks where state in ('READY', 'RESERVED')",
    )
    .bind(now)
    .fetch_one(pool)
    .await
}

/// How the reader's open tasks look now, and these others.
pub async fn looks(
    pool: &PgPool,
    reader: &Reader,
    project: Option<Uuid>,
    known: &[Uuid],
    now: OffsetDateTime,
) -> sqlx::Result<Vec<(Uuid, Look)>> {
    struct Seen {
        task_id: Uuid,
        look: Look,
    }

    runtime::from_row!(Seen { ..look, task_id });
    let wanted = if project.is_some() { "project_id = $8 and " } else { "" };
    let sql = format!(
        "select task_id, version,
                state = 'RESERVED' and lease_expires_at <= $5 as lapsed,
                state in ('READY', 'RESERVED') and due_at < $5 as overdue
           from tasks
          where {wanted}(task_id = any ($4) or {seen})",
        seen = seen()
    );
    let query = sqlx::query_as(AssertSqlSafe(sql))
        .bind(&reader.posts)
        .bind(&reader.below)
        .bind(&reader.person)
        .bind(known)
        .bind(now)
        .bind(&reader.held)
        .bind(&reader.holders);
    let seen: Vec<Seen> = match project {
        Some(project) => query.bind(project).fetch_all(pool).await?,
        None => query.fetch_all(pool).await?,
    };
    Ok(seen.into_iter().map(|seen| (seen.task_id, seen.look)).collect())
}

/// The open tasks that a reader sees: of the posts held (`$1`), held by the reader (`$3`) at this hour (`$5`), and those of the
/// posts below (`$2`) that are overdue or bar each holder (`$6`, `$7`).
fn seen() -> String {
    let holders = holders_of("candidate", "$6", "$7");
    format!(
        "(candidate = any ($1) and state in ('READY', 'RESERVED'))
         or (holder_id = $3 and lease_expires_at > $5)
         or (candidate = any ($2) and state in ('READY', 'RESERVED') and (due_at < $5 or excluded @> {holders}))"
    )
}

/// Of these tasks, which are said to have changed, those that the reader may see, or knows.
pub async fn heard(
    pool: &PgPool,
    reader: &Reader,
    project: Option<Uuid>,
    heard: &[Uuid],
    known: &[Uuid],
    now: OffsetDateTime,
) -> sqlx::Result<Vec<Row>> {
    let sql = format!(
        "select task_id, due_at, version, task
           from tasks
          where task_id = any ($8)
            and ($9::uuid is null or project_id = $9)
            and (task_id = any ($4) or {seen})
          order by due_at, task_id",
        seen = seen()
    );
    sqlx::query_as(AssertSqlSafe(sql))
        .bind(&reader.posts)
        .bind(&reader.below)
        .bind(&reader.person)
        .bind(known)
        .bind(now)
        .bind(&reader.held)
        .bind(&reader.holders)
        .bind(heard)
        .bind(project)
        .fetch_all(pool)
        .await
}

/// These tasks, the soonest due first.
pub async fn rows(pool: &PgPool, tasks: &[Uuid]) -> sqlx::Result<Vec<Row>> {
    sqlx::query_as("select task_id, due_at, version, task from tasks where task_id = any ($1) order by due_at, task_id")
        .bind(tasks)
        .fetch_all(pool)
        .await
}
