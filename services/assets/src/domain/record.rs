//! What the facts of the room are made of: values with no logic, stored within events for ever.
//!
//! A field that comes later has a default; none is ever taken away.

mod acceptance;
mod completion;
mod group;
mod registration;
mod signature;
mod site;
mod township_check;

pub use acceptance::Acceptance;
pub use completion::Completion;
pub use group::{GroupMember, Side};
pub use registration::{Asset, AssetClass, NonCapital, Registration};
pub use signature::Signature;
pub use site::Site;
pub use township_check::TownshipCheck;
