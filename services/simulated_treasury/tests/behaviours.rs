//! Each behaviour of the simulated treasury, seen by a real client over a socket.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use std::time::Duration;

use proto::treasury::v1::{
    Behaviour, GetOrderRequest, ListOrdersRequest, Order, OrderState, PayRequest, SetBehaviourRequest,
    simulation_service_client::SimulationServiceClient, treasury_service_client::TreasuryServiceClient,
};
use simulated_treasury::{Running, SimulatedTreasury};
use tonic::{Code, Request, Status, transport::Channel};
use uuid::Uuid;

/// A deadline that a held request runs into; an answered one is far quicker.
const DEADLINE: Duration = Duration::from_millis(300);

struct Bench {
    running: Running,
    treasury: TreasuryServiceClient<Channel>,
    simulation: SimulationServiceClient<Channel>,
}

impl Bench {
    async fn open() -> Self {
        let running = SimulatedTreasury::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let channel = Channel::from_shared(format!("http://{}", running.address())).unwrap().connect().await.unwrap();
        let simulation = SimulationServiceClient::new(channel.clone());
        Self { running, treasury: TreasuryServiceClient::new(channel), simulation }
    }

    async fn behave(&mut self, behaviour: Behaviour, orders: i32, delay_ms: i32) {
        let request = SetBehaviourRequest { behaviour: behaviour.into(), orders, delay_ms };
        self.simulation.set_behaviour(request).await.unwrap();
    }

    async fn pay(&mut self, order: &PayRequest) -> Result<Order, Status> {
        self.treasury.pay(order.clone()).await.map(tonic::Response::into_inner)
    }

    /// Sends an order that is never answered: the client gives up at its deadline.
    async fn pay_in_vain(&mut self, order: &PayRequest) {
        let mut request = Request::new(order.clone());
        request.set_timeout(DEADLINE);
        let status = self.treasury.pay(request).await.expect_err("no answer may come");
        assert!(matches!(status.code(), Code::DeadlineExceeded | Code::Cancelled), "{status}");
    }

    async fn ask(&mut self, order: &PayRequest) -> Result<Order, Status> {
        let request = GetOrderRequest { payment_id: order.payment_id.clone() };
        self.treasury.get_order(request).await.map(tonic::Response::into_inner)
    }
}

fn order() -> PayRequest {
    PayRequest {
        payment_id: Uuid::now_v7().to_string(),
        amount_fen: 36_000_000,
        payee_holder: "南县湖乡建筑有限公司".into(),
        payee_bank: "南县农商行".into(),
        payee_number: "6222000000000001".into(),
        purpose: "预付款".into(),
        indicator_document_no: "南财农指〔2022〕1号".into(),
    }
}

#[tokio::test]
async fn a_prompt_order_is_paid_at_once_and_once_however_often_it_is_sent() {
    let mut bench = Bench::open().await;
    let order = order();
    let first = bench.pay(&order).await.unwrap();
    assert_eq!((first.state(), first.amount_fen), (OrderState::Paid, 36_000_000));
    assert!(!first.treasury_ref.is_empty());
    for _ in 0..3 {
        assert_eq!(bench.pay(&order).await.unwrap(), first);
    }
    assert_eq!(bench.ask(&order).await.unwrap(), first);
    assert_eq!(bench.running.orders(), std::slice::from_ref(&first));
    assert_eq!(bench.simulation.list_orders(ListOrdersRequest {}).await.unwrap().into_inner().orders, [first]);
}

#[tokio::test]
async fn many_senders_of_one_order_make_one_payment() {
    let bench = Bench::open().await;
    let order = order();
    let senders = (0..16).map(|_| {
        let (mut treasury, order) = (bench.treasury.clone(), order.clone());
        tokio::spawn(async move { treasury.pay(order).await.unwrap().into_inner().treasury_ref })
    });
    let mut references = Vec::new();
    for sender in senders.collect::<Vec<_>>() {
        references.push(sender.await.unwrap());
    }
    references.dedup();
    assert_eq!(references.len(), 1);
    assert_eq!(bench.running.orders().len(), 1);
}

