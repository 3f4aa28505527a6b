//! The rpcs of the room: applications, and the township's decisions that the inbox brings.
//!
//! Each is a few lines: open the call, convert, command. Every refusal is recorded, also that of a read. What money must be
//! asked first is in `grpc/leaving.rs`, before what all rooms are asked in `grpc/asking.rs`, what other rooms' workers ask
//! in `grpc/standing.rs`.

mod asking;
mod leaving;
mod standing;

mod objection_form;
mod originals;
mod tasks;
mod withdrawal;

pub use objection_form::ObjectionForm;

use asking::OTHERS;
use kernel::{Duties, refusal::Violations};
use proto::intake::v1::{
    AnswerObjectionRequest, Application as ApplicationReply, CloseNoticeRequest, ConfirmSiteCheckRequest, Content,
    CreateApplicationRequest, EnterPoolRequest, GetApplicationRequest, GetObjectionOriginalRequest,
    GetPoolStatisticsRequest, LeavePoolRequest, ListApplicationsRequest, ListApplicationsResponse,
    ListDuplicatesRequest, ListDuplicatesResponse, ObjectionOriginal, PoolStatistics, PostNoticeRequest,
    ProposeApplicationRequest, RaiseObjectionRequest, RecallApplicationRequest, RecordDeliberationRequest,
    RecordSiteCheckRequest, RecordVoteRequest, ResubmitApplicationRequest, ResumeApplicationRequest,
    ReturnApplicationRequest, RollPoolProjectRequest, SetPoolPriorityRequest, SubmitApplicationRequest,
    SuspendApplicationRequest, UpdateApplicationRequest, WithdrawApplicationRequest,
    application_service_server::ApplicationService,
};
use runtime::{Call, Context, Snapshot, Turn, paging, scope::narrowed, status};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::{
    convert::{
        self,
        content::{content, content_message},
        gathered, listing, mask, on_project, reply, request as read, statistics,
    },
    domain::{
        Application, Command, Occasion,
        duplicate::{self, Neighbour},
        listing::ListedApplication,
        record::{
            objection::Answering,
            pool::{Explained, Suspect},
        },
    },
    store,
};

pub use standing::Standings;
pub use tasks::Tasks;

type Reply = Result<Response<ApplicationReply>, Status>;

/// Applications.
pub struct Applications {
    context: Context,
}

impl Applications {
    /// Applications of this room.
    #[must_use]
    pub fn new(context: Context) -> Self {
        Self { context }
    }

    /// One step on the project that a request names, with what else it brings.
    async fn act<T>(
        &self,
        call: &Call,
        project_id: &str,
        rest: impl FnOnce(&mut Violations) -> Option<T>,
        command: impl FnOnce(T, Occasion) -> Command,
    ) -> Reply {
        self.act_asking(call, project_id, &[], rest, command).await
    }

    fn reader<'a>(&'a self, call: &'a Call) -> reply::Reader<'a> {
        reply::Reader { actor: &call.actor, pack: &self.context.pack, now: self.context.clock.now() }
    }

    /// The whole form, when only some sections are to change: put into what stands, which must still stand then.
    async fn merged(
        &self,
        call: &mut Call,
        project_id: &str,
        asked: Option<Content>,
        paths: &[String],
    ) -> Result<Option<Content>, Status> {
        let (project, ()) = self.context.journal.accept(call, None, on_project(project_id, nothing)).await?;
        let found = self.context.journal.load::<Application>(project.0).await.map_err(status::store)?;
        let Some(Snapshot { state: Application::Opened(state), version, .. }) = found else { return Ok(asked) };
        call.expected_version.get_or_insert(version);
        let merged = mask::merged(content_message(&state.content), asked.unwrap_or_default(), paths);
        self.context.journal.accept(call, Some(project.0), merged).await.map(Some)
    }

