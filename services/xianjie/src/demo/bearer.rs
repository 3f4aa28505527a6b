//! The token of a signed-in person, on each call.

use tonic::{
    Request, Status,
    metadata::{Ascii, MetadataValue, errors::InvalidMetadataValue},
    service::interceptor::InterceptedService,
    transport::Channel,
};

/// Adds a person's token to each call.
#[derive(Clone)]
pub struct Bearer(MetadataValue<Ascii>);

impl Bearer {
    /// The header that carries this token.
    ///
    /// # Errors
    /// When it holds what no header may.
    pub fn of(access_token: &str) -> Result<Self, InvalidMetadataValue> {
        format!("Bearer {access_token}").parse().map(Self)
    }
}

impl tonic::service::Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert("authorization", self.0.clone());
        Ok(request)
    }
}

/// A channel that carries a person's token.
pub type Signed = InterceptedService<Channel, Bearer>;
