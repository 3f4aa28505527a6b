//! What a room hears: a message kind, and the pure function that makes a command of it.
//!
//! A message that can't be read or is refused is parked for a person; one that comes too early is tried again.

use std::sync::Arc;

use kernel::Pack;
use messaging::{Message, consumer::HandleError};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{BoxFuture, Context, Machine};

/// A message whose content makes no sense here.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(pub String);

impl Unreadable {
    /// Says what is wrong.
    pub fn new(reason: impl std::fmt::Display) -> Self {
        Self(reason.to_string())
    }
}

impl From<String> for Unreadable {
    fn from(reason: String) -> Self {
        Self(reason)
    }
}

/// What a pure function may know besides the message.
pub struct Facts<'a> {
    /// Now.
    pub now: OffsetDateTime,
    /// The county pack.
    pub pack: &'a Arc<Pack>,
}

/// A pure function from a message to the stream that it is for and the command for that stream's machine.
pub type Understand<P, C> = fn(P, &Facts<'_>) -> Result<(Uuid, C), Unreadable>;

type Handle = Box<dyn Fn(Message) -> BoxFuture<'static, Result<(), HandleError>> + Send + Sync>;

/// One line of a room's subscription table.
pub struct Subscription {
    pub(crate) kind: String,
    pub(crate) handle: Handle,
}

impl Subscription {
    /// Messages of kind `P` become commands for the machine `M`: `understand` gives the stream and the command.
    pub fn new<M, P>(context: &Context, understand: Understand<P, M::Command>) -> Self
    where
        M: Machine,
        P: prost::Message + prost::Name + Default + 'static,
    {
        let context = context.clone();
        Self::of::<P>(move |message, payload| {
            let context = context.clone();
            Box::pin(async move {
                let facts = Facts { now: context.clock.now(), pack: &context.pack };
                let understood = understand(payload, &facts);
                let (stream, command) = understood.map_err(|error| HandleError::Unreadable(error.to_string()))?;
                context.journal.absorb::<M>(&message, stream, command).await
            })
        })
    }

    /// Messages of kind `P`, handled so.
    pub(crate) fn of<P>(
        handle: impl Fn(Message, P) -> BoxFuture<'static, Result<(), HandleError>> + Send + Sync + 'static,
    ) -> Self
    where
        P: prost::Message + prost::Name + Default + 'static,
    {
        let handle = move |message: Message| match P::decode(message.payload.clone()) {
            Ok(payload) => handle(message, payload),
            Err(error) => Box::pin(std::future::ready(Err(HandleError::Unreadable(error.to_string())))),
        };
        Self { kind: P::full_name(), handle: Box::new(handle) }
    }
}
