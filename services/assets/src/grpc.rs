//! The rpcs of the room: the four steps from completion to registration, and what may be read.
//!
//! Each is a few lines: open the call, convert, ask. Every refusal is recorded, also that of a read.

use std::{collections::HashMap, sync::Arc};

use kernel::{Actor, Occasion, ProjectId, refusal::Common};
use proto::assets::v1::{
    GetProjectRequest, ListAssetsRequest, ListAssetsResponse, Project as ProjectReply, RecordAcceptanceRequest,
    RecordTownshipCheckRequest, RegisterAssetsRequest, ReportCompletionRequest, asset_service_server::AssetService,
};
use runtime::{Call, Context, acts, paging, scope::narrowed, status};
use tonic::{Request, Response, Status};
use translation::act;
use uuid::Uuid;

use crate::{
    convert,
    domain::{Command, Project, acceptance},
    store,
};

/// The room that pays: it goes on while the works are accepted.
const DISBURSEMENT: &str = "disbursement";

type Reply = Result<Response<ProjectReply>, Status>;

/// Acceptance and the register of assets.
pub struct Assets {
    context: Context,
}

impl Assets {
    /// The service of this room.
    #[must_use]
    pub fn new(context: Context) -> Self {
        Self { context }
    }

    /// Takes one step and answers with the project after it.
    async fn step(&self, call: &Call, converted: Result<(ProjectId, Command), Common>) -> Reply {
        let (project, command) = self.context.journal.accept(call, None, converted).await?;
        let journal = &self.context.journal;
        journal.answer::<Project, _>(call, project.0, command, convert::project).await.map(Response::new)
    }

    /// Who acts, now, and what the room that pays saw that person do in the project.
    async fn occasion(&self, call: &Call, project_id: &str) -> Result<Occasion, Status> {
        let project = self.context.journal.accept(call, None, convert::project_id(project_id)).await?;
        let elsewhere = acts::elsewhere(&self.context, call, project.0, &[DISBURSEMENT], act::from_messages).await?;
        let Context { pack, clock, .. } = &self.context;
        Ok(Occasion { actor: call.actor.clone(), elsewhere, pack: Arc::clone(pack), at: clock.now() })
    }
}

#[tonic::async_trait]
impl AssetService for Assets {
    async fn report_completion(&self, request: Request<ReportCompletionRequest>) -> Reply {
        let (call, asked) = Call::open(request, |asked: &ReportCompletionRequest| (&asked.request_id, &asked.etag))?;
        let by = self.occasion(&call, &asked.project_id).await?;
        let (project, mut report) =
            self.context.journal.accept(&call, None, convert::report_completion(asked, by)).await?;
        let photographs: Vec<&str> = report.photographs().collect();
        let elsewhere = store::used_elsewhere(&self.context.pool, project.0, &photographs).await;
        report.used_elsewhere = elsewhere.map_err(status::store)?.into_iter().collect();
        self.step(&call, Ok((project, Command::ReportCompletion(report)))).await
    }

    async fn record_township_check(&self, request: Request<RecordTownshipCheckRequest>) -> Reply {
        let (call, asked) = Call::open(request, |asked: &RecordTownshipCheckRequest| (&asked.request_id, &asked.etag))?;
        let by = self.occasion(&call, &asked.project_id).await?;
        self.step(&call, convert::record_township_check(asked, by)).await
    }

    async fn record_acceptance(&self, request: Request<RecordAcceptanceRequest>) -> Reply {
        let (call, asked) = Call::open(request, |asked: &RecordAcceptanceRequest| (&asked.request_id, &asked.etag))?;
        let by = self.occasion(&call, &asked.project_id).await?;
        self.step(&call, convert::record_acceptance(asked, by)).await
    }

    async fn register_assets(&self, request: Request<RegisterAssetsRequest>) -> Reply {
        let (call, asked) = Call::open(request, |asked: &RegisterAssetsRequest| (&asked.request_id, &asked.etag))?;
        let by = self.occasion(&call, &asked.project_id).await?;
        self.step(&call, convert::register_assets(asked, by)).await
    }

    async fn get_project(&self, request: Request<GetProjectRequest>) -> Reply {
        let (call, asked) = Call::read(request)?;
        let project = self.context.journal.accept(&call, None, convert::project_id(&asked.project_id)).await?;
        let found = self.context.journal.load::<Project>(project.0).await.map_err(status::store)?;
        self.context
            .journal
            .accept(&call, Some(project.0), convert::visible(found, &call.actor, &self.context.pack))
            .await
            .map(Response::new)
    }

    async fn list_assets(&self, request: Request<ListAssetsRequest>) -> Result<Response<ListAssetsResponse>, Status> {
        let (call, asked) = Call::read(request)?;
        let filter = self.context.journal.accept(&call, None, convert::filter(&asked)).await?;
        let (size, key) = (paging::size(asked.page_size)?, filter.key());
        let last = paging::last_key(&asked.page_token, &key)?;
        let before = self.context.journal.accept(&call, None, convert::page_key(last.as_deref())).await?;
        let reach = narrowed(call.actor.reach(), &filter.division);
        let rows = store::assets(&self.context.pool, &reach, &filter, before, size).await.map_err(status::store)?;
        let next_page_token = paging::next(&rows, size, &key, |row| row.entry.to_string());
        let assets = rows.into_iter().map(convert::listed).collect();
        Ok(Response::new(ListAssetsResponse { assets, next_page_token }))
    }
}

/// Those of these streams whose works are known and may be read by this actor, each its own project.
pub async fn watched(context: Context, actor: Actor, streams: Vec<(Uuid, i64)>) -> sqlx::Result<HashMap<Uuid, Uuid>> {
    let readable = |project: &Project| match project {
        Project::Known(works) => acceptance::require_reader(&works.site, &actor, &context.pack).is_ok(),
        Project::Uncontracted | Project::Awaited(_) => false,
    };
    let seen = context.journal.look_at(&streams, readable).await?;
    Ok(seen.into_iter().filter(|(_, reads)| *reads).map(|(project, _)| (project, project)).collect())
}
