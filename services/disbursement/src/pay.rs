//! The cashier (出纳): takes instructed payments to the treasury, outside any transaction, and records what it says.
//!
//! Invariant: a payment that may have been sent is asked about before it is sent again, and always under its own id; nothing
//! is sent while its project is suspended, here or in intake, which is asked first. What is recorded is the project machine's
//! decision, so a worker that wakes up late records nothing twice.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::Context as _;
use proto::{
    intake::v1::{GetStandingRequest, standing_service_client::StandingServiceClient},
    treasury::v1::PayRequest,
};
use runtime::Context;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::{
    domain::{
        Money, Payment, PaymentStage, Project,
        project::{Command, command::Answer},
    },
    store::orders::{self, Order},
    treasury::{Reply, Treasury},
};

/// The room that suspends projects.
const INTAKE: &str = "intake";
/// Orders taken at a time.
const BATCH: i64 = 8;
/// How long a worker has an order: two calls with their deadlines, and time to record.
const LEASE: Duration = Duration::from_secs(30);
/// Pause before an order is asked about again; doubled each time.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The worker that pays.
pub struct Cashier {
    context: Context,
    treasury: Option<Treasury>,
    warned: AtomicBool,
}

impl Cashier {
    /// A worker; without a treasury's address it lets payments wait.
    ///
    /// # Errors
    /// When the treasury's address is none.
    pub fn new(context: Context) -> anyhow::Result<Self> {
        let treasury = context.treasury.as_deref().map(Treasury::at).transpose()?;
        Ok(Self { context, treasury, warned: AtomicBool::new(false) })
    }

    /// Takes what is due; whether there was anything.
    ///
    /// # Errors
    /// When the store fails; the leases end by themselves.
    pub async fn run(self: Arc<Self>) -> anyhow::Result<bool> {
        let Some(treasury) = self.treasury.clone() else {
            self.warn_once().await?;
            return Ok(false);
        };
        let now = self.context.clock.now();
        let orders = orders::lease(&self.context.pool, now, now + LEASE, BATCH).await?;
        let found = !orders.is_empty();
        let mut paying = JoinSet::new();
        for order in orders {
            let (cashier, treasury) = (self.clone(), treasury.clone());
            paying.spawn(async move { cashier.take(&treasury, order).await });
        }
        // One order's trouble is not the others': all are finished before the first fault is said.
        let mut outcome = Ok(found);
        while let Some(done) = paying.join_next().await {
            if let Err(fault) = done.context("paying was cut short").flatten() {
                outcome = outcome.and(Err(fault));
            }
        }
        outcome
    }

    async fn warn_once(&self) -> anyhow::Result<()> {
        if self.warned.load(Ordering::Relaxed) {
            return Ok(());
        }
        let waiting = orders::waiting(&self.context.pool).await?;
        if waiting > 0 {
            self.warned.store(true, Ordering::Relaxed);
            tracing::warn!(waiting, "instructed payments wait: no treasury is set (--treasury or XIANJIE_TREASURY)");
        }
        Ok(())
    }

    #[tracing::instrument(name = "disbursement.pay", skip_all, fields(payment.id = %order.payment_id, project.id = %order.project_id))]
    async fn take(&self, treasury: &Treasury, order: Order) -> anyhow::Result<()> {
        let project =
            self.context.journal.load::<Project>(order.project_id).await?.context("an order without its project")?;
        let money = project.state.money().context("an order of a project that was never pooled")?;
        let payment = money.payments.get(&order.payment_id).context("an order without its payment")?;
        if !payment.is_held() {
            // Another worker was faster: what became of it is recorded already, and the order with it.
            return Ok(());
        }
        let may_have_been_sent = order.attempts > 1 || matches!(payment.stage, PaymentStage::Unknown { .. });
        let known = match may_have_been_sent {
            true => treasury.ask(payment.id, payment.request.amount.fen()).await,
            false => Reply::NeverArrived,
        };
        let reply = match known {
            Reply::NeverArrived => match self.held_back(money, order.project_id).await {
                Some(pause) => return self.hold(order, pause, may_have_been_sent).await,
                None => treasury.pay(order_of(money, payment)).await,
            },
            answer @ (Reply::Paid { .. } | Reply::Failed { .. } | Reply::Pending | Reply::Unclear { .. }) => answer,
        };
        let answer = match reply {
            Reply::Paid { treasury_ref } => Answer::Paid { treasury_ref },
            Reply::Failed { reason } => Answer::Failed { reason },
            Reply::Unclear { reason } => Answer::Unknown { reason },
            Reply::NeverArrived => Answer::Unknown { reason: "the order never arrived".to_owned() },
            // It is there and will be paid or refused: ask again.
            Reply::Pending => return self.put_off(order).await,
        };
        self.record(order, answer).await
    }

