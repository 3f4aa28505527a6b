//! A door before the house: lets each request through, and before the first ones of each method tries its variants.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex, MutexGuard},
};

use axum::{Router, extract::State};
use bytes::{BufMut as _, Bytes, BytesMut};
use http::{Request, Response};
use http_body_util::BodyExt as _;
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, MethodDescriptor, Value};
use tests::wire;
use tokio::net::TcpListener;
use tonic::{
    Code,
    transport::{Channel, Endpoint},
};
use tonic_types::StatusExt as _;
use tower::ServiceExt as _;
use uuid::Uuid;

use super::{limits, verdict};

/// All our contracts.
pub static CONTRACTS: LazyLock<DescriptorPool> =
    LazyLock::new(|| DescriptorPool::decode(proto::DESCRIPTORS).expect("our own contracts"));

/// Requests of one method whose variants are tried; the decisions of the three kinds of desk are the first.
const OF_ONE_METHOD: usize = 1;
const DECISIONS: usize = 5;

/// Bytes before a message: whether it is compressed, and its length.
const PREFIX: usize = 5;

/// A request that went through.
#[derive(Clone)]
pub struct Passed {
    /// The method.
    pub method: String,
    /// Whose token it had.
    pub authorization: String,
    /// The request.
    pub body: Bytes,
}

/// See the module.
#[derive(Clone)]
pub struct Door {
    /// The house behind it.
    pub house: Channel,
    address: std::net::SocketAddr,
    notes: Arc<Mutex<Notes>>,
}

#[derive(Default)]
struct Notes {
    passed: Vec<Passed>,
    tried: HashMap<String, usize>,
    findings: Vec<String>,
    answers: usize,
}

impl Door {
    /// Opens a door before the house at this address.
    pub async fn open(house: &str) -> Self {
        let house = Endpoint::from_shared(house.to_owned()).expect("an address").connect_lazy();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let door = Self { house, address, notes: Arc::default() };
        let router = Router::new().fallback(pass).with_state(door.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.expect("the door stands") });
        door
    }

    /// Where it is.
    pub fn address(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What was found wrong so far.
    pub fn findings(&self) -> Vec<String> {
        self.notes().findings.clone()
    }

    /// What went through.
    pub fn requests(&self) -> Vec<Passed> {
        self.notes().passed.clone()
    }

    /// How many variants were answered.
    pub fn tried(&self) -> usize {
        self.notes().answers
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().expect("no panic")
    }

    fn found(&self, what: String) {
        self.notes().findings.push(what);
    }

    /// Tries all variants of a request that is about to go through.
    async fn try_variants(&self, request: &Passed) {
        let method = method(&request.method).expect("one of our methods");
        let message =
            DynamicMessage::decode(method.input(), request.body.clone()).expect("the story's requests are sound");
        let named = message.has_field_by_name("request_id");
        for variant in limits::variants(&message) {
            let body =
                if named && variant.field != "request_id" { renamed(&method, variant.body) } else { variant.body };
            let answer = wire::call(&self.house, &request.method, &request.authorization, body).await;
            self.notes().answers += 1;
            let what = format!("{} with {} = {}", request.method, variant.field, variant.value);
            match answer {
                // Nothing hangs on a field that only narrows what is read.
                Ok(_) if !named => {}
                Ok(_) => self.found(format!("{what} was accepted")),
                Err(status) => {
                    if let Some(fault) = verdict::fault(&status) {
                        self.found(format!("{what} {fault}"));
                    }
                    let whole =
                        status.get_error_details().error_info().is_some_and(|info| info.reason == "REQUEST_TOO_LARGE");
                    if status.code() == Code::InvalidArgument && !whole && !verdict::names(&status, &variant.field) {
                        self.found(format!("{what}: the field is not named: {}", status.message()));
                    }
                }
            }
        }
    }

    /// The same key with another body is refused, whatever the method.
    async fn try_replay(&self, request: &Passed) {
        let method = method(&request.method).expect("one of our methods");
        let mut message = DynamicMessage::decode(method.input(), request.body.clone()).expect("sound");
        if !message.has_field_by_name("request_id") {
            return;
        }
        // A field that every such request has beside its key, in a form that is well.
        let other =
            method.input().fields().map(|field| field.name().to_owned()).find_map(|field| match field.as_str() {
                "etag" => Some((field, Value::String("987654321".into()))),
                "title" | "document_no" => Some((field, Value::String("另一份".into()))),
                "fencing_token" => Some((field, Value::I64(987_654_321))),
                _ => None,
            });
        let Some((field, value)) = other else { return };
        message.set_field_by_name(&field, value);
        let answer =
            wire::call(&self.house, &request.method, &request.authorization, message.encode_to_vec().into()).await;
        let reused = matches!(&answer, Err(status)
            if status.get_error_details().error_info().is_some_and(|info| info.reason == "REQUEST_ID_REUSED"));
        if !reused {
            self.found(format!("{} with another {field} under the same key: {answer:?}", request.method));
        }
    }
}

/// The method of a path, when it is one of ours.
pub fn method(path: &str) -> Option<MethodDescriptor> {
    let (service, name) = path.strip_prefix('/')?.split_once('/')?;
    CONTRACTS.get_service_by_name(service)?.methods().find(|method| method.name() == name)
}

/// The request under a key of its own.
fn renamed(method: &MethodDescriptor, body: Bytes) -> Bytes {
    let mut message = DynamicMessage::decode(method.input(), body).expect("we wrote it ourselves");
    message.set_field_by_name("request_id", Value::String(Uuid::now_v7().to_string()));
    message.encode_to_vec().into()
}

async fn pass(State(door): State<Door>, request: Request<axum::body::Body>) -> Response<axum::body::Body> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.expect("the story sends whole requests").to_bytes();
    let path = parts.uri.path().to_owned();
    let authorization = parts.headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let passing = Passed { method: path.clone(), authorization: authorization.to_owned(), body: body.slice(PREFIX..) };
    let turn = {
        let mut notes = door.notes();
        let turn = notes.tried.entry(path.clone()).or_default();
        *turn += 1;
        *turn
    };
    let most = if path.ends_with("/CompleteTask") { DECISIONS } else { OF_ONE_METHOD };
    // A sign-in that fails five times locks the account.
    let tried = turn <= most && !path.contains("SessionService");
    if tried {
        door.try_variants(&passing).await;
    }
    let answer =
        door.house.clone().oneshot(Request::from_parts(parts, tonic::body::Body::new(framed(&passing.body)))).await;
    let answer = answer.expect("the house answers");
    door.notes().passed.push(passing.clone());
    // An answer without a status in its head went well.
    if tried && !answer.headers().contains_key("grpc-status") {
        door.try_replay(&passing).await;
    }
    answer.map(axum::body::Body::new)
}

fn framed(message: &Bytes) -> http_body_util::Full<Bytes> {
    let mut frame = BytesMut::with_capacity(PREFIX + message.len());
    frame.put_u8(0);
    frame.put_u32(u32::try_from(message.len()).expect("less than 4 GB"));
    frame.put_slice(message);
    http_body_util::Full::new(frame.freeze())
}
