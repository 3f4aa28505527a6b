//! When works are complete, accepted and registered: pure functions over facts, with no clock, no store and no wire.
//!
//! [`record`] what facts are made of ← [`event`] ← [`state`] what is known, and what a fact makes of it ← the rules, one to a
//! file: [`completion`], [`township_check`], [`acceptance`] with [`group`], [`registration`], [`heard`] ← [`project`], the
//! machine, which says what rule answers which [`command`]. What a list may be asked for stands in [`listing`].

pub mod acceptance;
pub mod command;
pub mod completion;
pub mod event;
pub mod group;
pub mod heard;
pub mod listing;
pub mod project;
pub mod record;
pub mod registration;
pub mod state;
mod step;
pub mod township_check;

pub use command::{Command, Draft, Nominee, Suspended};
pub use event::Event;
pub use project::Project;
pub use record::{
    Acceptance, Asset, AssetClass, Completion, GroupMember, NonCapital, Registration, Side, Signature, Site,
    TownshipCheck,
};
pub use state::{Stage, Works};

#[cfg(test)]
pub(crate) mod story;
