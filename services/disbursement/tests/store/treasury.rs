//! The chain of a payment through the rpcs and the cashier, with a treasury that pays, refuses, is silent or loses orders.
//!
//! However it behaves, an order is paid once and the books balance.

use std::sync::Arc;

use disbursement::{pay::Cashier, store};
use kernel::{Actor, PersonId};
use proto::disbursement::v1::{self as own, PaymentState, disbursement_service_server::DisbursementService as _};
use time::Duration;
use tonic::Code;
use tonic_types::StatusExt as _;
use uuid::Uuid;

use crate::support::{
    Behaviour, actor, by, collective,
    house::{House, reason},
    releaser, reviewer,
};

#[tokio::test]
async fn a_prompt_treasury_pays_once() {
    let house = House::open(Behaviour::Pay).await;
    house.instruct().await;
    house.work().await;
    house.work().await;
    let payment = house.payment().await;
    assert_eq!((payment.state(), payment.treasury_ref.as_str()), (PaymentState::Settled, "ZF-1"));
    assert_eq!((house.paid().await, house.times_sent()), (36_000_000, 1));
    assert_eq!(
        (payment.requested_by.as_str(), payment.reviewed_by.as_str(), payment.released_by.as_str()),
        ("col", "rev", "rel")
    );
}

#[tokio::test]
async fn c34_a_payment_names_whom_each_stood_in_for() {
    let house = House::open(Behaviour::Pay).await;
    let standing_in = |actor: Actor, for_whom: &str| Actor { on_behalf_of: Some(PersonId(for_whom.into())), ..actor };
    let ask = house.advance(36_000_000, "F1");
    let asked = house.money.request_payment(by(standing_in(collective(), "absent-1"), ask)).await.expect("asked");
    let payment: Uuid = asked.into_inner().payments[0].payment_id.parse().expect("a UUID");
    house.complete(payment, "PAYMENT_REVIEW", standing_in(reviewer(), "absent-2")).await.expect("reviewed");
    house.complete(payment, "PAYMENT_RELEASE", standing_in(releaser(), "absent-3")).await.expect("released");
    let payment = house.payment().await;
    let (asked, reviewed, released) = (payment.requested_by, payment.reviewed_by, payment.released_by);
    assert_eq!([&asked, &reviewed, &released], ["col", "rev", "rel"]);
    let (asked, reviewed) = (payment.requested_on_behalf_of, payment.reviewed_on_behalf_of);
    assert_eq!([&asked, &reviewed, &payment.released_on_behalf_of], ["absent-1", "absent-2", "absent-3"]);
}

#[tokio::test]
async fn a_refusal_frees_the_money() {
    let house = House::open(Behaviour::Refuse).await;
    house.instruct().await;
    house.work().await;
    let payment = house.payment().await;
    assert_eq!((payment.state(), payment.reason.as_str()), (PaymentState::Failed, "账户已销户"));
    assert_eq!(house.paid().await, 0);
    house.money.request_payment(by(collective(), house.advance(36_000_000, "F1"))).await.expect("asked again");
}

#[tokio::test]
async fn silence_is_asked_about_and_never_sent_again() {
    let house = House::open(Behaviour::PayInSilence).await;
    house.instruct().await;
    house.work().await;
    assert_eq!(house.payment().await.state(), PaymentState::Unknown);
    house.work().await;
    assert_eq!(house.payment().await.state(), PaymentState::Settled);
    assert_eq!((house.paid().await, house.times_sent()), (36_000_000, 1));
}

#[tokio::test]
async fn a_lost_order_is_asked_about_and_then_sent_under_the_same_id() {
    let house = House::open(Behaviour::Lose).await;
    let id = house.instruct().await;
    house.work().await;
    assert_eq!(house.payment().await.state(), PaymentState::Unknown);
    house.treasury.behave(Behaviour::Pay);
    house.work().await;
    assert_eq!(house.payment().await.state(), PaymentState::Settled);
    let orders = house.treasury.orders.lock().expect("no test panicked here").clone();
    assert_eq!(orders.iter().map(|order| order.payment_id.clone()).collect::<Vec<_>>(), [id.to_string()]);
    assert_eq!(house.paid().await, 36_000_000);
}

