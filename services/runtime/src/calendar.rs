//! The calendar of working days (节假日安排) while rooms run. One room loads a year and tells ([`Loaded`] is what all hear);
//! each keeps it in a table of its own, from which every process of the room counts on, also after a restart.
//!
//! Who keeps the rooms running is told in time that the calendar ends.

use std::{sync::Arc, time::Duration};

use kernel::{
    Calendar, Decider, Pack,
    calendar::{PublishedYear, civil_date},
    refusal::Common,
};
use messaging::consumer::HandleError;
use opentelemetry::metrics::Gauge;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use time::{Date, OffsetDateTime};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{Change, Clock, Context, Machine, Outgoing, Statement, Subscription, Unreadable, Worker};

/// A year that was loaded, as the rooms hear of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// How often that year was loaded: a later notice may change it.
    pub revision: u32,
    /// What was published.
    pub published: PublishedYear,
}

/// A year as a room has heard of it.
#[derive(Debug, Clone, Default)]
pub struct HeardYear {
    revision: u32,
}

/// What has happened. Stored for ever: additive changes only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind")]
pub enum Event {
    /// The room heard that a year was loaded.
    CalendarYearHeard {
        /// See [`Loaded::revision`].
        revision: u32,
        /// What was published.
        published: PublishedYear,
    },
}

impl Decider for HeardYear {
    type Command = Loaded;
    type Event = Event;
    type Refusal = Common;

    fn decide(&self, Loaded { revision, published }: Loaded) -> Result<Vec<Event>, Common> {
        // A later notice may have overtaken an earlier one.
        let news = revision > self.revision;
        Ok(news.then_some(Event::CalendarYearHeard { revision, published }).into_iter().collect())
    }

    fn evolve(self, event: &Event) -> Self {
        let Event::CalendarYearHeard { revision, .. } = event;
        Self { revision: *revision }
    }
}

impl Machine for HeardYear {
    const NAME: &'static str = "heard_calendar_year";

    fn project(change: &Change<'_, Self>) -> Vec<Statement> {
        let kept = |event: &Event| {
            let Event::CalendarYearHeard { revision, published } = event;
            kept(*revision, published, change.at)
        };
        change.events.iter().map(kept).collect()
    }

    fn publish(_: &Change<'_, Self>) -> Vec<Outgoing> {
        Vec::new()
    }
}

/// The stream of a year's calendar in every room.
#[must_use]
pub fn stream(year: i32) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("xianjie:calendar:{year}").as_bytes())
}

/// The statement by which a room keeps a year.
pub fn kept(revision: u32, published: &PublishedYear, at: OffsetDateTime) -> Statement {
    sqlx::query(
        "insert into calendar_years (year, revision, document_no, document, days_off, workdays, loaded_at)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (year) do update
            set revision = excluded.revision, document_no = excluded.document_no, document = excluded.document,
                days_off = excluded.days_off, workdays = excluded.workdays, loaded_at = excluded.loaded_at",
    )
    .bind(published.year)
    .bind(i32::try_from(revision).unwrap_or(i32::MAX))
    .bind(published.document_no.clone())
    .bind(published.document.sha256.clone())
    .bind(published.days_off.iter().copied().collect::<Vec<Date>>())
    .bind(published.workdays.iter().copied().collect::<Vec<Date>>())
    .bind(at)
}

/// Counts on by what the room has kept; whether that is anything new.
///
/// # Errors
/// When the store fails, or holds a year that contradicts itself.
pub async fn refresh(pool: &PgPool, calendar: &Calendar) -> anyhow::Result<bool> {
    let years: Vec<(i32, Vec<Date>, Vec<Date>)> =
        sqlx::query_as("select year, days_off, workdays from calendar_years order by year").fetch_all(pool).await?;
    let mut changed = false;
    for (year, days_off, workdays) in years {
        changed |= calendar.load(year, days_off, workdays)?;
    }
    Ok(changed)
}

/// The subscription by which a room hears of years: `understand` reads the message of the room that loads them.
#[must_use]
pub fn subscription<P>(context: &Context, understand: fn(P) -> Result<Loaded, Unreadable>) -> Subscription
where
    P: prost::Message + prost::Name + Default + 'static,
{
    let context = context.clone();
    Subscription::of::<P>(move |message, payload| {
        let context = context.clone();
        Box::pin(async move {
            let loaded = understand(payload).map_err(|error| HandleError::Unreadable(error.to_string()))?;
            context.journal.absorb::<HeardYear>(&message, stream(loaded.published.year), loaded).await?;
            let counted = refresh(&context.pool, &context.pack.calendar).await;
            counted.map(drop).map_err(|error| HandleError::Transient(error.to_string()))
        })
    })
}

