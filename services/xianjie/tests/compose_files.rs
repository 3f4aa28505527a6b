//! The compose files as data, held to what every container must be: no docker is needed to see a rule broken.
#![allow(clippy::unwrap_used, reason = "a test that can't go on fails here")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde_yaml_ng::{Value, value::TaggedValue};
use xianjie::house::ROOMS;

/// Images that are public; ours is built from the one Dockerfile.
const PUBLIC: [&str; 6] = [
    "postgres:17",
    "rabbitmq:4-management",
    "otel/opentelemetry-collector:0.131.0",
    "prom/prometheus:v3.5.0",
    "jaegertracing/jaeger:2.15.0",
    "grafana/grafana:12.1.1",
];

/// Images that hold nothing which could ask after their health.
const BARE: [&str; 2] = ["collector", "jaeger"];

/// Users that are not root: ours, and those of public images.
const USERS: [&str; 6] = ["65532:65532", "postgres", "rabbitmq", "10001:10001", "65534:65534", "472:0"];

/// One-shots have no health: they end.
const ONE_SHOTS: [&str; 6] = ["operator", "logins", "migrate", "demo-logins", "demo-migrate", "demo"];

fn deploy() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../deploy")
}

fn read(path: &Path) -> Value {
    let mut file: Value = serde_yaml_ng::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    // What is merged may itself merge: once for each level that we have.
    for _ in 0..4 {
        file.apply_merge().unwrap();
    }
    untagged(file)
}

/// Without `!override` and `!reset`, which say how two values are merged and not what they are.
fn untagged(value: Value) -> Value {
    match value {
        Value::Tagged(tagged) => {
            let TaggedValue { value, .. } = *tagged;
            untagged(value)
        }
        Value::Sequence(list) => Value::Sequence(list.into_iter().map(untagged).collect()),
        Value::Mapping(map) => Value::Mapping(map.into_iter().map(|(key, value)| (key, untagged(value))).collect()),
        plain => plain,
    }
}

/// Every service of every included file, with what it extends laid under it, shallowly: as compose does with `!override`.
fn services() -> BTreeMap<String, Value> {
    let entry = read(&deploy().join("compose.yaml"));
    let mut found = BTreeMap::new();
    for file in entry["include"].as_sequence().unwrap() {
        let path = deploy().join(file.as_str().unwrap());
        let Some(services) = read(&path)["services"].as_mapping().cloned() else { continue };
        for (name, service) in services {
            let service = extended(&path, service);
            let twice = found.insert(name.as_str().unwrap().to_owned(), service);
            assert!(twice.is_none(), "{name:?} stands in two files");
        }
    }
    found
}

fn extended(path: &Path, service: Value) -> Value {
    let Some(extends) = service.get("extends") else { return service };
    let base_path = path.parent().unwrap().join(extends["file"].as_str().unwrap());
    let base = read(&base_path)["services"][extends["service"].as_str().unwrap()].clone();
    let mut merged = extended(&base_path, base).as_mapping().unwrap().clone();
    for (key, value) in service.as_mapping().unwrap() {
        match (merged.get_mut(key), value) {
            (Some(Value::Mapping(under)), Value::Mapping(over)) if key == "environment" => under.extend(over.clone()),
            _ => {
                merged.insert(key.clone(), value.clone());
            }
        }
    }
    Value::Mapping(merged)
}

fn strings(value: &Value) -> Vec<String> {
    value
        .as_sequence()
        .map_or_else(Vec::new, |list| list.iter().map(|one| one.as_str().unwrap_or_default().to_owned()).collect())
}

#[test]
fn every_container_is_closed_and_bounded() {
    for (name, service) in services() {
        assert_eq!(service["read_only"], true, "{name}: the root file system is read-only");
        assert_eq!(strings(&service["cap_drop"]), ["ALL"], "{name}: no capabilities");
        assert!(service.get("cap_add").is_none() && service.get("privileged").is_none(), "{name}: and none given back");
        assert_eq!(strings(&service["security_opt"]), ["no-new-privileges:true"], "{name}");
        let user = service["user"].as_str().unwrap_or_default();
        assert!(USERS.contains(&user), "{name}: not root, but {user:?}");
        assert!(service["mem_limit"].is_string() && service["pids_limit"].is_number(), "{name}: memory and processes");
        assert_eq!(service["logging"]["options"]["max-size"], "10m", "{name}: logs don't fill the disk");
        assert!(service.get("network_mode").is_none(), "{name}: its own network only");
    }
}

#[test]
fn every_server_has_a_health_check_a_restart_policy_and_time_to_drain() {
    for (name, service) in services() {
        if ONE_SHOTS.contains(&name.as_str()) {
            assert_eq!(service["restart"], "no", "{name} ends");
            continue;
        }
        let test = strings(&service["healthcheck"]["test"]);
        let bare = BARE.contains(&name.as_str());
        assert!(!bare || test.is_empty(), "{name}: {test:?}");
        assert!(bare || test.first().is_some_and(|how| how == "CMD"), "{name}: a health check without a shell");
        assert_eq!(service["restart"], "unless-stopped", "{name}");
        let grace: u64 = service["stop_grace_period"].as_str().unwrap().trim_end_matches('s').parse().unwrap();
        assert!(grace >= 30, "{name}: longer than the rooms' drain of ten seconds");
    }
}

