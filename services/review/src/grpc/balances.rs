//! What the room `disbursement` has left of the year's indicators, asked before the finance bureau's agreement is judged, and
//! what of it the bureau has vouched for already.
//!
//! It is asked with the reviewer's own token and only then: no other decision waits for that room.

use kernel::{Fen, Role};
use proto::disbursement::v1::{GetIndicatorBalancesRequest, disbursement_service_client::DisbursementServiceClient};
use runtime::{Before, Call, Context, status};
use tonic::Status;
use uuid::Uuid;

use crate::{
    domain::{Balances, Case, Complete, guarantee},
    store,
};

const DISBURSEMENT: &str = "disbursement";

/// What is left and what of it is reserved, by source, where the decision can't be judged without; otherwise nothing.
pub async fn needed(
    context: &Context,
    call: &Call,
    project: Uuid,
    complete: &Complete,
) -> Result<(Balances, Balances), Status> {
    let unasked = || (Balances::new(), Balances::new());
    if !call.actor.posts.iter().any(|post| post.role == Role::FinanceBureau) {
        return Ok(unasked());
    }
    // A repeat has its answer already.
    let before = context.journal.before::<Case>(call, project).await.map_err(status::store)?;
    let Before::Standing(found, turn) = before else { return Ok(unasked()) };
    // The other departments need not wait until that room has answered.
    drop(turn);
    let Case::Opened(state) = found.state else { return Ok(unasked()) };
    let asked = state.awaited().map(|opinion| &opinion.asked).find(|asked| asked.task == complete.task);
    match asked.filter(|asked| guarantee::is_needed(asked, &complete.decision)) {
        None => Ok(unasked()),
        Some(_) => {
            let year = state.referral.subject.fiscal_year;
            let left = balances(context, call, year).await?;
            Ok((left, store::guarantees::reserved_in(&context.pool, year).await.map_err(status::store)?))
        }
    }
}

async fn balances(context: &Context, call: &Call, fiscal_year: i32) -> Result<Balances, Status> {
    let peer = context.peers.get(DISBURSEMENT).ok_or_else(|| status::no_peer(DISBURSEMENT))?;
    let request = call.to_peer(GetIndicatorBalancesRequest { fiscal_year });
    let answer = DisbursementServiceClient::new(peer).get_indicator_balances(request).await;
    let left = answer.map_err(|failure| status::from_peer(DISBURSEMENT, &failure))?.into_inner();
    Ok(left.sources.into_iter().map(|left| (left.source, Fen::new(left.available_fen))).collect())
}
