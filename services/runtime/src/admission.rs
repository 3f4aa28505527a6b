//! How many requests may be under way: whoever comes when all places are taken is told at once to come later.
//!
//! It stands at the socket only. Nobody waits for a place, so that two processes that call each other can't lock up; a
//! room that calls its neighbour in the same process needs none.

use std::{
    convert::Infallible,
    sync::Arc,
    task::{Context, Poll},
};

use futures::future::Either;
use http::{HeaderMap, Request, Response};
use opentelemetry::metrics::Counter;
use tokio::sync::Semaphore;
use tower::{Layer, Service};

use crate::{BoxFuture, status};

/// The methods that need a place; health and reflection are to answer when all else is refused.
const OURS: &str = "/xianjie.";

/// Puts an [`Admission`] before a service.
#[derive(Clone)]
pub(crate) struct AdmissionLayer {
    places: Arc<Semaphore>,
    shed: Counter<u64>,
    /// The refusal's headers, made once: whoever is overloaded has no time to write them anew for each.
    refusal: Arc<HeaderMap>,
}

impl AdmissionLayer {
    /// A layer with so many places, shared by all that it is put before.
    pub(crate) fn new(places: usize) -> Self {
        let shed = opentelemetry::global::meter("xianjie")
            .u64_counter("xianjie.rpc.shed")
            .with_description("Requests refused because too many were under way.")
            .build();
        let refusal = status::overloaded().into_http::<()>().into_parts().0.headers;
        Self { places: Arc::new(Semaphore::new(places)), shed, refusal: Arc::new(refusal) }
    }
}

impl<S> Layer<S> for AdmissionLayer {
    type Service = Admission<S>;
    fn layer(&self, inner: S) -> Admission<S> {
        Admission { inner, layer: self.clone() }
    }
}

/// See [`AdmissionLayer`].
#[derive(Clone)]
pub(crate) struct Admission<S> {
    inner: S,
    layer: AdmissionLayer,
}

impl<S, B, R> Service<Request<B>> for Admission<S>
where
    S: Service<Request<B>, Response = Response<R>, Error = Infallible>,
    S::Future: Send + 'static,
    R: Default + Send + 'static,
{
    type Response = Response<R>;
    type Error = Infallible;
    type Future = Either<S::Future, BoxFuture<'static, Result<Response<R>, Infallible>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        if !request.uri().path().starts_with(OURS) {
            return Either::Left(self.inner.call(request));
        }
        let Ok(place) = self.layer.places.clone().try_acquire_owned() else {
            self.layer.shed.add(1, &[]);
            let mut refused = Response::new(R::default());
            refused.headers_mut().clone_from(&self.layer.refusal);
            return Either::Right(Box::pin(std::future::ready(Ok(refused))));
        };
        let answer = self.inner.call(request);
        Either::Right(Box::pin(async move {
            // A caller that goes away drops this, and so gives its place back.
            let _place = place;
            answer.await
        }))
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::Notify;
    use tonic::{Code, Status};
    use tonic_types::StatusExt as _;
    use tower::{ServiceExt as _, service_fn};

    use super::*;

    fn request(path: &str) -> Request<()> {
        Request::builder().uri(path).body(()).expect("a request")
    }

    fn code(response: &Response<()>) -> Code {
        Status::from_header_map(response.headers()).map_or(Code::Ok, |status| status.code())
    }

    #[tokio::test]
    async fn who_finds_no_place_is_told_at_once_to_come_later() {
        let gate = Arc::new(Notify::new());
        let inner = {
            let gate = gate.clone();
            service_fn(move |request: Request<()>| {
                let gate = gate.clone();
                async move {
                    if request.uri().path().ends_with("/Slow") {
                        gate.notified().await;
                    }
                    Ok::<_, Infallible>(Response::new(()))
                }
            })
        };
        let service = AdmissionLayer::new(1).layer(inner);
        let slow = tokio::spawn(service.clone().oneshot(request("/xianjie.test.v1.Test/Slow")));
        // The only place is taken once the slow request has begun.
        while service.layer.places.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let shed = service.clone().oneshot(request("/xianjie.test.v1.Test/Quick")).await.expect("an answer");
        let status = Status::from_header_map(shed.headers()).expect("a status");
        assert_eq!(status.code(), Code::ResourceExhausted);
        let details = status.get_error_details();
        assert_eq!(details.error_info().expect("a code").reason, "OVERLOADED");
        assert!(details.retry_info().expect("when to come again").retry_delay.is_some());
        let health = service.clone().oneshot(request("/grpc.health.v1.Health/Check")).await.expect("an answer");
        assert_eq!(code(&health), Code::Ok);

        gate.notify_one();
        assert_eq!(code(&slow.await.expect("no panic").expect("an answer")), Code::Ok);
        let next = service.oneshot(request("/xianjie.test.v1.Test/Quick")).await.expect("an answer");
        assert_eq!(code(&next), Code::Ok);
    }

    #[tokio::test]
    async fn a_caller_that_goes_away_gives_its_place_back() {
        let inner = service_fn(|_: Request<()>| std::future::pending::<Result<Response<()>, Infallible>>());
        let service = AdmissionLayer::new(1).layer(inner);
        let mut calling = service.clone();
        let gone = calling.call(request("/xianjie.test.v1.Test/Slow"));
        assert_eq!(service.layer.places.available_permits(), 0);
        drop(gone);
        assert_eq!(service.layer.places.available_permits(), 1);
    }
}