#[test]
fn nobody_waits_by_sleeping_and_everybody_for_what_he_needs() {
    for (name, service) in services() {
        let text = serde_yaml_ng::to_string(&service).unwrap();
        assert!(!text.contains("sleep"), "{name}");
        for (needed, how) in service["depends_on"].as_mapping().into_iter().flatten() {
            let needed = needed.as_str().unwrap();
            let condition = how["condition"].as_str();
            let wanted = if ONE_SHOTS.contains(&needed) { "service_completed_successfully" } else { "service_healthy" };
            assert_eq!(condition, Some(wanted), "{name} needs {needed}");
            assert!(services().contains_key(needed), "{name} needs {needed}, which is nowhere");
        }
    }
}

#[test]
fn images_are_public_tags_or_ours() {
    for (name, service) in services() {
        let image = service["image"].as_str().unwrap();
        let ours =
            image == "xianjie:${XIANJIE_VERSION:-0.1.0}" && service["build"]["dockerfile"] == "deploy/Dockerfile";
        assert!(ours || PUBLIC.contains(&image), "{name}: {image}");
    }
    let dockerfile = fs::read_to_string(deploy().join("Dockerfile")).unwrap();
    assert!(!dockerfile.contains("# syntax="), "a frontend of its own would have to be fetched");
    assert!(dockerfile.contains("USER 65532:65532"));
}

#[test]
fn secrets_are_files_and_no_setting_holds_one() {
    let declared = read(&deploy().join("compose/secrets.yaml"))["secrets"].as_mapping().unwrap().clone();
    for (name, secret) in &declared {
        assert_eq!(secret["file"], format!("../secrets/{}", name.as_str().unwrap()));
    }
    for (name, service) in services() {
        for secret in strings(&service["secrets"]) {
            assert!(declared.contains_key(secret.as_str()), "{name}: no secret {secret}");
        }
        for (setting, value) in service["environment"].as_mapping().into_iter().flatten() {
            let (setting, value) = (setting.as_str().unwrap(), value.as_str().unwrap_or_default());
            let file = setting.ends_with("_FILE") || value.contains("password_file=/run/secrets/");
            assert!(file || !setting.to_lowercase().contains("pass"), "{name}: {setting} holds a password");
            if let Some((_, rest)) = value.split_once("://") {
                let user = rest.split_once('@').map_or("", |(user, _)| user);
                assert!(!user.contains(':'), "{name}: {setting} holds a password");
            }
        }
    }
}

#[test]
fn only_the_gateway_and_grafana_are_published_and_on_loopback_until_the_operator_says_otherwise() {
    for (name, service) in services() {
        let ports = strings(&service["ports"]);
        match name.as_str() {
            "gateway" | "small" => assert_eq!(ports, ["${XIANJIE_PUBLISH:-127.0.0.1:50051}:50051"]),
            // A port of its own: the demo stands beside a county's own rooms.
            "demo-gateway" => assert_eq!(ports, ["${XIANJIE_PUBLISH_DEMO:-127.0.0.1:50052}:50051"]),
            "grafana" => assert_eq!(ports, ["${XIANJIE_PUBLISH_GRAFANA:-127.0.0.1:3000}:3000"]),
            _ => assert!(ports.is_empty(), "{name} publishes {ports:?}"),
        }
    }
    let networks = read(&deploy().join("compose/networks.yaml"));
    assert_eq!(networks["networks"]["inside"]["internal"], true);
}

#[test]
fn every_room_is_a_service_with_its_own_logins_and_nobody_else_s() {
    let services = services();
    for room in ROOMS {
        for name in [room.to_owned(), format!("demo-{room}")] {
            let service = &services[&name];
            assert_eq!(strings(&service["command"]), ["run", room]);
            assert_eq!(strings(&service["secrets"]), [format!("database_{room}"), format!("broker_{room}")], "{name}");
        }
    }
}

#[test]
fn the_moved_clock_and_the_simulated_treasury_stand_in_the_demo_alone() {
    for (name, service) in services() {
        let profiles = strings(&service["profiles"]);
        let demo = profiles == ["demo"] || profiles == ["story"];
        let text = serde_yaml_ng::to_string(&service).unwrap();
        assert!(!profiles.is_empty(), "{name} runs only where its profile is chosen");
        for word in ["DEMO_CLOCK", "demo-clock", "simulated-treasury", "demo-treasury"] {
            assert!(demo || !text.contains(word), "{name} is no part of the demo and names {word}");
        }
        if demo {
            let networks = &service["networks"];
            let named = |network: &str| {
                strings(networks).contains(&network.to_owned())
                    || networks.as_mapping().is_some_and(|networks| networks.contains_key(network))
            };
            assert!(named("demo") && !named("inside"), "{name}: the demo's network, and never the county's");
        }
    }
}
