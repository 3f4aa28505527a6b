//! PostgreSQL: reachable by every room's login, of a version that we know, migrated, durable, with room for all connections.

use anyhow::Error;
use runtime::Checkup;

use super::Finding;
use crate::house::{self, ROOMS};

/// The oldest major version that the tests run on.
const OLDEST: i32 = 15;
/// The newest one.
const NEWEST: i32 = 17;
/// A clock may be off by so many seconds.
const SKEW_S: i64 = 2;
/// A message that has waited so many seconds to go out is stuck.
const STUCK_S: i64 = 60;
/// Connections that PostgreSQL keeps for its superuser, and operators need.
const SPARE: i64 = 10;

/// Looks into each room's store, as that room's login; `connections` is how many each room may hold.
pub(super) async fn look(database_url: &str, connections: i64) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut server = None;
    for name in ROOMS {
        let Some(room) = house::room(name) else { continue };
        match room.check_up(database_url).await {
            Ok(checkup) => {
                findings.extend(of_room(name, &checkup));
                server = Some(checkup);
            }
            Err(error) => findings.push(away(name, &error)),
        }
    }
    let rooms = i64::try_from(ROOMS.len()).unwrap_or(i64::MAX);
    findings.extend(server.iter().flat_map(|server| of_server(server, rooms.saturating_mul(connections))));
    findings
}

fn away(room: &str, error: &Error) -> Finding {
    Finding::fail(
        "DATABASE_AWAY",
        format!("{room} 无法登录数据库:{error:#}"),
        format!("{room} can't get into PostgreSQL: {error:#}"),
        "check that it runs (docker compose ps postgres), DATABASE_URL, and the room's password file",
    )
}

fn of_server(server: &Checkup, wanted: i64) -> Vec<Finding> {
    let mut findings = Vec::new();
    let major = server.server_version / 10_000;
    if major < OLDEST {
        findings.push(Finding::fail(
            "DATABASE_VERSION",
            format!("PostgreSQL {major} 过旧,至少需要 {OLDEST}"),
            format!("PostgreSQL {major} is too old: {OLDEST} is the least"),
            format!("upgrade PostgreSQL to {NEWEST}"),
        ));
    } else if major > NEWEST {
        findings.push(Finding::warn(
            "DATABASE_VERSION",
            format!("PostgreSQL {major} 尚未经过测试(最新 {NEWEST})"),
            format!("PostgreSQL {major} has not been tested with this version, {NEWEST} is the newest"),
            format!("use PostgreSQL {NEWEST}"),
        ));
    }
    if server.clock_ahead_s.abs() > SKEW_S {
        findings.push(Finding::fail(
            "CLOCK",
            format!("数据库时钟相差 {} 秒", server.clock_ahead_s),
            format!("the database's clock is ahead of ours by {} s", server.clock_ahead_s),
            "set both machines' clocks by NTP: due dates and notices end by them",
        ));
    }
    if !server.durable {
        findings.push(Finding::fail(
            "DATABASE_NOT_DURABLE",
            "数据库未启用落盘保证,断电会丢失已确认的事项".to_owned(),
            "PostgreSQL may lose in a power cut what it has confirmed".to_owned(),
            "set fsync, full_page_writes and synchronous_commit to on",
        ));
    }
    if server.max_connections < wanted + SPARE {
        findings.push(Finding::fail(
            "CONNECTIONS",
            format!("数据库允许 {} 个连接,各服务最多需要 {wanted} 个,另留 {SPARE} 个", server.max_connections),
            format!(
                "PostgreSQL allows {} connections; the rooms may want {wanted}, and {SPARE} should be left",
                server.max_connections
            ),
            "raise max_connections in deploy/postgres/postgresql.conf, or lower XIANJIE_CONNECTIONS",
        ));
    }
    findings
}

fn of_room(room: &str, found: &Checkup) -> Vec<Finding> {
    let mut findings = Vec::new();
    if found.superuser {
        findings.push(Finding::warn(
            "DATABASE_SUPERUSER",
            format!("{room} 以超级用户登录数据库"),
            format!("{room} signs in to PostgreSQL as a superuser, who may change the past"),
            "give each room a login of its own, as deploy/postgres/logins.sh does",
        ));
    }
    if !found.missing.is_empty() {
        findings.push(Finding::fail(
            "MIGRATIONS",
            format!("{room} 的数据表缺少迁移 {:?}", found.missing),
            format!("{room}'s tables lack the migrations {:?}", found.missing),
            "xianjie migrate (docker compose run --rm migrate)",
        ));
    }
    if !found.unknown.is_empty() {
        findings.push(Finding::fail(
            "NEWER_DATA",
            format!("{room} 的数据表有本版本不认识的迁移 {:?}", found.unknown),
            format!("{room}'s tables have migrations that this version doesn't know: {:?}", found.unknown),
            "run the version that made them; going back needs a backup from before",
        ));
    }
    let (rows, age_s) = found.outbox;
    if age_s > STUCK_S {
        findings.push(Finding::fail(
            "OUTBOX",
            format!("{room} 有 {rows} 条消息发不出去,最久 {age_s} 秒"),
            format!("{room} has {rows} messages that don't get out, the oldest for {age_s} s"),
            "look at the broker (docker compose ps rabbitmq) and the room's log; they go out by themselves once it is back",
        ));
    }
    if found.parked > 0 {
        findings.push(Finding::warn(
            "PARKED",
            format!("{room} 有 {} 条搁置消息待人工处理", found.parked),
            format!("{room} has set {} messages aside that wait for a person", found.parked),
            format!("xianjie parked list {room}, mend what stands in their way, then xianjie parked replay {room} ID"),
        ));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn well() -> Checkup {
        Checkup { server_version: 170_012, durable: true, max_connections: 200, ..Checkup::default() }
    }

    fn codes(findings: &[Finding]) -> Vec<&'static str> {
        findings.iter().map(|finding| finding.code).collect()
    }

    #[test]
    fn a_server_that_is_well_is_not_spoken_of() {
        assert_eq!(of_server(&well(), 60), []);
        assert_eq!(of_room("intake", &well()), []);
    }

    #[test]
    fn each_fault_of_a_server_is_found_alone() {
        for (seeded, wanted) in [
            (Checkup { server_version: 140_009, ..well() }, "DATABASE_VERSION"),
            (Checkup { server_version: 180_001, ..well() }, "DATABASE_VERSION"),
            (Checkup { clock_ahead_s: 3, ..well() }, "CLOCK"),
            (Checkup { clock_ahead_s: -3_600, ..well() }, "CLOCK"),
            (Checkup { durable: false, ..well() }, "DATABASE_NOT_DURABLE"),
            (Checkup { max_connections: 69, ..well() }, "CONNECTIONS"),
        ] {
            assert_eq!(codes(&of_server(&seeded, 60)), [wanted], "{seeded:?}");
        }
    }

    #[test]
    fn each_fault_of_a_room_is_found_alone() {
        for (seeded, wanted) in [
            (Checkup { superuser: true, ..well() }, "DATABASE_SUPERUSER"),
            (Checkup { missing: vec![1_020], ..well() }, "MIGRATIONS"),
            (Checkup { unknown: vec![9_999], ..well() }, "NEWER_DATA"),
            (Checkup { outbox: (3, 61), ..well() }, "OUTBOX"),
            (Checkup { parked: 1, ..well() }, "PARKED"),
        ] {
            let found = of_room("review", &seeded);
            assert_eq!(codes(&found), [wanted], "{seeded:?}");
            assert!(found[0].en.contains("review") && !found[0].cure.is_empty(), "{found:?}");
        }
    }
}
