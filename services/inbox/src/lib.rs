//! The room `inbox`: a reviewer's task (待办), whoever raised it.
//!
//! ```text
//!  TaskRequested ─▶ READY ──claim──▶ RESERVED ──complete: the room that asked says yes──▶ COMPLETED
//!                     ▲                │   │ ▲
//!                     └───release──────┘   └─┘ claim again: the holder renews; when the lease has ended, anyone may
//!  TaskSettled ─▶ COMPLETED with its outcome and person, or OBSOLETE when nobody decided
//!  TaskSuspended ─▶ SUSPENDED: kept, and hidden from open lists;  TaskResumed ─▶ as it was, due later
//!  TaskRescheduled ─▶ due when the asking room has counted again
//! ```
//! The room knows no other room's words: titles, questions and outcomes are shown as they came. A decision is a call to
//! `TaskSource/Complete` of the room that asked, with the reviewer's own token; that room's refusal is the answer.
//! Start with [`domain`] and its machine [`domain::task`]; the call stands in [`grpc`], the live list too, and all SQL in
//! `store`, which `machine` ties to the journal.

pub mod domain;
pub mod grpc;

mod convert;
mod machine;
mod measures;
mod store;
pub mod subscribe;

use proto::inbox::v1::{
    TaskRequested, TaskRescheduled, TaskResumed, TaskSettled, TaskSuspended, task_service_server::TaskServiceServer,
};
use runtime::{Context, Room, Service, Subscription, migrations};

use domain::Task;

/// The room.
#[must_use]
pub fn service() -> Service {
    Service::new("inbox", migrations!["1000_inbox.sql", "1001_suspended.sql", "1002_open_tasks.sql"], start)
        .keeps::<Task>()
}

async fn start(context: Context) -> anyhow::Result<Room> {
    Ok(Room::new()
        .serve(TaskServiceServer::new(grpc::Tasks::new(context.clone())))
        .on(Subscription::new::<Task, TaskRequested>(&context, subscribe::task_requested))
        .on(Subscription::new::<Task, TaskSettled>(&context, subscribe::task_settled))
        .on(Subscription::new::<Task, TaskSuspended>(&context, subscribe::task_suspended))
        .on(Subscription::new::<Task, TaskResumed>(&context, subscribe::task_resumed))
        .on(Subscription::new::<Task, TaskRescheduled>(&context, subscribe::task_rescheduled))
        .watched(grpc::watched)
        .work(measures::worker(&context)))
}
