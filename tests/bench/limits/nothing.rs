//! gRPC calls to a server that does nothing: what no rpc can beat. The server is a process of its own.
//!
//! It speaks the treasury's contract, whose requests can have any size, and answers each order as it came.

use std::{
    net::SocketAddr,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::Context as _;
use play::servers::free_port;
use play::timings::Timings;
use proto::treasury::v1::{
    GetOrderRequest, Order, PayRequest,
    treasury_service_client::TreasuryServiceClient,
    treasury_service_server::{TreasuryService, TreasuryServiceServer},
};
use serde_json::json;
use tonic::{
    Request, Response, Status,
    transport::{Channel, Endpoint, Server},
};

use crate::figures::Figures;

struct Nothing;

#[tonic::async_trait]
impl TreasuryService for Nothing {
    async fn pay(&self, request: Request<PayRequest>) -> Result<Response<Order>, Status> {
        let PayRequest { payment_id, amount_fen, purpose, .. } = request.into_inner();
        Ok(Response::new(Order { payment_id, amount_fen, reason: purpose, ..Order::default() }))
    }

    async fn get_order(&self, _: Request<GetOrderRequest>) -> Result<Response<Order>, Status> {
        Ok(Response::new(Order::default()))
    }
}

/// Serves on this address, until the process ends.
///
/// # Errors
/// When it can't be served on.
pub async fn serve(listen: SocketAddr) -> anyhow::Result<()> {
    Ok(Server::builder().tcp_nodelay(true).add_service(TreasuryServiceServer::new(Nothing)).serve(listen).await?)
}

/// The server's process.
pub struct Process {
    child: Child,
    address: String,
}

impl Process {
    /// Starts it.
    ///
    /// # Errors
    /// When it can't be started.
    pub fn start() -> anyhow::Result<Self> {
        let listen = format!("127.0.0.1:{}", free_port());
        let mut command = Command::new(std::env::current_exe()?);
        let child =
            command.args(["nothing", &listen]).stdin(Stdio::null()).spawn().context("a server can't be started")?;
        Ok(Self { child, address: format!("http://{listen}") })
    }

    /// Calls over so many connections with so many in flight on each.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn calls(
        &self,
        connections: usize,
        in_flight: usize,
        bytes: usize,
        for_time: Duration,
    ) -> anyhow::Result<Figures> {
        let mut channels = Vec::new();
        for _ in 0..connections {
            channels.push(self.connect().await?);
        }
        let began = Instant::now();
        let callers = channels.iter().cycle().take(connections * in_flight);
        let calling: Vec<_> =
            callers.map(|channel| tokio::spawn(call(channel.clone(), bytes, began + for_time))).collect();
        let mut timings = Timings::default();
        for one in calling {
            timings.add(one.await??);
        }
        let seconds = began.elapsed().as_secs_f64();
        let mut figures = Figures::new();
        figures.insert("connections".into(), json!(connections));
        figures.insert("in_flight".into(), json!(connections * in_flight));
        figures.insert("bytes".into(), json!(bytes));
        figures.insert("per_s".into(), json!((timings.count("call") as f64 / seconds).round()));
        timings.quantiles("call", &mut figures);
        Ok(figures)
    }

    /// The server may only just be starting.
    async fn connect(&self) -> anyhow::Result<Channel> {
        let endpoint = Endpoint::from_shared(self.address.clone())?.tcp_nodelay(true);
        let began = Instant::now();
        loop {
            match endpoint.connect().await {
                Ok(channel) => return Ok(channel),
                Err(error) if began.elapsed() > Duration::from_secs(10) => return Err(error.into()),
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }

    /// Ends it.
    ///
    /// # Errors
    /// When it can't be ended.
    pub fn stop(mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Err(error) = self.child.kill().and_then(|()| self.child.wait()) {
            play::say(format_args!("process {} could not be stopped: {error}", self.child.id()));
        }
    }
}

async fn call(channel: Channel, bytes: usize, until: Instant) -> anyhow::Result<Timings> {
    let mut client = TreasuryServiceClient::new(channel);
    let request = PayRequest { payment_id: "limit".into(), purpose: "x".repeat(bytes), ..PayRequest::default() };
    let mut timings = Timings::default();
    while Instant::now() < until {
        let began = Instant::now();
        client.pay(request.clone()).await?;
        timings.since("call", began);
    }
    Ok(timings)
}
