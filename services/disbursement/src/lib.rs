//! The room `disbursement` (资金): money of a project from the pool to the audited final account.
//!
//! Three machines: an indicator (指标) is entered by one person and confirmed by another; a plan (年度实施计划) goes
//! `PROPOSED → APPROVED → NOTICE → EFFECTIVE`; a project's money goes
//! `POOLED → FUNDED → CONTRACTED → ACCEPTED → FINAL_ACCOUNT`, and each of its payments
//! `REQUESTED → REVIEWED → INSTRUCTED → SETTLED`, with `REFUSED`, `FAILED` and `UNKNOWN` on the way.
//! While intake says that a project is suspended every person's step is `SUSPENDED`, and an order that has not gone to the
//! treasury is held; what has left the pool gets no plan, money or contract. What may leave it is decided here, in the step
//! that a plan or a funding would lose the race to. Funding moves money in the double-entry ledger from an indicator to a
//! project; an instruction holds it, the treasury's answer posts or frees it. The rules stand in [`domain`], one to a file;
//! `machine` binds them to the runtime; the treasury is called by [`pay`] alone.

mod convert;
pub mod domain;
pub mod grpc;
mod machine;
mod measures;
pub mod pay;
mod publish;
pub mod store;
pub mod subscribe;
mod treasury;

use std::{sync::Arc, time::Duration};

use proto::{
    assets::v1::{AcceptancePassed, AssetRegistered, CompletionReported},
    common::v1::act_service_server::ActServiceServer,
    disbursement::v1::{
        disbursement_service_server::DisbursementServiceServer, pool_service_server::PoolServiceServer,
    },
    inbox::v1::task_source_server::TaskSourceServer,
    intake::v1::{
        PoolProjectPrioritised, PoolProjectRolled, ProjectPooled, ProjectResumed, ProjectSuspended, ProjectUnpooled,
    },
};
use runtime::{Context, Room, Service, Subscription, Worker, acts::Acts, calendar, migrations};
use tokio::sync::Notify;
use translation::act;

use crate::domain::{Project, project::Command};

/// How often a worker looks for orders that nobody woke it for.
const POLL: Duration = Duration::from_secs(1);

/// The room.
#[must_use]
pub fn service() -> Service {
    Service::new(
        "disbursement",
        migrations![
            "1000_disbursement.sql",
            "1001_suspended.sql",
            "1002_books.sql",
            "1003_gates.sql",
            "1004_issuers.sql",
            "1020_readers.sql",
            "1021_recount.sql",
            "1030_plans.sql",
        ],
        start,
    )
    .keeps::<domain::Indicator>()
    .keeps::<domain::Plan>()
    .keeps::<Project>()
}

async fn start(context: Context) -> anyhow::Result<Room> {
    let instructed = Arc::new(Notify::new());
    let cashier = Arc::new(pay::Cashier::new(context.clone())?);
    let recounts = context.clone();
    let money = grpc::Disbursement::new(context.clone(), instructed.clone());
    Ok(Room::new()
        .serve(DisbursementServiceServer::new(money.clone()))
        .serve_peers(ActServiceServer::new(Acts::new(context.clone(), Project::duties, act::to_message)))
        .serve_peers(PoolServiceServer::new(money.clone()))
        .serve_peers(TaskSourceServer::new(money))
        .on(Subscription::new::<Project, ProjectPooled>(&context, subscribe::project_pooled))
        .on(Subscription::new::<Project, ProjectSuspended>(&context, subscribe::project_suspended))
        .on(Subscription::new::<Project, ProjectResumed>(&context, subscribe::project_resumed))
        .on(Subscription::new::<Project, ProjectUnpooled>(&context, subscribe::project_unpooled))
        .on(Subscription::new::<Project, PoolProjectPrioritised>(&context, subscribe::project_prioritised))
        .on(Subscription::new::<Project, PoolProjectRolled>(&context, subscribe::project_rolled))
        .on(Subscription::new::<Project, CompletionReported>(&context, subscribe::completion_reported))
        .on(Subscription::new::<Project, AcceptancePassed>(&context, subscribe::acceptance_passed))
        .on(Subscription::new::<Project, AssetRegistered>(&context, subscribe::asset_registered))
        .watched(store::watched)
        .work(Worker::new("recount", Arc::new(Notify::new()), calendar::RECOUNT, move || recount(recounts.clone())))
        .work(measures::payments(&context))
        .work(measures::proof(&context))
        .work(Worker::new("treasury", instructed, POLL, move || cashier.clone().run())))
}

async fn recount(context: Context) -> anyhow::Result<bool> {
    calendar::recount::<Project, _>(&context, store::provisional, |pack| Command::RecountDues { pack }).await
}
