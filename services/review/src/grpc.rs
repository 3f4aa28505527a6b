//! The rpcs of the room: cases to read, the decisions that the inbox brings, withdrawals that intake brings, and meetings
//! ([`meetings`]).
//!
//! Each is a few lines: open the call, convert, ask. Every refusal is recorded, also that of a read.

mod balances;
mod meetings;

use kernel::ProjectId;
use proto::{
    inbox::v1::{CompleteRequest, CompleteResponse, task_source_server::TaskSource},
    review::v1::{
        Case as CaseReply, GetCaseRequest, ListCasesRequest, ListCasesResponse, WithdrawCaseRequest,
        WithdrawCaseResponse, case_source_server::CaseSource, review_service_server::ReviewService,
    },
};
use runtime::{Call, Context, paging, scope::narrowed, status};
use tonic::{Request, Response, Status};
use translation::field::only_uuid;
use uuid::Uuid;

pub use self::meetings::Meetings;
use crate::{
    convert::{self, listing},
    domain::{
        Case, Command, Withdrawal,
        listing::{page_key, row_key},
    },
    store,
};

/// Cases, to read.
pub struct Cases {
    context: Context,
}

impl Cases {
    /// Cases of this room.
    pub fn new(context: Context) -> Self {
        Self { context }
    }
}

#[tonic::async_trait]
impl ReviewService for Cases {
    async fn get_case(&self, request: Request<GetCaseRequest>) -> Result<Response<CaseReply>, Status> {
        let (call, asked) = Call::read(request)?;
        let Context { journal, pack, .. } = &self.context;
        let project = journal.accept(&call, None, only_uuid(&asked.project_id, "project_id").map(ProjectId)).await?;
        let found = journal.load::<Case>(project.0).await.map_err(status::store)?;
        let case =
            journal.accept(&call, Some(project.0), convert::visible(found, &call.actor, &pack.exclusions)).await?;
        Ok(Response::new(case))
    }

    async fn list_cases(&self, request: Request<ListCasesRequest>) -> Result<Response<ListCasesResponse>, Status> {
        let (call, asked) = Call::read(request)?;
        let Context { journal, pool, clock, .. } = &self.context;
        let filter = journal.accept(&call, None, listing::filter(&asked)).await?;
        let (size, key, now) = (paging::size(asked.page_size)?, filter.key(), clock.now());
        let last = paging::last_key(&asked.page_token, &key)?;
        let after = journal.accept(&call, None, page_key(filter.order, last.as_deref())).await?;
        let scope = narrowed(call.actor.reach(), &filter.division);
        let rows = store::lists::cases(pool, &scope, &filter, now, after, size).await.map_err(status::store)?;
        let next_page_token = paging::next(&rows, size, &key, |row| row_key(filter.order, row));
        let cases =
            rows.into_iter().map(|row| convert::listed(row, &call.actor, &self.context.pack.exclusions)).collect();
        Ok(Response::new(ListCasesResponse { cases, next_page_token }))
    }
}

/// What other rooms bring for a person: decisions of the inbox, withdrawals of intake.
#[derive(Clone)]
pub struct Tasks {
    context: Context,
}

impl Tasks {
    /// What is brought to this room's cases.
    pub fn new(context: Context) -> Self {
        Self { context }
    }
}

#[tonic::async_trait]
impl TaskSource for Tasks {
    async fn complete(&self, request: Request<CompleteRequest>) -> Result<Response<CompleteResponse>, Status> {
        let (call, request) = Call::open(request, |request: &CompleteRequest| (&request.request_id, ""))?;
        let Context { journal, pack, clock, .. } = &self.context;
        let converted = convert::complete(request, &call.actor, pack, Uuid::now_v7(), clock.now());
        let (project, mut complete) = journal.accept(&call, None, converted).await?;
        (complete.balances, complete.reserved) = balances::needed(&self.context, &call, project.0, &complete).await?;
        let command = Command::CompleteTask(complete);
        let answer = journal.answer::<Case, _>(&call, project.0, command, |_| CompleteResponse {}).await?;
        Ok(Response::new(answer))
    }
}

#[tonic::async_trait]
impl CaseSource for Tasks {
    async fn withdraw_case(
        &self,
        request: Request<WithdrawCaseRequest>,
    ) -> Result<Response<WithdrawCaseResponse>, Status> {
        let (call, asked) = Call::open(request, |request: &WithdrawCaseRequest| (&request.request_id, ""))?;
        let Context { journal, pack, clock, .. } = &self.context;
        let project = journal.accept(&call, None, only_uuid(&asked.project_id, "project_id").map(ProjectId)).await?;
        let withdrawal = Withdrawal {
            reason: asked.reason,
            actor: call.actor.clone(),
            exclusions: pack.exclusions.clone(),
            at: clock.now(),
        };
        let command = Command::WithdrawCase(withdrawal);
        let answer = journal.answer::<Case, _>(&call, project.0, command, |_| WithdrawCaseResponse {}).await?;
        Ok(Response::new(answer))
    }
}
