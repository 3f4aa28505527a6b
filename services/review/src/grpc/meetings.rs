//! The rpcs of the leading group's meetings.
//!
//! What a meeting must know of other streams (cases, other agendas) is read here and handed to its machine as data.

use std::collections::BTreeMap;

use kernel::ProjectId;
use proto::review::v1::{
    AddAgendaItemsRequest, CancelMeetingRequest, ConcludeMeetingRequest, ConveneMeetingRequest, GetMeetingRequest,
    ListMeetingsRequest, ListMeetingsResponse, Meeting as MeetingReply, RemoveAgendaItemsRequest,
    meeting_service_server::MeetingService,
};
use runtime::{Call, Context, paging, status};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::{
    convert::meeting::{self as convert, Reader},
    domain::{
        Case, Meeting,
        meeting::{
            Candidate, Command, Occasion,
            listing::{page_key, row_key},
        },
    },
    store,
    worker::meetings,
};

type Reply = Result<Response<MeetingReply>, Status>;

/// Meetings.
pub struct Meetings {
    context: Context,
}

impl Meetings {
    /// Meetings of this room.
    pub fn new(context: Context) -> Self {
        Self { context }
    }

    fn occasion(&self, call: &Call) -> Occasion {
        let Context { pack, clock, .. } = &self.context;
        Occasion { actor: call.actor.clone(), pack: pack.clone(), at: clock.now() }
    }

    fn reader<'a>(&'a self, call: &'a Call) -> Reader<'a> {
        Reader { actor: &call.actor, pack: &self.context.pack }
    }

    async fn step(&self, call: &Call, meeting: Uuid, command: Command) -> Reply {
        let reader = self.reader(call);
        let answer = |snapshot: &_| convert::meeting(snapshot, reader);
        Ok(Response::new(self.context.journal.answer::<Meeting, _>(call, meeting, command, answer).await?))
    }

    /// The projects with their cases as they stand.
    async fn candidates(&self, projects: Vec<ProjectId>) -> Result<Vec<Candidate>, Status> {
        let Context { journal, pool, .. } = &self.context;
        let agendas = store::meetings::open_agendas(pool, &projects).await.map_err(status::store)?;
        let agendas: BTreeMap<Uuid, Uuid> = agendas.into_iter().collect();
        let mut candidates = Vec::new();
        for project in projects {
            let found = journal.load::<Case>(project.0).await.map_err(status::store)?;
            let case = found.map(|found| found.state).unwrap_or_default();
            candidates.push(Candidate { project, case, on_agenda_of: agendas.get(&project.0).copied() });
        }
        Ok(candidates)
    }

    /// The meeting as it stands, if the caller may read it.
    async fn read(&self, call: &Call, meeting: Uuid) -> Reply {
        let Context { journal, .. } = &self.context;
        let found = journal.load::<Meeting>(meeting).await.map_err(status::store)?;
        let found = journal.accept(call, Some(meeting), convert::found(found, self.reader(call))).await?;
        Ok(Response::new(found))
    }

    /// Refuses who may not read meetings.
    async fn admit(&self, call: &Call) -> Result<(), Status> {
        let Context { journal, pack, .. } = &self.context;
        journal.accept(call, None, convert::readable_by(&call.actor, pack.county.division)).await
    }
}

#[tonic::async_trait]
impl MeetingService for Meetings {
    async fn convene_meeting(&self, request: Request<ConveneMeetingRequest>) -> Reply {
        let (call, request) = Call::open(request, |r: &ConveneMeetingRequest| (&r.request_id, ""))?;
        let converted = convert::convening(&request.meeting_date, &request.project_ids);
        let (date, projects) = self.context.journal.accept(&call, None, converted).await?;
        let candidates = self.candidates(projects).await?;
        let (meeting, by) = (Uuid::now_v7(), self.occasion(&call));
        self.step(&call, meeting, Command::ConveneMeeting { meeting, date, candidates, by }).await
    }

