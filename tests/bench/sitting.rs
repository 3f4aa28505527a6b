//! One sitting: people signed in, the year's money issued, chains played and counted, on surroundings that stand.
//!
//! What work costs the machine is told by [`Before`]: read once before it, once after.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use anyhow::{Context as _, bail};
use play::{
    cast::{Cast, Office},
    database::{self, Counters, Records},
    indicators, say,
    story::{DECISIONS, STEPS},
    timings::round,
};
use runtime::Clock;
use serde_json::json;
use sqlx::PgConnection;

use crate::{
    drive::{self, Run},
    figures::{self, Figures},
    meters::{self, Memory, Roles, cpu_ms},
    surroundings::Surroundings,
};

/// More connections than this bring nothing: a connection carries many calls.
const MOST_CONNECTIONS: usize = 8;

/// See the module.
pub struct Sitting<'a> {
    /// Where it takes place.
    pub surroundings: &'a mut Surroundings,
    /// Who signs people in.
    pub office: Office,
    /// To the rooms' database.
    pub connection: PgConnection,
    /// Projects whose records must be there.
    pub ended: u64,
    indicators: Arc<Vec<String>>,
    /// Number of the next chain.
    next: u64,
    patience: Duration,
}

impl<'a> Sitting<'a> {
    /// Waits for the rooms and issues the money.
    ///
    /// # Errors
    /// When the rooms do not answer.
    pub async fn open(surroundings: &'a mut Surroundings, patience: Duration) -> anyhow::Result<Self> {
        let mut office = Office::open(surroundings.pack.clone(), Clock::system(), &mut surroundings.servers).await?;
        let connection = surroundings.database.connect().await?;
        let indicators = Arc::new(indicators::issue(&*office.cast().await?).await?);
        Ok(Self { surroundings, office, connection, ended: 0, indicators, next: 0, patience })
    }

    /// Looks for the rooms anew, after they were started again.
    ///
    /// # Errors
    /// When they do not answer.
    pub async fn find_rooms(&mut self) -> anyhow::Result<()> {
        self.office =
            Office::open(self.surroundings.pack.clone(), Clock::system(), &mut self.surroundings.servers).await?;
        Ok(())
    }

    /// Everyone, signed in afresh, over as many connections as that many drivers need.
    ///
    /// # Errors
    /// When a sign-in fails.
    pub async fn casts(&mut self, drivers: usize) -> anyhow::Result<Vec<Arc<Cast>>> {
        self.office.sign_out();
        let mut casts = Vec::new();
        for _ in 0..drivers.clamp(1, MOST_CONNECTIONS) {
            casts.push(self.office.cast().await?);
        }
        Ok(casts)
    }

    /// Numbers of chains that the caller plays himself, and the money for them.
    pub fn take_numbers(&mut self, chains: u64) -> (Vec<u64>, Arc<Vec<String>>) {
        let numbers = (self.next..self.next + chains).collect();
        self.next += chains;
        (numbers, self.indicators.clone())
    }

    /// Chains that nothing is made of but warm caches.
    ///
    /// # Errors
    /// When one fails.
    pub async fn warm_up(&mut self, chains: u64) -> anyhow::Result<()> {
        say("warming up");
        let casts = self.casts(8).await?;
        let warm = self.play(&casts, chains, 8).await?;
        match warm.errors.first() {
            Some(error) => bail!("a chain of the warm-up failed: {error}"),
            None => Ok(()),
        }
    }

    async fn play(&mut self, casts: &[Arc<Cast>], chains: u64, drivers: usize) -> anyhow::Result<Run> {
        let run = drive::run(casts, &self.indicators, self.next, chains, drivers).await?;
        self.count(chains, run)
    }

    fn count(&mut self, chains: u64, run: Run) -> anyhow::Result<Run> {
        self.next += chains;
        self.ended += run.chains;
        self.surroundings.servers.check()?;
        Ok(run)
    }

    /// Chains by closed loops, with what they cost.
    ///
    /// # Errors
    /// When a loop breaks off.
    pub async fn measure(&mut self, chains: u64, drivers: usize) -> anyhow::Result<Figures> {
        let casts = self.casts(drivers).await?;
        let before = Before::of(self).await?;
        let run = self.play(&casts, chains, drivers).await?;
        let mut figures = rates(&run);
        figures.extend(before.after(self, run.chains).await?);
        Ok(figures)
    }

    /// Chains that begin at a fixed rate, however the others get on, with what they cost.
    ///
    /// # Errors
    /// When a chain breaks off.
    pub async fn measure_paced(&mut self, chains: u64, gap: Duration) -> anyhow::Result<Figures> {
        let casts = self.casts(MOST_CONNECTIONS).await?;
        let before = Before::of(self).await?;
        let paced = drive::paced(&casts, &self.indicators, self.next, chains, gap).await?;
        let run = self.count(chains, paced.run)?;
        let mut figures = rates(&run);
        for what in ["next_inbox", "late"] {
            run.timings.quantiles(what, &mut figures);
        }
        figures.insert("most_under_way".into(), json!(paced.most_under_way));
        figures.extend(before.after(self, run.chains).await?);
        Ok(figures)
    }

    /// Prints a result, with whether the records are as all chains so far must leave them.
    ///
    /// # Errors
    /// When they are not, or the database does not answer.
    pub async fn conclude(&mut self, mut result: Figures) -> anyhow::Result<()> {
        let records = self.records().await?;
        result.insert("records".into(), json!(records));
        figures::print(result);
        if records != "ok" {
            bail!("the records are not as {} chains must leave them: {records}", self.ended);
        }
        Ok(())
    }

