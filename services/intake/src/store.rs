//! All SQL of the room: one row an application, brought up to date in the step's own transaction, the lists of them
//! ([`lists`]) and who reads them ([`readers`]), what is counted in the pool ([`statistics`]), a village's other
//! applications ([`neighbours`]), and the personal data that stand in no event ([`originals`]).

pub mod lists;
pub mod neighbours;
pub mod originals;
pub mod readers;
pub mod statistics;

use kernel::{Division, refusal::Common};
use runtime::{Change, Machine, Outgoing, Statement};
use sqlx::PgPool;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    domain::{Application, Command, Event, Stage, every_refusal, photograph, pool::UNIQUE_NUMBER},
    publish,
};

impl Machine for Application {
    const NAME: &'static str = "application";

    fn begins(command: &Command) -> bool {
        matches!(command, Command::CreateApplication { .. })
    }

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
        .bind(change.at)
        .bind(&file.content.sub_type)
        .bind(file.pool.as_ref().map(|place| place.year))
        .bind(file.pool.as_ref().and_then(|place| place.priority).map(|rank| i32::try_from(rank).unwrap_or(i32::MAX)))
        .bind(file.pool.as_ref().map(|place| place.progress.code()))
        .bind(file.next_escalation())
        .bind(&file.content.place)
        .bind(file.content.items.iter().map(|item| item.title.as_str()).collect::<Vec<_>>())
        .bind(file.content.budget.iter().map(|line| line.source.as_str()).collect::<Vec<_>>())
        .bind(file.content.joint_villages.iter().map(Division::as_str).collect::<Vec<_>>())
        .bind(file.readers.seats())
        .bind(file.is_decided_for_good())
        .bind(file.next_correction_deadline())
        .bind(file.is_correction_overdue())
        .bind(file.first_provisional());
        let photographs = change.events.iter().filter_map(Event::photograph).map(|photo| {
            let insert = "insert into photographs (sha256, project_id) values ($1, $2) on conflict (sha256, project_id) do nothing";
            sqlx::query(insert).bind(photo.sha256.as_str()).bind(change.stream)
        });
        let filed = change.events.iter().filter_map(|event| match event {
            Event::ObjectionRaised { objection, original: Some(kept), .. } => {
                Some(originals::keep(change.stream, &objection.id, kept, change.at))
            }
            _ => None,
        });
        std::iter::once(upsert).chain(photographs).chain(filed).collect()
    }

    fn publish(change: &Change<'_, Self>) -> Vec<Outgoing> {
        publish::publish(change)
    }

    fn also_refused(&self, command: &Command, first: &Common) -> Vec<Common> {
        every_refusal::besides(self, command, first)
    }

    fn refused_by(constraint: &str, command: &Command) -> Option<Common> {
        if constraint == photograph::UNIQUE {
            return Some(photograph::of_another_project(command));
        }
        (constraint == UNIQUE_NUMBER).then_some(Common::Exists { what: "入库编号 number in the pool" })
    }
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
