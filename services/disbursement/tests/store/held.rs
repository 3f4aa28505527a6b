//! Orders of a project that is suspended: what was not sent is held, what was sent is followed to its end (C22, C27).

use std::sync::atomic::Ordering;

use disbursement::domain::{
    Project,
    project::{self, command::Suspended},
};
use kernel::SuspensionStep;
use proto::disbursement::v1::PaymentState;

use crate::support::{Behaviour, house::House};

/// What intake says of the project's suspension, as this room hears it.
async fn hear(house: &House, step: SuspensionStep) {
    let heard =
        project::Command::HearSuspension(Suspended { number: 1, pooled: true, step, acts: kernel::Duties::default() });
    let project = house.project.parse().expect("a UUID");
    house.context.journal.advance::<Project>(project, heard).await.expect("it is heard");
}

#[tokio::test]
async fn c22_an_order_not_sent_is_held_while_its_project_is_suspended_and_sent_with_its_number_after() {
    let house = House::open(Behaviour::Pay).await;
    let payment = house.instruct().await;
    hear(&house, SuspensionStep::Begin { reason: "立案核查".into() }).await;
    house.work().await;
    house.work().await;
    assert_eq!((house.times_sent(), house.payment().await.state()), (0, PaymentState::Instructed));
    hear(&house, SuspensionStep::End { days: 0 }).await;
    house.work().await;
    assert_eq!(house.payment().await.state(), PaymentState::Settled);
    let orders: Vec<String> =
        house.treasury.orders.lock().expect("no panic").iter().map(|order| order.payment_id.clone()).collect();
    assert_eq!((house.times_sent(), orders), (1, vec![payment.to_string()]));
}

#[tokio::test]
async fn c27_intake_is_asked_before_an_order_goes_out() {
    let house = House::open(Behaviour::Pay).await;
    house.instruct().await;
    house.intake.suspended.store(true, Ordering::SeqCst);
    house.work().await;
    assert_eq!(house.times_sent(), 0, "intake knows of a suspension that is not heard here yet");
    house.intake.suspended.store(false, Ordering::SeqCst);
    house.work().await;
    assert_eq!((house.times_sent(), house.paid().await), (1, 36_000_000));
}

#[tokio::test]
async fn c22_an_order_that_was_sent_is_followed_to_its_end() {
    let house = House::open(Behaviour::PayInSilence).await;
    house.instruct().await;
    house.work().await;
    hear(&house, SuspensionStep::Begin { reason: "立案核查".into() }).await;
    house.work().await;
    assert_eq!((house.payment().await.state(), house.times_sent()), (PaymentState::Settled, 1));
}

#[tokio::test]
async fn c22_an_order_that_never_arrived_is_not_sent_again_while_its_project_is_suspended() {
    let house = House::open(Behaviour::Lose).await;
    house.instruct().await;
    house.work().await;
    assert_eq!(house.payment().await.state(), PaymentState::Unknown);
    let sent = house.times_sent();
    house.treasury.behave(Behaviour::Pay);
    hear(&house, SuspensionStep::Begin { reason: "立案核查".into() }).await;
    house.work().await;
    assert_eq!((house.times_sent(), house.payment().await.state()), (sent, PaymentState::Unknown));
    hear(&house, SuspensionStep::End { days: 0 }).await;
    house.work().await;
    assert_eq!((house.times_sent(), house.payment().await.state()), (sent + 1, PaymentState::Settled));
}