    /// For how long nothing may be sent for this project, if so: it is suspended, or intake can't say that it is not.
    async fn held_back(&self, money: &Money, project: Uuid) -> Option<Duration> {
        if money.suspensions.standing().is_some() {
            return Some(LONGEST_PAUSE);
        }
        match self.suspended_at_intake(project).await {
            Ok(false) => None,
            Ok(true) => Some(LONGEST_PAUSE),
            Err(error) => {
                tracing::warn!(error = format!("{error:#}"), "intake can't be asked: the order waits");
                Some(FIRST_PAUSE)
            }
        }
    }

    async fn suspended_at_intake(&self, project: Uuid) -> anyhow::Result<bool> {
        let intake = self.context.peers.get(INTAKE).context("no peer is named intake")?;
        let asked = GetStandingRequest { project_id: project.to_string() };
        Ok(StandingServiceClient::new(intake).get_standing(asked).await?.into_inner().suspended)
    }

    /// Its money stays held, and its number stays its own. One that never went out is as fresh as before.
    async fn hold(&self, order: Order, pause: Duration, may_have_been_sent: bool) -> anyhow::Result<()> {
        tracing::info!(pause_ms = pause.as_millis(), "the order is held");
        let until = self.context.clock.now() + pause;
        if may_have_been_sent {
            Ok(orders::put_off(&self.context.pool, order.payment_id, until).await?)
        } else {
            Ok(orders::hold(&self.context.pool, order.payment_id, until).await?)
        }
    }

    async fn record(&self, order: Order, answer: Answer) -> anyhow::Result<()> {
        let unknown = matches!(answer, Answer::Unknown { .. });
        tracing::info!(answer = ?answer, attempt = order.attempts, "treasury answered");
        let command = Command::RecordAnswer { payment: order.payment_id, answer, at: self.context.clock.now() };
        self.context.journal.advance::<Project>(order.project_id, command).await?;
        if unknown { self.put_off(order).await } else { Ok(()) }
    }

    async fn put_off(&self, order: Order) -> anyhow::Result<()> {
        let until = self.context.clock.now() + pause(order.attempts);
        Ok(orders::put_off(&self.context.pool, order.payment_id, until).await?)
    }
}

fn order_of(money: &Money, payment: &Payment) -> PayRequest {
    let request = &payment.request;
    let charge = money.stage.funding().and_then(|funding| funding.charge(request.indicator));
    PayRequest {
        payment_id: payment.id.to_string(),
        amount_fen: request.amount.fen(),
        payee_holder: request.payee.holder.clone(),
        payee_bank: request.payee.bank.clone(),
        payee_number: request.payee.number.clone(),
        purpose: format!("{} {}", money.pooled.title, request.payment_type.zh()),
        indicator_document_no: charge.map(|charge| charge.document_no.clone()).unwrap_or_default(),
    }
}

fn pause(attempts: i32) -> Duration {
    let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or(0).min(10);
    FIRST_PAUSE.saturating_mul(1 << doublings).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_minute() {
        let pauses: Vec<u128> = [1, 2, 3, 8, 100].map(|attempts| pause(attempts).as_millis()).into();
        assert_eq!(pauses, [500, 1_000, 2_000, 60_000, 60_000]);
    }
}
