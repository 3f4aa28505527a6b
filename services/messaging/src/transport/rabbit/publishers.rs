//! The channels on which we publish, each with one message in flight.
//!
//! Invariant: `Ok` means that the broker has stored this very message. lapin hands a returned message to whichever
//! confirm comes next on the channel, so two messages in flight on one channel could swap their fates, and an
//! unroutable one would pass for stored.

use std::sync::PoisonError;
use std::time::Duration;

use lapin::message::BasicReturnMessage;
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::types::ShortString;
use lapin::{BasicProperties, Channel, Confirmation};
use tokio::sync::Semaphore;

use super::envelope;
use super::link::{Link, LinkError, answered};
use super::topology::{self, Names};
use crate::message::Message;
use crate::transport::PublishError;

/// So many messages are in flight at the same time.
const CHANNELS: usize = 32;
/// Below the relay's patience, so that the relay hears why.
const OPEN_TIMEOUT: Duration = Duration::from_secs(8);

/// Publishes with confirms.
pub(super) struct Publishers {
    link: Link,
    names: Names,
    in_flight: Semaphore,
    idle: std::sync::Mutex<Vec<Channel>>,
}

impl Publishers {
    pub(super) fn new(link: Link, names: Names) -> Self {
        let idle = std::sync::Mutex::new(Vec::new());
        Self { link, names, in_flight: Semaphore::new(CHANNELS), idle }
    }

    pub(super) fn link(&self) -> &Link {
        &self.link
    }

    /// Opens the first channel, to see whether the broker is there.
    pub(super) async fn open(&self) -> Result<(), LinkError> {
        let channel = self.new_channel().await?;
        self.put_back(channel);
        Ok(())
    }

    /// Publishes one message and waits for the broker's word.
    pub(super) async fn publish(&self, message: &Message) -> Result<(), PublishError> {
        let kind = envelope::short(&message.kind).map_err(PublishError::Failed)?;
        let properties = envelope::properties(message).map_err(PublishError::Failed)?;
        let _place = self.in_flight.acquire().await.map_err(failed)?;
        let channel = self.channel().await.map_err(failed)?;
        // Without a clear end, the channel is closed by being dropped, so that a late confirm can't be taken for the
        // next message's.
        let sent = self.send(&channel, kind, properties, &message.payload);
        let confirmation = answered(&channel, sent).await.map_err(failed)?;
        let outcome = judge(message, confirmation);
        if matches!(outcome, Ok(()) | Err(PublishError::Unroutable(_))) {
            self.put_back(channel);
        }
        outcome
    }

    async fn send(
        &self,
        channel: &Channel,
        kind: ShortString,
        properties: BasicProperties,
        payload: &[u8],
    ) -> lapin::Result<Confirmation> {
        let options = BasicPublishOptions { mandatory: true, ..Default::default() };
        channel.basic_publish(self.names.events.clone(), kind, options, payload, properties).await?.await
    }

    async fn channel(&self) -> Result<Channel, LinkError> {
        match self.take_idle() {
            Some(channel) => Ok(channel),
            None => self.new_channel().await,
        }
    }

    async fn new_channel(&self) -> Result<Channel, LinkError> {
        let opening = async {
            topology::declare_exchanges(&self.link, &self.names).await?;
            let channel = self.link.channel().await?;
            channel.confirm_select(ConfirmSelectOptions::default()).await?;
            Ok(channel)
        };
        tokio::time::timeout(OPEN_TIMEOUT, opening).await.map_err(|_late| LinkError::Silent)?
    }

    fn take_idle(&self) -> Option<Channel> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|channel| channel.status().connected());
        idle.pop()
    }

    fn put_back(&self, channel: Channel) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(channel);
    }
}

fn judge(message: &Message, confirmation: Confirmation) -> Result<(), PublishError> {
    match confirmation {
        Confirmation::Ack(None) => Ok(()),
        // The broker acknowledges a message that it returns: it got it, and had nowhere to put it.
        Confirmation::Ack(Some(returned)) if is(&returned, message) => {
            Err(PublishError::Unroutable(message.kind.clone()))
        }
        Confirmation::Ack(Some(_)) => Err(PublishError::Failed("another message's return came in between".to_owned())),
        Confirmation::Nack(_) => Err(PublishError::Failed("a queue refused it".to_owned())),
        Confirmation::NotRequested => Err(PublishError::Failed("the channel has no confirms".to_owned())),
    }
}

fn is(returned: &BasicReturnMessage, message: &Message) -> bool {
    returned.delivery.properties.message_id().as_ref().is_some_and(|id| id.as_str() == message.id.to_string())
}

fn failed(error: impl std::fmt::Display) -> PublishError {
    PublishError::Failed(error.to_string())
}
