//! The calendar of working days, as somebody who signed in loads it.

use proto::directory::v1::{
    CalendarYear, LoadYearRequest, SignInRequest, calendar_service_client::CalendarServiceClient,
    session_service_client::SessionServiceClient,
};
use tonic::{
    Request, Status,
    metadata::{Ascii, MetadataValue},
    transport::{Channel, Endpoint},
};
use xianjie::demo::PASSWORD;

use crate::desk::Desk;

/// The calendar's rpcs for somebody who signed in.
pub struct Calendar {
    client: CalendarServiceClient<Channel>,
    bearer: MetadataValue<Ascii>,
}

impl Calendar {
    /// Signs in.
    ///
    /// # Panics
    /// When the account can't.
    pub async fn of(desk: &Desk, account: &str) -> Self {
        let address = format!("http://{}", desk.house.rooms.address());
        let channel = Endpoint::from_shared(address).expect("an address").connect_lazy();
        let asked = SignInRequest { account: account.into(), password: PASSWORD.into(), ..SignInRequest::default() };
        let session = SessionServiceClient::new(channel.clone()).sign_in(asked).await.expect("signed in").into_inner();
        let bearer = format!("Bearer {}", session.access_token).parse().expect("a header");
        Self { client: CalendarServiceClient::new(channel), bearer }
    }

    /// Loads a year.
    ///
    /// # Errors
    /// The refusal.
    pub async fn load(&mut self, asked: LoadYearRequest) -> Result<CalendarYear, Status> {
        let mut request = Request::new(asked);
        request.metadata_mut().insert("authorization", self.bearer.clone());
        Ok(self.client.load_year(request).await?.into_inner())
    }
}
