//! A decision's way: checked here for the claim and for completeness, judged by the room that asked, then recorded.
//!
//! Invariant: nothing is recorded before that room has said yes, and its refusal goes to the reviewer unchanged. Should
//! this process end in between, the room's TaskSettled closes the task, and the repeat finds the room's own receipt.

use proto::inbox::v1::{
    CompleteRequest, CompleteTaskRequest, CompleteTaskResponse, task_source_client::TaskSourceClient,
};
use runtime::{Before, Call, Context, Snapshot, status};
use tonic::{
    Code, Request, Status,
    metadata::{Ascii, MetadataValue},
};

use crate::{
    convert,
    domain::{Command, Decision, Raised, Task, task::unknown},
};

const AUTHORIZATION: &str = "authorization";

/// Completes a task.
pub async fn complete(
    context: &Context,
    request: Request<CompleteTaskRequest>,
) -> Result<CompleteTaskResponse, Status> {
    let bearer = request.metadata().get(AUTHORIZATION).cloned();
    let (call, asked) = Call::open(request, |asked: &CompleteTaskRequest| (&asked.request_id, ""))?;
    let (task, decision) = match convert::completion(&asked) {
        Ok(read) => read,
        Err(refusal) => return Err(context.journal.refuse(&call, None, &refusal).await),
    };
    let before = context.journal.before::<Task>(&call, task.0).await.map_err(status::store)?;
    let turn = match before {
        // It has its answer already: neither the claim nor the room is asked again.
        Before::Answered => None,
        Before::Standing(found, turn) => {
            let raised = may_complete(context, &call, found, asked.fencing_token, &decision).await?;
            ask_room(context, bearer, asked, &raised).await?;
            Some(turn)
        }
    };
    let command = Command::CompleteTask { outcome: decision.outcome, person: call.actor.person.clone() };
    let now = context.clock.now();
    let reply = |after: &Snapshot<Task>| CompleteTaskResponse { task: Some(convert::reply(after, now)) };
    context.journal.answer_in_turn(turn, &call, task.0, command, reply).await
}

async fn may_complete(
    context: &Context,
    call: &Call,
    found: Snapshot<Task>,
    token: i64,
    decision: &Decision,
) -> Result<Raised, Status> {
    let task = found.stream;
    let Task::Raised(raised) = found.state else {
        return Err(context.journal.refuse(call, Some(task), &unknown()).await);
    };
    match raised.may_complete(&call.actor, token, decision, context.clock.now()) {
        Ok(()) => Ok(*raised),
        Err(refusal) => Err(context.journal.refuse(call, Some(task), &refusal).await),
    }
}

/// The room that asked judges, for the reviewer whose token this is, under the same `request_id`.
async fn ask_room(
    context: &Context,
    bearer: Option<MetadataValue<Ascii>>,
    asked: CompleteTaskRequest,
    raised: &Raised,
) -> Result<(), Status> {
    let room = &raised.request.room;
    let Some(peer) = context.peers.get(room) else {
        tracing::error!(peer = room, "a task's room is neither in this process nor among the configured peers");
        return Err(unreachable());
    };
    let mut request = Request::new(CompleteRequest {
        request_id: asked.request_id,
        task_id: raised.request.task.to_string(),
        project_id: raised.request.project.to_string(),
        kind: raised.request.kind.clone(),
        decision: asked.decision,
    });
    if let Some(bearer) = bearer {
        request.metadata_mut().insert(AUTHORIZATION, bearer);
    }
    match TaskSourceClient::new(peer).complete(request).await {
        Ok(_) => Ok(()),
        // Every room explains itself in the details: a status without any comes from the way there.
        Err(failure) if failure.details().is_empty() => {
            tracing::warn!(peer = room, error = %failure, "the task's room can't be reached");
            Err(unreachable())
        }
        // Without the metadata of that answer, which belongs to its own connection.
        Err(refusal) => Err(Status::with_details(refusal.code(), refusal.message(), refusal.details().to_vec().into())),
    }
}

fn unreachable() -> Status {
    status::plain(
        Code::Unavailable,
        "ROOM_UNAVAILABLE",
        "受理该事项的服务暂不可用,请用同一请求编号重试",
        "the room that raised the task can't be reached; try again with the same request_id",
    )
}
