//! What tests of several rooms share: a house of all rooms, processes that can be killed, a collector of traces.
//!
//! Start with [`house::TestHouse`]. The servers come from `tests/run` (`DATABASE_URL`, `AMQP_URL`). What bench and drill
//! use as well is in [`play`].

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

pub use play::{members, pack_folder, root};