    /// What the application looks like a duplicate of, and among which.
    async fn suspects(
        &self,
        call: &Call,
        found: &Snapshot<Application>,
    ) -> Result<(Vec<Suspect>, Vec<Neighbour>), Status> {
        let Application::Opened(state) = &found.state else { return Ok(Default::default()) };
        let Context { pool, pack, .. } = &self.context;
        let rules = self.context.journal.accept(call, None, pack.rules_of(state.content.fiscal_year)).await?;
        let neighbours = store::neighbours::of(pool, &state.content.villages(), state.project).await;
        let neighbours = neighbours.map_err(status::store)?;
        Ok((duplicate::suspects(&state.content, &neighbours, rules), neighbours))
    }

    async fn step(&self, call: &Call, stream: Uuid, command: Command) -> Reply {
        self.step_in_turn(None, call, stream, command).await
    }

    async fn step_in_turn(&self, turn: Option<Turn>, call: &Call, stream: Uuid, command: Command) -> Reply {
        let reader = self.reader(call);
        let reply = |snapshot: &_| reply::application(snapshot, &reader);
        let answer = self.context.journal.answer_in_turn::<Application, _>(turn, call, stream, command, reply);
        Ok(Response::new(answer.await?))
    }
}

/// Who acts, now, in this county.
fn occasion(context: &Context, call: &Call) -> Occasion {
    let (actor, elsewhere) = (call.actor.clone(), Duties::default());
    Occasion { actor, elsewhere, pack: context.pack.clone(), at: context.clock.now() }
}

/// A request that brings nothing but the project.
fn nothing(_: &mut Violations) -> Option<()> {
    Some(())
}

#[tonic::async_trait]
impl ApplicationService for Applications {
    async fn create_application(&self, request: Request<CreateApplicationRequest>) -> Reply {
        let (call, request) = Call::open(request, |r: &CreateApplicationRequest| (&r.request_id, ""))?;
        let content =
            self.context.journal.accept(&call, None, gathered(|wrong| content(request.content, wrong))).await?;
        let project = kernel::ProjectId(Uuid::now_v7());
        let by = occasion(&self.context, &call);
        self.step(&call, project.0, Command::CreateApplication { project, content, by }).await
    }

    async fn update_application(&self, request: Request<UpdateApplicationRequest>) -> Reply {
        let (mut call, request) = Call::open(request, |r: &UpdateApplicationRequest| (&r.request_id, &r.etag))?;
        let asked = match request.update_mask {
            Some(mask) => self.merged(&mut call, &request.project_id, request.content, &mask.paths).await?,
            None => request.content,
        };
        let rest = |wrong: &mut Violations| content(asked, wrong);
        self.act(&call, &request.project_id, rest, |content, by| Command::UpdateApplication { content, by }).await
    }

    async fn get_application(&self, request: Request<GetApplicationRequest>) -> Reply {
        let (call, asked) = Call::read(request)?;
        let (project, ()) = self.context.journal.accept(&call, None, on_project(&asked.project_id, nothing)).await?;
        let found = self.context.journal.load::<Application>(project.0).await.map_err(status::store)?;
        let visible = reply::visible(found, &self.reader(&call));
        Ok(Response::new(self.context.journal.accept(&call, Some(project.0), visible).await?))
    }

