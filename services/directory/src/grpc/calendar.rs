//! The rpcs of the calendar: loading a year, how far it goes, the days of a year, and when something is due.

use kernel::calendar::civil_date;
use proto::directory::v1::{
    CalendarYear as CalendarYearMessage, ComputeDueDateRequest, DueDate, GetCalendarRequest, GetCalendarResponse,
    GetYearCalendarRequest, LoadYearRequest, YearCalendar, calendar_service_server::CalendarService,
};
use runtime::{Call, Context, Snapshot, calendar, status};
use tonic::{Request, Response, Status};

use crate::{
    convert::{self, days},
    domain::calendar_year::{self, CalendarYear, Load},
    store::calendar_years,
};

/// The calendar.
pub struct Calendars {
    context: Context,
}

impl Calendars {
    pub fn new(context: Context) -> Self {
        Self { context }
    }
}

#[tonic::async_trait]
impl CalendarService for Calendars {
    async fn load_year(&self, request: Request<LoadYearRequest>) -> Result<Response<CalendarYearMessage>, Status> {
        let (call, asked) = Call::open(request, |asked: &LoadYearRequest| (&asked.request_id, ""))?;
        let Context { journal, pack, clock, pool, .. } = &self.context;
        let stream = calendar::stream(asked.year);
        // Who may not load a year is told no more than that.
        let published = calendar_year::admit(&call.actor).and_then(|()| convert::published(asked));
        let published = journal.accept(&call, Some(stream), published).await?;
        let (actor, today) = (call.actor.clone(), civil_date(clock.now()));
        let load = Load { published, calendar: pack.calendar.clone(), actor, today };
        let reply = |year: &Snapshot<CalendarYear>| convert::loaded_year(&year.state);
        let answer = journal.answer::<CalendarYear, _>(&call, stream, load, reply).await?;
        calendar::refresh(pool, &pack.calendar).await.map_err(status::internal)?;
        Ok(Response::new(answer))
    }

    async fn get_calendar(
        &self,
        request: Request<GetCalendarRequest>,
    ) -> Result<Response<GetCalendarResponse>, Status> {
        let _ = Call::read(request)?;
        let Context { pack, clock, pool, .. } = &self.context;
        let loaded = calendar_years::all(pool).await.map_err(status::store)?;
        let calendar = &pack.calendar;
        Ok(Response::new(GetCalendarResponse {
            loaded: loaded.into_iter().map(convert::calendar_year).collect(),
            last_known_date: calendar.last_known_day().map(|last| last.to_string()).unwrap_or_default(),
            ends_soon: calendar.ends_soon(civil_date(clock.now())).is_some(),
        }))
    }

    async fn get_year_calendar(
        &self,
        request: Request<GetYearCalendarRequest>,
    ) -> Result<Response<YearCalendar>, Status> {
        let (call, GetYearCalendarRequest { year }) = Call::read(request)?;
        let loaded = calendar_years::all(&self.context.pool).await.map_err(status::store)?;
        let loaded = loaded.into_iter().find(|loaded| loaded.year == year);
        let answer = days::year_calendar(&self.context.pack, year, loaded);
        self.context.journal.accept(&call, None, answer).await.map(Response::new)
    }

    async fn compute_due_date(&self, request: Request<ComputeDueDateRequest>) -> Result<Response<DueDate>, Status> {
        let (call, asked) = Call::read(request)?;
        let answer = days::due_date(&self.context.pack.calendar, &asked);
        self.context.journal.accept(&call, None, answer).await.map(Response::new)
    }
}
