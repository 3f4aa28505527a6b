//! The room's pure words: a task, what was asked, who holds it for how long, and what makes a decision complete.
//!
//! Start with [`task`], the state machine. Nothing here knows another room's words: they are text to show.

pub mod decision;
mod due;
pub mod lease;
pub mod next_actions;
pub mod oversight;
pub mod raised;
pub mod refusal;
pub mod request;
mod suspension;
pub mod task;

pub use decision::Decision;
pub use due::Recounted;
pub use lease::Lease;
pub use raised::{Raised, Stage};
pub use refusal::Refusal;
pub use request::{Request, SubjectLine};
pub use task::{Command, Event, Task};

#[cfg(test)]
pub(crate) mod fixtures;
