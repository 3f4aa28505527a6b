//! The journal's steps over the modelled store: load, decide, commit, each followed by a boundary.
//!
//! What a step decides, makes of the stream and says is `runtime::journal::step`, as the journal itself has it; deciders,
//! `publish` and `refused_by` are the rooms' own. Only what waits for the store is written again here.

use std::fmt;

use kernel::{Actor, Refusal as _};
use messaging::{Message, consumer::HandleError};
use runtime::{
    Snapshot,
    journal::step::{ATTEMPTS, Denied, unheard},
};
use uuid::Uuid;

use crate::{
    flaws::Flaw,
    rooms::Kept,
    store::{Committed, Key, Receipt, Reply, Step},
    world::World,
};

/// A refusal, as a caller hears it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    pub code: &'static str,
    pub text: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.text)
    }
}

/// Why a call brought nothing.
#[derive(Debug, Clone)]
pub enum Failed {
    Refused(Refused),
    /// Nobody knows whether it had an effect.
    Unknown,
}

/// One call of one person.
#[derive(Debug, Clone)]
pub struct Call {
    pub actor: Actor,
    pub request: Uuid,
    /// What the request says, as a hash would.
    pub body: u64,
    pub expected: Option<i64>,
}

impl Call {
    pub fn key(&self) -> Key {
        Key { scope: self.actor.person.0.clone(), id: self.request, body: self.body }
    }
}

enum Ended<M: Kept> {
    Done(Reply),
    Repeated(Receipt),
    Denied(Denied<M::Refusal>),
    /// The connection to the store broke.
    Broken,
}

pub fn refused<R: kernel::Refusal>(refusal: &R) -> Failed {
    Failed::Refused(Refused { code: refusal.explain().code, text: refusal.to_string() })
}

pub fn load<M: Kept>(world: &World, stream: Uuid) -> Snapshot<M> {
    M::streams(&mut world.store_mut()).load(stream)
}

/// One step for a person; a repeat gets the same answer.
pub async fn answer<M: Kept>(world: &World, call: &Call, stream: Uuid, command: M::Command) -> Result<Reply, Failed> {
    match step::<M>(world, Some(&call.key()), call.expected, stream, command).await {
        Ended::Done(reply) => Ok(reply),
        Ended::Repeated(receipt) if receipt.body == call.body => Ok(receipt.reply),
        Ended::Repeated(_) => plain("REQUEST_ID_REUSED"),
        Ended::Denied(Denied::Refused(refusal)) => Err(refused(&refusal)),
        Ended::Denied(Denied::Stale { .. }) => plain("STALE_VERSION"),
        Ended::Broken => Err(Failed::Unknown),
    }
}

/// One step for a message, under its id.
pub async fn absorb<M: Kept>(
    world: &World,
    message: &Message,
    stream: Uuid,
    command: M::Command,
) -> Result<(), HandleError> {
    let key = Key { scope: "message".into(), id: message.id, body: 0 };
    match step::<M>(world, Some(&key), None, stream, command).await {
        Ended::Done(_) | Ended::Repeated(_) => Ok(()),
        Ended::Denied(Denied::Stale { .. }) => unreachable!("a message expects no version"),
        Ended::Denied(Denied::Refused(refusal)) => Err(unheard(&refusal)),
        Ended::Broken => Err(HandleError::Transient("the store is away".to_owned())),
    }
}

/// One step of a worker, which needs no receipt.
pub async fn advance<M: Kept>(world: &World, stream: Uuid, command: M::Command) -> Result<(), Refused> {
    match step::<M>(world, None, None, stream, command).await {
        // The worker comes back to an order whose outcome it could not record.
        Ended::Done(_) | Ended::Broken => Ok(()),
        Ended::Denied(Denied::Refused(refusal)) => {
            Err(Refused { code: refusal.explain().code, text: refusal.to_string() })
        }
        Ended::Repeated(_) | Ended::Denied(Denied::Stale { .. }) => {
            unreachable!("a worker has no key and expects no version")
        }
    }
}

fn plain(code: &'static str) -> Result<Reply, Failed> {
    Err(Failed::Refused(Refused { code, text: String::new() }))
}

async fn step<M: Kept>(
    world: &World,
    key: Option<&Key>,
    expected: Option<i64>,
    stream: Uuid,
    command: M::Command,
) -> Ended<M> {
    for _ in 0..ATTEMPTS {
        world.boundary("load").await;
        let known = key.and_then(|key| world.store().receipt(M::ROOM, key).cloned());
        if let Some(receipt) = known {
            return Ended::Repeated(receipt);
        }
        let before = load::<M>(world, stream);
        if let (Some(key), true) = (key, world.has(Flaw::ReceiptApart)) {
            let receipt = Receipt { body: key.body, reply: (stream, before.version) };
            world.store_mut().post(M::ROOM).receipts.insert((key.scope.clone(), key.id), receipt);
        }
        world.boundary("decide").await;
        let events = match before.decide(expected, command.clone()) {
            Ok(events) => events,
            Err(denied) => return Ended::Denied(denied),
        };
        world.boundary("commit").await;
        if world.fault(60) {
            world.tell("the store can't be reached");
            return Ended::Broken;
        }
        let receipts = !world.has(Flaw::NoReceipt) && !world.has(Flaw::ReceiptApart);
        let (after, checked) = (before.after(&events, world.now()), !world.has(Flaw::VersionUnchecked));
        let reply = (stream, after.version);
        let key = key.filter(|_| receipts);
        let committed = world.store_mut().commit(Step { key, before: &before, after, events, reply, checked });
        match committed {
            Committed::Done => {
                world.boundary("committed").await;
                if world.fault(60) {
                    world.tell("the commit's outcome is not heard");
                    return Ended::Broken;
                }
                return Ended::Done(reply);
            }
            Committed::Conflict | Committed::Repeated => {}
            Committed::Violated(constraint) => match M::refused_by(constraint, &command) {
                Some(refusal) => return Ended::Denied(Denied::Refused(refusal)),
                None => {
                    world.violated(format_args!("{} would break {constraint}", M::NAME));
                    return Ended::Broken;
                }
            },
        }
    }
    Ended::Broken
}
