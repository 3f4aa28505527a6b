//! What intake asks before a project leaves the pool or waits there for a later year, with the person's own token.

use proto::disbursement::v1::{
    PostponeProjectRequest, PostponeProjectResponse, ReleaseProjectRequest, ReleaseProjectResponse,
    pool_service_server::PoolService,
};
use runtime::{Call, Snapshot, status};
use tonic::{Request, Response, Status};
use translation::field::only_uuid;
use uuid::Uuid;

use super::Disbursement;
use crate::{
    convert::request,
    domain::{
        Project,
        project::{
            Command,
            command::{PostponeProject, ReleaseProject},
        },
    },
    store,
};

#[tonic::async_trait]
impl PoolService for Disbursement {
    async fn release_project(
        &self,
        request: Request<ReleaseProjectRequest>,
    ) -> Result<Response<ReleaseProjectResponse>, Status> {
        let (call, asked) = Call::open(request, |asked| (&asked.request_id, ""))?;
        let (id, plan) = self.held(&call, &asked.project_id).await?;
        let said = request::leaving(asked.reason(), asked.text);
        let ((reason, text), actor) = (self.context.journal.accept(&call, Some(id), said).await?, call.actor.clone());
        let command = Command::ReleaseProject(ReleaseProject {
            reason,
            text,
            plan,
            actor,
            exclusions: self.exclusions(),
            at: self.context.clock.now(),
        });
        let reply = |_: &Snapshot<Project>| ReleaseProjectResponse {};
        self.context.journal.answer::<Project, _>(&call, id, command, reply).await.map(Response::new)
    }

    async fn postpone_project(
        &self,
        request: Request<PostponeProjectRequest>,
    ) -> Result<Response<PostponeProjectResponse>, Status> {
        let (call, asked) = Call::open(request, |asked| (&asked.request_id, ""))?;
        let (id, plan) = self.held(&call, &asked.project_id).await?;
        let (year, actor, at) = (asked.year, call.actor.clone(), self.context.clock.now());
        let command =
            Command::PostponeProject(PostponeProject { year, plan, actor, exclusions: self.exclusions(), at });
        let reply = |_: &Snapshot<Project>| PostponeProjectResponse {};
        self.context.journal.answer::<Project, _>(&call, id, command, reply).await.map(Response::new)
    }
}

impl Disbursement {
    /// A project, and the living plan that holds it.
    async fn held(&self, call: &Call, project_id: &str) -> Result<(Uuid, Option<Uuid>), Status> {
        let id = self.context.journal.accept(call, None, only_uuid(project_id, "project_id")).await?;
        let plan = store::plan_of(&self.context.pool, id).await.map_err(status::store)?;
        Ok((id, plan))
    }
}
