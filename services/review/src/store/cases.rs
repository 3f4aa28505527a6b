//! The row of a case, brought up to date in the step's own transaction, and the workers' look for what is overdue or hangs
//! on a year that was not published.

use runtime::{Change, Statement};
use sqlx::{PgPool, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{guarantees, resolutions};
use crate::domain::{
    Case, Event, Stage,
    next_actions::open_tasks,
    overdue::next_due,
    recount::first_provisional,
    scope::{seats_asked, waiting_for},
};

/// What a step of a case leaves in the tables.
pub fn step(change: &Change<'_, Case>) -> Vec<Statement> {
    // A step has at least one fact, and the first one opens the case.
    let Case::Opened(state) = change.state else { return Vec::new() };
    let subject = &state.referral.subject;
    let resolution = match &state.stage {
        Stage::Approved(resolution) => Some(resolution),
        Stage::Departments
        | Stage::OfficeDecision
        | Stage::ExpertReview
        | Stage::LeadingGroup
        | Stage::Returned
        | Stage::Rejected
        | Stage::Withdrawn { .. } => None,
    };
    let upsert = sqlx::query(
        "insert into cases (project_id, title, village, category, fiscal_year, total_fen, state, round,
                            content_revision, returned, resolution_no, meeting_date, version, changed_at, next_due_at,
                             suspension_reason, due_at, asked, waiting_for, has_panel, desks,
                             recount_due_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)
         on conflict (project_id) do update
            set title = excluded.title, village = excluded.village, category = excluded.category,
                fiscal_year = excluded.fiscal_year, total_fen = excluded.total_fen, state = excluded.state,
                round = excluded.round, content_revision = excluded.content_revision, returned = excluded.returned,
                resolution_no = excluded.resolution_no, meeting_date = excluded.meeting_date,
                version = excluded.version, changed_at = excluded.changed_at, next_due_at = excluded.next_due_at,
                suspension_reason = excluded.suspension_reason, due_at = excluded.due_at, asked = excluded.asked,
                waiting_for = excluded.waiting_for, has_panel = excluded.has_panel, desks = excluded.desks,
                recount_due_at = excluded.recount_due_at",
    )
    .bind(change.stream)
    .bind(&subject.title)
    .bind(subject.village.as_str())
    .bind(&subject.category)
    .bind(subject.fiscal_year)
    .bind(subject.total.fen())
    .bind(state.stage.code())
    .bind(i32::try_from(state.referral.round).unwrap_or(i32::MAX))
    .bind(state.referral.content_revision)
    .bind(Json(&state.returned))
    .bind(resolution.map(|found| &found.number))
    .bind(resolution.map(|found| &found.meeting_date))
    .bind(change.version)
    .bind(change.at)
    .bind(next_due(state))
    .bind(state.suspensions.standing())
    .bind(state.first_due())
    .bind(seats_asked(state))
    .bind(waiting_for(state))
    .bind(state.panel.is_some())
    .bind(Json(open_tasks(state)))
    .bind(first_provisional(state));
    let mut statements = vec![upsert];
    statements.extend(change.events.iter().filter_map(|event| match event {
        Event::CaseApproved { resolution } | Event::OpinionsDispensed { resolution, .. } => {
            resolutions::belongs(&resolution.key, &resolution.meeting_date)
        }
        _ => None,
    }));
    statements.extend(guarantees::moved(change.before, state));
    statements
}

/// Cases in which something is overdue that nobody was told of, the longest overdue first.
pub async fn overdue(pool: &PgPool, now: OffsetDateTime, limit: i64) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar("select project_id from cases where next_due_at <= $1 order by next_due_at limit $2")
        .bind(now)
        .bind(limit)
        .fetch_all(pool)
        .await
}

/// Cases in which something is due by then that hung on a year which was not published.
pub async fn provisional(pool: PgPool, until: OffsetDateTime, limit: i64) -> sqlx::Result<Vec<(Uuid, i64)>> {
    let found = "select project_id, version from cases where recount_due_at <= $1 order by recount_due_at limit $2";
    sqlx::query_as(found).bind(until).bind(limit).fetch_all(&pool).await
}