#[tokio::test]
async fn a_slow_treasury_is_asked_until_it_has_paid() {
    let house = House::open(Behaviour::Wait).await;
    house.instruct().await;
    house.work().await;
    house.work().await;
    assert_eq!(house.payment().await.state(), PaymentState::Instructed);
    house.treasury.pay_all();
    house.work().await;
    assert_eq!(house.payment().await.state(), PaymentState::Settled);
    assert_eq!((house.paid().await, house.times_sent()), (36_000_000, 1));
}

#[tokio::test]
async fn a_worker_that_died_after_sending_pays_nothing_twice() {
    let house = House::open(Behaviour::Pay).await;
    house.instruct().await;
    // It took the order and sent it, and was killed before it could record the answer.
    let now = house.context.clock.now();
    let order = store::orders::lease(&house.context.pool, now, now + Duration::MINUTE, 8).await.expect("leased")[0];
    let sent = proto::treasury::v1::PayRequest {
        payment_id: order.payment_id.to_string(),
        amount_fen: 36_000_000,
        ..Default::default()
    };
    proto::treasury::v1::treasury_service_server::TreasuryService::pay(&house.treasury, tonic::Request::new(sent))
        .await
        .expect("paid");
    house.context.clock.advance(Duration::minutes(2));
    house.work().await;
    assert_eq!(house.payment().await.state(), PaymentState::Settled);
    assert_eq!((house.paid().await, house.times_sent()), (36_000_000, 1));
}

#[tokio::test]
async fn without_a_treasury_payments_wait() {
    let house = House::open(Behaviour::Pay).await;
    house.instruct().await;
    let mut context = house.context.clone();
    context.treasury = None;
    let idle = Arc::new(Cashier::new(context).expect("no address is no fault"));
    assert!(!idle.run().await.expect("the store answers"));
    assert_eq!(house.payment().await.state(), PaymentState::Instructed);
}

#[tokio::test]
async fn the_rpcs_refuse_with_code_and_figures_and_record_it() {
    let house = House::open(Behaviour::Pay).await;
    let refused = house
        .money
        .request_payment(by(collective(), house.advance(36_000_001, "F1")))
        .await
        .expect_err("a fen too much");
    let info = refused.get_details_error_info().expect("details");
    assert_eq!((refused.code(), info.reason.as_str()), (Code::FailedPrecondition, "ADVANCE_CAP"));
    assert_eq!((info.metadata["actual"].as_str(), info.metadata["limit"].as_str()), ("360000.01", "360000.00"));

    let elsewhere = actor("x", kernel::Role::VillageCollective, "430921129202-COL");
    let read = own::GetProjectRequest { project_id: house.project.clone() };
    let refused = house.money.get_project(by(elsewhere.clone(), read)).await.expect_err("another village's");
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::PermissionDenied, "SCOPE"));
    let listed =
        house.money.list_projects(by(elsewhere.clone(), own::ListProjectsRequest::default())).await.expect("listed");
    assert_eq!(listed.into_inner().projects, []);
    let refused = house
        .money
        .list_indicators(by(elsewhere.clone(), own::ListIndicatorsRequest::default()))
        .await
        .expect_err("county's");
    assert_eq!(reason(&refused), "SCOPE");
    let year = own::GetIndicatorBalancesRequest { fiscal_year: 2022 };
    let refused = house.money.get_indicator_balances(by(elsewhere, year)).await.expect_err("county's");
    assert_eq!(reason(&refused), "SCOPE");

    let mut stale = house.advance(100, "F2");
    stale.etag = "1".into();
    let refused = house.money.request_payment(by(collective(), stale)).await.expect_err("an old version");
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Aborted, "STALE_VERSION"));

    let recorded: i64 =
        sqlx::query_scalar("select count(*) from refusals").fetch_one(&house.context.pool).await.expect("counted");
    assert_eq!(recorded, 5);
}

#[tokio::test]
async fn the_same_request_gets_the_same_answer() {
    let house = House::open(Behaviour::Pay).await;
    let asked = house.advance(36_000_000, "F1");
    let first = house.money.request_payment(by(collective(), asked.clone())).await.expect("asked").into_inner();
    let again = house.money.request_payment(by(collective(), asked.clone())).await.expect("asked").into_inner();
    assert_eq!(first, again);
    assert_eq!(
        first.contract.and_then(|contract| contract.payee).map(|payee| payee.number).as_deref(),
        Some("****1234")
    );
    let other = own::RequestPaymentRequest { amount_fen: 1, ..asked };
    let refused =
        house.money.request_payment(by(collective(), other)).await.expect_err("the same key, another request");
    assert_eq!(reason(&refused), "REQUEST_ID_REUSED");
}