    async fn add_agenda_items(&self, request: Request<AddAgendaItemsRequest>) -> Reply {
        let (call, request) = Call::open(request, |r: &AddAgendaItemsRequest| (&r.request_id, &r.etag))?;
        let converted =
            convert::on_meeting(&request.meeting_id, |wrong| convert::projects(&request.project_ids, wrong));
        let (meeting, projects) = self.context.journal.accept(&call, None, converted).await?;
        let (candidates, by) = (self.candidates(projects).await?, self.occasion(&call));
        self.step(&call, meeting, Command::AddAgendaItems { candidates, by }).await
    }

    async fn remove_agenda_items(&self, request: Request<RemoveAgendaItemsRequest>) -> Reply {
        let (call, request) = Call::open(request, |r: &RemoveAgendaItemsRequest| (&r.request_id, &r.etag))?;
        let converted =
            convert::on_meeting(&request.meeting_id, |wrong| convert::projects(&request.project_ids, wrong));
        let (meeting, projects) = self.context.journal.accept(&call, None, converted).await?;
        let by = self.occasion(&call);
        self.step(&call, meeting, Command::RemoveAgendaItems { projects, by }).await
    }

    async fn conclude_meeting(&self, request: Request<ConcludeMeetingRequest>) -> Reply {
        let (call, request) = Call::open(request, |r: &ConcludeMeetingRequest| (&r.request_id, &r.etag))?;
        let meeting_id = request.meeting_id.clone();
        let converted = convert::on_meeting(&meeting_id, |wrong| convert::minutes(request, wrong));
        let (meeting, minutes) = self.context.journal.accept(&call, None, converted).await?;
        let by = self.occasion(&call);
        self.step(&call, meeting, Command::ConcludeMeeting { minutes, by }).await?;
        // The record stands. What can't be brought to a case now is brought by the worker, and shown as pending until then.
        if let Err(error) = meetings::carry_out(&self.context, meeting).await {
            tracing::warn!(meeting = %meeting, error = format!("{error:#}"), "outcomes stay pending for now");
        }
        self.read(&call, meeting).await
    }

    async fn cancel_meeting(&self, request: Request<CancelMeetingRequest>) -> Reply {
        let (call, request) = Call::open(request, |r: &CancelMeetingRequest| (&r.request_id, &r.etag))?;
        let converted = convert::on_meeting(&request.meeting_id, |_| request.reason);
        let (meeting, reason) = self.context.journal.accept(&call, None, converted).await?;
        let by = self.occasion(&call);
        self.step(&call, meeting, Command::CancelMeeting { reason, by }).await
    }

    async fn get_meeting(&self, request: Request<GetMeetingRequest>) -> Reply {
        let (call, asked) = Call::read(request)?;
        self.admit(&call).await?;
        let converted = convert::on_meeting(&asked.meeting_id, |_| ());
        let (meeting, ()) = self.context.journal.accept(&call, None, converted).await?;
        self.read(&call, meeting).await
    }

    async fn list_meetings(
        &self,
        request: Request<ListMeetingsRequest>,
    ) -> Result<Response<ListMeetingsResponse>, Status> {
        let (call, asked) = Call::read(request)?;
        self.admit(&call).await?;
        let Context { journal, pool, pack, clock, .. } = &self.context;
        let filter = journal.accept(&call, None, convert::filter(&asked)).await?;
        let (size, key) = (paging::size(asked.page_size)?, filter.key());
        let last = paging::last_key(&asked.page_token, &key)?;
        let after = journal.accept(&call, None, page_key(last.as_deref())).await?;
        let rows = store::meetings::list(pool, &filter, after, size).await.map_err(status::store)?;
        let (waiting, last) = store::meetings::rhythm(pool).await.map_err(status::store)?;
        let next_page_token = paging::next(&rows, size, &key, row_key);
        let meetings = rows.into_iter().map(|row| convert::listed(row, self.reader(&call))).collect();
        let rhythm = Some(convert::rhythm(waiting, last, pack, clock.now()));
        Ok(Response::new(ListMeetingsResponse { meetings, next_page_token, rhythm }))
    }
}
