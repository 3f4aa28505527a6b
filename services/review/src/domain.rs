//! What a county case is and when it may move: pure functions over facts, with no clock, no store and no wire.
//!
//! [`record`] (values) ← [`event`] (what has happened) ← [`state`] (what is known, and how a fact changes it) ← the rules, one to
//! a file, as functions of the state ← [`case`] (which rule answers which [`command`]). A task is asked by [`asking`] and decided
//! through [`completion`]; where opinions lead says [`joining`] by [`quorum`]; experts are in [`panel`];
//! [`every_refusal`] tells all that speaks against a decision at once. [`meeting`] is a machine
//! of its own, in the same order: the leading group decides on many at once.

pub mod asking;
pub mod case;
pub mod command;
pub mod completion;
pub mod decision;
pub mod departments;
pub mod dispensation;
pub mod event;
pub mod every_refusal;
pub mod forwarding;
pub mod guarantee;
pub mod joining;
pub mod leading_group;
pub mod listing;
pub mod meeting;
pub mod members;
pub mod next_actions;
pub mod office;
pub mod overdue;
pub mod panel;
pub mod quorum;
pub mod record;
pub mod recount;
pub mod refusal;
pub mod resolution;
pub mod returns;
pub mod scope;
pub mod state;
#[cfg(test)]
pub(crate) mod story;
pub mod suspension;
pub mod way_back;
pub mod withdrawal;

pub use self::{
    case::Case,
    command::{Command, Complete, Escalate, Forwarded, Suspended, Withdrawal, Withdrawn},
    event::Event,
    meeting::Meeting,
    record::{Asked, Balances, Opinion, Referral, Resolution, Subject, TaskKind},
    refusal::Refusal,
    state::{Panel, Stage, State},
};
