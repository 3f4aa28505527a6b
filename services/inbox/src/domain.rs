//! The room's pure words: a task, what was asked, who holds it for how long, and who may decide it. Nothing here knows another
//! room's words: they are text to show.
//!
//! [`record`] (values) ← [`event`] (what has happened) ← [`state`] (what is known, and how a fact changes it) ← the rules, one to
//! a file, as functions of the state ← [`task`], the machine: which rule answers which [`command`].

pub mod admission;
pub mod claim;
pub mod command;
pub mod completion;
pub mod event;
pub mod listing;
pub mod next_actions;
pub mod oversight;
pub mod record;
pub mod refusal;
pub mod rescheduling;
pub mod state;
pub mod suspension;
pub mod task;

pub use self::{
    command::{Command, Recounted},
    event::Event,
    record::{Lease, Request, SubjectLine},
    refusal::Refusal,
    state::{Stage, State},
    task::Task,
};

#[cfg(test)]
pub(crate) mod fixtures;
