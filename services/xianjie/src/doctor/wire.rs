//! RabbitMQ, the other rooms, the treasury: reachable, and with nothing left lying.

use messaging::transport::rabbit::{Queues, look};
use runtime::address;
use tonic::transport::Uri;
use tonic_health::pb::health_check_response::ServingStatus;

use super::Finding;
use crate::{commands::healthcheck, house::ROOMS};

/// So many messages in a queue are more than the rooms keep up with.
const DEEP: u32 = 10_000;

/// Rooms that hear of others; the directory hears nothing and has no queue.
const HEARING: [&str; 5] = ["intake", "review", "inbox", "disbursement", "assets"];

/// Looks at each room's queues, as that room's user.
pub(super) async fn broker(prefix: &str, amqp_url: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for room in HEARING {
        let looked = match address::of_room(amqp_url, room) {
            Ok(url) => look(prefix, &url, room).await.map_err(|error| error.to_string()),
            Err(error) => Err(format!("{error:#}")),
        };
        match looked {
            Ok(queues) => findings.extend(of_queues(room, queues)),
            Err(error) => findings.push(Finding::fail(
                "BROKER_AWAY",
                format!("{room} 无法登录消息队列:{error}"),
                format!("{room} can't get into RabbitMQ: {error}"),
                "check that it runs (docker compose ps rabbitmq), AMQP_URL, and the room's password file",
            )),
        }
    }
    findings
}

fn of_queues(room: &str, queues: Queues) -> Vec<Finding> {
    let mut findings = Vec::new();
    let (Some(waiting), Some(dead)) = (queues.waiting, queues.dead) else {
        return vec![Finding::fail(
            "TOPOLOGY",
            format!("消息队列缺少 {room} 的队列"),
            format!("RabbitMQ has no queues for {room}: what is said to it waits in the outboxes"),
            "start the room, or load the definitions again by restarting the broker",
        )];
    };
    if queues.consumers == 0 {
        findings.push(Finding::fail(
            "QUEUE_UNHEARD",
            format!("无人处理 {room} 的队列,待处理 {waiting} 条"),
            format!("nobody takes from {room}'s queue, where {waiting} messages wait"),
            format!("start the room: docker compose up -d {room}"),
        ));
    }
    if waiting > DEEP {
        findings.push(Finding::warn(
            "QUEUE_DEEP",
            format!("{room} 的队列积压 {waiting} 条"),
            format!("{waiting} messages wait for {room}"),
            format!("look at its log; more replicas take more at a time: docker compose up -d --scale {room}=3"),
        ));
    }
    if dead > 0 {
        findings.push(Finding::fail(
            "DEAD_LETTERS",
            format!("{room} 有 {dead} 条死信"),
            format!("{dead} messages to {room} were given up after many deliveries"),
            format!("look at the log of {room}, which takes them up again when it starts"),
        ));
    }
    findings
}

/// Asks every other room whether it is well.
pub(super) async fn peers(peers: &[(String, Uri)]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (room, uri) in peers {
        if !ROOMS.contains(&room.as_str()) {
            findings.push(Finding::warn(
                "PEER_UNKNOWN",
                format!("设置中的 {room} 不是服务"),
                format!("{room} of XIANJIE_PEERS is no room"),
                format!("rooms are {}", ROOMS.join(", ")),
            ));
        }
        let said = match healthcheck::status(&uri.to_string(), "").await {
            Ok(ServingStatus::Serving) => continue,
            Ok(other) => other.as_str_name().to_owned(),
            Err(error) => format!("{error:#}"),
        };
        findings.push(Finding::fail(
            "ROOM_AWAY",
            format!("{room} 不可用:{said}"),
            format!("{room} does not serve: {said}"),
            format!("docker compose ps {room}; docker compose logs {room}"),
        ));
    }
    findings
}

