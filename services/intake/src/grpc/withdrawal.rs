//! A withdrawal of what the county has had: the room `review` is asked first, for the villager whose token it is, under the same
//! `request_id`; it decides that against its own decisions. What this room refuses, it refuses before that.
//!
//! Should this process end after that room's yes, `CaseWithdrawn` brings the withdrawal here all the same.

use kernel::Decider as _;
use proto::review::v1::{WithdrawCaseRequest, case_source_client::CaseSourceClient};
use runtime::{Before, Call, Context, Snapshot, Turn, status};
use tonic::Status;
use uuid::Uuid;

use super::occasion;
use crate::domain::{Application, Command, Event};

const REVIEW: &str = "review";

/// The step that the withdrawal is, and the turn to take it: the county has said yes, where it has to.
pub async fn agreed(
    context: &Context,
    call: &mut Call,
    project: Uuid,
    reason: String,
) -> Result<(Option<Turn>, Command), Status> {
    let command = |agreed| Command::WithdrawApplication { reason: reason.clone(), agreed, by: occasion(context, call) };
    let before = context.journal.before::<Application>(call, project).await.map_err(status::store)?;
    let Before::Standing(Snapshot { state, version, .. }, turn) = before else { return Ok((None, command(false))) };
    let forwarded = matches!(&state, Application::Opened(state) if state.county_rounds > 0);
    let stale = call.expected_version.is_some_and(|expected| expected != version);
    if !forwarded || stale {
        return Ok((Some(turn), command(false)));
    }
    match state.decide(command(true)).as_deref() {
        Ok([Event::ApplicationWithdrawn { reason, signature }]) => {
            ask(context, call, project, reason).await?;
            // What is so at the county is so here, whatever has happened to the application since it was read.
            call.expected_version = None;
            let heard = Command::HearWithdrawal { reason: reason.clone(), signature: signature.clone() };
            Ok((Some(turn), heard))
        }
        // Already so, or refused here: the step says it.
        Ok(_) | Err(_) => Ok((Some(turn), command(true))),
    }
}

async fn ask(context: &Context, call: &Call, project: Uuid, reason: &str) -> Result<(), Status> {
    let peer = context.peers.get(REVIEW).ok_or_else(|| status::no_peer(REVIEW))?;
    let request = call.to_peer(WithdrawCaseRequest {
        request_id: call.request_id.unwrap_or_default().to_string(),
        project_id: project.to_string(),
        reason: reason.to_owned(),
    });
    let answer = CaseSourceClient::new(peer).withdraw_case(request).await;
    answer.map(drop).map_err(|failure| status::from_peer(REVIEW, &failure))
}
