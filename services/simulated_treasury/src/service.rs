//! The rpcs of the treasury port, and those that make it misbehave.
//!
//! A silence is kept until the caller gives up: its deadline, its connection, or this server's end.

use std::time::Duration;

use proto::treasury::v1::{
    Behaviour, GetOrderRequest, ListOrdersRequest, ListOrdersResponse, Order, PayRequest, SetBehaviourRequest,
    SetBehaviourResponse, simulation_service_server::SimulationService, treasury_service_server::TreasuryService,
};
use tokio::{sync::watch, time::Instant};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::{
    Shared,
    book::{Answer, OtherContent, Treatment},
};

/// Both services, on one book.
#[derive(Clone)]
pub(crate) struct Treasury {
    book: Shared,
    stopped: watch::Receiver<bool>,
}

impl Treasury {
    /// Services on this book, until told to stop.
    pub(crate) fn new(book: Shared, stopped: watch::Receiver<bool>) -> Self {
        Self { book, stopped }
    }
}

/// Resolves when the server is told to stop, or nobody is left to tell it.
pub(crate) async fn told(mut stopped: watch::Receiver<bool>) {
    // An error means that the sender is gone: that, too, is the end.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

#[tonic::async_trait]
impl TreasuryService for Treasury {
    async fn pay(&self, request: Request<PayRequest>) -> Result<Response<Order>, Status> {
        let request = request.into_inner();
        let id = payment_id(&request.payment_id)?;
        if request.amount_fen <= 0 {
            return Err(Status::invalid_argument("amount_fen must be more than zero"));
        }
        let answer = self.book.open().take(id, request, Instant::now());
        match answer {
            Ok(Answer::Said(order)) => Ok(Response::new(order)),
            Ok(Answer::Silence) => {
                told(self.stopped.clone()).await;
                Err(Status::unavailable("the simulated treasury stops"))
            }
            Err(OtherContent) => Err(Status::failed_precondition("payment_id is known with other content")),
        }
    }

    async fn get_order(&self, request: Request<GetOrderRequest>) -> Result<Response<Order>, Status> {
        let id = payment_id(&request.into_inner().payment_id)?;
        let found = self.book.open().find(id, Instant::now());
        found.map(Response::new).ok_or_else(|| Status::not_found("no such order has arrived"))
    }
}

#[tonic::async_trait]
impl SimulationService for Treasury {
    async fn set_behaviour(
        &self,
        request: Request<SetBehaviourRequest>,
    ) -> Result<Response<SetBehaviourResponse>, Status> {
        let treatment = treatment(&request.into_inner())?;
        self.book.open().treat(treatment);
        tracing::info!(behaviour = treatment.behaviour.as_str_name(), "the simulated treasury will behave so");
        Ok(Response::new(SetBehaviourResponse {}))
    }

    async fn list_orders(&self, _request: Request<ListOrdersRequest>) -> Result<Response<ListOrdersResponse>, Status> {
        let orders = self.book.open().orders(Instant::now());
        Ok(Response::new(ListOrdersResponse { orders }))
    }
}

fn payment_id(text: &str) -> Result<Uuid, Status> {
    Uuid::parse_str(text).map_err(|_| Status::invalid_argument("payment_id must be a UUID"))
}

fn treatment(request: &SetBehaviourRequest) -> Result<Treatment, Status> {
    let behaviour = request.behaviour();
    if behaviour == Behaviour::Unspecified {
        return Err(Status::invalid_argument("behaviour must be said"));
    }
    let orders = u32::try_from(request.orders).map_err(|_| Status::invalid_argument("orders must not be negative"))?;
    let delay =
        u64::try_from(request.delay_ms).map_err(|_| Status::invalid_argument("delay_ms must not be negative"))?;
    Ok(Treatment { behaviour, orders_left: (orders > 0).then_some(orders), delay: Duration::from_millis(delay) })
}
