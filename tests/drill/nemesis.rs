//! The nemesis: breaks one thing after the other, each selected fault alone, then two at a time, by chance from the seed.
//!
//! A fault lasts as long as the pace says, is healed, and is followed by a rest. What was done is kept for the report.
//! How each is done stands in [`crate::faults`].

use std::{
    str::FromStr,
    sync::Arc,
    time::{Duration, Instant},
};

use play::{cast::Cast, say};

use crate::{Options, dice::Dice, faults, history::History, house::House, load::Load, post::Post};

/// A kind of fault, numbered as in the plan of tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Rooms die: at random, and at each named crash point.
    F1,
    /// Rooms are stopped for a while and woken.
    F2,
    /// PostgreSQL dies: whole, or single sessions of it.
    F3,
    /// PostgreSQL's disk is full, or can't flush.
    F4,
    /// RabbitMQ dies, closes all connections, or has no memory left.
    F5,
    /// Lines are slow, silent, cut or forgetful.
    F7,
    /// Messages come twice, in another order and very late; some can't be read, some make no sense.
    F8,
    /// The rooms' clock jumps.
    F9,
    /// The database is slow: a table is locked for longer than anyone waits, or each of its inserts takes long.
    F11,
    /// RabbitMQ loses its directory, and with it all messages.
    F14,
    /// Many want the same thing at once.
    F15,
    /// Somebody tries what is not allowed.
    F16,
}

/// All of them.
pub const ALL: [Fault; 12] = [
    Fault::F1,
    Fault::F2,
    Fault::F3,
    Fault::F4,
    Fault::F5,
    Fault::F7,
    Fault::F8,
    Fault::F9,
    Fault::F11,
    Fault::F14,
    Fault::F15,
    Fault::F16,
];

/// Pairs that would not be two faults: both kill the broker, or one moves the clock under the other's claims.
const CLASHES: [(Fault, Fault); 5] = [
    (Fault::F5, Fault::F14),
    (Fault::F8, Fault::F14),
    (Fault::F9, Fault::F15),
    (Fault::F9, Fault::F16),
    (Fault::F15, Fault::F16),
];

impl FromStr for Fault {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let known = ALL.into_iter().find(|fault| format!("{fault:?}") == text);
        known.ok_or_else(|| format!("there are {ALL:?}"))
    }
}

/// What was done, to whom, and since when it was healed.
pub struct Injected {
    /// Kind.
    pub fault: Fault,
    /// What was done.
    pub what: String,
    /// Rooms that had to recover.
    pub rooms: Vec<&'static str>,
    /// Recovery counts from here.
    pub since: Instant,
}

/// Where things are broken.
pub struct Ground {
    /// What can be broken.
    pub house: Arc<House>,
    /// What was done and told.
    pub history: Arc<History>,
    /// Who can be had to race and to cheat.
    pub cast: Arc<Cast>,
    /// The chains beside it.
    pub load: Arc<Load>,
    /// Messages that were overheard and planted.
    pub post: Arc<Post>,
}

/// See the module.
pub struct Nemesis {
    ground: Arc<Ground>,
    dice: Dice,
    faults: Vec<Fault>,
    pace: (Duration, Duration),
    injected: Vec<Injected>,
}

impl Nemesis {
    /// A nemesis on this ground.
    pub fn new(ground: Arc<Ground>, dice: Dice, options: &Options) -> Self {
        let seconds = |at: usize| Duration::from_secs(options.pace.get(at).copied().unwrap_or(5));
        let pace = (seconds(0), seconds(options.pace.len().saturating_sub(1)));
        Self { ground, dice, faults: options.faults.clone(), pace, injected: Vec::new() }
    }

    /// What was done so far.
    pub fn injected(&self) -> &[Injected] {
        &self.injected
    }

    /// Breaks things for so long; all is healed when it returns.
    ///
    /// # Errors
    /// When something can't even be broken.
    pub async fn run(&mut self, length: Duration) -> anyhow::Result<()> {
        let began = Instant::now();
        let mut alone = self.faults.clone();
        while began.elapsed() < length && !self.faults.is_empty() {
            let hold = self.dice.between(self.pace.0, self.pace.1);
            let (first, second) = self.next(&mut alone);
            let (mut one, mut two) = (self.dice.fork(1), self.dice.fork(2));
            let done = tokio::try_join!(faults::inject(&self.ground, first, hold, &mut one), async {
                match second {
                    Some(second) => faults::inject(&self.ground, second, hold, &mut two).await,
                    None => Ok(Vec::new()),
                }
            },)?;
            for injected in done.0.into_iter().chain(done.1) {
                say(format_args!("{:?}: {}", injected.fault, injected.what));
                self.ground.history.fault(&injected.what);
                self.injected.push(injected);
            }
            tokio::time::sleep(self.dice.between(self.pace.0, self.pace.1)).await;
        }
        Ok(())
    }

    /// Each alone first, then two by chance.
    fn next(&mut self, alone: &mut Vec<Fault>) -> (Fault, Option<Fault>) {
        if !alone.is_empty() {
            return (alone.remove(0), None);
        }
        let (first, second) = (*self.dice.pick(&self.faults), *self.dice.pick(&self.faults));
        let clash = CLASHES.contains(&(first, second)) || CLASHES.contains(&(second, first));
        (first, (first != second && !clash).then_some(second))
    }
}