    /// `ok`, or what is there and what should be.
    async fn records(&mut self) -> anyhow::Result<String> {
        if let Err(error) = database::drained(&mut self.connection).await {
            return Ok(error.to_string());
        }
        let (have, want) = (
            database::records(&mut self.connection).await?,
            Records::of(i64::try_from(self.ended).context("fewer chains")?),
        );
        Ok(if have == want { "ok".to_owned() } else { format!("have {have:?}, want {want:?}") })
    }
}

fn rates(run: &Run) -> Figures {
    let (chains, seconds) = (run.chains as f64, run.took.as_secs_f64());
    let mut figures = Figures::new();
    figures.insert("chains".into(), json!(run.chains));
    figures.insert("seconds".into(), json!(round(seconds)));
    figures.insert("chains_per_s".into(), json!(round(chains / seconds)));
    figures.insert("decisions_per_s".into(), json!(round(chains * f64::from(DECISIONS) / seconds)));
    figures.insert("decisions_per_chain".into(), json!(DECISIONS));
    figures.insert("steps_per_chain".into(), json!(STEPS.len()));
    for what in ["chain", "create", "submit", "see_task", "decide"] {
        run.timings.quantiles(what, &mut figures);
    }
    figures.insert("steps_p50_ms".into(), run.timings.medians_ms());
    figures.insert("errors".into(), json!(run.errors.len()));
    figures.insert("first_error".into(), json!(run.errors.first()));
    figures
}

/// What the meters showed before some work.
pub struct Before {
    idle: f64,
    roles: Roles,
    counters: Counters,
    cpu: BTreeMap<&'static str, f64>,
    cpu_by_room: BTreeMap<String, f64>,
    own: f64,
    calls: u64,
    memory: Memory,
    flushes: Option<u64>,
}

impl Before {
    /// Waits for a quiet machine and reads the meters.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn of(sitting: &mut Sitting<'_>) -> anyhow::Result<Self> {
        let idle = meters::wait_until_quiet(sitting.patience).await;
        let roles = sitting.surroundings.roles()?;
        let counters = database::counters(&mut sitting.connection).await?;
        Ok(Self {
            idle,
            counters,
            cpu: cpu(&roles),
            cpu_by_room: cpu_by_room(sitting),
            own: meters::own_cpu_ms(),
            calls: sitting.office.calls(),
            memory: Memory::watch(roles.clone()),
            flushes: meters::flushes(sitting.surroundings.database.folder()),
            roles,
        })
    }

    /// Reads them again: what so many chains have cost.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn after(self, sitting: &mut Sitting<'_>, chains: u64) -> anyhow::Result<Figures> {
        let flushes = meters::flushes(sitting.surroundings.database.folder());
        let flushes = flushes.zip(self.flushes).map(|(after, before)| after - before);
        let peaks = self.memory.peaks().await?;
        let own = meters::own_cpu_ms() - self.own - peaks.cpu_ms;
        let spent = cpu(&self.roles).into_iter().map(|(role, now)| (role, now - self.cpu[role]));
        let spent: Vec<(&str, f64)> = spent.collect();
        let by_room = cpu_by_room(sitting);
        let after = database::counters(&mut sitting.connection).await?;

        let each = |value: f64| json!(round(value / chains.max(1) as f64));
        let mut figures = Figures::new();
        figures.insert("rpcs_per_chain".into(), each((sitting.office.calls() - self.calls) as f64));
        let server: f64 = spent.iter().map(|(_, ms)| ms).sum();
        for (role, ms) in spent.iter().copied().chain([("driver", own), ("server", server)]) {
            figures.insert(format!("cpu_ms_per_chain_{role}"), each(ms));
        }
        let before = |room: &String| self.cpu_by_room.get(room).copied().unwrap_or_default();
        let by_room: Figures = by_room.iter().map(|(room, now)| (room.clone(), each(now - before(room)))).collect();
        figures.insert("cpu_ms_per_chain_by_room".into(), by_room.into());
        for (role, peak) in peaks.mb {
            figures.insert(format!("peak_mb_{}", if role == "rooms" { "server" } else { role }), json!(round(peak)));
        }
        let count = |after: i64, before: i64| each((after - before) as f64);
        figures.insert("pg_transactions_per_chain".into(), count(after.transactions, self.counters.transactions));
        figures.insert("pg_write_transactions_per_chain".into(), count(after.writes, self.counters.writes));
        let wal_kb = (after.wal_bytes - self.counters.wal_bytes) as f64 / 1024.0;
        figures.insert("wal_kb_per_chain".into(), each(wal_kb));
        figures.insert("disk_flushes_per_chain".into(), flushes.map_or(json!(null), |flushes| each(flushes as f64)));
        figures.insert("idle_before_pct".into(), json!(self.idle));
        Ok(figures)
    }
}

fn cpu(roles: &Roles) -> BTreeMap<&'static str, f64> {
    roles.iter().map(|(role, pids)| (*role, pids.iter().map(|pid| cpu_ms(*pid)).sum())).collect()
}

fn cpu_by_room(sitting: &Sitting<'_>) -> BTreeMap<String, f64> {
    let mut rooms: BTreeMap<String, f64> = BTreeMap::new();
    for (room, pid) in sitting.surroundings.servers.pids() {
        *rooms.entry(room.to_owned()).or_default() += cpu_ms(pid);
    }
    rooms
}
