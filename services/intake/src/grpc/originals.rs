//! Originals of objections: sealed as they come in, and read on record by whoever must handle them.

use kernel::refusal::Common;
use proto::intake::v1::{GetObjectionOriginalRequest, ObjectionOriginal};
use runtime::{Call, Context, Snapshot, status};
use tonic::{Request, Response, Status};

use super::{nothing, occasion};
use crate::{
    convert::on_project,
    domain::{Application, objection::read_original, record::original::Seal},
    store,
};

/// What is drawn for an original that comes in.
pub(super) fn seal() -> Result<Seal, Status> {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt)
        .map_err(|error| status::internal(anyhow::anyhow!("the system gives no random numbers: {error}")))?;
    Ok(Seal { id: uuid::Uuid::now_v7(), salt })
}

/// Shows an original, and keeps who saw it.
pub(super) async fn read(
    context: &Context,
    request: Request<GetObjectionOriginalRequest>,
) -> Result<Response<ObjectionOriginal>, Status> {
    let (call, asked) = Call::read(request)?;
    let (project, ()) = context.journal.accept(&call, None, on_project(&asked.project_id, nothing)).await?;
    let found = context.journal.load::<Application>(project.0).await.map_err(status::store)?;
    let reader = match &found {
        Some(Snapshot { state: Application::Opened(state), .. }) => {
            read_original(state, &asked.objection_id, &occasion(context, &call))
        }
        _ => Err(Common::NotFound { what: "项目申报 application" }),
    };
    let reader = context.journal.accept(&call, Some(project.0), reader).await?;
    let read = store::originals::read(&context.pool, project.0, &asked.objection_id, &reader).await;
    let original = read
        .map_err(status::store)?
        .ok_or(Common::NotFound { what: "异议原件(已按规定删除) original, erased" });
    let original = context.journal.accept(&call, Some(project.0), original).await?;
    let store::originals::StoredOriginal { name, phone, words } = original;
    Ok(Response::new(ObjectionOriginal { objection_id: asked.objection_id, name, phone, text: words }))
}
