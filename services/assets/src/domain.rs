//! When works are complete, accepted and registered: pure functions over facts, with no clock, no store and no wire.
//!
//! Start with [`project`] (the machine) and [`works`] (what is known of the works and who may take which step). The rules
//! stand one to a file: [`completion`] (photographs), [`acceptance`] (group and price), [`registration`] (sum and owner).

pub mod acceptance;
pub mod completion;
pub mod project;
pub mod registration;
pub mod works;

pub use acceptance::{Acceptance, GroupMember, Side};
pub use completion::Completion;
pub use project::{Command, Event, Project};
pub use registration::{Asset, AssetClass, Draft, Registration};
pub use works::{Signature, Site, Stage, TownshipCheck, Works};

#[cfg(test)]
pub(crate) mod story;
