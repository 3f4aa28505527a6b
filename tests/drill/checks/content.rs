//! C1: each acknowledged application is there, word for word as it was sent: hashes of what was sent and what is read.

use anyhow::Context as _;
use prost::Message as _;
use proto::intake::v1::{Application, CreateApplicationRequest, GetApplicationRequest};

use crate::{
    history::{History, Operation, Outcome},
    nemesis::Ground,
};

/// Where gRPC's frame ends and the message begins.
const FRAME: usize = 5;

/// Reads each acknowledged application again.
///
/// # Errors
/// When intake does not answer.
pub async fn check(ground: &Ground, history: &History, operations: &[Operation]) -> anyhow::Result<usize> {
    let mut compared = 0;
    for operation in operations.iter().filter(|operation| operation.path.ends_with("/CreateApplication")) {
        let Outcome::Ok(reply) = &operation.outcome else { continue };
        let sent = CreateApplicationRequest::decode(operation.body.slice(FRAME..))?.content;
        let project_id = Application::decode(reply.slice(FRAME.min(reply.len())..))?.project_id;
        let owner = ground.cast.villages.iter().map(|village| &village.secretary);
        let owner = owner.clone().find(|owner| owner.id == operation.person).context("a secretary sent it")?;
        let mut intake = owner.intake.clone();
        let kept = intake.get_application(GetApplicationRequest { project_id: project_id.clone() }).await;
        match kept.map(|reply| reply.into_inner().content) {
            Ok(kept) if hash(kept.as_ref()) == hash(sent.as_ref()) => compared += 1,
            Ok(_) => history.violation(format!("C1 application {project_id} is not what was sent")),
            Err(status) => history.violation(format!("C1 application {project_id} can't be read: {status}")),
        }
    }
    Ok(compared)
}

fn hash(content: Option<&proto::intake::v1::Content>) -> String {
    kernel::id::sha256_hex(&content.map(prost::Message::encode_to_vec).unwrap_or_default())
}
