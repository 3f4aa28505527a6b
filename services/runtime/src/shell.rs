//! What surrounds every rpc: the trace, the measure, the actor. One tower layer, the same for sockets and neighbours.

use std::{
    convert::Infallible,
    task::{Context, Poll},
    time::Instant,
};

use http::{Request, Response};
use opentelemetry::{KeyValue, metrics::Histogram};
use opentelemetry_http::HeaderExtractor;
use tonic::{Code, Status};
use tower::{Layer, Service};
use tracing::Instrument as _;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use crate::{BoxFuture, Clock, auth::Verifier, call::Method, gateway, status};

/// Methods that need no token: sign-in and its public keys, a villager's objection, health, reflection; and what a room's worker, behind whom no
/// person stands, asks another room: that is served to rooms alone, and says nothing that a person could use.
const OPEN: [&str; 6] = [
    "/xianjie.directory.v1.SessionService/",
    "/xianjie.intake.v1.StandingService/",
    "/xianjie.intake.v1.ObjectionFormService/",
    "/grpc.health.v1.Health/",
    "/grpc.reflection.v1.ServerReflection/",
    "/grpc.reflection.v1alpha.ServerReflection/",
];

/// Puts a [`Shell`] around a service.
#[derive(Clone)]
pub struct ShellLayer {
    verifier: Verifier,
    clock: Clock,
    behind_gateway: bool,
    measure: Histogram<f64>,
}

impl ShellLayer {
    /// A layer that lets pass whom this verifier knows, says aloud when the clock isn't the machine's, and believes the
    /// gateway about the caller's address where there is one.
    #[must_use]
    pub fn new(verifier: Verifier, clock: Clock, behind_gateway: bool) -> Self {
        let measure = opentelemetry::global::meter("xianjie")
            .f64_histogram("xianjie.rpc.duration")
            .with_unit("ms")
            .with_description("Time of an rpc, by method and code.")
            .build();
        Self { verifier, clock, behind_gateway, measure }
    }
}

impl<S> Layer<S> for ShellLayer {
    type Service = Shell<S>;
    fn layer(&self, inner: S) -> Shell<S> {
        Shell { inner, layer: self.clone() }
    }
}

/// See [`ShellLayer`].
#[derive(Clone)]
pub struct Shell<S> {
    inner: S,
    layer: ShellLayer,
}

impl<S, B, R> Service<Request<B>> for Shell<S>
where
    S: Service<Request<B>, Response = Response<R>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
    R: Default + Send + 'static,
{
    type Response = Response<R>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<R>, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let ready = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, ready);
        let layer = self.layer.clone();
        let method = request.uri().path().to_owned();
        let parent = opentelemetry::global::get_text_map_propagator(|propagator| {
            propagator.extract(&HeaderExtractor(request.headers()))
        });
        let span =
            tracing::info_span!("rpc", otel.name = method, otel.kind = "server", rpc.code = tracing::field::Empty);
        if span.set_parent(parent).is_err() {
            tracing::debug!("the span is not recorded, so it has no parent");
        }
        let handle = async move {
            let started = Instant::now();
            let response = match layer.admit(request, &method).await {
                Ok(request) => inner.call(request).await?,
                Err(status) => status.into_http(),
            };
            let (code, mut response) = answered(response);
            layer.clock.say(response.headers_mut());
            tracing::Span::current().record("rpc.code", tracing::field::debug(code));
            #[expect(clippy::float_arithmetic, reason = "a duration, not money")]
            let elapsed_ms = started.elapsed().as_secs_f64() * 1_000.0;
            layer
                .measure
                .record(elapsed_ms, &[KeyValue::new("method", method), KeyValue::new("code", format!("{code:?}"))]);
            Ok(response)
        };
        Box::pin(handle.instrument(span))
    }
}

/// The code of an answer, and the answer in our words.
///
/// Streams say their code in trailers, which are not known yet; they count as OK once they have begun.
fn answered<R: Default>(response: Response<R>) -> (Code, Response<R>) {
    let Some(said) = Status::from_header_map(response.headers()) else { return (Code::Ok, response) };
    match status::instead_of(&said) {
        Some(ours) => (ours.code(), ours.into_http()),
        None => (said.code(), response),
    }
}

impl ShellLayer {
    async fn admit<B>(&self, mut request: Request<B>, method: &str) -> Result<Request<B>, Status> {
        if !OPEN.iter().any(|open| method.starts_with(open)) {
            let actor = self.verifier.actor(request.headers()).await?;
            request.extensions_mut().insert(actor);
        }
        request.extensions_mut().insert(Method(method.to_owned()));
        if self.behind_gateway {
            gateway::believe(&mut request);
        }
        Ok(request)
    }
}