    async fn list_applications(
        &self,
        request: Request<ListApplicationsRequest>,
    ) -> Result<Response<ListApplicationsResponse>, Status> {
        let (call, asked) = Call::read(request)?;
        let filter = self.context.journal.accept(&call, None, listing::filter(&asked)).await?;
        let (size, key, pool) = (paging::size(asked.page_size)?, filter.key(), &self.context.pool);
        let after = paging::last_key(&asked.page_token, &key)?;
        let scope = narrowed(call.actor.reach(), &filter.division);
        let rows = if filter.pool_year == 0 {
            let after = self.context.journal.accept(&call, None, listing::page_key(after.as_deref())).await?;
            store::lists::newest(pool, &scope, &filter, after, size).await
        } else {
            let after = self.context.journal.accept(&call, None, listing::pool_key(after.as_deref())).await?;
            store::lists::pool_of_year(pool, &scope, &filter, after, size).await
        };
        let rows = rows.map_err(status::store)?;
        let next_page_token = paging::next(&rows, size, &key, |row| listing::row_key(filter.order_of_rows(), row));
        let versions: Vec<(Uuid, i64)> = rows.iter().map(|row| (row.project_id, row.version)).collect();
        let reader = self.reader(&call);
        let offered = |application: &Application| reply::offered(application, &reader);
        let mut offered = self.context.journal.look_at(&versions, offered).await.map_err(status::store)?;
        let listed = |row: ListedApplication| {
            let offered = offered.remove(&row.project_id).unwrap_or_default();
            reply::listed(row, offered)
        };
        let applications = rows.into_iter().map(listed).collect();
        Ok(Response::new(ListApplicationsResponse { applications, next_page_token }))
    }

    async fn get_pool_statistics(
        &self,
        request: Request<GetPoolStatisticsRequest>,
    ) -> Result<Response<PoolStatistics>, Status> {
        let (call, asked) = Call::read(request)?;
        let division = gathered(|wrong| listing::division(&asked.division, wrong));
        let division = self.context.journal.accept(&call, None, division).await?;
        let scope = narrowed(call.actor.reach(), &division);
        let pool = &self.context.pool;
        let rows = store::statistics::pool_rows(pool, &scope, &division, asked.year).await.map_err(status::store)?;
        let states = store::statistics::states(pool, &scope, &division, asked.year).await.map_err(status::store)?;
        Ok(Response::new(statistics::statistics(&rows, states)))
    }

    async fn propose_application(&self, request: Request<ProposeApplicationRequest>) -> Reply {
        let (call, request) = Call::open(request, |r: &ProposeApplicationRequest| (&r.request_id, &r.etag))?;
        self.act(&call, &request.project_id, nothing, |(), by| Command::ProposeApplication { by }).await
    }

    async fn record_vote(&self, request: Request<RecordVoteRequest>) -> Reply {
        let (call, request) = Call::open(request, |r: &RecordVoteRequest| (&r.request_id, &r.etag))?;
        let rest = |wrong: &mut Violations| read::ballot(request.vote, wrong);
        self.act(&call, &request.project_id, rest, |ballot, by| Command::RecordVote { ballot, by }).await
    }

    async fn post_notice(&self, request: Request<PostNoticeRequest>) -> Reply {
        let (call, request) = Call::open(request, |r: &PostNoticeRequest| (&r.request_id, &r.etag))?;
        let project_id = request.project_id.clone();
        let rest = |wrong: &mut Violations| read::notice(request, wrong);
        self.act(&call, &project_id, rest, |notice, by| Command::PostNotice { notice, by }).await
    }

    async fn close_notice(&self, request: Request<CloseNoticeRequest>) -> Reply {
        let (call, request) = Call::open(request, |r: &CloseNoticeRequest| (&r.request_id, &r.etag))?;
        let level = request.level();
        let rest = |wrong: &mut Violations| read::closing(level, request.photo, wrong);
        self.act(&call, &request.project_id, rest, |(level, photo), by| Command::CloseNotice { level, photo, by }).await
    }

    async fn submit_application(&self, request: Request<SubmitApplicationRequest>) -> Reply {
        let (call, request) = Call::open(request, |r: &SubmitApplicationRequest| (&r.request_id, &r.etag))?;
        self.act(&call, &request.project_id, nothing, |(), by| Command::SubmitApplication { by }).await
    }

    async fn record_site_check(&self, request: Request<RecordSiteCheckRequest>) -> Reply {
        let (call, request) = Call::open(request, |r: &RecordSiteCheckRequest| (&r.request_id, &r.etag))?;
        let rest = |wrong: &mut Violations| read::site_check(request.site_check, wrong);
        self.act(&call, &request.project_id, rest, |site_check, by| Command::RecordSiteCheck { site_check, by }).await
    }

