//! The room `review`: a project's case at the county (县级审核), from the departments to the leading group's table.
//!
//! ```text
//!  ApplicationForwarded ──▶ DEPARTMENTS ──all agree──▶ LEADING_GROUP ──▶ APPROVED   says CaseConcluded
//!    (round 1)               │  ▲    │                  │         └────▶ REJECTED   says CaseConcluded
//!                any returns │  │    └─any rejects─▶ OFFICE_DECISION ──▶ REJECTED
//!                            ▼  │ round n+1           │ │
//!                          RETURNED ◀─────────────────┴─┘                           says CaseReturned, one merged list
//! ```
//! Until the leading group is asked the village may withdraw (`CaseSource/WithdrawCase`, which intake asks for it): that leads
//! to WITHDRAWN, closes the open tasks and says CaseWithdrawn, so that one of withdrawal and decision wins in both rooms. While the project is
//! suspended (`ProjectSuspended`, `ProjectResumed`) every decision is `SUSPENDED`, then the same tasks go on, due later.
//! The county pack says which departments judge a project, by its category and its content; they answer in parallel and
//! nothing moves before all have. After a correction only those are asked again who had not agreed or whose sections
//! changed. The leading group may return it to the departments alone ([`domain::way_back`]). Who is late is brought to the
//! office by the worker of [`worker::overdue`]; silence never approves, but the leading group may go on without it, by name.
//! The leading group decides case by case, or on many at a meeting ([`domain::meeting`]), whose outcomes go to each case.
//! The finance bureau agrees only while the year's indicators cover the money, which the room `disbursement` is asked for; what it
//! has vouched for is reserved until `ProjectFunded` or `ProjectUnpooled`, a rejection or a withdrawal.
//! A decision comes from the inbox through `TaskSource/Complete` with the reviewer's own token and is judged in [`domain`].
//!
//! Where to read on: [`domain`] decides; `convert`, [`subscribe`] and `publish` translate, `store` has all SQL; `machine` ties them
//! to the journal; [`grpc`] and [`worker`] are who asks.

pub mod domain;
pub mod grpc;

mod convert;
mod machine;
mod publish;
mod store;
pub mod subscribe;
pub mod worker;

use std::{sync::Arc, time::Duration};

use proto::{
    common::v1::act_service_server::ActServiceServer,
    disbursement::v1::ProjectFunded,
    inbox::v1::task_source_server::TaskSourceServer,
    intake::v1::{
        ApplicationForwarded, ApplicationWithdrawn, PoolProjectRolled, ProjectResumed, ProjectSuspended,
        ProjectUnpooled,
    },
    review::v1::{
        case_source_server::CaseSourceServer, meeting_service_server::MeetingServiceServer,
        review_service_server::ReviewServiceServer,
    },
};
use runtime::{Context, Room, Service, Subscription, Worker, acts::Acts, migrations};
use tokio::sync::Notify;
use translation::act;

use domain::{Case, Meeting};

/// The room.
#[must_use]
pub fn service() -> Service {
    Service::new(
        "review",
        migrations![
            "1000_review.sql",
            "1001_overdue.sql",
            "1002_experts.sql",
            "1003_withdrawn_and_suspended.sql",
            "1010_meetings.sql",
            "1011_case_lists.sql",
            "1020_resolutions_and_guarantees.sql",
            "1021_recount.sql",
        ],
        start,
    )
    .keeps::<Case>()
    .keeps::<Meeting>()
}

/// How often to look for what is overdue: due times are ends of days, so that minutes don't matter.
const LOOK: Duration = Duration::from_secs(60);

async fn start(context: Context) -> anyhow::Result<Room> {
    let (watched, convened) = (context.clone(), context.clone());
    let brought = grpc::Tasks::new(context.clone());
    Ok(Room::new()
        .serve(ReviewServiceServer::new(grpc::Cases::new(context.clone())))
        .serve(MeetingServiceServer::new(grpc::Meetings::new(context.clone())))
        .serve_peers(TaskSourceServer::new(brought.clone()))
        .serve_peers(CaseSourceServer::new(brought))
        .serve_peers(ActServiceServer::new(Acts::new(context.clone(), Case::duties, act::to_message)))
        .on(Subscription::new::<Case, ApplicationForwarded>(&context, subscribe::application_forwarded))
        .on(Subscription::new::<Case, ApplicationWithdrawn>(&context, subscribe::application_withdrawn))
        .on(Subscription::new::<Case, ProjectSuspended>(&context, subscribe::project_suspended))
        .on(Subscription::new::<Case, ProjectResumed>(&context, subscribe::project_resumed))
        .on(Subscription::new::<Case, ProjectFunded>(&context, subscribe::project_funded))
        .on(Subscription::new::<Case, ProjectUnpooled>(&context, subscribe::project_unpooled))
        .on(Subscription::new::<Case, PoolProjectRolled>(&context, subscribe::pool_project_rolled))
        .watched(store::lists::watched)
        .work(Worker::new("overdue", Arc::new(Notify::new()), LOOK, move || worker::overdue::run(watched.clone())))
        .work(Worker::new("meetings", Arc::new(Notify::new()), LOOK, move || worker::meetings::run(convened.clone()))))
}
