//! The world outside: calls that may be lost, answered twice or not at all, and what a careful caller does about it.
//!
//! A caller that heard nothing asks again under the same key until it hears. What it was told is a promise, kept in
//! [`Promises`] and checked at the end.

use std::{cell::RefCell, rc::Rc};

use kernel::Actor;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::{
    flaws::Flaw,
    rooms::{Kept, REPLICAS, Room},
    shell::{self, Call, Failed, Refused},
    store::{Reply, Store},
    world::{Local, Owner, World},
};

/// A caller waits for an answer so long.
const PATIENCE: Duration = Duration::seconds(5);

/// Something that a room was asked to do: it may be sent several times.
pub type Op = Rc<dyn Fn(World, Call) -> Local<Result<Reply, Failed>>>;

/// An answer that somebody was given.
#[derive(Debug, Clone)]
pub struct Promise {
    pub room: Room,
    pub call: Call,
    pub reply: Reply,
}

thread_local! {
    static PROMISES: RefCell<Vec<Promise>> = const { RefCell::new(Vec::new()) };
}

/// The promises of this run; the next one begins without any.
pub fn promises() -> Vec<Promise> {
    PROMISES.take()
}

/// What a room knows in the moment of a call.
pub struct Moment<'a> {
    pub now: OffsetDateTime,
    /// An id for something new.
    pub fresh: Uuid,
    pub store: &'a Store,
}

/// Who asks for what, about which stream; a new one when there is none.
pub struct Ask<'a> {
    pub what: &'static str,
    pub actor: &'a Actor,
    pub stream: Option<Uuid>,
    /// Whether nobody else writes the stream meanwhile, so that an etag may be given.
    pub steady: bool,
}

/// One call, sent once: none when nobody heard an answer.
pub async fn send(world: &World, room: Room, call: Call, op: &Op) -> Result<Reply, Failed> {
    if world.fault(20) {
        world.tell("the call is lost");
        world.sleep(PATIENCE).await;
        return Err(Failed::Unknown);
    }
    let replica = u8::try_from(world.below(usize::from(REPLICAS))).expect("few replicas");
    let slot = Rc::new(RefCell::new(None));
    let answer = op(world.clone(), call);
    let filled = slot.clone();
    world.spawn(Owner::Process(room, replica), async move {
        let answer = answer.await;
        filled.replace(Some(answer));
    });
    let (deadline, awaited) = (world.now() + PATIENCE, slot.clone());
    world.until(move |_| Some(if awaited.borrow().is_some() { OffsetDateTime::UNIX_EPOCH } else { deadline })).await;
    if world.fault(20) {
        world.tell("the answer is lost");
        return Err(Failed::Unknown);
    }
    slot.take().unwrap_or(Err(Failed::Unknown))
}

/// One call, sent until it is answered; now and then sent again although it was.
pub async fn call(world: &World, room: Room, mut call: Call, op: Op) -> Result<Reply, Refused> {
    world.store_mut().calling += 1;
    let answer = loop {
        if world.fault(15) {
            // A double click: the same call twice at a time.
            let (world, call, op) = (world.clone(), call.clone(), op.clone());
            world.clone().spawn(Owner::Outside, async move { drop(send(&world, room, call, &op).await) });
        }
        match send(world, room, call.clone(), &op).await {
            Ok(reply) => break Ok(reply),
            Err(Failed::Refused(refused)) => break Err(refused),
            Err(Failed::Unknown) if world.has(Flaw::RetryUnderNewKey) => call.request = world.id(),
            Err(Failed::Unknown) => {}
        }
    };
    if let Ok(reply) = answer {
        PROMISES.with_borrow_mut(|promises| promises.push(Promise { room, call: call.clone(), reply }));
        if world.one_in(12) {
            repeat(world, room, &call, reply, &op).await;
        }
    }
    world.store_mut().calling -= 1;
    answer
}

/// The same again: the same answer. The same key for something else: a refusal.
async fn repeat(world: &World, room: Room, given: &Call, reply: Reply, op: &Op) {
    match send(world, room, given.clone(), op).await {
        Ok(again) if again != reply => world.violated(format_args!("answered {reply:?}, then {again:?}")),
        Err(Failed::Refused(refused)) => world.violated(format_args!("answered {reply:?}, then refused: {refused}")),
        Ok(_) | Err(Failed::Unknown) => {}
    }
    let other = Call { body: given.body ^ 1, ..given.clone() };
    match send(world, room, other, op).await {
        Ok(_) => world.violated("a key was taken for two different requests"),
        Err(Failed::Refused(refused)) if refused.code != "REQUEST_ID_REUSED" => {
            world.violated(format_args!("a key was used again, and refused as {refused}"));
        }
        Err(_) => {}
    }
}

/// A command that a person gives through the room's rpc.
pub async fn ask<M: Kept>(
    world: &World,
    ask: Ask<'_>,
    command: impl Fn(&Moment<'_>) -> M::Command + 'static,
) -> Result<Reply, Refused> {
    let Ask { what, actor, stream, steady } = ask;
    world.tell(format_args!("{} asks: {what}", actor.person));
    let version = stream.map(|stream| shell::load::<M>(world, stream).version);
    let expected = version.filter(|_| steady && world.one_in(2));
    let command = Rc::new(command);
    let op: Op = Rc::new(move |world: World, call: Call| -> Local<Result<Reply, Failed>> {
        let command = command.clone();
        Box::pin(async move {
            world.boundary(what).await;
            let fresh = world.id();
            let command = command(&Moment { now: world.now(), fresh, store: &world.store() });
            shell::answer::<M>(&world, &call, stream.unwrap_or(fresh), command).await
        })
    });
    if let Some(version) = version.filter(|_| steady && world.one_in(10)) {
        let (request, body) = key(world);
        let stale = Call { actor: actor.clone(), request, body, expected: Some(version - 1) };
        match call(world, M::ROOM, stale, op.clone()).await {
            Err(refused) if refused.code == "STALE_VERSION" => {}
            other => world.violated(format_args!("{what}: a stale version was answered {other:?}")),
        }
    }
    let (request, body) = key(world);
    call(world, M::ROOM, Call { actor: actor.clone(), request, body, expected }, op).await
}

/// A command that must be taken.
pub async fn must<M: Kept>(
    world: &World,
    what: Ask<'_>,
    command: impl Fn(&Moment<'_>) -> M::Command + 'static,
) -> Option<Reply> {
    let name = what.what;
    match ask::<M>(world, what, command).await {
        Ok(reply) => Some(reply),
        Err(refused) => {
            world.violated(format_args!("{name} was refused: {refused}"));
            None
        }
    }
}

/// A command that must be refused, with one of these codes.
pub async fn must_not<M: Kept>(
    world: &World,
    what: Ask<'_>,
    codes: &[&str],
    command: impl Fn(&Moment<'_>) -> M::Command + 'static,
) {
    let name = what.what;
    match ask::<M>(world, what, command).await {
        Err(refused) if codes.contains(&refused.code) => {}
        other => world.violated(format_args!("{name} was answered {other:?}, not one of {codes:?}")),
    }
}

/// The key of an attempt, and what stands for its body.
pub fn key(world: &World) -> (Uuid, u64) {
    (world.id(), world.roll())
}