    async fn confirm_site_check(&self, request: Request<ConfirmSiteCheckRequest>) -> Reply {
        let (call, request) = Call::open(request, |r: &ConfirmSiteCheckRequest| (&r.request_id, &r.etag))?;
        self.act(&call, &request.project_id, nothing, |(), by| Command::ConfirmSiteCheck { by }).await
    }

    async fn resubmit_application(&self, request: Request<ResubmitApplicationRequest>) -> Reply {
        let (call, request) = Call::open(request, |r: &ResubmitApplicationRequest| (&r.request_id, &r.etag))?;
        let answers = read::correction_answers(request.answers);
        let rest = |_: &mut Violations| Some(answers);
        self.act(&call, &request.project_id, rest, |answers, by| Command::ResubmitApplication { answers, by }).await
    }

    async fn enter_pool(&self, request: Request<EnterPoolRequest>) -> Reply {
        let (call, request) = Call::open(request, |r: &EnterPoolRequest| (&r.request_id, &r.etag))?;
        let (project, ()) = self.context.journal.accept(&call, None, on_project(&request.project_id, nothing)).await?;
        let found = self.context.journal.load::<Application>(project.0).await.map_err(status::store)?;
        let suspects = match found {
            Some(found) => self.suspects(&call, &found).await?.0,
            None => Vec::new(),
        };
        let likeness = Explained { suspects, explanation: request.duplicate_explanation };
        let by = occasion(&self.context, &call);
        self.step(&call, project.0, Command::EnterPool { likeness, by }).await
    }

    async fn list_duplicates(
        &self,
        request: Request<ListDuplicatesRequest>,
    ) -> Result<Response<ListDuplicatesResponse>, Status> {
        let (call, asked) = Call::read(request)?;
        let (project, ()) = self.context.journal.accept(&call, None, on_project(&asked.project_id, nothing)).await?;
        let found = self.context.journal.load::<Application>(project.0).await.map_err(status::store)?;
        let found =
            self.context.journal.accept(&call, Some(project.0), reply::readable(found, &self.reader(&call))).await?;
        let (suspects, neighbours) = self.suspects(&call, &found).await?;
        let projects: Vec<Uuid> = suspects.iter().map(|suspect| suspect.project.0).collect();
        let readable = store::readers::readable(&self.context.pool, &call.actor.reach(), &projects).await;
        Ok(Response::new(reply::duplicates(suspects, &neighbours, &readable.map_err(status::store)?)))
    }

    async fn record_deliberation(&self, request: Request<RecordDeliberationRequest>) -> Reply {
        let (call, request) = Call::open(request, |r: &RecordDeliberationRequest| (&r.request_id, &r.etag))?;
        let meeting = request.meeting();
        let rest = |wrong: &mut Violations| read::deliberation(meeting, request.vote, wrong);
        self.act(&call, &request.project_id, rest, |(meeting, ballot), by| Command::RecordDeliberation {
            meeting,
            ballot,
            by,
        })
        .await
    }

    async fn raise_objection(&self, request: Request<RaiseObjectionRequest>) -> Reply {
        let (call, request) = Call::open(request, |r: &RaiseObjectionRequest| (&r.request_id, &r.etag))?;
        let project_id = request.project_id.clone();
        let complaint = read::complaint(request, originals::seal()?);
        let rest = |_: &mut Violations| Some(complaint);
        self.act(&call, &project_id, rest, |complaint, by| Command::RaiseObjection { complaint, by }).await
    }

    async fn answer_objection(&self, request: Request<AnswerObjectionRequest>) -> Reply {
        let (call, request) = Call::open(request, |r: &AnswerObjectionRequest| (&r.request_id, &r.etag))?;
        let AnswerObjectionRequest { project_id, objection_id, upheld, text, summary, .. } = request;
        let rest = |_: &mut Violations| Some((objection_id, Answering { upheld, summary, text }));
        self.act(&call, &project_id, rest, |(id, said), by| Command::AnswerObjection { id, said, by }).await
    }

