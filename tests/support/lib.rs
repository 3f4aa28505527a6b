//! What tests of several rooms share: a house of all rooms, processes that can be killed, a collector of traces.
//!
//! Start with [`house::TestHouse`]. The servers come from `tests/run` (`DATABASE_URL`, `AMQP_URL`).

pub mod calendar;
pub mod clockfile;
pub mod collector;
pub mod county;
pub mod delegation;
pub mod desk;
pub mod house;
pub mod money;
pub mod plan;
pub mod processes;
pub mod rebuilt;
pub mod scene;
pub mod serving;
mod signed;
mod site;
pub mod village;
pub mod wire;
pub mod works;
pub mod year;

use std::{path::PathBuf, sync::LazyLock};

use review::domain::members;
use runtime::options::load_pack;

/// The repository's root.
///
/// # Panics
/// When this crate does not stand below it.
#[must_use]
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate stands in the repository").to_owned()
}

/// The members of the county's leading group, as a decision of theirs names who was present: all of them.
///
/// # Panics
/// When the pack can't be read.
#[must_use]
pub fn members() -> &'static str {
    static MEMBERS: LazyLock<String> = LazyLock::new(|| {
        let pack = load_pack(&pack_folder()).expect("the pack is sound");
        members::line(members::of(&pack))
    });
    &MEMBERS
}

/// The folder of the county pack that the tests use.
#[must_use]
pub fn pack_folder() -> PathBuf {
    root().join("deploy/county/nanxian")
}
