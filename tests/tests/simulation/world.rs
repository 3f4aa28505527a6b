//! The scheduler: every process is a task, every effect boundary an await, and a seed decides whose turn it is.
//!
//! Invariant: nothing but the seed decides. A task runs alone until its next boundary; there it may wait for long, or be
//! dropped for ever because its process crashed. What survives a crash stands in [`Store`] only.

use std::{
    cell::{Ref, RefCell, RefMut},
    collections::{BTreeMap, VecDeque},
    fmt,
    future::poll_fn,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use kernel::Pack;
use time::{Duration, OffsetDateTime, macros::datetime};
use uuid::Uuid;

use crate::{dice::Dice, flaws::Flaw, rooms, store::Store};

/// A future that stays on this thread.
pub type Local<T> = Pin<Box<dyn Future<Output = T>>>;

/// From when a waiting task may go on; none while something must happen first.
type Ready = Box<dyn Fn(&Store) -> Option<OffsetDateTime>>;

/// While faults are on, one turn in so many ends with the crash of a process.
const CRASH: usize = 250;
/// So many last steps are told of a seed that fails.
const TOLD: usize = 60;

/// Who runs a task: a process of a room, or the world outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owner {
    Outside,
    Process(rooms::Room, u8),
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Outside => f.write_str("outside"),
            Self::Process(room, replica) => write!(f, "{}/{replica}", room.name()),
        }
    }
}

struct Task {
    owner: Owner,
    /// None while it is polled.
    future: Option<Local<()>>,
    ready: Ready,
}

struct Core {
    dice: Dice,
    now: OffsetDateTime,
    tasks: BTreeMap<u64, Task>,
    next_task: u64,
    /// Whose turn it is.
    current: Owner,
    /// What the task that was just polled waits for.
    waits_for: Option<Ready>,
    told: VecDeque<String>,
    digest: DefaultHasher,
    turns: u64,
    crashes: u64,
    faults: bool,
    /// How bad this world is, from 1.
    severity: usize,
    violation: Option<String>,
}

/// What happened in a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub digest: u64,
    pub turns: u64,
    pub crashes: u64,
    pub last: Vec<String>,
}

struct Inner {
    core: RefCell<Core>,
    store: RefCell<Store>,
    pack: Arc<Pack>,
    flaw: Option<Flaw>,
}

/// All processes, their stores, the wire between them, and time.
#[derive(Clone)]
pub struct World(Rc<Inner>);

impl World {
    pub fn new(seed: u64, pack: Arc<Pack>, flaw: Option<Flaw>) -> Self {
        let mut dice = Dice::new(seed);
        let core = Core {
            severity: 1 + dice.below(5),
            dice,
            now: datetime!(2022-01-04 09:00 +8),
            tasks: BTreeMap::new(),
            next_task: 0,
            current: Owner::Outside,
            waits_for: None,
            told: VecDeque::new(),
            digest: DefaultHasher::new(),
            turns: 0,
            crashes: 0,
            faults: true,
            violation: None,
        };
        Self(Rc::new(Inner { core: RefCell::new(core), store: RefCell::default(), pack, flaw }))
    }

