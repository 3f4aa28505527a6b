//! The room `directory`: organisations (单位), persons (人员), posts (岗位), credentials; it issues tokens.
//!
//! The county pack is the truth of who holds which post; each start brings the tables to it. A token lives half an hour
//! and says who someone is; whether that person may do a thing is decided where it is done.
//! What else the pack says (rules, categories, sources, questions, …) `ReferenceService` reads out to whoever is signed in.
//! The State Council's yearly calendar is loaded here, and told to all rooms (`CalendarYearLoaded`).
//! While somebody is away a colleague signs in on that person's behalf: the token names both.
//! Passwords are in no pack: an operator sets them with `xianjie password`, the demo and the tests set one for all.

mod convert;
mod domain;
mod grpc;
mod machine;
pub mod password;
mod store;
mod token;

use anyhow::Context as _;
use proto::directory::v1::{
    calendar_service_server::CalendarServiceServer, directory_service_server::DirectoryServiceServer,
    reference_service_server::ReferenceServiceServer, session_service_server::SessionServiceServer,
};
use runtime::{Context, Room, Service, migrations};

use domain::calendar_year::CalendarYear;

/// The room.
#[must_use]
pub fn service() -> Service {
    Service::new("directory", migrations!["1000_directory.sql", "1001_delegations.sql"], start).keeps::<CalendarYear>()
}

async fn start(context: Context) -> anyhow::Result<Room> {
    store::load_pack(&context.pool, &context.pack).await.context("the pack's persons can't be loaded")?;
    let keys = token::Keys::open(&context.pool).await.context("no signing key")?;
    Ok(Room::new()
        .serve(SessionServiceServer::new(grpc::Session::new(context.clone(), keys)))
        .serve(CalendarServiceServer::new(grpc::Calendars::new(context.clone())))
        .serve(ReferenceServiceServer::new(grpc::Reference::new(context.clone())))
        .serve(DirectoryServiceServer::new(grpc::Directory::new(context))))
}
