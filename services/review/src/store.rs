//! All SQL of the room: one row a case, brought up to date in the step's own transaction, and the list of cases. Meetings stand in
//! [`meetings`].

pub mod meetings;

use runtime::{Change, Machine, Outgoing, Statement, scope::Listing};
use sqlx::{AssertSqlSafe, FromRow, PgPool, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    domain::{Case, Stage, quorum::ReturnedItem},
    publish,
};

impl Machine for Case {
    const NAME: &'static str = "case";

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
            | Stage::Rejected => None,
        };
        let upsert = sqlx::query(
            "insert into cases (project_id, title, village, category, fiscal_year, total_fen, state, round,
                                content_revision, returned, resolution_no, meeting_date, version, changed_at, next_due_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
             on conflict (project_id) do update
                set title = excluded.title, village = excluded.village, category = excluded.category,
                    fiscal_year = excluded.fiscal_year, total_fen = excluded.total_fen, state = excluded.state,
                    round = excluded.round, content_revision = excluded.content_revision, returned = excluded.returned,
                    resolution_no = excluded.resolution_no, meeting_date = excluded.meeting_date,
                    version = excluded.version, changed_at = excluded.changed_at, next_due_at = excluded.next_due_at",
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
        .bind(file.next_due());
        vec![upsert]
    }

    fn publish(change: &Change<'_, Self>) -> Vec<Outgoing> {
        publish::publish(change)
    }
}

/// A case as a list shows it.
#[derive(Debug, Clone, FromRow)]
pub struct ListedCase {
    /// The project.
    pub project_id: Uuid,
    /// Project name.
    pub title: String,
    /// Village.
    pub village: String,
    /// Where the case is.
    pub state: String,
    /// Round.
    pub round: i32,
    /// What was returned last.
    pub returned: Json<Vec<ReturnedItem>>,
    /// Resolution number.
    pub resolution_no: Option<String>,
    /// Date of the meeting.
    pub meeting_date: Option<String>,
    /// Version.
    pub version: i64,
    /// When it changed last.
    pub changed_at: OffsetDateTime,
}

/// A page of cases, the newest first, in villages under one of these division prefixes; all states when `states` is empty.
pub async fn cases(
    pool: &PgPool,
    prefixes: &[String],
    states: &[&str],
    after: Option<Uuid>,
    limit: i64,
) -> sqlx::Result<Vec<ListedCase>> {
    sqlx::query_as(AssertSqlSafe(LISTING.sql()))
        .bind(prefixes)
        .bind(states)
        .bind(after)
        .bind(limit)
        .fetch_all(pool)
        .await
}

const LISTING: Listing = Listing {
    table: "cases",
    columns: "project_id, title, village, state, round, returned, resolution_no, meeting_date, version, changed_at",
    key: "project_id",
    beyond: "'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid",
    states: true,
    filters: "",
};

/// Cases in which something is overdue that nobody was told of, the longest overdue first.
pub async fn overdue(pool: &PgPool, now: OffsetDateTime, limit: i64) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar("select project_id from cases where next_due_at <= $1 order by next_due_at limit $2")
        .bind(now)
        .bind(limit)
        .fetch_all(pool)
        .await
}
