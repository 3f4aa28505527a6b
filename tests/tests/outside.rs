//! What a stranger finds: health, reflection, a sign-in, and a closed door everywhere else.

use kernel::Role;
use prost::Message as _;
use prost_types::FileDescriptorSet;
use proto::{
    directory::v1::{SignInRequest, session_service_client::SessionServiceClient},
    intake::v1::{Content, CreateApplicationRequest},
};
use tests::house::TestHouse;
use tonic::{
    Code, Request,
    client::Grpc,
    transport::{Channel, Endpoint},
};
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};
use tonic_prost::ProstCodec;
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
};
use tonic_types::StatusExt as _;

async fn channel(house: &TestHouse) -> Channel {
    let endpoint = Endpoint::from_shared(format!("http://{}", house.rooms.address())).expect("an address");
    endpoint.connect().await.expect("the house answers")
}

/// Full paths of all methods of our rooms.
fn methods() -> Vec<String> {
    let set = FileDescriptorSet::decode(proto::DESCRIPTORS).expect("our own descriptors");
    let mut methods = Vec::new();
    for file in set.file {
        for service in &file.service {
            let full = format!("{}.{}", file.package(), service.name());
            methods.extend(service.method.iter().map(|method| format!("/{full}/{}", method.name())));
        }
    }
    methods
}

#[tokio::test(flavor = "multi_thread")]
async fn no_rpc_is_open_but_sign_in_and_a_villager_s_objection() {
    let house = TestHouse::open().await;
    let mut grpc = Grpc::new(channel(&house).await);
    let elsewhere = [
        "/xianjie.treasury.v1.",
        "/xianjie.inbox.v1.TaskSource/",
        "/xianjie.disbursement.v1.PoolService/",
        "/xianjie.intake.v1.StandingService/",
        "/xianjie.common.v1.ActService/",
        "/xianjie.review.v1.CaseSource/",
    ];
    let open = ["/xianjie.directory.v1.SessionService/", "/xianjie.intake.v1.ObjectionFormService/"];
    let mut closed = 0;
    for method in methods().into_iter().filter(|method| !elsewhere.iter().any(|prefix| method.starts_with(prefix))) {
        grpc.ready().await.expect("the house answers");
        let path = method.parse().expect("a path");
        let answer = grpc.unary::<(), (), _>(Request::new(()), path, ProstCodec::default()).await;
        if open.iter().any(|prefix| method.starts_with(prefix)) {
            continue;
        }
        let status = answer.expect_err(&method);
        assert_eq!(status.code(), Code::Unauthenticated, "{method}: {status:?}");
        assert_eq!(status.get_error_details().error_info().expect("a code").reason, "UNAUTHENTICATED");
        closed += 1;
    }
    assert!(closed > 35, "{closed} methods were tried");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_refused_and_five_lock_the_account() {
    let house = TestHouse::open().await;
    let mut session = SessionServiceClient::new(channel(&house).await);
    let account = house.pack.persons[0].account.clone();
    for expected in [Code::Unauthenticated; 5].into_iter().chain([Code::ResourceExhausted]) {
        let wrong = SignInRequest { account: account.clone(), password: "not this one".into(), ..Default::default() };
        assert_eq!(session.sign_in(wrong).await.expect_err("wrong").code(), expected);
    }
    let nobody = SignInRequest { account: "nobody".into(), password: "x".into(), ..Default::default() };
    assert_eq!(session.sign_in(nobody).await.expect_err("nobody").code(), Code::Unauthenticated);
}

#[tokio::test(flavor = "multi_thread")]
async fn health_and_reflection_answer_without_a_token() {
    let house = TestHouse::open().await;
    let channel = channel(&house).await;
    for service in ["", "xianjie.intake.v1.ApplicationService", "xianjie.inbox.v1.TaskService"] {
        let request = HealthCheckRequest { service: service.into() };
        let answer = HealthClient::new(channel.clone()).check(request).await.expect("health answers").into_inner();
        assert_eq!(answer.status(), ServingStatus::Serving, "{service:?}");
    }
    let request = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut answers = ServerReflectionClient::new(channel)
        .server_reflection_info(tokio_stream::iter([request]))
        .await
        .expect("reflection answers")
        .into_inner();
    let answer = answers.message().await.expect("an answer").expect("one");
    let Some(MessageResponse::ListServicesResponse(list)) = answer.message_response else {
        panic!("a list of services")
    };
    let names: Vec<String> = list.service.into_iter().map(|service| service.name).collect();
    assert!(names.contains(&"xianjie.disbursement.v1.DisbursementService".to_owned()), "{names:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_can_t_be_kept_is_bad_input() {
    let house = TestHouse::open().await;
    let mut stage = house.stage().await;
    let secretary = stage.player(Role::VillageCommittee, "430921129201").await.expect("a sign-in");
    let content =
        Content { fiscal_year: 2022, title: "a\0b".into(), village: "430921129201".into(), ..Content::default() };
    let request = CreateApplicationRequest { request_id: uuid::Uuid::now_v7().to_string(), content: Some(content) };
    let status = secretary.intake.clone().create_application(request).await.expect_err("a NUL");
    assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
}