/// Asks for the treasury, and whether it is a real one.
pub(super) async fn treasury(address: Option<&str>) -> Option<Finding> {
    let Some(address) = address else {
        return Some(Finding::warn(
            "TREASURY_UNSET",
            "未设置国库,已下达的支付将等待".to_owned(),
            "no treasury is set: instructed payments wait".to_owned(),
            "set XIANJIE_TREASURY to the treasury's gRPC port",
        ));
    };
    if simulated_treasury::must_be_simulated(address).await.is_ok() {
        return Some(Finding::warn(
            "TREASURY_SIMULATED",
            format!("{address} 是模拟国库,不付款"),
            format!("the treasury at {address} is the simulated one, which pays nothing"),
            "for real money, set XIANJIE_TREASURY to the county's own",
        ));
    }
    let connected = match tonic::transport::Endpoint::from_shared(address.to_owned()) {
        Ok(endpoint) => endpoint.connect_timeout(std::time::Duration::from_secs(3)).connect().await.map(drop),
        Err(error) => Err(error),
    };
    connected.err().map(|error| {
        Finding::fail(
            "TREASURY_AWAY",
            format!("国库 {address} 不可达:{error}"),
            format!("the treasury at {address} can't be reached: {error}"),
            "check XIANJIE_TREASURY and the way there; payments wait and are not lost",
        )
    })
}

#[cfg(test)]
mod tests {
    use simulated_treasury::SimulatedTreasury;

    use super::*;

    fn codes<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Vec<&'static str> {
        findings.into_iter().map(|finding| finding.code).collect()
    }

    #[test]
    fn each_fault_of_a_queue_is_found_alone() {
        let well = Queues { waiting: Some(3), consumers: 1, dead: Some(0) };
        assert_eq!(of_queues("inbox", well), []);
        for (seeded, wanted) in [
            (Queues { waiting: None, ..well }, "TOPOLOGY"),
            (Queues { dead: None, ..well }, "TOPOLOGY"),
            (Queues { consumers: 0, ..well }, "QUEUE_UNHEARD"),
            (Queues { waiting: Some(DEEP + 1), ..well }, "QUEUE_DEEP"),
            (Queues { dead: Some(1), ..well }, "DEAD_LETTERS"),
        ] {
            assert_eq!(codes(&of_queues("inbox", seeded)), [wanted], "{seeded:?}");
        }
    }

    #[tokio::test]
    async fn a_broker_without_our_queues_and_one_that_is_away_are_found() {
        let url = std::env::var("AMQP_URL").expect("AMQP_URL is not set: run tests/run");
        assert_eq!(codes(&broker("never-declared", &url).await), ["TOPOLOGY"; 5]);
        assert_eq!(codes(&broker("xianjie", "amqp://u:p@127.0.0.1:1/x").await), ["BROKER_AWAY"; 5]);
        let file = "amqp://{room}@127.0.0.1:1/x?password_file=/no/such/{room}";
        let found = broker("xianjie", file).await;
        assert!(found[0].en.contains("/no/such/intake"), "{found:?}");
    }

    #[tokio::test]
    async fn a_room_that_is_away_and_a_name_that_is_no_room_are_found() {
        let away = "http://127.0.0.1:1".parse::<Uri>().expect("an address");
        let found = peers(&[("review".to_owned(), away.clone()), ("kitchen".to_owned(), away)]).await;
        assert_eq!(codes(&found), ["ROOM_AWAY", "PEER_UNKNOWN", "ROOM_AWAY"]);
    }

    #[tokio::test]
    async fn a_treasury_that_is_missing_away_or_simulated_is_found() {
        assert_eq!(codes(&treasury(None).await), ["TREASURY_UNSET"]);
        assert_eq!(codes(&treasury(Some("http://127.0.0.1:1")).await), ["TREASURY_AWAY"]);
        let simulated = SimulatedTreasury::bind("127.0.0.1:0".parse().expect("an address")).await.expect("it serves");
        let address = format!("http://{}", simulated.address());
        assert_eq!(codes(&treasury(Some(&address)).await), ["TREASURY_SIMULATED"]);
        simulated.stop().await;
    }
}
