//! The nemesis: breaks one thing after the other, each selected fault alone, then two at a time, by chance from the seed.
//!
//! A fault lasts as long as the pace says, is healed, and is followed by a rest. What was done is kept for the report.

use std::{
    str::FromStr,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use sqlx::{AssertSqlSafe, Connection as _};
use time::Duration as Span;
use tokio::process::Command;
use xianjie::house::ROOMS;

use crate::{
    Options,
    dice::Dice,
    door::{Door, Line},
    history::History,
    house::House,
    say,
};

/// How long a room may take to reach the crash point that it was started for.
const TO_CRASH: Duration = Duration::from_secs(15);

/// A kind of fault, numbered as in the plan of tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Rooms die: at random, and at each named crash point.
    F1,
    /// Rooms are stopped for a while and woken.
    F2,
    /// PostgreSQL dies: whole, or single sessions of it.
    F3,
    /// PostgreSQL's disk is full.
    F4,
    /// RabbitMQ dies.
    F5,
    /// Lines are slow, silent, cut or forgetful.
    F7,
    /// The rooms' clock jumps.
    F9,
    /// The database is slow: a table is locked for longer than anyone waits.
    F11,
}

/// All of them.
pub const ALL: [Fault; 8] = [Fault::F1, Fault::F2, Fault::F3, Fault::F4, Fault::F5, Fault::F7, Fault::F9, Fault::F11];

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

/// See the module.
pub struct Nemesis {
    house: Arc<House>,
    history: Arc<History>,
    dice: Dice,
    faults: Vec<Fault>,
    pace: (Duration, Duration),
    injected: Vec<Injected>,
}

impl Nemesis {
    /// A nemesis of this house.
    pub fn new(house: Arc<House>, history: Arc<History>, dice: Dice, options: &Options) -> Self {
        let seconds = |at: usize| Duration::from_secs(options.pace.get(at).copied().unwrap_or(5));
        let pace = (seconds(0), seconds(options.pace.len().saturating_sub(1)));
        Self { house, history, dice, faults: options.faults.clone(), pace, injected: Vec::new() }
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
            let first = if alone.is_empty() { *self.dice.pick(&self.faults) } else { alone.remove(0) };
            let second = alone.is_empty().then(|| *self.dice.pick(&self.faults)).filter(|second| *second != first);
            let (mut one, mut two) = (self.dice.fork(1), self.dice.fork(2));
            let done = tokio::try_join!(inject(&self.house, first, hold, &mut one), async {
                match second {
                    Some(second) => inject(&self.house, second, hold, &mut two).await,
                    None => Ok(Vec::new()),
                }
            },)?;
            for injected in done.0.into_iter().chain(done.1) {
                say(format_args!("{:?}: {}", injected.fault, injected.what));
                self.history.fault(&injected.what);
                self.injected.push(injected);
            }
            tokio::time::sleep(self.dice.between(self.pace.0, self.pace.1)).await;
        }
        Ok(())
    }
}

async fn inject(house: &House, fault: Fault, hold: Duration, dice: &mut Dice) -> anyhow::Result<Vec<Injected>> {
    let all = ROOMS.to_vec();
    let done = |what: String, rooms: Vec<&'static str>, since| vec![Injected { fault, what, rooms, since }];
    let room = *dice.pick(&ROOMS);
    Ok(match fault {
        Fault::F1 if dice.below(3) == 0 => {
            house.rooms[room].process.lock().await.kill_and_restart();
            done(format!("kill -9 {room}"), vec![room], Instant::now())
        }
        Fault::F1 => {
            // The directory keeps no journal of its own, so it passes no crash point.
            crash_points(house, dice.pick::<&str>(&ROOMS[1..]), dice).await
        }
        Fault::F2 => {
            let process = house.rooms[room].process.lock().await;
            process.signal("STOP");
            tokio::time::sleep(hold).await;
            process.signal("CONT");
            done(format!("stop {room} for {hold:?}"), vec![room], Instant::now())
        }
        Fault::F3 if dice.below(2) == 0 => {
            kill(house.database.pid()?).await?;
            done("kill -9 postmaster".into(), all, Instant::now())
        }
        Fault::F3 => {
            let mut connection = house.database.connect().await?;
            sqlx::query(
                "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'xianjie-%'",
            )
            .execute(&mut connection)
            .await?;
            done("terminate all sessions".into(), all, Instant::now())
        }
        Fault::F4 => {
            let disk = house.disk.as_ref().context("F4 has a disk")?;
            disk.fill()?;
            tokio::time::sleep(hold).await;
            disk.clear()?;
            done(format!("disk full for {hold:?}"), all, Instant::now())
        }
        Fault::F5 => {
            let file = house.broker.pid_file.as_ref().context("the broker is ours")?;
            kill(std::fs::read_to_string(file)?.trim().parse()?).await?;
            done("kill -9 rabbitmq".into(), all, Instant::now())
        }
        Fault::F7 => {
            let (name, door, rooms): (&str, &Door, Vec<&'static str>) = match dice.below(8) {
                0 => ("database", &house.database_door, all),
                1 => ("broker", &house.broker_door, all),
                _ => (room, &house.rooms[room].door, vec![room]),
            };
            let line = *dice.pick(&[Line::Slow(Duration::from_millis(200)), Line::Silent, Line::Cut, Line::Forgetful]);
            door.make(line);
            tokio::time::sleep(hold).await;
            door.make(Line::Good);
            done(format!("line to {name} {line:?} for {hold:?}"), rooms, Instant::now())
        }
        Fault::F9 => {
            // Never far back: what hangs or is leased from a later hour on rightly waits until that hour comes again.
            let jump = *dice.pick(&[Span::minutes(20), Span::seconds(-5), Span::seconds(-5)]);
            house.clock.advance(jump)?;
            tokio::time::sleep(hold).await;
            done(format!("clock jumps by {jump}"), all, Instant::now() - hold)
        }
        Fault::F11 => {
            let table = *dice.pick(&["inbox.tasks", "disbursement.events", "intake.receipts", "review.outbox"]);
            let mut connection = house.database.connect().await?;
            let lock = format!("begin; lock table {table} in access exclusive mode");
            sqlx::raw_sql(AssertSqlSafe(lock)).execute(&mut connection).await?;
            tokio::time::sleep(hold).await;
            connection.close().await?;
            done(format!("lock {table} for {hold:?}"), all, Instant::now())
        }
    })
}

/// Has a room die at each crash point in turn; a point that is not passed in time is not counted.
async fn crash_points(house: &House, room: &'static str, dice: &mut Dice) -> Vec<Injected> {
    let mut injected = Vec::new();
    let mut process = house.rooms[room].process.lock().await;
    for point in messaging::crash::POINTS {
        process.restart_to_crash(&format!("{point}:{}", 1 + dice.below(3)));
        let began = Instant::now();
        while process.ended().is_none() && began.elapsed() < TO_CRASH {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        if process.ended().is_some() {
            let what = format!("crash {room} {point}");
            injected.push(Injected { fault: Fault::F1, what, rooms: vec![room], since: Instant::now() });
        }
        process.kill_and_restart();
    }
    injected
}

async fn kill(pid: u32) -> anyhow::Result<()> {
    let killed = Command::new("kill").args(["-9", &pid.to_string()]).status().await?;
    anyhow::ensure!(killed.success(), "{pid} can't be killed");
    Ok(())
}
