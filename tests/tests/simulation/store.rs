//! What survives a crash: each room's streams, receipts, outbox, parked messages, and its queue at the broker.
//!
//! Invariant: a step's events, books, outbox rows and receipt become visible together, in [`Store::commit`], or not at all.

use std::{collections::BTreeMap, fmt::Write as _};

use intake::domain::Application;
use messaging::Message;
use review::domain::Case;
use runtime::{Change, Machine, Snapshot, journal::step::messages};
use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    books::Books,
    rooms::{Kept, Room},
    treasury::Treasury,
};

/// What a caller was answered: the stream that it is about, and its version.
pub type Reply = (Uuid, i64);

/// What was done under a key.
#[derive(Debug, Clone)]
pub struct Receipt {
    pub body: u64,
    pub reply: Reply,
}

/// Where a step's effect is remembered.
#[derive(Debug, Clone)]
pub struct Key {
    pub scope: String,
    pub id: Uuid,
    pub body: u64,
}

/// A row of an outbox.
#[derive(Debug, Clone)]
pub struct Row {
    pub message: Message,
    pub due: OffsetDateTime,
    pub locked: bool,
}

/// A delivery in a room's durable queue.
#[derive(Debug, Clone)]
pub struct Queued {
    pub message: Message,
    pub due: OffsetDateTime,
    /// A consumer has it and has not acknowledged it.
    pub taken: bool,
}

/// A message that was set aside.
#[derive(Debug, Clone)]
pub struct Parked {
    pub message: Message,
    pub reason: String,
    pub retry_at: OffsetDateTime,
}

/// The post office of a room.
#[derive(Default)]
pub struct Post {
    pub receipts: BTreeMap<(String, Uuid), Receipt>,
    pub outbox: BTreeMap<u64, Row>,
    pub queue: BTreeMap<u64, Queued>,
    pub parked: BTreeMap<Uuid, Parked>,
}

/// One machine's stream.
pub struct Stream<M: Machine> {
    pub events: Vec<M::Event>,
    /// As it stands.
    pub now: Snapshot<M>,
}

/// All streams of one machine.
pub struct Streams<M: Machine>(pub BTreeMap<Uuid, Stream<M>>);

impl<M: Machine> Default for Streams<M> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<M: Machine> Streams<M> {
    pub fn load(&self, id: Uuid) -> Snapshot<M> {
        self.0.get(&id).map_or_else(|| Snapshot::new(id), |stream| stream.now.clone())
    }

    pub fn state(&self, id: Uuid) -> Option<&M> {
        self.0.get(&id).map(|stream| &stream.now.state)
    }

    pub fn version(&self, id: Uuid) -> i64 {
        self.0.get(&id).map_or(0, |stream| stream.now.version)
    }
}

/// How a commit ended.
pub enum Committed {
    Done,
    /// Another writer appended first.
    Conflict,
    /// The key was recorded meanwhile.
    Repeated,
    /// A constraint of the room's tables forbids it.
    Violated(&'static str),
}

/// What a step would write.
pub struct Step<'a, M: Machine> {
    pub key: Option<&'a Key>,
    pub before: &'a Snapshot<M>,
    pub after: Snapshot<M>,
    pub events: Vec<M::Event>,
    pub reply: Reply,
    /// Whether another writer's step since the load is refused; it must be.
    pub checked: bool,
}

/// All stores.
#[derive(Default)]
pub struct Store {
    pub applications: Streams<Application>,
    pub cases: Streams<Case>,
    pub tasks: Streams<inbox::domain::Task>,
    pub indicators: Streams<disbursement::domain::Indicator>,
    pub plans: Streams<disbursement::domain::Plan>,
    pub money: Streams<disbursement::domain::Project>,
    pub works: Streams<assets::domain::Project>,
    pub books: Books,
    /// The living plan of each project.
    pub planned: BTreeMap<Uuid, Uuid>,
    pub treasury: Treasury,
    pub posts: BTreeMap<Room, Post>,
    /// Directors of projects that have not ended.
    pub playing: usize,
    /// Calls from outside that have no answer yet.
    pub calling: usize,
    /// Effects by key, as an onlooker counts them.
    pub effects: BTreeMap<(Room, String, Uuid), u32>,
    next_position: u64,
}

impl Store {
    pub fn post(&mut self, room: Room) -> &mut Post {
        self.posts.entry(room).or_default()
    }

