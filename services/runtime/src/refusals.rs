//! What was tried and refused (拒绝办理记录), for audit and discipline inspection: what every room serves.
//!
//! Invariant: persons stand there by their ids alone. The message of a refusal may repeat what somebody wrote, and is left out.

use std::collections::BTreeMap;

use kernel::{
    Actor, Role,
    refusal::{Common, Violations},
};
use proto::common::v1::{
    ListRefusalsRequest, ListRefusalsResponse, Refusal as RefusalMessage, refusal_service_server::RefusalService,
};
use sqlx::PgPool;
use time::OffsetDateTime;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::{Call, Context, paging, status, watch::timestamp};

/// Who reads what was refused.
const READERS: [Role; 2] = [Role::Discipline, Role::Audit];

/// The refusals of the rooms of a process.
pub(crate) struct Refusals {
    rooms: BTreeMap<&'static str, Context>,
}

impl Refusals {
    pub(crate) fn new(rooms: impl IntoIterator<Item = Context>) -> Self {
        Self { rooms: rooms.into_iter().map(|context| (context.room, context)).collect() }
    }
}

#[tonic::async_trait]
impl RefusalService for Refusals {
    async fn list_refusals(
        &self,
        request: Request<ListRefusalsRequest>,
    ) -> Result<Response<ListRefusalsResponse>, Status> {
        let (call, asked) = Call::read(request)?;
        let context = self.rooms.get(asked.room.as_str()).ok_or_else(status::no_room)?;
        let admitted = admit(&call.actor, context).and_then(|()| filter(&asked));
        let filter = context.journal.accept(&call, None, admitted).await?;
        let (size, key) = (paging::size(asked.page_size)?, filter.key(context.room));
        let before = match paging::last_key(&asked.page_token, &key)? {
            Some(last) => Some(place(&last).ok_or_else(paging::bad_token)?),
            None => None,
        };
        let rows = page(&context.pool, &filter, before, size).await.map_err(status::store)?;
        let next_page_token = paging::next(&rows, size, &key, |row| place_text(row.refused_at, row.id));
        Ok(Response::new(ListRefusalsResponse { refusals: rows.into_iter().map(message).collect(), next_page_token }))
    }
}

/// Refuses whoever is neither the county's audit nor its discipline inspection.
fn admit(actor: &Actor, context: &Context) -> Result<(), Common> {
    let county = context.pack.county.division;
    if READERS.iter().any(|role| actor.post_over(*role, county).is_some()) {
        return Ok(());
    }
    Err(Common::scope(actor, READERS.map(|role| format!("{role}@{county}")).join(" / ")))
}

/// Which refusals are wanted.
struct Filter {
    stream: Option<Uuid>,
    person: String,
    code: String,
    from: Option<OffsetDateTime>,
    until: Option<OffsetDateTime>,
}

impl Filter {
    /// What a page token belongs to.
    fn key(&self, room: &str) -> String {
        let Self { stream, person, code, from, until } = self;
        format!("{room}|{stream:?}|{person}|{code}|{from:?}|{until:?}")
    }
}

fn filter(asked: &ListRefusalsRequest) -> Result<Filter, Common> {
    let mut wrong = Violations::default();
    let stream = Some(asked.project_id.as_str()).filter(|id| !id.is_empty()).and_then(|id| {
        let read = Uuid::parse_str(id).ok();
        if read.is_none() {
            wrong.add("BAD_ID", "project_id", "project_id 必须是 UUID", "must be a UUID");
        }
        read
    });
    let mut moment = |time: Option<prost_types::Timestamp>, field: &str| {
        let time = time?;
        let nanos = i128::from(time.seconds) * 1_000_000_000 + i128::from(time.nanos);
        let read = OffsetDateTime::from_unix_timestamp_nanos(nanos).ok();
        if read.is_none() {
            wrong.add("BAD_TIME", field, "时间超出日历范围", "is beyond all calendars");
        }
        read
    };
    let (from, until) = (moment(asked.start_time, "start_time"), moment(asked.end_time, "end_time"));
    wrong.finish()?;
    Ok(Filter { stream, person: asked.person_id.clone(), code: asked.code.clone(), from, until })
}

