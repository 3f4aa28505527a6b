//! A county treasury (国库集中支付) that pays nothing: it stands for an outside system, so its orders are kept in memory only.
//!
//! It serves the treasury port and can be told to be slow, to fail, to swallow its answer or to lose the order. However
//! often an order is sent, and however the line behaves, its payment id names one order that is paid at most once.
//! Read on: [`book`] (what was ordered and what became of it), [`service`] (the rpcs).

mod book;
mod service;

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use anyhow::Context as _;
use proto::treasury::v1::{
    ListOrdersRequest, Order, simulation_service_client::SimulationServiceClient,
    simulation_service_server::SimulationServiceServer, treasury_service_server::TreasuryServiceServer,
};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle, time::Instant};
use tonic::transport::{Endpoint, Server, server::TcpIncoming};

use book::Book;
use service::Treasury;

/// The book that all requests share.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Book>>);

impl Shared {
    /// The book, for as long as it takes to read or write one line.
    fn open(&self) -> MutexGuard<'_, Book> {
        // A request that panicked has left whole lines only: each is written in one go.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A treasury that pays nothing.
pub struct SimulatedTreasury;

impl SimulatedTreasury {
    /// Serves on this address; port 0 takes a free one.
    ///
    /// # Errors
    /// When the address can't be bound.
    pub async fn bind(address: SocketAddr) -> anyhow::Result<Running> {
        let listener =
            TcpListener::bind(address).await.with_context(|| format!("the treasury can't listen on {address}"))?;
        let address = listener.local_addr().context("the treasury has no address")?;
        let (stop, stopped) = watch::channel(false);
        let book = Shared::default();
        let treasury = Treasury::new(book.clone(), stopped.clone());
        let (_, health) = tonic_health::server::health_reporter();
        let server = Server::builder()
            .add_service(health)
            .add_service(TreasuryServiceServer::new(treasury.clone()))
            .add_service(SimulationServiceServer::new(treasury))
            .serve_with_incoming_shutdown(TcpIncoming::from(listener).with_nodelay(Some(true)), service::told(stopped));
        tracing::info!(%address, "the simulated treasury serves");
        Ok(Running { address, book, stop, server: tokio::spawn(server) })
    }
}

/// How long the treasury may take to say what it is.
const PATIENCE: Duration = Duration::from_secs(5);

/// Makes sure that the treasury at this address is a simulated one: only that lets itself be told how to behave.
///
/// # Errors
/// When it is not, or does not answer, so that nobody knows.
pub async fn must_be_simulated(address: &str) -> anyhow::Result<()> {
    let endpoint = Endpoint::from_shared(address.to_owned()).context("it has no valid address")?;
    let channel = endpoint.connect_timeout(PATIENCE).timeout(PATIENCE).connect().await;
    let channel = channel.context("it does not answer, so it may be a real one")?;
    let asked = SimulationServiceClient::new(channel).list_orders(ListOrdersRequest {}).await;
    asked.map(drop).context("it does not say that it is simulated, so it may be a real one")
}

/// A simulated treasury that serves.
pub struct Running {
    address: SocketAddr,
    book: Shared,
    stop: watch::Sender<bool>,
    server: JoinHandle<Result<(), tonic::transport::Error>>,
}

impl Running {
    /// Where it serves.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// All orders, in order of arrival.
    #[must_use]
    pub fn orders(&self) -> Vec<Order> {
        self.book.open().orders(Instant::now())
    }

    /// Stops serving; requests that would never be answered are cut off.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        match self.server.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the simulated treasury did not end well"),
            Err(error) => tracing::warn!(%error, "the simulated treasury's server broke off"),
        }
    }
}
