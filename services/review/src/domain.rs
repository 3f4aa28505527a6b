//! What a county case is and when it may move: pure functions over facts, with no clock, no store and no wire.
//!
//! Start with [`case`] (the machine) and [`file`] (what an open case says). The rules stand one to a file: [`departments`] (who is asked, by when),
//! [`decision`] (what an opinion must contain), [`guarantee`] (whether the money is there), [`quorum`] (how opinions join),
//! [`panel`] (when experts are needed), [`resolution`] (what an approval needs), [`members`] (who must have been there), [`overdue`] (what happens when nobody
//! answers), [`dispensation`] (what the leading group goes on without), [`way_back`] (what the leading group returns to the departments), [`withdrawal`] (what the village gives up) and [`suspension`] (what intake decides about the project). [`scope`] says who reads a case,
//! [`next_actions`] who may decide it, [`every_refusal`] all that speaks against a decision at once. [`meeting`] is a machine of its own: the leading group decides on many at once.

pub mod argumentation;
pub mod case;
pub mod completion;
pub mod decision;
pub mod departments;
pub mod dispensation;
pub mod draw;
pub mod every_refusal;
pub mod file;
pub mod guarantee;
pub mod meeting;
pub mod members;
pub mod next_actions;
pub mod opinion;
pub mod overdue;
pub mod panel;
pub mod quorum;
pub mod recount;
pub mod referral;
pub mod refusal;
pub mod report;
pub mod resolution;
pub mod scope;
#[cfg(test)]
pub(crate) mod story;
pub mod suspension;
pub mod way_back;
pub mod withdrawal;

pub use case::{Case, Command, Complete, Escalate, Event, Forwarded};
pub use completion::duty_of;
pub use file::{File, Stage};
pub use meeting::Meeting;
pub use opinion::{Asked, Given, Opinion, TaskKind};
pub use panel::Panel;
pub use referral::{Referral, Subject};
pub use refusal::Refusal;
pub use resolution::Resolution;
pub use suspension::Suspended;
pub use withdrawal::{Withdrawal, Withdrawn};
