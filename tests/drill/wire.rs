//! The drivers' wire to a room: every call is noted before it is sent and after its answer.
//!
//! A call whose fate is unknown (time-out, reset, UNAVAILABLE) is sent again, byte for byte and so with the same
//! `request_id`, until an answer comes. A token that has run out is renewed, as a page would sign its person in again.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{HeaderMap, request::Parts};
use http_body_util::{BodyExt as _, Full};
use tonic::{
    Code, Status,
    body::Body,
    transport::{Channel, Endpoint, Error},
};
use tower::{Service, ServiceExt as _};

use crate::history::{self, History, Operation, Outcome};

/// How long one attempt may take.
const ATTEMPT: Duration = Duration::from_secs(8);

/// How long an answer is waited for in all, over all attempts.
const PATIENCE: Duration = Duration::from_secs(180);

/// A connection to a room.
#[derive(Clone)]
pub struct Wire {
    channel: Channel,
    history: Arc<History>,
}

/// A wire that connects when it is first needed.
pub fn open(endpoint: Endpoint) -> Wire {
    let endpoint = endpoint.connect_timeout(Duration::from_secs(2));
    Wire { channel: endpoint.connect_lazy(), history: history::of_this_run() }
}

/// The same, as a cast takes it.
pub fn noting(endpoint: Endpoint) -> play::wire::Wire {
    play::wire::Wire::new(open(endpoint))
}

/// What came back, whole.
struct Answer {
    parts: http::response::Parts,
    body: Bytes,
    trailers: Option<HeaderMap>,
}

impl Service<http::Request<Body>> for Wire {
    type Response = http::Response<Body>;
    /// Never: what fails is an answer, too.
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let wire = self.clone();
        Box::pin(async move { Ok(wire.carry(request).await) })
    }
}

impl Wire {
    async fn carry(self, request: http::Request<Body>) -> http::Response<Body> {
        let (mut parts, body) = request.into_parts();
        let body = match body.collect().await {
            Ok(collected) => collected.to_bytes(),
            Err(status) => return status.into_http(),
        };
        self.history.freshen(&mut parts);
        let operation = self.history.begin(&parts, &body);
        let began = Instant::now();
        let mut pause = Duration::from_millis(50);
        loop {
            let sent = Instant::now();
            let unknown = match self.attempt(&parts, &body).await {
                Err(reason) => reason,
                Ok(answer) => match self.judge(&mut parts, &answer, began).await {
                    Verdict::Answered(outcome) => {
                        if let (Outcome::Ok(reply), true) = (&outcome, parts.uri.path().ends_with("/SignIn")) {
                            let again = SigningIn { wire: self.clone(), parts: parts.clone(), body: body.clone() };
                            self.history.signed_in(reply, again);
                        }
                        self.history.answered(operation, &parts, outcome, sent);
                        return answer.into_response();
                    }
                    Verdict::Renewed => continue,
                    Verdict::Unknown(reason) => reason,
                },
            };
            self.history.unknown(operation, &unknown);
            if began.elapsed() > PATIENCE {
                self.history.stuck(parts.uri.path(), &unknown);
                return Status::deadline_exceeded(format!("no answer within {PATIENCE:?}: {unknown}")).into_http();
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(1));
        }
    }

    /// Sends an operation of the past once more: the same bytes, followed by `change`, which may alter them.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn repeat(&self, operation: &Operation, change: &[u8]) -> Result<(Status, Bytes), String> {
        let mut framed = operation.body.to_vec();
        framed.extend_from_slice(change);
        let length = u32::try_from(framed.len() - 5).map_err(|error| error.to_string())?;
        framed[1..5].copy_from_slice(&length.to_be_bytes());
        let mut request = http::Request::post(format!("http://room{}", operation.path))
            .header("content-type", "application/grpc")
            .header("te", "trailers");
        if let Some(token) = self.history.token_of(&operation.person) {
            request = request.header(http::header::AUTHORIZATION, token);
        }
        let (mut parts, ()) = request.body(()).map_err(|error| error.to_string())?.into_parts();
        let body = framed.into();
        let mut answer = self.attempt(&parts, &body).await?;
        if answer.status().code() == Code::Unauthenticated && self.renew(&mut parts).await {
            answer = self.attempt(&parts, &body).await?;
        }
        Ok((answer.status(), answer.body))
    }

    async fn attempt(&self, parts: &Parts, body: &Bytes) -> Result<Answer, String> {
        let request = http::Request::from_parts(parts.clone(), Body::new(Full::new(body.clone())));
        let attempt = async {
            let mut channel = self.channel.clone();
            let ready = channel.ready().await.map_err(|error| error.to_string())?;
            let (parts, body) = ready.call(request).await.map_err(|error| error.to_string())?.into_parts();
            let collected = body.collect().await.map_err(|status| status.to_string())?;
            let trailers = collected.trailers().cloned();
            Ok(Answer { parts, body: collected.to_bytes(), trailers })
        };
        tokio::time::timeout(ATTEMPT, attempt)
            .await
            .unwrap_or_else(|_late| Err(format!("no answer within {ATTEMPT:?}")))
    }

    async fn judge(&self, parts: &mut Parts, answer: &Answer, began: Instant) -> Verdict {
        let status = answer.status();
        match status.code() {
            Code::Ok => Verdict::Answered(Outcome::Ok(answer.body.clone())),
            Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled | Code::Unknown | Code::ResourceExhausted => {
                Verdict::Unknown(status.message().to_owned())
            }
            // A fault of the program, whatever follows.
            Code::Internal => {
                self.history.internal(parts.uri.path(), status.message());
                Verdict::Unknown(status.message().to_owned())
            }
            Code::Unauthenticated if began.elapsed() < PATIENCE && self.renew(parts).await => Verdict::Renewed,
            _ => Verdict::Answered(Outcome::Refused { code: status.code(), message: status.message().to_owned() }),
        }
    }

    /// Signs the person of a token in again. `false`: nobody that this run signed in.
    async fn renew(&self, parts: &mut Parts) -> bool {
        let Some(signing_in) = self.history.sign_in_of(parts) else { return false };
        match signing_in.wire.attempt(&signing_in.parts, &signing_in.body).await {
            Ok(answer) if answer.status().code() == Code::Ok => {
                self.history.signed_in(&answer.body, signing_in);
                self.history.freshen(parts);
            }
            // The directory is away, too: the old token is tried again after a pause, and this once more.
            Ok(_) | Err(_) => tokio::time::sleep(Duration::from_millis(200)).await,
        }
        true
    }
}

/// A sign-in that can be repeated.
#[derive(Clone)]
pub struct SigningIn {
    wire: Wire,
    parts: Parts,
    body: Bytes,
}

enum Verdict {
    Answered(Outcome),
    Renewed,
    Unknown(String),
}

impl Answer {
    fn status(&self) -> Status {
        let said = Status::from_header_map(&self.parts.headers)
            .or_else(|| self.trailers.as_ref().and_then(Status::from_header_map));
        said.unwrap_or_else(|| Status::unknown("the answer has no status"))
    }

    fn into_response(self) -> http::Response<Body> {
        let body = Full::new(self.body).with_trailers(std::future::ready(self.trailers.map(Ok)));
        http::Response::from_parts(self.parts, Body::new(body))
    }
}
