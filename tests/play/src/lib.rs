//! What tests, bench and drill share, once: who plays one project from draft to asset, and on what.
//!
//! [`story`] is a chain, played by a [`cast`] that finds the rooms over a [`wire`]; [`servers`], [`database`] and [`broker`]
//! are what they need around them, [`county`] and [`indicators`] the county and its money, [`papers`] what people hand in.
//! [`clones`] fills tables, [`timings`] keeps how long things took. It measures nothing and breaks nothing: that is the
//! bench's and the drill's, and what a test asserts is the test's.
#![allow(clippy::float_arithmetic, reason = "durations; money stays in whole fen")]
#![warn(clippy::print_stdout, clippy::print_stderr, reason = "they panic when nobody reads: `xianjie::output` says it")]

pub mod broker;
pub mod cast;
pub mod clones;
pub mod county;
pub mod database;
pub mod indicators;
pub mod papers;
pub mod servers;
pub mod story;
pub mod timings;
pub mod wire;

use std::{
    fmt::Display,
    path::PathBuf,
    sync::{LazyLock, OnceLock},
};

use review::domain::members as group;
use runtime::options::load_pack;

/// The name under which this program speaks.
static SPEAKER: OnceLock<&str> = OnceLock::new();

/// Names the program that speaks, before it says anything. The first name stays.
pub fn speak_as(program: &'static str) {
    SPEAKER.get_or_init(|| program);
}

/// Says something to whoever waits, under the program's name.
pub fn say(words: impl Display) {
    xianjie::output::remark(format_args!("{}: {words}", SPEAKER.get().unwrap_or(&"play")));
}

/// The repository's root.
///
/// # Panics
/// When this crate does not stand below it.
#[must_use]
pub fn root() -> PathBuf {
    let crates = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    crates.ancestors().nth(2).expect("the crate stands in the repository").to_owned()
}

/// The folder of the county pack that the tests use.
#[must_use]
pub fn pack_folder() -> PathBuf {
    root().join("deploy/county/nanxian")
}

/// The members of the county's leading group (领导小组), as a decision of theirs names who was present: all of them.
///
/// # Panics
/// When the pack can't be read.
#[must_use]
pub fn members() -> &'static str {
    static MEMBERS: LazyLock<String> = LazyLock::new(|| {
        let pack = load_pack(&pack_folder()).expect("the pack is sound");
        group::line(group::of(&pack))
    });
    &MEMBERS
}
