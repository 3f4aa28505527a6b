//! SQL of meetings: one row a meeting, one row a project on its agenda, and what is asked of them. That a project stands on
//! one open agenda only is a constraint here, since it spans meetings.

use kernel::ProjectId;
use runtime::{Change, Statement};
use sqlx::PgPool;
use uuid::Uuid;

use super::resolutions;
use crate::domain::{
    Meeting,
    meeting::{
        Event, Stage,
        listing::{Filter, ListedMeeting},
    },
};

/// The constraint by which a project stands on one open agenda only.
pub const ONE_OPEN: &str = "agenda_items_one_open";

/// What a step of a meeting leaves in the tables.
pub fn step(change: &Change<'_, Meeting>) -> Vec<Statement> {
    // A step has at least one fact, and the first one convenes the meeting.
    let Meeting::Convened(state) = change.state else { return Vec::new() };
    let resolution_no = match &state.stage {
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
    .bind(state.stage.code())
    .bind(state.date())
    .bind(resolution_no)
    .bind(i32::try_from(state.agenda.len()).unwrap_or(i32::MAX))
    .bind(change.version)
    .bind(change.at);
    let (projects, states): (Vec<Uuid>, Vec<&str>) =
        state.items().map(|item| (item.entry.project.0, item.state.code())).unzip();
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
        Event::MeetingConcluded { minutes, .. } => resolutions::belongs(&minutes.resolution_key, &minutes.meeting_date),
        Event::MeetingConvened { .. }
        | Event::AgendaItemsAdded { .. }
        | Event::AgendaItemsRemoved { .. }
        | Event::ItemsCarriedOut { .. }
        | Event::MeetingCancelled { .. } => None,
    }));
    statements
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
