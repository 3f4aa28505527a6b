//! The drivers' wire to a room: a plain connection. The drill, which plays the same chains, has its own in this place.

use tonic::transport::{Channel, Endpoint};

/// A connection to a room.
pub type Wire = Channel;

/// A wire that connects when it is first needed.
pub fn open(endpoint: Endpoint) -> Wire {
    endpoint.connect_lazy()
}
