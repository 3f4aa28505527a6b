//! All SQL of the room: one row an application, brought up to date in the step's own transaction, and the list of them.

use kernel::refusal::Common;
use runtime::{Change, Machine, Outgoing, Statement, scope::Listing};
use sqlx::{AssertSqlSafe, FromRow, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    convert::Filter,
    domain::{Application, Command, Stage, pool::UNIQUE_NUMBER},
    publish,
};

impl Machine for Application {
    const NAME: &'static str = "application";

    fn project(change: &Change<'_, Self>) -> Vec<Statement> {
        // A step has at least one fact, and the first one opens the application.
        let Self::Opened(file) = change.state else { return Vec::new() };
        let pool_no = match &file.stage {
            Stage::InPool { pool_no, .. } | Stage::OutOfPool { pool_no, .. } => Some(pool_no),
            Stage::Draft
            | Stage::Deliberation
            | Stage::VillageNotice
            | Stage::TownshipReview
            | Stage::TownshipNotice
            | Stage::CountyReview { .. }
            | Stage::CountyNotice { .. }
            | Stage::Returned
            | Stage::Rejected(_)
            | Stage::Withdrawn { .. } => None,
        };
        let upsert = sqlx::query(
            "insert into applications (project_id, title, village, fiscal_year, category, total_fen, state,
                                       content_revision, pool_no, version, changed_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
             on conflict (project_id) do update
                set title = excluded.title, village = excluded.village, fiscal_year = excluded.fiscal_year,
                    category = excluded.category, total_fen = excluded.total_fen, state = excluded.state,
                    content_revision = excluded.content_revision, pool_no = excluded.pool_no,
                    version = excluded.version, changed_at = excluded.changed_at",
        )
        .bind(change.stream)
        .bind(&file.content.title)
        .bind(file.content.village.as_str())
        .bind(file.content.fiscal_year)
        .bind(&file.content.category)
        .bind(file.content.total.fen())
        .bind(file.stage.code())
        .bind(file.content_revision)
        .bind(pool_no)
        .bind(change.version)
        .bind(change.at);
        vec![upsert]
    }

    fn publish(change: &Change<'_, Self>) -> Vec<Outgoing> {
        publish::publish(change)
    }

    fn refused_by(constraint: &str, _: &Command) -> Option<Common> {
        (constraint == UNIQUE_NUMBER).then_some(Common::Exists { what: "入库编号 number in the pool" })
    }
}

/// An application as a list shows it.
#[derive(Debug, Clone, FromRow)]
pub struct ListedApplication {
    /// The project.
    pub project_id: Uuid,
    /// Project name.
    pub title: String,
    /// Village.
    pub village: String,
    /// Plan year.
    pub fiscal_year: i32,
    /// Main category.
    pub category: String,
    /// Total investment in fen.
    pub total_fen: i64,
    /// State.
    pub state: String,
    /// Version.
    pub version: i64,
    /// When it changed last.
    pub changed_at: OffsetDateTime,
}

/// A page of applications, the newest first, in villages under one of these division prefixes.
pub async fn applications(
    pool: &PgPool,
    prefixes: &[String],
    filter: &Filter,
    after: Option<Uuid>,
    limit: i64,
) -> sqlx::Result<Vec<ListedApplication>> {
    sqlx::query_as(AssertSqlSafe(LISTING.sql()))
        .bind(prefixes)
        .bind(&filter.states)
        .bind(after)
        .bind(limit)
        .bind(filter.fiscal_year)
        .fetch_all(pool)
        .await
}

const LISTING: Listing = Listing {
    table: "applications",
    columns: "project_id, title, village, fiscal_year, category, total_fen, state, version, changed_at",
    key: "project_id",
    beyond: "'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid",
    states: true,
    filters: " and ($5 = 0 or fiscal_year = $5)",
};
