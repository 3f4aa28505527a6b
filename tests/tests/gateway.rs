//! The gateway: what is public is served, what rooms ask each other is not, and a demo's clock is named in every answer.

use std::collections::BTreeSet;

use bytes::Bytes;
use prost::Message as _;
use prost_types::FileDescriptorSet;
use proto::directory::v1::{SignInRequest, session_service_client::SessionServiceClient};
use tests::{house::TestHouse, wire};
use tonic::{
    Code,
    transport::{Channel, Endpoint},
};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use xianjie::{commands::gateway, demo::PASSWORD, house::ROOMS};

async fn channel(address: std::net::SocketAddr) -> Channel {
    Endpoint::from_shared(format!("http://{address}")).expect("an address").connect().await.expect("it answers")
}

async fn before(house: &TestHouse) -> runtime::gateway::Running {
    let uri: tonic::transport::Uri = format!("http://{}", house.rooms.address()).parse().expect("an address");
    let peers: Vec<_> = ROOMS.iter().map(|room| ((*room).to_owned(), uri.clone())).collect();
    let public = gateway::public(&peers).expect("every room has an address");
    runtime::gateway::start("127.0.0.1:0".parse().expect("an address"), public, 8, Some(proto::DESCRIPTORS))
        .await
        .expect("the gateway starts")
}

/// Whoever adds a service says in the gateway's list whether it is for everyone.
#[tokio::test(flavor = "multi_thread")]
async fn the_gateway_s_list_is_what_all_rooms_together_serve_to_everyone() {
    let house = TestHouse::open().await;
    let mut health = HealthClient::new(channel(house.rooms.address()).await);
    let mut served = BTreeSet::new();
    let set = FileDescriptorSet::decode(proto::DESCRIPTORS).expect("our own descriptors");
    for file in &set.file {
        for service in &file.service {
            let service = format!("{}.{}", file.package(), service.name());
            if health.check(HealthCheckRequest { service: service.clone() }).await.is_ok() {
                served.insert(service);
            }
        }
    }
    let listed = gateway::PUBLIC.iter().map(|(service, _)| service).chain(&gateway::SHARED);
    let listed: BTreeSet<String> = listed.map(|service| (*service).to_owned()).collect();
    assert_eq!(served, listed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_signs_in_through_the_gateway_and_no_room_is_asked_as_another_room() {
    let house = TestHouse::open().await;
    let gateway = before(&house).await;
    let channel = channel(gateway.address()).await;

    let account = house.pack.persons[0].account.clone();
    let request = SignInRequest { account, password: PASSWORD.into(), on_behalf_of: String::new() };
    let answer = SessionServiceClient::new(channel.clone()).sign_in(request).await.expect("signed in");
    assert!(answer.metadata().contains_key("xianjie-demo-clock"), "a clock that is moved is named in every answer");

    for closed in [
        "/xianjie.inbox.v1.TaskSource/Complete",
        "/xianjie.intake.v1.StandingService/GetStanding",
        "/xianjie.disbursement.v1.PoolService/ReleaseProject",
        "/xianjie.treasury.v1.SimulationService/ListOrders",
        "/no.such.Service/Method",
    ] {
        let refused = wire::call(&channel, closed, "", Bytes::new()).await.expect_err("not served here");
        assert_eq!(refused.code(), Code::Unimplemented, "{closed}");
    }
    let stranger = wire::call(&channel, "/xianjie.inbox.v1.TaskService/ListTasks", "", Bytes::new()).await;
    assert_eq!(stranger.expect_err("no token").code(), Code::Unauthenticated, "the room decides who may");
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_that_is_away_is_unavailable_and_found_again() {
    let house = TestHouse::open().await;
    let gateway = before(&house).await;
    let channel = channel(gateway.address()).await;
    house.rooms.stop().await;
    let away = wire::call(&channel, "/xianjie.directory.v1.SessionService/GetJwks", "", Bytes::new()).await;
    assert_eq!(away.expect_err("nobody is there").code(), Code::Unavailable);
    gateway.stop().await;
}
