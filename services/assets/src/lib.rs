//! The room `assets`: what was built, accepted (竣工验收) and put into the register in the village's name (资产确权登记).
//!
//! ```text
//!  ContractSigned ─▶ CONSTRUCTION ─village reports─▶ COMPLETION_REPORTED ─township checks─▶ TOWNSHIP_CHECKED
//!                                                                                                 │ county accepts
//!                    ASSET_REGISTERED ◀─township registers, values add up─ ACCEPTED ◀────────────┘
//!                          └─▶ AssetRegistered: the final payment may go    └─▶ AcceptancePassed
//!  FinalAccountFixed: the amount that they add up to; before it they may be PROVISIONALLY_REGISTERED, which opens nothing
//!  ProjectSuspended: nothing is checked, accepted or registered;  ProjectResumed: as it was
//! ```
//! Each step is another person's: village, township, county, and the one who accepted may not register.
//! Start with [`domain`]; `machine` binds it to the runtime. What comes in stands in `grpc` and `subscribe`, read by `convert`;
//! what goes out in `publish`; SQL in `store` alone.

pub mod domain;
pub mod grpc;

mod convert;
mod machine;
mod publish;
mod store;
pub mod subscribe;

use proto::{
    assets::v1::asset_service_server::AssetServiceServer,
    common::v1::act_service_server::ActServiceServer,
    disbursement::v1::{ContractSigned, FinalAccountFixed},
    intake::v1::{ProjectResumed, ProjectSuspended},
};
use runtime::{Context, Room, Service, Subscription, acts::Acts, migrations};
use translation::act;

use domain::Project;

/// The room.
#[must_use]
pub fn service() -> Service {
    Service::new(
        "assets",
        migrations![
            "1000_assets.sql",
            "1001_audit_suspension_photographs.sql",
            "1020_readers.sql",
            "1030_asset_filters.sql",
        ],
        start,
    )
    .keeps::<Project>()
}

async fn start(context: Context) -> anyhow::Result<Room> {
    Ok(Room::new()
        .serve(AssetServiceServer::new(grpc::Assets::new(context.clone())))
        .serve_peers(ActServiceServer::new(Acts::new(context.clone(), Project::duties, act::to_message)))
        .on(Subscription::new::<Project, ContractSigned>(&context, subscribe::contract_signed))
        .on(Subscription::new::<Project, FinalAccountFixed>(&context, subscribe::final_account_fixed))
        .on(Subscription::new::<Project, ProjectSuspended>(&context, subscribe::project_suspended))
        .on(Subscription::new::<Project, ProjectResumed>(&context, subscribe::project_resumed))
        .watched(grpc::watched))
}