    async fn get_objection_original(
        &self,
        request: Request<GetObjectionOriginalRequest>,
    ) -> Result<Response<ObjectionOriginal>, Status> {
        originals::read(&self.context, request).await
    }

    async fn return_application(&self, request: Request<ReturnApplicationRequest>) -> Reply {
        let (call, request) = Call::open(request, |r: &ReturnApplicationRequest| (&r.request_id, &r.etag))?;
        let rest = |wrong: &mut Violations| Some((request.opinion, read::corrections(request.items, wrong)));
        self.act(&call, &request.project_id, rest, |(opinion, corrections), by| Command::ReturnApplication {
            opinion,
            corrections,
            by,
        })
        .await
    }

    async fn recall_application(&self, request: Request<RecallApplicationRequest>) -> Reply {
        let (call, request) = Call::open(request, |r: &RecallApplicationRequest| (&r.request_id, &r.etag))?;
        self.act(&call, &request.project_id, nothing, |(), by| Command::RecallApplication { by }).await
    }

    async fn withdraw_application(&self, request: Request<WithdrawApplicationRequest>) -> Reply {
        let (mut call, request) = Call::open(request, |r: &WithdrawApplicationRequest| (&r.request_id, &r.etag))?;
        let rest = |_: &mut Violations| Some(request.reason);
        let (project, reason) = self.context.journal.accept(&call, None, on_project(&request.project_id, rest)).await?;
        let (turn, command) = withdrawal::agreed(&self.context, &mut call, project.0, reason).await?;
        self.step_in_turn(turn, &call, project.0, command).await
    }

    async fn suspend_application(&self, request: Request<SuspendApplicationRequest>) -> Reply {
        let (call, request) = Call::open(request, |r: &SuspendApplicationRequest| (&r.request_id, &r.etag))?;
        let rest = |_: &mut Violations| Some(request.reason);
        let command = |reason, by| Command::SuspendApplication { reason, by };
        self.act_asking(&call, &request.project_id, &OTHERS, rest, command).await
    }

    async fn resume_application(&self, request: Request<ResumeApplicationRequest>) -> Reply {
        let (call, request) = Call::open(request, |r: &ResumeApplicationRequest| (&r.request_id, &r.etag))?;
        let command = |(), by| Command::ResumeApplication { by };
        self.act_asking(&call, &request.project_id, &OTHERS, nothing, command).await
    }

    async fn set_pool_priority(&self, request: Request<SetPoolPriorityRequest>) -> Reply {
        let (call, request) = Call::open(request, |r: &SetPoolPriorityRequest| (&r.request_id, &r.etag))?;
        let rest = |wrong: &mut Violations| convert::count(request.priority, "priority", wrong);
        let command = |priority, by| Command::SetPoolPriority { priority, by };
        self.act_asking(&call, &request.project_id, &OTHERS, rest, command).await
    }

    async fn roll_pool_project(&self, request: Request<RollPoolProjectRequest>) -> Reply {
        let (call, request) = Call::open(request, |r: &RollPoolProjectRequest| (&r.request_id, &r.etag))?;
        let (project, ()) = self.context.journal.accept(&call, None, on_project(&request.project_id, nothing)).await?;
        let command = Command::RollPoolProject { year: request.year, by: occasion(&self.context, &call) };
        self.leave(call, project.0, command).await
    }

    async fn leave_pool(&self, request: Request<LeavePoolRequest>) -> Reply {
        let (call, request) = Call::open(request, |r: &LeavePoolRequest| (&r.request_id, &r.etag))?;
        let rest = |wrong: &mut Violations| read::leaving(request.reason(), request.text.clone(), wrong);
        let asked = self.context.journal.accept(&call, None, on_project(&request.project_id, rest)).await?;
        let (project, (reason, text)) = asked;
        let command = Command::LeavePool { reason, text, by: occasion(&self.context, &call) };
        self.leave(call, project.0, command).await
    }
}
