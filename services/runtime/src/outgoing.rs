//! What a room says, before it has an id: the kind and the encoded payload.

/// A public message, made by a room's `publish.rs`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Full proto name, e.g. `xianjie.intake.v1.ProjectPooled`: also the routing key.
    pub kind: String,
    /// Encoded message.
    pub payload: Vec<u8>,
}

impl Outgoing {
    /// This message, encoded under its own name.
    #[must_use]
    pub fn of<P: prost::Message + prost::Name>(message: &P) -> Self {
        Self { kind: P::full_name(), payload: message.encode_to_vec() }
    }
}
