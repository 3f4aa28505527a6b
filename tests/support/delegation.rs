//! Tokens of persons who act for somebody else.

use prost_types::Timestamp;
use proto::directory::v1::{SignInRequest, StartDelegationRequest, session_service_client::SessionServiceClient};
use tonic::{
    Status,
    transport::{Channel, Endpoint},
};
use xianjie::demo::{
    PASSWORD,
    stage::{Bearer, Player},
};

use crate::desk::{Desk, key};

impl Desk {
    /// A way to the house without a token.
    ///
    /// # Panics
    /// Never: the address is one.
    #[must_use]
    pub fn channel(&self) -> Channel {
        Endpoint::from_shared(format!("http://{}", self.house.rooms.address())).expect("an address").connect_lazy()
    }

    /// The token of somebody, in the place of the person with that id unless it is empty.
    ///
    /// # Errors
    /// The refusal.
    ///
    /// # Panics
    /// When the token is no header.
    pub async fn sign_in(&self, who: &Player, on_behalf_of: &str) -> Result<Bearer, Status> {
        let request = SignInRequest {
            account: who.person.account.clone(),
            password: PASSWORD.into(),
            on_behalf_of: on_behalf_of.into(),
        };
        let answer = SessionServiceClient::new(self.channel()).sign_in(request).await?.into_inner();
        Ok(Bearer::of(&answer.access_token).expect("a header"))
    }

    /// So many days from now.
    #[must_use]
    pub fn days_from_now(&self, days: i64) -> Option<Timestamp> {
        Some(Timestamp { seconds: self.house.clock.now().unix_timestamp() + days * 86_400, nanos: 0 })
    }
}

/// A delegation of all that one may do to a colleague.
#[must_use]
pub fn delegation_to(delegate: &Player, end_time: Option<Timestamp>) -> StartDelegationRequest {
    StartDelegationRequest {
        request_id: key(),
        delegate_id: delegate.person.id.to_string(),
        end_time,
        reason: "外出培训".into(),
        ..StartDelegationRequest::default()
    }
}
