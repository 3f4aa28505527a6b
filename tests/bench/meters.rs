//! What the system says: CPU time and memory of processes, flushes of the disk, how idle the machine is. From /proc.
//!
//! CPU time counts a process with its children, also those that have ended. Memory is the proportional share (PSS), so
//! that pages which several processes share are counted once.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::MetadataExt as _,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// Processes by what they are for.
pub type Roles = BTreeMap<&'static str, Vec<u32>>;

/// Ticks a second in /proc/*/stat: 100 on every Linux that we can run on.
const TICKS: f64 = 100.0;

/// The fields of /proc/PID/stat after the program's name, which may itself hold spaces.
fn stat(pid: impl std::fmt::Display) -> Option<Vec<u64>> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = text.rsplit_once(") ")?;
    // The first is a letter, and some are negative: neither is asked for.
    Some(fields.split(' ').map(|field| field.trim().parse().unwrap_or(0)).collect())
}

/// A process and everything below it.
fn tree(root: u32) -> Vec<u32> {
    let mut children: BTreeMap<u64, Vec<u32>> = BTreeMap::new();
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    for pid in entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()) {
        if let Some(parent) = stat(pid).and_then(|fields| fields.get(1).copied()) {
            children.entry(parent).or_default().push(pid);
        }
    }
    let (mut found, mut next) = (vec![root], 0);
    while let Some(pid) = found.get(next).copied() {
        found.extend(children.get(&u64::from(pid)).into_iter().flatten());
        next += 1;
    }
    found
}

/// CPU time in milliseconds of a process with all below it.
pub fn cpu_ms(root: u32) -> f64 {
    let of = |pid: u32, fields: &[usize]| -> u64 {
        stat(pid).map_or(0, |found| fields.iter().filter_map(|field| found.get(*field)).sum())
    };
    // User and system time; those of children that have ended stand with the root.
    let ticks: u64 =
        tree(root).into_iter().map(|pid| of(pid, if pid == root { &[11, 12, 13, 14] } else { &[11, 12] })).sum();
    ticks as f64 * 1_000.0 / TICKS
}

/// CPU time in milliseconds of this process alone: the driver, the treasury that it plays, and what watches the memory.
pub fn own_cpu_ms() -> f64 {
    own_ms("self")
}

fn own_ms(whose: &str) -> f64 {
    let fields = stat(whose).unwrap_or_default();
    let ticks: u64 = [11, 12].iter().filter_map(|field| fields.get(*field)).sum();
    ticks as f64 * 1_000.0 / TICKS
}

/// Proportional share of memory, in megabytes, of a process with all below it.
pub fn pss_mb(root: u32) -> f64 {
    let of = |pid: u32| -> Option<f64> {
        let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix("Pss:"))?;
        line.split_whitespace().next()?.parse().ok()
    };
    tree(root).into_iter().filter_map(of).sum::<f64>() / 1024.0
}

/// The disk's flushes so far, all processes of the machine together; none when the system doesn't say.
pub fn flushes(on_disk_of: &Path) -> Option<u64> {
    let device = fs::metadata(on_disk_of).ok()?.dev();
    let (major, minor) = ((device >> 8) & 0xfff, (device & 0xff) | ((device >> 12) & 0xfff00));
    let table = fs::read_to_string("/proc/diskstats").ok()?;
    let fields = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let disk = fields
        .into_iter()
        .find(|line| line.len() > 18 && line[0] == major.to_string() && line[1] == minor.to_string())?;
    disk[18].parse().ok()
}

/// Waits until the machine is 80 % idle, or that long; how idle it was.
pub async fn wait_until_quiet(patience: Duration) -> f64 {
    let started = Instant::now();
    loop {
        let before = jiffies();
        tokio::time::sleep(Duration::from_secs(2)).await;
        let after = jiffies();
        let (all, idle) = (after.0.saturating_sub(before.0), after.1.saturating_sub(before.1));
        let percent = 100.0 * idle as f64 / all.max(1) as f64;
        if percent >= 80.0 || started.elapsed() >= patience {
            return percent.round();
        }
    }
}

/// All time and idle time of all cores so far.
fn jiffies() -> (u64, u64) {
    let text = fs::read_to_string("/proc/stat").unwrap_or_default();
    let first = text.lines().next().unwrap_or_default();
    let fields: Vec<u64> = first.split_whitespace().skip(1).take(8).filter_map(|field| field.parse().ok()).collect();
    (fields.iter().sum(), fields.iter().skip(3).take(2).sum())
}

/// Looks at PostgreSQL's memory are dear, for each of its many processes maps the shared buffers: one in so many is enough.
const DEAR: u32 = 8;

/// What was seen of memory.
pub struct Peaks {
    /// The most that each role had, in megabytes.
    pub mb: BTreeMap<&'static str, f64>,
    /// CPU time that the looking took, which is part of this process's own.
    pub cpu_ms: f64,
}

/// Watches the memory of processes until it is asked for the peaks.
pub struct Memory {
    stop: Arc<AtomicBool>,
    watching: tokio::task::JoinHandle<Peaks>,
}

impl Memory {
    /// Starts watching, twice a second.
    pub fn watch(roles: Roles) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let watching = tokio::task::spawn_blocking(move || {
            let before = own_ms("thread-self");
            let mut mb: BTreeMap<&'static str, f64> = BTreeMap::new();
            for look in 0_u32.. {
                let last = stopped.load(Ordering::Relaxed);
                for (role, roots) in roles.iter().filter(|(role, _)| last || **role != "postgres" || look % DEAR == 1) {
                    let now: f64 = roots.iter().map(|root| pss_mb(*root)).sum();
                    let peak = mb.entry(role).or_default();
                    *peak = peak.max(now);
                }
                if last {
                    break;
                }
                std::thread::sleep(Duration::from_millis(500));
            }
            Peaks { mb, cpu_ms: own_ms("thread-self") - before }
        });
        Self { stop, watching }
    }

    /// The peaks.
    ///
    /// # Errors
    /// When the watcher broke off.
    pub async fn peaks(self) -> anyhow::Result<Peaks> {
        self.stop.store(true, Ordering::Relaxed);
        Ok(self.watching.await?)
    }
}
