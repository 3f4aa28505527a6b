//! The room `intake`: an application (项目申报) from the village's first draft to the county's project pool (项目库).
//!
//! ```text
//!  DRAFT ─▶ DELIBERATION ─▶ VILLAGE_NOTICE ─▶ TOWNSHIP_REVIEW ─▶ TOWNSHIP_NOTICE ─▶ COUNTY_REVIEW ─▶ COUNTY_NOTICE ─▶ IN_POOL
//!    ▲            │                           │    ▲       │                        │    ▲       │
//!    └ vote fails ┘                  returned │    │       └─▶ REJECTED ◀───────────┼────┼───────┘
//!                                             ▼    │ resubmitted           returned ▼    │ resubmitted
//!                                            RETURNED                              RETURNED
//! ```
//! A failed vote stays in the record. What was voted on and has changed since is proposed and voted on again, out of the
//! village's notice ([`domain::revote`]). A township's return comes back as another round there, a county's goes straight
//! back to the county. A return may name any step that is passed, the village's vote or a notice, or the township's own
//! review: that step is walked again on the way back ([`domain::way_back`]). `COUNTY_REVIEW` is the room `review`'s time: it hears `ApplicationForwarded` and answers with
//! `CaseReturned` or `CaseConcluded`. Once it has had an application, it decides a withdrawal, too, and says `CaseWithdrawn`. The township's decision comes from the inbox through `TaskSource/Complete`, and before
//! it the clerk's word that the file is complete. How far the building of a project in the pool has come, the rooms of
//! money and assets tell; whether it may leave the pool or wait another year, money decides ([`grpc`] asks it). Objections that
//! nobody answers in time are sent one level up, and corrections that do not come in time end the application, by the worker of
//! [`overdue`]; what was filed in an objection is erased by rule by that of [`erasure`].
//!
//! [`domain`] decides, and nothing else does; its head is the map of it. [`machine`] says what a step writes and tells, in the
//! words of [`store`] and [`publish`]; [`convert`] and [`subscribe`] turn the contract's words into the domain's.

pub mod domain;
pub mod grpc;
pub mod simulation;

mod convert;
mod erasure;
mod machine;
mod overdue;
mod publish;
mod store;
pub mod subscribe;

pub use erasure::run as erase_personal_data;

use std::{sync::Arc, time::Duration};

use proto::{
    assets::v1::AcceptancePassed,
    disbursement::v1::{ContractSigned, ProjectPostponed, ProjectReleased},
    inbox::v1::task_source_server::TaskSourceServer,
    intake::v1::{
        application_service_server::ApplicationServiceServer,
        objection_form_service_server::ObjectionFormServiceServer, standing_service_server::StandingServiceServer,
    },
    review::v1::{CaseConcluded, CaseReturned, CaseWithdrawn, ExpertsSeated},
};
use runtime::{Context, Room, Service, Subscription, Worker, migrations};
use tokio::sync::Notify;

use domain::Application;

/// The room.
#[must_use]
pub fn service() -> Service {
    Service::new(
        "intake",
        migrations![
            "1000_intake.sql",
            "1001_taken_back.sql",
            "1002_pool_and_objections.sql",
            "1003_duplicates.sql",
            "1004_joint_villages.sql",
            "1010_photographs.sql",
            "1011_personal_data_and_corrections.sql",
            "1020_readers.sql",
            "1021_recount.sql",
        ],
        start,
    )
    .keeps::<Application>()
}

/// How often to look for what is overdue: due times are ends of days, so that minutes don't matter.
const LOOK: Duration = Duration::from_secs(60);

/// How often to look for personal data that are old enough: their days are counted by the hundred.
const ERASE: Duration = Duration::from_secs(3600);

async fn start(context: Context) -> anyhow::Result<Room> {
    store::readers::fill(&context.pool, &context.pack).await?;
    let (watch, erase) = (context.clone(), context.clone());
    Ok(Room::new()
        .serve(ApplicationServiceServer::new(grpc::Applications::new(context.clone())))
        .serve(ObjectionFormServiceServer::new(grpc::ObjectionForm::new(context.clone())))
        .serve_peers(TaskSourceServer::new(grpc::Tasks::new(context.clone())))
        .serve_peers(StandingServiceServer::new(grpc::Standings::new(context.clone())))
        .on(Subscription::new::<Application, CaseReturned>(&context, subscribe::case_returned))
        .on(Subscription::new::<Application, CaseConcluded>(&context, subscribe::case_concluded))
        .on(Subscription::new::<Application, ExpertsSeated>(&context, subscribe::experts_seated))
        .on(Subscription::new::<Application, CaseWithdrawn>(&context, subscribe::case_withdrawn))
        .on(Subscription::new::<Application, ContractSigned>(&context, subscribe::contract_signed))
        .on(Subscription::new::<Application, ProjectReleased>(&context, subscribe::project_released))
        .on(Subscription::new::<Application, ProjectPostponed>(&context, subscribe::project_postponed))
        .on(Subscription::new::<Application, AcceptancePassed>(&context, subscribe::acceptance_passed))
        .watched(store::readers::watched)
        .work(Worker::new("overdue", Arc::new(Notify::new()), LOOK, move || overdue::run(watch.clone())))
        .work(Worker::new("erasure", Arc::new(Notify::new()), ERASE, move || erasure::run(erase.clone()))))
}