    pub fn store(&self) -> Ref<'_, Store> {
        self.0.store.borrow()
    }

    pub fn store_mut(&self) -> RefMut<'_, Store> {
        self.0.store.borrow_mut()
    }

    pub fn pack(&self) -> &Arc<Pack> {
        &self.0.pack
    }

    pub fn now(&self) -> OffsetDateTime {
        self.0.core.borrow().now
    }

    pub fn roll(&self) -> u64 {
        self.0.core.borrow_mut().dice.roll()
    }

    pub fn below(&self, n: usize) -> usize {
        self.0.core.borrow_mut().dice.below(n)
    }

    pub fn id(&self) -> Uuid {
        self.0.core.borrow_mut().dice.id()
    }

    pub fn one_in(&self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub fn pick<'a, T>(&self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// Whether a fault happens here: one of `n` times in a mild world, more often in a bad one, never once faults have
    /// stopped.
    pub fn fault(&self, n: usize) -> bool {
        let mut core = self.0.core.borrow_mut();
        let n = (n / core.severity).max(2);
        core.faults && core.dice.below(n) == 0
    }

    pub fn has(&self, flaw: Flaw) -> bool {
        self.0.flaw == Some(flaw)
    }

    pub fn stop_faults(&self) {
        self.0.core.borrow_mut().faults = false;
        self.tell("faults stop");
    }

    /// Remembers that something is wrong; the run ends with the first such thing.
    pub fn violated(&self, what: impl fmt::Display) {
        let mut core = self.0.core.borrow_mut();
        core.violation.get_or_insert_with(|| what.to_string());
    }

    /// Keeps a line for whoever reads why a seed failed.
    pub fn tell(&self, what: impl fmt::Display) {
        let mut core = self.0.core.borrow_mut();
        let line =
            format!("{:>6} {} {:<14} {what}", core.turns, core.now.to_offset(kernel::calendar::CHINA), core.current);
        line.hash(&mut core.digest);
        if core.told.len() == TOLD {
            core.told.pop_front();
        }
        core.told.push_back(line);
    }

    pub fn told(&self) -> Told {
        let core = self.0.core.borrow();
        Told {
            digest: core.digest.finish(),
            turns: core.turns,
            crashes: core.crashes,
            last: core.told.iter().cloned().collect(),
        }
    }

    pub fn spawn(&self, owner: Owner, task: impl Future<Output = ()> + 'static) {
        let mut core = self.0.core.borrow_mut();
        let id = core.next_task;
        core.next_task += 1;
        core.tasks.insert(
            id,
            Task { owner, future: Some(Box::pin(task)), ready: Box::new(|_| Some(OffsetDateTime::UNIX_EPOCH)) },
        );
    }

    /// Waits for a time or an event: see [`Ready`].
    pub async fn until(&self, ready: impl Fn(&Store) -> Option<OffsetDateTime> + 'static) {
        let mut ready: Option<Ready> = Some(Box::new(ready));
        poll_fn(move |_| match ready.take() {
            Some(ready) => {
                self.0.core.borrow_mut().waits_for = Some(ready);
                Poll::Pending
            }
            None => Poll::Ready(()),
        })
        .await;
    }

    /// Waits until something is so.
    pub async fn when(&self, is: impl Fn(&Store) -> bool + 'static) {
        self.until(move |store| is(store).then_some(OffsetDateTime::UNIX_EPOCH)).await;
    }

    pub async fn sleep(&self, pause: Duration) {
        self.sleep_until(self.now() + pause).await;
    }

    pub async fn sleep_until(&self, end: OffsetDateTime) {
        self.until(move |_| Some(end)).await;
    }

    /// An effect boundary: others may run, time may pass, this process may crash.
    pub async fn boundary(&self, what: &'static str) {
        self.tell(what);
        self.until(|_| Some(OffsetDateTime::UNIX_EPOCH)).await;
    }

    /// Lets tasks run, one boundary at a time, until it is done.
    ///
    /// # Errors
    /// What is wrong: a violation, or a world in which nothing happens any more though it isn't done.
    pub fn run(&self, most_turns: u64, done: impl Fn(&World) -> bool) -> Result<(), String> {
        let end = self.0.core.borrow().turns + most_turns;
        loop {
            if let Some(violation) = &self.0.core.borrow().violation {
                return Err(violation.clone());
            }
            if done(self) || self.0.core.borrow().turns >= end {
                return Ok(());
            }
            if self.fault(CRASH) {
                let rooms = rooms::Room::ALL;
                let (room, replica) = (*self.pick(&rooms), self.below(usize::from(rooms::REPLICAS)));
                self.crash(room, u8::try_from(replica).expect("few replicas"));
            }
            self.turn()?;
        }
    }

    /// Drops every task: their futures hold the world, which would never end otherwise.
    pub fn end(&self) {
        let tasks = std::mem::take(&mut self.0.core.borrow_mut().tasks);
        drop(tasks);
    }

    fn turn(&self) -> Result<(), String> {
        let id = self.next()?;
        let mut future = {
            let mut core = self.0.core.borrow_mut();
            core.turns += 1;
            let task = core.tasks.get_mut(&id).expect("it was just chosen");
            let (owner, future) = (task.owner, task.future.take());
            core.current = owner;
            future.expect("only one task is polled at a time")
        };
        let polled = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        let mut core = self.0.core.borrow_mut();
        core.current = Owner::Outside;
        match polled {
            Poll::Ready(()) => drop(core.tasks.remove(&id)),
            Poll::Pending => {
                let ready = core.waits_for.take().expect("a task waits at a boundary only");
                let task = core.tasks.get_mut(&id).expect("it was just polled");
                (task.future, task.ready) = (Some(future), ready);
            }
        }
        Ok(())
    }

    /// The task whose turn it is; time passes when there is none.
    fn next(&self) -> Result<u64, String> {
        let store = self.store();
        let mut core = self.0.core.borrow_mut();
        let pause = core.dice.below(8);
        core.now += Duration::milliseconds(i64::try_from(pause).expect("it is small"));
        let waits: Vec<(u64, OffsetDateTime)> =
            core.tasks.iter().filter_map(|(id, task)| Some((*id, (task.ready)(&store)?))).collect();
        let Some(soonest) = waits.iter().map(|(_, at)| *at).min() else {
            return Err(format!("nothing happens any more:\n{}", store.what_waits()));
        };
        core.now = core.now.max(soonest);
        let ready: Vec<u64> = waits.iter().filter(|(_, at)| *at <= core.now).map(|(id, _)| *id).collect();
        let chosen = core.dice.below(ready.len());
        Ok(ready[chosen])
    }

    fn crash(&self, room: rooms::Room, replica: u8) {
        let owner = Owner::Process(room, replica);
        self.tell(format_args!("{owner} crashes"));
        let dead: Vec<Task> = {
            let mut core = self.0.core.borrow_mut();
            core.crashes += 1;
            let ids: Vec<u64> = core.tasks.iter().filter(|(_, task)| task.owner == owner).map(|(id, _)| *id).collect();
            ids.iter().filter_map(|id| core.tasks.remove(id)).collect()
        };
        // Their locks go with them.
        drop(dead);
        rooms::start(self, room, replica);
    }
}
