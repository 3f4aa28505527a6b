//! All SQL of the room: one row an application, brought up to date in the step's own transaction, the lists of them
//! ([`lists`]) and who reads them ([`readers`]), what is counted in the pool ([`statistics`]), a village's other
//! applications ([`neighbours`]), and the personal data that stand in no event ([`originals`]).

pub mod lists;
pub mod neighbours;
pub mod originals;
pub mod readers;
pub mod statistics;

use kernel::{Attachment, Division};
use runtime::Statement;
use sqlx::PgPool;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::{State, deadline, objection, recount};

/// An application's row, as its state says.
pub fn application(project: Uuid, version: i64, at: OffsetDateTime, state: &State) -> Statement {
    sqlx::query(
        "insert into applications (project_id, title, village, fiscal_year, category, total_fen, state,
                                   content_revision, pool_no, version, changed_at, sub_type, pool_year,
                                   pool_priority, pool_progress, objection_due_at, place, item_titles, sources,
                                   joint_villages, asked, ended_at, correction_due_at, correction_overdue,
                                   recount_due_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
                 case when $22 then $11::timestamptz end, $23, $24, $25)
         on conflict (project_id) do update
            set title = excluded.title, village = excluded.village, fiscal_year = excluded.fiscal_year,
                category = excluded.category, total_fen = excluded.total_fen, state = excluded.state,
                content_revision = excluded.content_revision, pool_no = excluded.pool_no,
                version = excluded.version, changed_at = excluded.changed_at, sub_type = excluded.sub_type,
                pool_year = excluded.pool_year, pool_priority = excluded.pool_priority,
                pool_progress = excluded.pool_progress, objection_due_at = excluded.objection_due_at,
                place = excluded.place, item_titles = excluded.item_titles, sources = excluded.sources,
                joint_villages = excluded.joint_villages,
                asked = case when excluded.asked = '{}' then applications.asked else excluded.asked end,
                ended_at = case when excluded.ended_at is not null
                                then coalesce(applications.ended_at, excluded.ended_at) end,
                correction_due_at = excluded.correction_due_at,
                correction_overdue = excluded.correction_overdue, recount_due_at = excluded.recount_due_at",
    )
    .bind(project)
    .bind(&state.content.title)
    .bind(state.content.village.as_str())
    .bind(state.content.fiscal_year)
    .bind(&state.content.category)
    .bind(state.content.total.fen())
    .bind(state.stage.code())
    .bind(state.content_revision)
    .bind(state.stage.pool_no())
    .bind(version)
    .bind(at)
    .bind(&state.content.sub_type)
    .bind(state.pool.as_ref().map(|place| place.year))
    .bind(state.pool.as_ref().and_then(|place| place.priority).map(|rank| i32::try_from(rank).unwrap_or(i32::MAX)))
    .bind(state.pool.as_ref().map(|place| place.progress.code()))
    .bind(objection::next_escalation(state))
    .bind(&state.content.place)
    .bind(state.content.items.iter().map(|item| item.title.as_str()).collect::<Vec<_>>())
    .bind(state.content.budget.iter().map(|line| line.source.as_str()).collect::<Vec<_>>())
    .bind(state.content.joint_villages.iter().map(Division::as_str).collect::<Vec<_>>())
    .bind(state.readers.seats())
    .bind(state.is_decided_for_good())
    .bind(deadline::next_deadline(state))
    .bind(deadline::is_overdue(state))
    .bind(recount::first_provisional(state))
}

/// A photograph that serves the project.
pub fn photograph(project: Uuid, photo: &Attachment) -> Statement {
    let insert =
        "insert into photographs (sha256, project_id) values ($1, $2) on conflict (sha256, project_id) do nothing";
    sqlx::query(insert).bind(photo.sha256.clone()).bind(project)
}

/// Applications about whose correction time changes something, the longest overdue first.
pub async fn late_corrections(pool: &PgPool, now: OffsetDateTime, limit: i64) -> sqlx::Result<Vec<Uuid>> {
    let late = "select project_id from applications where correction_due_at <= $1 order by correction_due_at limit $2";
    sqlx::query_scalar(late).bind(now).bind(limit).fetch_all(pool).await
}

/// Applications in which something is due by then that hung on a year which was not published.
pub async fn provisional(pool: PgPool, until: OffsetDateTime, limit: i64) -> sqlx::Result<Vec<(Uuid, i64)>> {
    let found =
        "select project_id, version from applications where recount_due_at <= $1 order by recount_due_at limit $2";
    sqlx::query_as(found).bind(until).bind(limit).fetch_all(&pool).await
}

/// Applications with an objection whose days are over, the longest overdue first.
pub async fn late_objections(pool: &PgPool, now: OffsetDateTime, limit: i64) -> sqlx::Result<Vec<Uuid>> {
    let late = "select project_id from applications where objection_due_at <= $1 order by objection_due_at limit $2";
    sqlx::query_scalar(late).bind(now).bind(limit).fetch_all(pool).await
}
