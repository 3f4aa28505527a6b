//! How each fault is done, and healed again before the function returns.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use sqlx::{AssertSqlSafe, Connection as _};
use time::Duration as Span;
use tokio::process::Command;
use xianjie::house::ROOMS;

use crate::{
    dice::Dice,
    door::{Door, Line},
    hostile,
    house::House,
    nemesis::{Fault, Ground, Injected},
    rabbit, races,
};

/// How long a room may take to reach the crash point that it was started for.
const TO_CRASH: Duration = Duration::from_secs(15);

/// How long a database that another fault has taken away is waited for.
const PATIENCE: Duration = Duration::from_secs(90);

/// Does one, for so long.
///
/// # Errors
/// When something can't even be broken.
pub async fn inject(ground: &Ground, fault: Fault, hold: Duration, dice: &mut Dice) -> anyhow::Result<Vec<Injected>> {
    let house = &*ground.house;
    let room = *dice.pick(&ROOMS);
    let (what, rooms) = match fault {
        Fault::F1 if dice.below(3) == 0 => {
            house.rooms[room].process.lock().await.kill_and_restart();
            (format!("kill -9 {room}"), vec![room])
        }
        // The directory keeps no journal of its own, so it passes no crash point.
        Fault::F1 => return Ok(crash_points(house, dice.pick::<&str>(&ROOMS[1..]), dice).await),
        Fault::F2 => {
            let process = house.rooms[room].process.lock().await;
            process.signal("STOP");
            tokio::time::sleep(hold).await;
            process.signal("CONT");
            (format!("stop {room} for {hold:?}"), vec![room])
        }
        Fault::F3 => (database_dies(house, dice).await?, ROOMS.to_vec()),
        Fault::F4 if house.flushes_fail.is_some() && dice.below(2) == 0 => {
            let switch = house.flushes_fail.as_ref().context("there is one")?;
            let before = panics(house)?;
            std::fs::write(switch, "")?;
            tokio::time::sleep(hold).await;
            std::fs::remove_file(switch)?;
            // PostgreSQL must not go on after a flush that failed: it panics, and recovers from its log.
            let panics = panics(house)?.saturating_sub(before);
            (format!("disk flushes fail for {hold:?}, PostgreSQL panics {panics} times"), ROOMS.to_vec())
        }
        Fault::F4 => {
            let disk = house.disk.as_ref().context("F4 has a disk")?;
            disk.fill()?;
            tokio::time::sleep(hold).await;
            disk.clear()?;
            (format!("disk full for {hold:?}"), ROOMS.to_vec())
        }
        Fault::F5 => (rabbit::fails(house, hold, dice).await?, ROOMS.to_vec()),
        Fault::F7 => line_fails(house, room, hold, dice).await,
        Fault::F8 => (ground.post.misbehave(house, hold, dice).await?, Vec::new()),
        Fault::F9 => {
            // Never far back: what hangs or is leased from a later hour on rightly waits until that hour comes again.
            let jump = *dice.pick(&[Span::minutes(20), Span::seconds(-5), Span::seconds(-5)]);
            house.clock.advance(jump)?;
            let since = Instant::now();
            tokio::time::sleep(hold).await;
            return Ok(vec![Injected { fault, what: format!("clock jumps by {jump}"), rooms: ROOMS.to_vec(), since }]);
        }
        Fault::F11 => (database_is_slow(house, hold, dice).await?, ROOMS.to_vec()),
        Fault::F14 => (rabbit::forgets(house, dice.pick::<&str>(&ROOMS[1..]), hold).await?, ROOMS.to_vec()),
        Fault::F15 => (races::run(ground, dice).await, Vec::new()),
        Fault::F16 => (hostile::run(ground).await?, Vec::new()),
    };
    Ok(vec![Injected { fault, what, rooms, since: Instant::now() }])
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

/// The postmaster dies; or one session's process does, at which PostgreSQL starts all anew; or sessions are ended.
async fn database_dies(house: &House, dice: &mut Dice) -> anyhow::Result<String> {
    const ROOMS_OWN: &str = "from pg_stat_activity where application_name like 'xianjie-%'";
    Ok(match dice.below(4) {
        0 => {
            kill(house.database.pid()?).await?;
            "kill -9 postmaster".into()
        }
        1 => {
            let mut connection = house.database.connect().await?;
            let any = format!("select pid {ROOMS_OWN} order by random() limit 1");
            let pid: Option<i32> = sqlx::query_scalar(AssertSqlSafe(any)).fetch_optional(&mut connection).await?;
            match pid {
                Some(pid) => {
                    kill(u32::try_from(pid)?).await?;
                    "kill -9 a session".into()
                }
                None => "kill no session: there was none".into(),
            }
        }
        2 => {
            says(house, &format!("select pg_terminate_backend(pid) {ROOMS_OWN} and random() < 0.2")).await?;
            "terminate some sessions".into()
        }
        _ => {
            says(house, &format!("select pg_terminate_backend(pid) {ROOMS_OWN}")).await?;
            "terminate all sessions".into()
        }
    })
}

async fn database_is_slow(house: &House, hold: Duration, dice: &mut Dice) -> anyhow::Result<String> {
    let table = *dice.pick(&["inbox.tasks", "disbursement.events", "intake.receipts", "review.outbox"]);
    if dice.below(2) == 0 {
        let mut connection = house.database.connect().await?;
        let lock = format!("begin; lock table {table} in access exclusive mode");
        sqlx::raw_sql(AssertSqlSafe(lock)).execute(&mut connection).await?;
        tokio::time::sleep(hold).await;
        // Another fault may have ended it already: the lock went with it.
        let _ = connection.close().await;
        return Ok(format!("lock {table} for {hold:?}"));
    }
    says(
        house,
        &format!(
            "create or replace function public.drill_slow() returns trigger language plpgsql
                 as $$ begin perform pg_sleep(0.3); return null; end $$;
             create or replace trigger drill_slow after insert on {table} for each statement
                 execute function public.drill_slow()"
        ),
    )
    .await?;
    tokio::time::sleep(hold).await;
    says(house, "drop function if exists public.drill_slow() cascade").await?;
    Ok(format!("inserts into {table} take 300 ms longer for {hold:?}"))
}

/// How often PostgreSQL has given up by itself, by its own log.
fn panics(house: &House) -> anyhow::Result<usize> {
    let log = house.database.folder().with_file_name("postgres.log");
    let text = std::fs::read(&log).with_context(|| format!("{}", log.display()))?;
    Ok(String::from_utf8_lossy(&text).matches("PANIC:").count())
}

async fn line_fails(house: &House, room: &'static str, hold: Duration, dice: &mut Dice) -> (String, Vec<&'static str>) {
    let (name, door, rooms): (&str, &Door, Vec<&'static str>) = match dice.below(8) {
        0 => ("database", &house.database_door, ROOMS.to_vec()),
        1 => ("broker", &house.broker_door, ROOMS.to_vec()),
        _ => (room, &house.rooms[room].door, vec![room]),
    };
    let line = *dice.pick(&[Line::Slow(Duration::from_millis(200)), Line::Silent, Line::Cut, Line::Forgetful]);
    door.make(line);
    tokio::time::sleep(hold).await;
    door.make(Line::Good);
    (format!("line to {name} {line:?} for {hold:?}"), rooms)
}

/// Has the database do something, as soon as another fault lets it.
async fn says(house: &House, sql: &str) -> anyhow::Result<()> {
    let began = Instant::now();
    loop {
        let said = async {
            let mut connection = house.database.connect().await?;
            sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await?;
            anyhow::Ok(())
        };
        match said.await {
            Ok(()) => return Ok(()),
            Err(error) if began.elapsed() > PATIENCE => return Err(error.context("the database stays away")),
            Err(_) => tokio::time::sleep(Duration::from_millis(200)).await,
        }
    }
}

/// SIGKILL.
///
/// # Errors
/// When there is nobody to be killed.
pub async fn kill(pid: u32) -> anyhow::Result<()> {
    let killed = Command::new("kill").args(["-9", &pid.to_string()]).status().await?;
    anyhow::ensure!(killed.success(), "{pid} can't be killed");
    Ok(())
}
