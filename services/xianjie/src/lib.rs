//! The one binary as a library: which rooms there are, and how a process of some of them is started.
//!
//! `xianjie run` serves rooms; `xianjie demo` plays one project through them; the tests start them with a moved clock.

#![warn(clippy::print_stdout, clippy::print_stderr, reason = "they panic when nobody reads: `output` says it")]

pub mod commands;
pub mod demo;
pub mod doctor;
pub mod embedded_postgres;
pub mod house;
pub mod output;

/// Rooms allocate much and briefly, on several threads at once.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The version of this program.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