    pub fn receipt(&self, room: Room, key: &Key) -> Option<&Receipt> {
        self.posts.get(&room)?.receipts.get(&(key.scope.clone(), key.id))
    }

    pub fn position(&mut self) -> u64 {
        self.next_position += 1;
        self.next_position
    }

    /// One step, all or nothing. The messages that it says, or why it wrote nothing.
    pub fn commit<M: Kept>(&mut self, step: Step<'_, M>) -> Committed {
        let Step { key, before, after, events, reply, checked } = step;
        let now = M::streams(self).version(before.stream);
        if checked && !events.is_empty() && now != before.version {
            return Committed::Conflict;
        }
        if key.is_some_and(|key| self.receipt(M::ROOM, key).is_some()) {
            return Committed::Repeated;
        }
        if !events.is_empty() {
            let change = Change::between(before, &after, &events);
            if let Err(constraint) = M::write(self, &change) {
                return Committed::Violated(constraint);
            }
            for message in messages(M::ROOM.name(), &change, None) {
                let (position, due) = (self.position(), message.occurred_at);
                self.post(M::ROOM).outbox.insert(position, Row { message, due, locked: false });
            }
            events.iter().for_each(reads_as_written::<M>);
            let new = || Stream { events: Vec::new(), now: Snapshot::new(before.stream) };
            let kept = M::streams(self).0.entry(before.stream).or_insert_with(new);
            kept.events.extend(events);
            kept.now = after;
            if let Some(key) = key {
                *self.effects.entry((M::ROOM, key.scope.clone(), key.id)).or_default() += 1;
            }
        }
        if let Some(Key { scope, id, body }) = key.cloned() {
            self.post(M::ROOM).receipts.insert((scope, id), Receipt { body, reply });
        }
        Committed::Done
    }

    /// Projects that came to rest in this state.
    pub fn ended(&self, code: &str) -> usize {
        let stages = self.applications.0.values().filter_map(|stream| stream.now.state.stage());
        stages.filter(|stage| stage.code() == code).count()
    }

    /// How often projects were suspended.
    pub fn suspended(&self) -> usize {
        let suspended =
            |event: &&intake::domain::Event| matches!(event, intake::domain::Event::ApplicationSuspended { .. });
        self.applications.0.values().flat_map(|stream| &stream.events).filter(suspended).count()
    }

    /// Whether nothing is on its way and nobody waits.
    pub fn is_quiet(&self) -> bool {
        let idle = |post: &Post| post.outbox.is_empty() && post.queue.is_empty() && post.parked.is_empty();
        self.playing == 0 && self.calling == 0 && self.books.orders.is_empty() && self.posts.values().all(idle)
    }

    /// What is still on its way, for whoever reads why a seed failed.
    pub fn what_waits(&self) -> String {
        let mut text = format!("{} projects and {} calls have not ended\n", self.playing, self.calling);
        for (room, post) in &self.posts {
            let outbox: Vec<&str> = post.outbox.values().map(|row| row.message.kind.as_str()).collect();
            let queue: Vec<&str> = post.queue.values().map(|queued| queued.message.kind.as_str()).collect();
            let parked: Vec<&str> = post.parked.values().map(|parked| parked.reason.as_str()).collect();
            let _ = writeln!(text, "{}: outbox {outbox:?} queue {queue:?} parked {parked:?}", room.name());
        }
        for (id, stream) in &self.applications.0 {
            let stage = stream.now.state.stage().map(intake::domain::Stage::code);
            let money = self.money.state(*id).and_then(|money| money.money()).map(|file| file.stage.code());
            let case = self.cases.state(*id).and_then(|case| match case {
                Case::Opened(case) => Some((case.stage.code(), &case.suspensions)),
                Case::Unopened => None,
            });
            let _ = writeln!(text, "project {id}: {stage:?}, case {case:?}, money {money:?}");
        }
        text
    }
}

/// What is stored as JSON reads as it was written.
fn reads_as_written<M: Machine>(event: &M::Event) {
    let written = serde_json::to_value(event).expect("an event is JSON");
    let read: M::Event = serde_json::from_value::<M::Event>(written.clone()).expect("a stored event can be read");
    let again: Value = serde_json::to_value(&read).expect("an event is JSON");
    assert_eq!(written, again, "{} does not read as it was written", M::NAME);
}
