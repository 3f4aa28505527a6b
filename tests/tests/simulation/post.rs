//! The post: relay, broker, consumers and parked messages, with everything that a bad wire may do.
//!
//! A publish may be lost before the broker has it, its confirmation after; the broker may deliver twice and in any order.
//! A row or a delivery that a crashed process held is free again at once, as a lock or an unacknowledged delivery is.

use messaging::{Message, consumer::HandleError};
use time::Duration;

use crate::{
    flaws::Flaw,
    rooms::{Room, subscriptions},
    store::{Parked, Queued, Store},
    world::World,
};

/// A row of an outbox, locked by one relay's transaction.
struct Claim {
    world: World,
    room: Room,
    position: u64,
}

impl Drop for Claim {
    fn drop(&mut self) {
        if let Some(row) = self.world.store_mut().post(self.room).outbox.get_mut(&self.position) {
            row.locked = false;
        }
    }
}

/// A delivery that one consumer has.
struct Delivery {
    world: World,
    room: Room,
    position: u64,
}

impl Drop for Delivery {
    fn drop(&mut self) {
        if let Some(queued) = self.world.store_mut().post(self.room).queue.get_mut(&self.position) {
            queued.taken = false;
        }
    }
}

/// Carries what a room says to the broker, for ever: claim, publish, delete what is confirmed, leave the rest.
pub async fn relay(world: World, room: Room) {
    loop {
        let due = move |store: &Store| {
            let free = store.posts.get(&room)?.outbox.values().filter(|row| !row.locked);
            free.map(|row| row.due).min()
        };
        world.until(due).await;
        let Some((claim, message)) = claim(&world, room) else { continue };
        world.boundary("a row is claimed").await;
        if world.has(Flaw::DeleteBeforeConfirm) {
            world.store_mut().post(room).outbox.remove(&claim.position);
        }
        let confirmed = publish(&world, &message).await;
        world.boundary(if confirmed { "confirmed" } else { "not confirmed" }).await;
        if confirmed {
            world.store_mut().post(room).outbox.remove(&claim.position);
        } else {
            let due = world.now() + Duration::milliseconds(200);
            if let Some(row) = world.store_mut().post(room).outbox.get_mut(&claim.position) {
                row.due = due;
            }
        }
        drop(claim);
        world.boundary("the relay's transaction ends").await;
    }
}

fn claim(world: &World, room: Room) -> Option<(Claim, Message)> {
    let now = world.now();
    let mut store = world.store_mut();
    let (position, row) = store.post(room).outbox.iter_mut().find(|(_, row)| !row.locked && row.due <= now)?;
    row.locked = true;
    let (position, message) = (*position, row.message.clone());
    drop(store);
    Some((Claim { world: world.clone(), room, position }, message))
}

/// Hands a message to the queue of each room that hears it; whether that was confirmed.
async fn publish(world: &World, message: &Message) -> bool {
    world.boundary("publish").await;
    if world.fault(8) {
        world.tell("the message is lost");
        return false;
    }
    let hearers: Vec<Room> =
        subscriptions().into_iter().filter(|line| line.kind == message.kind).map(|line| line.room).collect();
    if hearers.is_empty() {
        world.violated(format_args!("nobody hears {}", message.kind));
    }
    for room in hearers {
        let copies = if world.fault(6) { 2 } else { 1 };
        for _ in 0..copies {
            let delay = if world.fault(5) { world.below(20_000) } else { world.below(20) };
            let due = world.now() + Duration::milliseconds(i64::try_from(delay).expect("it is small"));
            let mut store = world.store_mut();
            let position = store.position();
            store.post(room).queue.insert(position, Queued { message: message.clone(), due, taken: false });
        }
    }
    world.boundary("the broker has it").await;
    !world.fault(8)
}