/// Where a page ended: the time, in microseconds as the store keeps it, and the id.
type Place = (OffsetDateTime, Uuid);

fn place_text(at: OffsetDateTime, id: Uuid) -> String {
    format!("{}|{id}", at.unix_timestamp_nanos())
}

fn place(text: &str) -> Option<Place> {
    let (at, id) = text.split_once('|')?;
    Some((OffsetDateTime::from_unix_timestamp_nanos(at.parse().ok()?).ok()?, id.parse().ok()?))
}

struct Row {
    id: Uuid,
    refused_at: OffsetDateTime,
    actor_id: Option<String>,
    method: String,
    stream_id: Option<Uuid>,
    code: String,
    rule: Option<String>,
    actual: Option<String>,
    limit_value: Option<String>,
    basis: Option<String>,
}

crate::from_row!(Row { id, refused_at, actor_id, method, stream_id, code, rule, actual, limit_value, basis });

/// A page of refusals before this place, the newest first. Each filter has an index in the order of the list.
async fn page(pool: &PgPool, filter: &Filter, before: Option<Place>, limit: i64) -> sqlx::Result<Vec<Row>> {
    sqlx::query_as(
        "select id, recorded_at as refused_at, actor_id, method, stream_id, code, rule, actual, limit_value, basis
           from refusals
          where (recorded_at, id) < (coalesce($1::timestamptz, 'infinity'), coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
            and recorded_at >= coalesce($3::timestamptz, '-infinity') and recorded_at < coalesce($4::timestamptz, 'infinity')
            and ($5::uuid is null or stream_id = $5)
            and ($6::text = '' or actor_id = $6)
            and ($7::text = '' or code = $7)
          order by recorded_at desc, id desc
          limit $8",
    )
    .bind(before.map(|(at, _)| at))
    .bind(before.map(|(_, id)| id))
    .bind(filter.from)
    .bind(filter.until)
    .bind(filter.stream)
    .bind(&filter.person)
    .bind(&filter.code)
    .bind(limit)
    // Planned each time by what is asked for: one plan for all filters could use the index of none.
    .persistent(false)
    .fetch_all(pool)
    .await
}

fn message(row: Row) -> RefusalMessage {
    RefusalMessage {
        refusal_id: row.id.to_string(),
        refuse_time: Some(timestamp(row.refused_at)),
        person_id: row.actor_id.unwrap_or_default(),
        method: row.method,
        project_id: row.stream_id.as_ref().map(Uuid::to_string).unwrap_or_default(),
        code: row.code,
        rule: row.rule.unwrap_or_default(),
        actual: row.actual.unwrap_or_default(),
        limit: row.limit_value.unwrap_or_default(),
        basis: row.basis.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use kernel::Refusal as _;
    use prost_types::Timestamp;

    use super::*;

    #[test]
    fn all_that_is_wrong_with_a_filter_is_said_at_once() {
        let asked = ListRefusalsRequest {
            project_id: "x".into(),
            end_time: Some(Timestamp { seconds: i64::MAX, nanos: 0 }),
            ..ListRefusalsRequest::default()
        };
        let no = filter(&asked).err().expect("refused").explain();
        let fields: Vec<&str> = no.fields.iter().map(|field| field.field.as_str()).collect();
        assert_eq!(fields, ["project_id", "end_time"]);
    }

    #[test]
    fn a_place_comes_back_as_it_went_out() {
        let (at, id) = (OffsetDateTime::UNIX_EPOCH + time::Duration::microseconds(1), Uuid::max());
        assert_eq!(place(&place_text(at, id)), Some((at, id)));
        assert_eq!(place("1"), None);
    }
}
