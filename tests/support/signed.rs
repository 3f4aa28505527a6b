//! A channel that carries a person's token: for services that every room serves, of which a player has no client.

use kernel::Role;
use proto::directory::v1::{SignInRequest, session_service_client::SessionServiceClient};
use tonic::{
    service::interceptor::InterceptedService,
    transport::{Channel, Endpoint},
};
use xianjie::demo::{
    PASSWORD,
    stage::{Bearer, Signed},
};

use crate::desk::Desk;

impl Desk {
    /// The house's own address, in the name of the first who holds this post.
    ///
    /// # Panics
    /// When nobody can sign in.
    pub async fn signed(&mut self, role: Role, org: &str) -> Signed {
        self.signed_at(self.house.rooms.address(), role, org).await
    }

    /// The same by another way to the house.
    ///
    /// # Panics
    /// When nobody can sign in.
    pub async fn signed_at(&mut self, address: std::net::SocketAddr, role: Role, org: &str) -> Signed {
        let account = self.player(role, org).await.person.account;
        let channel: Channel = Endpoint::from_shared(format!("http://{address}")).expect("an address").connect_lazy();
        let request = SignInRequest { account, password: PASSWORD.into(), on_behalf_of: String::new() };
        let session = SessionServiceClient::new(channel.clone()).sign_in(request).await.expect("signed in");
        InterceptedService::new(channel, Bearer::of(&session.into_inner().access_token).expect("a header"))
    }
}
