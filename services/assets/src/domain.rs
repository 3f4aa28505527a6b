//! When works are complete, accepted and registered: pure functions over facts, with no clock, no store and no wire.
//!
//! Start with [`project`] (the machine) and [`works`] (what is known of the works and who may take which step). The rules
//! stand one to a file: [`completion`] (photographs), [`acceptance`] (who decides, price), [`group`] (who sits in it),
//! [`registration`] (sum and owner). What other rooms decide about a project stands in [`heard`].

pub mod acceptance;
pub mod completion;
pub mod group;
pub mod heard;
pub mod project;
pub mod registration;
pub mod works;

pub use acceptance::Acceptance;
pub use completion::Completion;
pub use group::{GroupMember, Nominee, Side};
pub use heard::Suspended;
pub use project::{Command, Event, Project};
pub use registration::{Asset, AssetClass, Draft, NonCapital, Registration};
pub use works::{Signature, Site, Stage, TownshipCheck, Works};

#[cfg(test)]
pub(crate) mod story;
