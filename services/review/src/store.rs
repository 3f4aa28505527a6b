//! All SQL of the room: one row a case, brought up to date in the step's own transaction, and the worker's look for
//! what is overdue. Lists of cases stand in [`lists`], meetings in [`meetings`], what spans projects in `resolutions` and
//! `guarantees`.

mod guarantees;
pub mod lists;
pub mod meetings;
mod resolutions;

use kernel::Fen;
use runtime::{Change, Machine, Outgoing, Statement};
use sqlx::{PgPool, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    domain::{
        Case, Command, Event, Refusal, Stage, every_refusal,
        guarantee::{self, Balances},
        resolution::{self, MEETING_DATE, RESOLUTION_NO},
    },
    publish,
};

impl Machine for Case {
    const NAME: &'static str = "case";

    fn begins(command: &Command) -> bool {
        matches!(command, Command::OpenCase(_))
    }

    fn project(change: &Change<'_, Self>) -> Vec<Statement> {
        // A step has at least one fact, and the first one opens the case.
        let Self::Opened(file) = change.state else { return Vec::new() };
        let subject = &file.referral.subject;
        let resolution = match &file.stage {
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
        .bind(file.stage.code())
        .bind(i32::try_from(file.referral.round).unwrap_or(i32::MAX))
        .bind(file.referral.content_revision)
        .bind(Json(&file.returned))
        .bind(resolution.map(|found| &found.number))
        .bind(resolution.map(|found| &found.meeting_date))
        .bind(change.version)
        .bind(change.at)
        .bind(file.next_due())
        .bind(file.suspensions.standing())
        .bind(file.first_due())
        .bind(file.seats_asked())
        .bind(file.waiting_for())
        .bind(file.panel.is_some())
        .bind(Json(file.desks()))
        .bind(file.first_provisional());
        let mut statements = vec![upsert];
        statements.extend(change.events.iter().filter_map(|event| match event {
            Event::CaseApproved { resolution } | Event::OpinionsDispensed { resolution, .. } => {
                resolutions::belongs(&resolution.key, &resolution.meeting_date)
            }
            _ => None,
        }));
        statements.extend(guarantees::moved(change.before, file));
        statements
    }

    fn also_refused(&self, command: &Command, first: &Refusal) -> Vec<Refusal> {
        every_refusal::besides(self, command, first)
    }

    fn publish(change: &Change<'_, Self>) -> Vec<Outgoing> {
        publish::publish(change)
    }

    fn refused_by(constraint: &str, command: &Command) -> Option<Refusal> {
        let Command::CompleteTask(complete) = command else { return None };
        match constraint {
            guarantees::COVERED => Some(guarantee::overtaken(complete).into()),
            resolutions::ONE_MEETING => {
                let answers = &complete.decision.answers;
                let said = |id: &str| {
                    let answer = answers.iter().find(|answer| answer.question == id);
                    answer.map(|answer| answer.text.trim()).unwrap_or_default()
                };
                let field = resolution::at(answers, RESOLUTION_NO);
                Some(resolution::of_another_meeting(said(RESOLUTION_NO), said(MEETING_DATE), field).into())
            }
            _ => None,
        }
    }
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

/// What the finance bureau has vouched for in this year, by source.
pub async fn reserved(pool: &PgPool, fiscal_year: i32) -> sqlx::Result<Balances> {
    let rows: Vec<(String, i64)> = sqlx::query_as("select source, reserved_fen from guarantees where fiscal_year = $1")
        .bind(fiscal_year)
        .fetch_all(pool)
        .await?;
    Ok(rows.into_iter().map(|(source, fen)| (source, Fen::new(fen))).collect())
}