#[tokio::test]
async fn the_same_id_with_other_content_is_refused() {
    let mut bench = Bench::open().await;
    let order = order();
    bench.pay(&order).await.unwrap();
    for other in [
        PayRequest { amount_fen: 36_000_001, ..order.clone() },
        PayRequest { payee_number: "6222000000000002".into(), ..order.clone() },
    ] {
        assert_eq!(bench.pay(&other).await.unwrap_err().code(), Code::FailedPrecondition);
    }
    assert_eq!(bench.running.orders().len(), 1);
}

#[tokio::test]
async fn a_slow_order_is_pending_and_then_paid() {
    let mut bench = Bench::open().await;
    bench.behave(Behaviour::Slow, 0, 60_000).await;
    let late = order();
    assert_eq!(bench.pay(&late).await.unwrap().state(), OrderState::Pending);
    assert_eq!(bench.ask(&late).await.unwrap().state(), OrderState::Pending);

    bench.behave(Behaviour::Slow, 0, 20).await;
    let soon = order();
    bench.pay(&soon).await.unwrap();
    let paid = async {
        while bench.ask(&soon).await.unwrap().state() != OrderState::Paid {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), paid).await.expect("paid after its delay");
}

#[tokio::test]
async fn a_failed_order_stays_failed_and_the_next_is_paid() {
    let mut bench = Bench::open().await;
    bench.behave(Behaviour::Fail, 1, 0).await;
    let (refused, next) = (order(), order());
    let answer = bench.pay(&refused).await.unwrap();
    assert_eq!(answer.state(), OrderState::Failed);
    assert!(!answer.reason.is_empty() && answer.treasury_ref.is_empty());
    assert_eq!(bench.pay(&next).await.unwrap().state(), OrderState::Paid);
    assert_eq!(bench.pay(&refused).await.unwrap().state(), OrderState::Failed);
}

#[tokio::test]
async fn an_unanswered_order_is_paid_all_the_same() {
    let mut bench = Bench::open().await;
    bench.behave(Behaviour::NoAnswer, 1, 0).await;
    let order = order();
    bench.pay_in_vain(&order).await;
    assert_eq!(bench.ask(&order).await.unwrap().state(), OrderState::Paid);
    assert_eq!(bench.pay(&order).await.unwrap().state(), OrderState::Paid);
    assert_eq!(bench.running.orders().len(), 1);
}

#[tokio::test]
async fn a_lost_order_never_arrived_and_may_be_sent_again() {
    let mut bench = Bench::open().await;
    bench.behave(Behaviour::Lost, 1, 0).await;
    let order = order();
    bench.pay_in_vain(&order).await;
    assert_eq!(bench.ask(&order).await.unwrap_err().code(), Code::NotFound);
    assert!(bench.running.orders().is_empty());
    assert_eq!(bench.pay(&order).await.unwrap().state(), OrderState::Paid);
}

#[tokio::test]
async fn stopping_cuts_off_what_is_held() {
    let mut bench = Bench::open().await;
    bench.behave(Behaviour::NoAnswer, 0, 0).await;
    let (mut treasury, sent) = (bench.treasury.clone(), order());
    let held = tokio::spawn(treasury_pay(treasury.clone(), sent.clone()));
    let taken =
        async { while treasury.get_order(GetOrderRequest { payment_id: sent.payment_id.clone() }).await.is_err() {} };
    tokio::time::timeout(Duration::from_secs(10), taken).await.expect("taken");
    tokio::time::timeout(Duration::from_secs(10), bench.running.stop()).await.expect("it stops");
    assert_eq!(held.await.unwrap().unwrap_err().code(), Code::Unavailable);
}

async fn treasury_pay(mut treasury: TreasuryServiceClient<Channel>, order: PayRequest) -> Result<(), Status> {
    treasury.pay(order).await.map(|_| ())
}

#[tokio::test]
async fn what_is_no_order_is_refused() {
    let mut bench = Bench::open().await;
    for bad in [
        PayRequest { payment_id: "17".into(), ..order() },
        PayRequest { amount_fen: 0, ..order() },
        PayRequest { amount_fen: -1, ..order() },
    ] {
        assert_eq!(bench.pay(&bad).await.unwrap_err().code(), Code::InvalidArgument);
    }
    let unsaid = SetBehaviourRequest { orders: 1, ..SetBehaviourRequest::default() };
    assert_eq!(bench.simulation.set_behaviour(unsaid).await.unwrap_err().code(), Code::InvalidArgument);
    assert!(bench.running.orders().is_empty());
}
