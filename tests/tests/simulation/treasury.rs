//! The treasury and the cashier: orders go out, answers come back or don't, and no money moves twice.
//!
//! The cashier follows `disbursement::pay` step by step; what is recorded is decided by the real machine.

use std::collections::BTreeMap;

use disbursement::domain::{
    PaymentStage, Project,
    project::{Command, command::Answer},
};
use time::Duration;
use uuid::Uuid;

use crate::{flaws::Flaw, shell, store::Store, village, world::World};

/// What the treasury has done under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    Paid(String),
    Failed,
}

#[derive(Debug, Default)]
pub struct Treasury {
    /// By the key that it was told.
    pub orders: BTreeMap<Uuid, (Uuid, Fate)>,
}

/// What the cashier hears.
enum Reply {
    Said(Fate),
    NeverArrived,
    Silence,
    /// It was not sent.
    Held,
}

/// A worker that brings orders to the treasury, for ever.
pub async fn cashier(world: World) {
    loop {
        world.until(|store: &Store| store.books.orders.values().map(|order| order.due).min()).await;
        let now = world.now();
        let taken = {
            let mut store = world.store_mut();
            store.books.orders.iter_mut().find(|(_, order)| order.due <= now).map(|(payment, order)| {
                order.attempts += 1;
                order.due = now + Duration::seconds(30);
                (*payment, order.project, order.attempts)
            })
        };
        let Some((payment, project, attempts)) = taken else { continue };
        world.boundary("an order is leased").await;
        take(&world, payment, project, attempts).await;
    }
}

async fn take(world: &World, payment: Uuid, project: Uuid, attempts: u32) {
    let stage = {
        let store = world.store();
        let file = store.money.state(project).and_then(Project::money).expect("an order's project is known");
        file.payments[&payment].stage.clone()
    };
    if !matches!(stage, PaymentStage::Instructed | PaymentStage::Unknown { .. }) {
        return;
    }
    let may_have_been_sent = attempts > 1 || matches!(stage, PaymentStage::Unknown { .. });
    let answer = match bring(world, (project, payment), may_have_been_sent).await {
        Reply::Held => return hold(world, payment, may_have_been_sent),
        Reply::Said(Fate::Paid(treasury_ref)) => Answer::Paid { treasury_ref },
        Reply::Said(Fate::Failed) => Answer::Failed { reason: "账户状态异常".into() },
        Reply::NeverArrived | Reply::Silence => Answer::Unknown { reason: "no answer".into() },
    };
    let uncertain = matches!(answer, Answer::Unknown { .. });
    let command = Command::RecordAnswer { payment, answer, at: world.now() };
    if shell::advance::<Project>(world, project, command).await.is_err() {
        world.violated(format_args!("what became of payment {payment} can't be recorded"));
    }
    if uncertain {
        let until = world.now() + Duration::seconds(1);
        if let Some(order) = world.store_mut().books.orders.get_mut(&payment) {
            order.due = until;
        }
    }
}

/// An order that did not go out waits; one that never went out is as fresh as before.
fn hold(world: &World, payment: Uuid, may_have_been_sent: bool) {
    let until = world.now() + Duration::seconds(60);
    if let Some(order) = world.store_mut().books.orders.get_mut(&payment) {
        order.due = until;
        order.attempts -= u32::from(!may_have_been_sent);
    }
}

/// Whether nothing may be paid for the project: as this room has heard, or as intake says.
fn is_suspended(store: &Store, project: Uuid) -> bool {
    let here = store.money.state(project).and_then(Project::money);
    here.is_some_and(|file| file.suspensions.standing().is_some())
        || village::file(store, project).is_some_and(|file| file.suspension.is_some())
}

/// Asks about an order that may have been sent; sends one that was not, or that never arrived, unless its project is
/// suspended.
async fn bring(world: &World, (project, payment): (Uuid, Uuid), may_have_been_sent: bool) -> Reply {
    let mut key = payment;
    if may_have_been_sent && world.has(Flaw::OrderUnderNewKey) {
        key = world.id();
    } else if may_have_been_sent {
        world.boundary("the treasury is asked").await;
        let known = world.store().treasury.orders.get(&key).map(|(_, fate)| fate.clone());
        match known {
            _ if world.fault(4) => return Reply::Silence,
            Some(fate) => return Reply::Said(fate),
            None => {}
        }
    }
    world.boundary("intake is asked").await;
    if is_suspended(&world.store(), project) {
        return Reply::Held;
    }
    world.boundary("the order goes out").await;
    if world.fault(4) {
        return Reply::NeverArrived;
    }
    let fresh = if world.one_in(6) { Fate::Failed } else { Fate::Paid(format!("ZF-{}", key.simple())) };
    let fate = world.store_mut().treasury.orders.entry(key).or_insert((payment, fresh)).1.clone();
    world.boundary("the treasury has done it").await;
    if world.fault(4) { Reply::Silence } else { Reply::Said(fate) }
}
