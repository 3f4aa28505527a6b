//! SQL of meetings: one row a meeting, one row a project on its agenda, and what is asked of them.

use kernel::{Explanation, ProjectId, refusal::Common};
use runtime::{Change, Machine, Outgoing, Statement};
use sqlx::PgPool;
use time::OffsetDateTime;
use uuid::Uuid;

use super::resolutions;
use crate::domain::{
    Meeting,
    meeting::{Command, Event, Minutes, Stage},
    resolution::of_another_meeting,
};

/// The constraint by which a project stands on one open agenda only.
const ONE_OPEN: &str = "agenda_items_one_open";

impl Machine for Meeting {
    const NAME: &'static str = "meeting";

    fn project(change: &Change<'_, Self>) -> Vec<Statement> {
        // A step has at least one fact, and the first one convenes the meeting.
        let Self::Convened(sheet) = change.state else { return Vec::new() };
        let resolution_no = match &sheet.stage {
            Stage::Concluded { minutes, .. } => Some(&minutes.resolution_no),
            Stage::Convened | Stage::Cancelled { .. } => None,
        };
        let meeting = sqlx::query(
            "insert into meetings (meeting_id, state, meeting_date, resolution_no, item_count, version, changed_at)
             values ($1, $2, $3, $4, $5, $6, $7)
             on conflict (meeting_id) do update
                set state = excluded.state, meeting_date = excluded.meeting_date, resolution_no = excluded.resolution_no,
                    item_count = excluded.item_count, version = excluded.version, changed_at = excluded.changed_at",
        )
        .bind(change.stream)
        .bind(sheet.stage.code())
        .bind(sheet.date())
        .bind(resolution_no)
        .bind(i32::try_from(sheet.agenda.len()).unwrap_or(i32::MAX))
        .bind(change.version)
        .bind(change.at);
        let (projects, states): (Vec<Uuid>, Vec<&str>) =
            sheet.items().map(|item| (item.entry.project.0, item.state.code())).unzip();
        let items = sqlx::query(
            "with gone as (delete from agenda_items where meeting_id = $1 and project_id <> all ($2))
             insert into agenda_items (meeting_id, project_id, state)
             select $1, project_id, state from unnest($2::uuid[], $3::text[]) as item (project_id, state)
             on conflict (meeting_id, project_id) do update set state = excluded.state
              where agenda_items.state <> excluded.state",
        )
        .bind(change.stream)
        .bind(projects)
        .bind(states);
        let mut statements = vec![meeting, items];
        statements.extend(change.events.iter().filter_map(|event| match event {
            Event::MeetingConcluded { minutes, .. } => {
                resolutions::belongs(&minutes.resolution_key, &minutes.meeting_date)
            }
            Event::MeetingConvened { .. }
            | Event::AgendaItemsAdded { .. }
            | Event::AgendaItemsRemoved { .. }
            | Event::ItemsCarriedOut { .. }
            | Event::MeetingCancelled { .. } => None,
        }));
        statements
    }

    /// What a meeting decides is said by the cases that it decides.
    fn publish(_: &Change<'_, Self>) -> Vec<Outgoing> {
        Vec::new()
    }

    fn refused_by(constraint: &str, command: &Command) -> Option<Common> {
        if let (resolutions::ONE_MEETING, Command::ConcludeMeeting { minutes, .. }) = (constraint, command) {
            let Minutes { resolution_no, meeting_date, .. } = minutes;
            return Some(of_another_meeting(resolution_no, meeting_date, "resolution_no"));
        }
        let zh = "有项目刚刚列入了另一次会议的议程,请刷新后重试";
        let en = "a project has just been put on another meeting's agenda: read again";
        (constraint == ONE_OPEN).then(|| Common::rule(Explanation::new("ON_AGENDA", zh, en).at("project_ids")))
    }
}

/// The open meetings on whose agendas these projects stand.
pub async fn open_agendas(pool: &PgPool, projects: &[ProjectId]) -> sqlx::Result<Vec<(Uuid, Uuid)>> {
    let projects: Vec<Uuid> = projects.iter().map(|project| project.0).collect();
    sqlx::query_as(
        "select project_id, meeting_id from agenda_items
          where project_id = any ($1) and state in ('ON_AGENDA', 'PENDING')",
    )
    .bind(projects)
    .fetch_all(pool)
    .await
}

/// Meetings with outcomes that must still be brought to their cases.
pub async fn pending(pool: &PgPool, limit: i64) -> sqlx::Result<Vec<Uuid>> {
    let pending = "select distinct meeting_id from agenda_items where state = 'PENDING' order by meeting_id limit $1";
    sqlx::query_scalar(pending).bind(limit).fetch_all(pool).await
}

/// Which meetings a list shows.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Stored codes of the states; all when empty.
    pub states: Vec<&'static str>,
    /// Not before this day; any when empty.
    pub from: String,
    /// Not after this day; any when empty.
    pub to: String,
}

/// A meeting as a list shows it.
#[derive(Debug, Clone)]
pub struct ListedMeeting {
    /// The meeting.
    pub meeting_id: Uuid,
    /// Where it is.
    pub state: String,
    /// The day it was held, or is planned for.
    pub meeting_date: String,
    /// Resolution number.
    pub resolution_no: Option<String>,
    /// Projects on its agenda.
    pub item_count: i32,
    /// Version.
    pub version: i64,
    /// When it changed last.
    pub changed_at: OffsetDateTime,
}

runtime::from_row!(ListedMeeting { meeting_id, state, meeting_date, resolution_no, item_count, version, changed_at });

/// A page of meetings, the latest day first, after this one.
pub async fn list(
    pool: &PgPool,
    filter: &Filter,
    after: Option<(String, Uuid)>,
    limit: i64,
) -> sqlx::Result<Vec<ListedMeeting>> {
    let (day, meeting) = after.unzip();
    sqlx::query_as(
        "select meeting_id, state, meeting_date, resolution_no, item_count, version, changed_at from meetings
          where (cardinality($1::text[]) = 0 or state = any ($1))
            and ($2 = '' or meeting_date >= $2) and ($3 = '' or meeting_date <= $3)
            and ($4::text is null or (meeting_date, meeting_id) < ($4, $5))
          order by meeting_date desc, meeting_id desc limit $6",
    )
    .bind(&filter.states)
    .bind(&filter.from)
    .bind(&filter.to)
    .bind(day)
    .bind(meeting)
    .bind(limit)
    .fetch_all(pool)
    .await
}

/// How many cases wait for the leading group, and the day of the last meeting that decided.
pub async fn rhythm(pool: &PgPool) -> sqlx::Result<(i64, Option<String>)> {
    sqlx::query_as(
        "select (select count(*) from cases where state = 'LEADING_GROUP'),
                (select max(meeting_date) from meetings where state = 'CONCLUDED')",
    )
    .fetch_one(pool)
    .await
}
