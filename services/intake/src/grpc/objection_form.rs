//! The public form of objections (群众异议): the one step of the process that nobody signs in for.
//!
//! Invariant: so many an hour from one address and about one project, and it tells nothing of a project but whether a notice
//! hangs. Each process counts for itself.

use std::{
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use kernel::{Actor, PersonId};
use proto::intake::v1::{
    FileObjectionRequest, FileObjectionResponse, objection_form_service_server::ObjectionFormService,
};
use runtime::{Call, Context, Snapshot, status};
use tonic::{Code, Request, Response, Status};
use translation::time::timestamp;
use uuid::Uuid;

use super::originals;
use crate::{
    convert::{on_project, request as read},
    domain::{Application, Command},
};

/// An hour's objections from one address: a village's people share one, and few ever object.
const OF_ADDRESS: NonZeroU32 = NonZeroU32::new(10).expect("not zero");
/// An hour's objections about one project.
const OF_PROJECT: NonZeroU32 = NonZeroU32::new(30).expect("not zero");
/// So many addresses and projects are remembered before those that are free again are forgotten.
const REMEMBERED: usize = 10_000;

/// The form.
pub struct ObjectionForm {
    context: Context,
    addresses: DefaultKeyedRateLimiter<IpAddr>,
    projects: DefaultKeyedRateLimiter<Uuid>,
}

impl ObjectionForm {
    /// The form of this room.
    #[must_use]
    pub fn new(context: Context) -> Self {
        let (addresses, projects) = (Quota::per_hour(OF_ADDRESS), Quota::per_hour(OF_PROJECT));
        Self { context, addresses: RateLimiter::keyed(addresses), projects: RateLimiter::keyed(projects) }
    }

    /// Takes a place for this address.
    fn admit(&self, address: Option<IpAddr>) -> Result<(), Status> {
        if self.addresses.len() > REMEMBERED {
            self.addresses.retain_recent();
            self.projects.retain_recent();
        }
        self.addresses.check_key(&subscriber(address)).map_err(|_| too_many())
    }
}

/// Whoever holds one address of the new protocol holds the whole network of it.
fn subscriber(address: Option<IpAddr>) -> IpAddr {
    match address {
        Some(IpAddr::V6(address)) => {
            let network = address.to_bits() >> 64 << 64;
            IpAddr::V6(Ipv6Addr::from_bits(network))
        }
        Some(address) => address,
        None => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    }
}

fn too_many() -> Status {
    status::plain(
        Code::ResourceExhausted,
        "RATE_LIMITED",
        "提交过于频繁,请一小时后再试,或向村务监督委员会、乡镇书面提出",
        "too many objections in an hour: try again later, or hand it in on paper",
    )
}

/// Whatever stands in the way: who is not signed in learns no more of a project.
fn no_notice() -> Status {
    status::plain(
        Code::FailedPrecondition,
        "NO_NOTICE",
        "该项目当前没有正在进行的公示",
        "no notice of this project hangs now",
    )
}

/// As whom a villager's attempts are kept: nobody in particular, with no post.
fn villager() -> Actor {
    Actor { person: PersonId("villager".into()), name: "群众".into(), posts: Vec::new(), on_behalf_of: None }
}

#[tonic::async_trait]
impl ObjectionFormService for ObjectionForm {
    async fn file_objection(
        &self,
        mut request: Request<FileObjectionRequest>,
    ) -> Result<Response<FileObjectionResponse>, Status> {
        self.admit(request.remote_addr().map(|address| address.ip()))?;
        // Whoever is signed in files it as anybody does.
        request.extensions_mut().insert(villager());
        let (call, request) = Call::open(request, |r: &FileObjectionRequest| (&r.request_id, ""))?;
        let (project, ()) =
            self.context.journal.accept(&call, None, on_project(&request.project_id, super::nothing)).await?;
        self.projects.check_key(&project.0).map_err(|_| too_many())?;
        let Context { pack, clock, journal, .. } = &self.context;
        let complaint = read::filed(request, originals::seal()?);
        let command = Command::FileObjection { complaint, pack: pack.clone(), at: clock.now() };
        let filed = |after: &Snapshot<Application>| match &after.state {
            Application::Opened(state) => {
                state.objections.last().map_or_else(FileObjectionResponse::default, |filed| FileObjectionResponse {
                    objection_id: filed.id.clone(),
                    due_time: Some(timestamp(filed.due.at)),
                    due_provisional: filed.due.is_provisional(),
                })
            }
            Application::Unopened => FileObjectionResponse::default(),
        };
        let answer = journal.answer(&call, project.0, command, filed).await;
        answer.map(Response::new).map_err(|status| match status.code() {
            Code::NotFound | Code::FailedPrecondition => no_notice(),
            _ => status,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_network_are_one() {
        let one = |text: &str| subscriber(Some(text.parse().expect("an address")));
        assert_eq!(one("2001:db8::1"), one("2001:db8::ffff:2"));
        assert_ne!(one("2001:db8::1"), one("2001:db8:0:1::1"));
        assert_ne!(one("10.0.0.1"), one("10.0.0.2"));
        assert_eq!(subscriber(None), subscriber(None));
    }
}
