//! What somebody did in a project in another room (SOD-1): asked at the moment of an act, for what a room said last may be older
//! than what it has seen since.
//!
//! A room that decides while others do, such as payment and acceptance of the same works, asks them before its own step
//! ([`elsewhere`]); a room that is asked serves [`Acts`]. Where one room only follows another, its messages bring the acts.

use kernel::{Duties, duty};
use proto::common::v1::{
    Act, ListActsRequest, ListActsResponse, act_service_client::ActServiceClient, act_service_server::ActService,
};
use tonic::{Code, Request, Response, Status};
use uuid::Uuid;

use crate::{Call, Context, Machine, status};

/// What a room has seen its callers do, for rooms that ask with their tokens.
pub struct Acts<M> {
    context: Context,
    of: fn(&M) -> Option<&Duties>,
    say: fn(&duty::Act) -> Act,
}

impl<M> Acts<M> {
    /// Answers from this room's journal: the stream of a project is named by the project, `of` finds its acts, and `say` puts
    /// one into the contract's words, which the shell doesn't know.
    #[must_use]
    pub fn new(context: Context, of: fn(&M) -> Option<&Duties>, say: fn(&duty::Act) -> Act) -> Self {
        Self { context, of, say }
    }
}

#[tonic::async_trait]
impl<M: Machine> ActService for Acts<M> {
    async fn list_acts(&self, request: Request<ListActsRequest>) -> Result<Response<ListActsResponse>, Status> {
        let (call, asked) = Call::read(request)?;
        let project = Uuid::parse_str(&asked.project_id).map_err(|_| {
            status::plain(Code::InvalidArgument, "BAD_ID", "project_id 必须是 UUID", "project_id must be a UUID")
        })?;
        let found = self.context.journal.load::<M>(project).await.map_err(status::store)?;
        let duties = found.as_ref().and_then(|found| (self.of)(&found.state));
        // A token opens nobody else's acts.
        let own = duties.into_iter().flat_map(|duties| &duties.0);
        let own = own.filter(|act| call.actor.persons().any(|person| *person == act.person));
        Ok(Response::new(ListActsResponse { acts: own.map(self.say).collect() }))
    }
}

/// Which duties the caller, and the person acted for, have had in the project in these rooms until now; `hear` reads the
/// contract's words.
///
/// # Errors
/// UNAVAILABLE and the like when one of them does not answer: nobody acts on what is not known.
pub async fn elsewhere(
    context: &Context,
    call: &Call,
    project: Uuid,
    rooms: &[&'static str],
    hear: fn(Vec<Act>) -> Result<Duties, String>,
) -> Result<Duties, Status> {
    let mut known = Duties::default();
    for room in rooms {
        let peer = context.peers.get(room).ok_or_else(|| status::no_peer(room))?;
        let asked = call.to_peer(ListActsRequest { project_id: project.to_string() });
        let answer = ActServiceClient::new(peer).list_acts(asked).await;
        let acts = answer.map_err(|failure| status::from_peer(room, &failure))?.into_inner().acts;
        known.add(&hear(acts).map_err(|error| status::internal(anyhow::Error::msg(error)))?);
    }
    Ok(known)
}
