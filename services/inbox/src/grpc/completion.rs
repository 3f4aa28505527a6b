//! A decision's way: checked here for scope, duty and claim, judged by the room that asked, then recorded.
//!
//! Invariant: nothing is recorded before that room has said yes, and its refusal goes to the reviewer unchanged. Should
//! this process end in between, the room's TaskSettled closes the task, and the repeat finds the room's own receipt.

use kernel::decision::Outcome;
use proto::inbox::v1::{
    CompleteRequest, CompleteTaskRequest, CompleteTaskResponse, task_source_client::TaskSourceClient,
};
use runtime::{Before, Call, Context, Snapshot, gathered, status};
use tonic::{Code, Request, Status};

use crate::{
    convert,
    domain::{Command, State, Task, completion::may_complete, refusal::unknown},
};

/// Completes a task.
pub async fn complete(
    context: &Context,
    request: Request<CompleteTaskRequest>,
) -> Result<CompleteTaskResponse, Status> {
    let (call, asked) = Call::open(request, |asked: &CompleteTaskRequest| (&asked.request_id, ""))?;
    let (task, outcome) = context.journal.accept(&call, None, convert::completion(&asked)).await?;
    let before = context.journal.before::<Task>(&call, task.0).await.map_err(status::store)?;
    let turn = match before {
        // It has its answer already: neither the claim nor the room is asked again.
        Before::Answered => None,
        Before::Standing(found, turn) if call.validate_only => {
            rehearse(context, &call, found, asked, outcome).await?;
            Some(turn)
        }
        Before::Standing(found, turn) => {
            let raised = permitted(context, &call, found, asked.fencing_token, outcome).await?;
            ask_room(context, &call, asked, &raised).await?;
            Some(turn)
        }
    };
    let (person, on_behalf_of) = (call.actor.person.clone(), call.actor.on_behalf_of.clone());
    let command = Command::CompleteTask { outcome, person, on_behalf_of };
    let now = context.clock.now();
    let reply = |after: &Snapshot<Task>| CompleteTaskResponse { task: Some(convert::reply(after, &call.actor, now)) };
    context.journal.answer_in_turn(turn, &call, task.0, command, reply).await
}

/// Only tries it: what speaks against it here and in the room that asked is said together.
async fn rehearse(
    context: &Context,
    call: &Call,
    found: Snapshot<Task>,
    asked: CompleteTaskRequest,
    outcome: Outcome,
) -> Result<(), Status> {
    let Task::Raised(raised) = found.state else {
        return Err(status::refused(&unknown()));
    };
    let here = may_complete(&raised, &call.actor, asked.fencing_token, outcome, context.clock.now());
    let here = here.err().map(|refusal| status::refused(&refusal));
    if let Some(no) = here.as_ref().filter(|no| no.code() == Code::PermissionDenied) {
        return Err(no.clone());
    }
    let there = ask_room(context, call, asked, &raised).await.err();
    match (here, there) {
        (None, None) => Ok(()),
        // A room that did not answer has judged nothing.
        (_, Some(away)) if away.code() == Code::Unavailable => Err(away),
        (here, there) => Err(gathered::all(&here.into_iter().chain(there).collect::<Vec<_>>())),
    }
}

async fn permitted(
    context: &Context,
    call: &Call,
    found: Snapshot<Task>,
    token: i64,
    outcome: Outcome,
) -> Result<State, Status> {
    let task = found.stream;
    let Task::Raised(raised) = found.state else {
        return Err(context.journal.refuse(call, Some(task), &unknown()).await);
    };
    let may = may_complete(&raised, &call.actor, token, outcome, context.clock.now());
    context.journal.accept(call, Some(task), may.map(|()| *raised)).await
}

/// The room that asked judges, for the reviewer whose token this is, under the same `request_id`.
async fn ask_room(context: &Context, call: &Call, asked: CompleteTaskRequest, raised: &State) -> Result<(), Status> {
    let room = &raised.request.room;
    let peer = context.peers.get(room).ok_or_else(|| status::no_peer(room))?;
    let request = call.to_peer(CompleteRequest {
        request_id: asked.request_id,
        task_id: raised.request.task.to_string(),
        project_id: raised.request.project.to_string(),
        kind: raised.request.kind.clone(),
        decision: asked.decision,
        validate_only: asked.validate_only,
    });
    let answer = TaskSourceClient::new(peer).complete(request).await;
    answer.map(drop).map_err(|failure| status::from_peer(room, &failure))
}