/// Handles a room's deliveries, for ever: take, handle, acknowledge when it is committed or parked.
pub async fn consume(world: World, room: Room) {
    loop {
        let due = move |store: &Store| {
            let free = store.posts.get(&room)?.queue.values().filter(|queued| !queued.taken);
            free.map(|queued| queued.due).min()
        };
        world.until(due).await;
        let Some((delivery, message)) = take(&world, room) else { continue };
        world.boundary("delivered").await;
        if world.has(Flaw::AcknowledgeBeforeCommit) {
            world.store_mut().post(room).queue.remove(&delivery.position);
        }
        let done = match hear(&world, room, &message).await {
            Ok(()) => true,
            Err(HandleError::Transient(_)) => false,
            Err(HandleError::TooEarly(_)) if world.has(Flaw::TooEarlyIsDone) => true,
            Err(unheard) => park(&world, room, message, unheard).await,
        };
        if done {
            world.boundary("acknowledge").await;
            world.store_mut().post(room).queue.remove(&delivery.position);
        }
        drop(delivery);
    }
}

/// Any of those that are due: a broker with several consumers keeps no order.
fn take(world: &World, room: Room) -> Option<(Delivery, Message)> {
    let now = world.now();
    let due: Vec<u64> = {
        let mut store = world.store_mut();
        let queue = &store.post(room).queue;
        queue.iter().filter(|(_, queued)| !queued.taken && queued.due <= now).map(|(position, _)| *position).collect()
    };
    if due.is_empty() {
        return None;
    }
    let position = *world.pick(&due);
    let message = {
        let mut store = world.store_mut();
        let queued = store.post(room).queue.get_mut(&position).expect("it was just there");
        queued.taken = true;
        queued.message.clone()
    };
    Some((Delivery { world: world.clone(), room, position }, message))
}

async fn hear(world: &World, room: Room, message: &Message) -> Result<(), HandleError> {
    let lines = subscriptions();
    let line = lines.iter().find(|line| line.room == room && line.kind == message.kind).expect("it was routed here");
    world.tell(format_args!("hears {} of {}", message.kind, message.stream));
    (line.hear)(world.clone(), message.clone()).await
}

/// Sets a message aside. One that waits for a person is a fault: in a run nobody sends what makes no sense.
async fn park(world: &World, room: Room, message: Message, unheard: HandleError) -> bool {
    world.boundary("park").await;
    if world.fault(60) {
        return false;
    }
    let reason = match unheard {
        HandleError::TooEarly(reason) => reason,
        HandleError::Unreadable(reason) | HandleError::Refused(reason) => {
            world.violated(format_args!(
                "{} can't handle {} of {}: {reason}",
                room.name(),
                message.kind,
                message.stream
            ));
            reason
        }
        HandleError::Transient(_) => unreachable!("it comes again instead"),
    };
    let pause = i64::try_from(world.below(2_000)).expect("it is small");
    let retry_at = world.now() + Duration::milliseconds(100 + pause);
    world.store_mut().post(room).parked.insert(message.id, Parked { message, reason, retry_at });
    true
}

/// Tries parked messages again when their time comes, for ever.
pub async fn redrive(world: World, room: Room) {
    loop {
        let due = move |store: &Store| store.posts.get(&room)?.parked.values().map(|parked| parked.retry_at).min();
        world.until(due).await;
        let now = world.now();
        let lent = {
            let mut store = world.store_mut();
            let parked = store.post(room).parked.values_mut().find(|parked| parked.retry_at <= now);
            parked.map(|parked| {
                // Lent for a minute: a process that dies leaves it to the next.
                parked.retry_at = now + Duration::minutes(1);
                parked.message.clone()
            })
        };
        let Some(message) = lent else { continue };
        if world.has(Flaw::ParkedIsDropped) {
            world.store_mut().post(room).parked.remove(&message.id);
        }
        world.boundary("a parked message is tried").await;
        match hear(&world, room, &message).await {
            Ok(()) => {
                world.boundary("release").await;
                world.store_mut().post(room).parked.remove(&message.id);
            }
            // Its minute ends, and it is tried again.
            Err(HandleError::Transient(_)) => {}
            Err(unheard) => drop(park(&world, room, message, unheard).await),
        }
    }
}
