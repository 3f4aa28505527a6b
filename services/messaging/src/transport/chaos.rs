//! A bad wire on purpose, for tests: it repeats, delays, reorders, loses messages and loses acknowledgements.
//!
//! Invariant: whatever it does is what a real wire may do. `Ok` still means delivered; a failure means that nobody
//! knows. The seed fixes the sequence of faults.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt, try_join_all};

use super::{PublishError, SubscribeError, Subscriber, Transport};
use crate::message::Message;

const LONGEST_DELAY_MS: u64 = 20;

/// A transport that behaves as badly as it may.
pub struct Chaos {
    inner: Arc<dyn Transport>,
    dice: Mutex<u64>,
}

/// What happens to one publish.
struct Fate {
    lost: bool,
    acknowledgement_lost: bool,
    /// One copy is delivered after each of these delays.
    delays: Vec<Duration>,
}

impl Chaos {
    /// Misbehaves over `inner`, in the way that `seed` fixes.
    pub fn new(inner: Arc<dyn Transport>, seed: u64) -> Self {
        Self { inner, dice: Mutex::new(seed) }
    }

    fn fate(&self) -> Fate {
        let mut dice = self.dice.lock().unwrap_or_else(PoisonError::into_inner);
        let lost = one_in(&mut dice, 10);
        let acknowledgement_lost = one_in(&mut dice, 5);
        let copies = if one_in(&mut dice, 3) { 2 } else { 1 };
        let delays = (0..copies).map(|_| Duration::from_millis(roll(&mut dice) % LONGEST_DELAY_MS)).collect();
        Fate { lost, acknowledgement_lost, delays }
    }

    async fn deliver_after(&self, delay: Duration, message: &Message) -> Result<(), PublishError> {
        tokio::time::sleep(delay).await;
        self.inner.publish(message).await
    }

    async fn publish_badly(&self, message: &Message) -> Result<(), PublishError> {
        let fate = self.fate();
        if fate.lost {
            return Err(PublishError::Failed("chaos lost the message".to_owned()));
        }
        try_join_all(fate.delays.into_iter().map(|delay| self.deliver_after(delay, message))).await?;
        if fate.acknowledgement_lost {
            return Err(PublishError::Failed("chaos lost the acknowledgement".to_owned()));
        }
        Ok(())
    }
}

impl Transport for Chaos {
    fn publish<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<(), PublishError>> {
        self.publish_badly(message).boxed()
    }

    fn subscribe(&self, subscriber: Subscriber) -> BoxFuture<'_, Result<(), SubscribeError>> {
        self.inner.subscribe(subscriber)
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.inner.close()
    }
}

fn one_in(dice: &mut u64, n: u64) -> bool {
    roll(dice).is_multiple_of(n)
}

// SplitMix64: ten lines give a sequence that a seed fixes, which is all that is asked here.
fn roll(dice: &mut u64) -> u64 {
    *dice = dice.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *dice;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