/// How often its end is looked at.
const LOOK: Duration = Duration::from_secs(3600);

/// How often what another process of the room has heard is read.
const READ: Duration = Duration::from_secs(60);

/// Reads now and then what another process of the room has heard; whether that was anything new.
pub(crate) fn worker(context: &Context) -> Worker {
    let Context { pool, pack, .. } = context.clone();
    let read = move || {
        let (pool, pack) = (pool.clone(), pack.clone());
        async move { refresh(&pool, &pack.calendar).await }
    };
    Worker::new("calendar", Arc::new(Notify::new()), READ, read)
}

/// Streams counted again at a time.
const BATCH: i64 = 100;

/// Counts again what was due on a provisional calendar, once all days of it are known: `find` names the streams in which
/// something is due until then, at most so many, each with its version. A room does so before it looks for what is overdue.
/// Whether anything moved.
///
/// # Errors
/// When the store fails.
pub async fn recount<M, F>(
    context: &Context,
    find: fn(PgPool, OffsetDateTime, i64) -> F,
    command: fn(Arc<Pack>) -> M::Command,
) -> anyhow::Result<bool>
where
    M: Machine,
    F: Future<Output = sqlx::Result<Vec<(Uuid, i64)>>> + Send + 'static,
{
    let Context { pool, pack, journal, .. } = context;
    let Some(known_until) = pack.calendar.known_until() else { return Ok(false) };
    let found = find(pool.clone(), known_until, BATCH).await?;
    let mut moved = false;
    for (stream, version) in found {
        match journal.advance::<M>(stream, command(pack.clone())).await {
            Ok(after) => moved |= after.version > version,
            // It stands in nobody else's way.
            Err(error) => {
                tracing::warn!(%stream, error = format!("{error:#}"), "what is due can't be counted again");
            }
        }
    }
    Ok(moved)
}

/// How often a room that looks for nothing else counts again.
pub const RECOUNT: Duration = READ;

/// Measures how many days the calendar still knows, and warns once a day when the next year's is asked for.
pub(crate) async fn watch(calendar: Calendar, clock: Clock, shutdown: CancellationToken) {
    let left = opentelemetry::global::meter("xianjie").i64_gauge("xianjie.calendar.days_left").with_unit("d").build();
    let mut warned = None;
    while !shutdown.is_cancelled() {
        let today = civil_date(clock.now());
        look(&calendar, today, &left, &mut warned);
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

fn look(calendar: &Calendar, today: Date, left: &Gauge<i64>, warned: &mut Option<Date>) {
    if let Some(last) = calendar.last_known_day() {
        left.record((last - today).whole_days(), &[]);
    }
    if let Some(last) = calendar.ends_soon(today).filter(|_| *warned != Some(today)) {
        *warned = Some(today);
        tracing::warn!(%last, "the calendar of working days ends: load the next year's notice; later due dates are provisional");
    }
}

#[cfg(test)]
mod tests {
    use kernel::{Attachment, testing::given};
    use time::macros::date;

    use super::*;

    fn loaded(revision: u32) -> Loaded {
        let document = Attachment { sha256: "0".repeat(64), title: String::new() };
        let days_off = [date!(2027 - 01 - 01)].into();
        let workdays = [].into();
        Loaded {
            revision,
            published: PublishedYear { year: 2027, document_no: "9".into(), document, days_off, workdays },
        }
    }

    #[test]
    fn a_stored_event_is_read_for_ever() {
        let Loaded { revision, published } = loaded(1);
        let stored = serde_json::json!({
            "kind": "CalendarYearHeard", "revision": 1,
            "published": {
                "year": 2027, "document_no": "9", "document": { "sha256": "0".repeat(64), "title": "" },
                "days_off": ["2027-01-01"], "workdays": [],
            },
        });
        let event = Event::CalendarYearHeard { revision, published };
        assert_eq!(serde_json::to_value(&event).expect("JSON"), stored);
        assert_eq!(serde_json::from_value::<Event>(stored).expect("an event"), event);
    }

    #[test]
    fn c31_the_later_notice_stands_in_whatever_order_they_come() {
        let Loaded { revision, published } = loaded(2);
        let heard = Event::CalendarYearHeard { revision, published };
        given::<HeardYear>([]).when(loaded(2)).then([heard.clone()]);
        given::<HeardYear>([heard.clone()]).when(loaded(2)).then([]);
        given::<HeardYear>([heard.clone()]).when(loaded(1)).then([]);
        given::<HeardYear>([heard]).when(loaded(3)).then_accepted();
    }
}
