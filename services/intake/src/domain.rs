//! What an application is and when it may move: pure functions over facts, with no clock, no store and no wire.
//!
//! Imports go one way: [`record`] (what facts are made of) <- [`event`] <- [`state`] (what is remembered, and the one place
//! that facts change it) <- the rules, one to a file, each with its tests <- [`application`], which sends each command to
//! its rule. [`authority`] says who may, [`next_actions`] tells it, [`readers`] who reads; [`every_refusal`] tells all that speaks against a step at once; [`listing`] is what a list can ask.

pub mod admissible;
pub mod ancillary;
pub mod application;
pub mod authority;
mod ballot;
mod clerk_return;
pub mod completeness;
pub mod correction;
pub mod county;
pub mod deadline;
pub mod decision;
pub mod deliberation;
pub mod draft;
pub mod duplicate;
pub mod event;
pub mod every_refusal;
pub mod gate;
pub mod listing;
mod meeting_date;
pub mod negative_list;
pub mod next_actions;
pub mod notice_period;
pub mod objection;
mod particulars;
pub mod photograph;
pub mod pool;
pub mod pool_life;
pub mod readers;
pub mod record;
pub mod recount;
pub mod refusal;
pub mod rejudge;
pub mod revote;
pub mod site_check;
pub mod state;
pub mod suspension;
pub mod township_review;
pub mod township_task;
pub mod village_share;
pub mod village_vote;
pub mod way_back;
pub mod withdrawal;

#[cfg(test)]
pub(crate) mod fixtures;

pub use application::{Application, Command};
pub use event::Event;
pub use kernel::{Occasion, Signature};
pub use record::{
    content::Content,
    decision::{Decision, DecisionRecord},
    notice::NoticeLevel,
    stage::Stage,
};
pub use state::State;
