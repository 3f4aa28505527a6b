//! Where a cast finds the rooms, and its wire to each.
//!
//! The bench's wire is a plain connection; the drill's notes every call and sends again what got no answer.

use std::{collections::HashMap, path::Path};

use tonic::{
    body::Body,
    transport::{Endpoint, Error},
};
use tower::util::BoxCloneSyncService;

/// A connection to a room.
pub type Wire = BoxCloneSyncService<http::Request<Body>, http::Response<Body>, Error>;

/// The rooms, as a cast plays with them.
pub trait Venue {
    /// Where each room is: one address a replica.
    fn addresses(&self) -> HashMap<String, Vec<String>>;

    /// Where the rooms' logs are.
    fn logs(&self) -> &Path;

    /// Says which room has ended for good, if one has. Never, where somebody starts them again.
    ///
    /// # Errors
    /// When one has.
    fn check(&mut self) -> anyhow::Result<()> {
        Ok(())
    }

    /// A wire that connects when it is first needed.
    fn wire(endpoint: Endpoint) -> Wire;
}

/// A plain connection.
#[must_use]
pub fn plain(endpoint: &Endpoint) -> Wire {
    Wire::new(endpoint.connect_lazy())
}
