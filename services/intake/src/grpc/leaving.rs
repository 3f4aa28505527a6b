//! A project leaves the pool, or waits there for a later year: decided in the room `disbursement`, which knows what holds it.
//!
//! Here is judged first whether it may be asked for at all; then that room is asked, with the person's own token and the
//! call's own key; then the fact is written. Should this break off in between, that room's message brings the fact.

use kernel::Decider as _;
use proto::disbursement::v1::{PostponeProjectRequest, ReleaseProjectRequest, pool_service_client::PoolServiceClient};
use runtime::{Before, Call, status};
use tonic::Status;
use uuid::Uuid;

use super::{Applications, Reply};
use crate::{
    convert::{reply, words},
    domain::{Application, Command, Event},
};

const DISBURSEMENT: &str = "disbursement";

impl Applications {
    /// The step that the command is, once the room of money has agreed.
    pub(super) async fn leave(&self, mut call: Call, stream: Uuid, command: Command) -> Reply {
        let before = self.context.journal.before::<Application>(&call, stream).await.map_err(status::store)?;
        let (turn, command) = match before {
            // A repeat has its answer already.
            Before::Answered => (None, command),
            Before::Standing(found, turn) => {
                // A stale call is stale for ever: the step says so.
                let fresh = call.expected_version.is_none_or(|version| version == found.version);
                let agreed = match found.state.decide(command.clone()) {
                    _ if !fresh => None,
                    Ok(facts) => self.agreed(&call, stream, facts).await?,
                    // Said here: in the step it might be otherwise, and money was not asked.
                    Err(refusal) => return Err(self.context.journal.refuse(&call, Some(stream), &refusal).await),
                };
                if agreed.is_some() {
                    // What that room has decided is so: its message may have been faster than this step.
                    call.expected_version = None;
                }
                (Some(turn), agreed.unwrap_or(command))
            }
        };
        let reader = self.reader(&call);
        let answer = |snapshot: &_| reply::application(snapshot, &reader);
        let journal = &self.context.journal;
        let answer = journal.answer_in_turn::<Application, _>(turn, &call, stream, command, answer);
        Ok(tonic::Response::new(answer.await?))
    }

    /// Asks the room of money for what these facts say; the command that records what it has agreed to.
    async fn agreed(&self, call: &Call, stream: Uuid, facts: Vec<Event>) -> Result<Option<Command>, Status> {
        let peer = || self.context.peers.get(DISBURSEMENT).ok_or_else(|| status::no_peer(DISBURSEMENT));
        let request_id = call.request_id.unwrap_or_default().to_string();
        let project_id = stream.to_string();
        let (answer, command) = match facts.into_iter().next() {
            Some(Event::ProjectUnpooled { reason, text, signature }) => {
                let said = words::leave_reason_message(reason).into();
                let asked = ReleaseProjectRequest { request_id, project_id, reason: said, text: text.clone() };
                let answer = PoolServiceClient::new(peer()?).release_project(call.to_peer(asked)).await.map(drop);
                (answer, Command::RecordLeft { reason, text, signature })
            }
            Some(Event::PoolProjectRolled { year, signature }) => {
                let asked = PostponeProjectRequest { request_id, project_id, year };
                let answer = PoolServiceClient::new(peer()?).postpone_project(call.to_peer(asked)).await.map(drop);
                (answer, Command::RecordRolled { year, signature })
            }
            // It is so already.
            _ => return Ok(None),
        };
        answer.map_err(|failure| status::from_peer(DISBURSEMENT, &failure))?;
        Ok(Some(command))
    }
}
