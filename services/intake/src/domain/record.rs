//! What the facts are made of: values that know nothing of the state, of another rule or of the county pack.
//!
//! They are stored for ever as parts of [`super::event`], or are what a command brings. What is asked of a value here is
//! about the value alone; whether it may be so is the question of the rule of the same name, one folder up.

pub mod content;
pub mod correction;
pub mod county;
mod date;
pub mod decision;
pub mod notice;
pub mod objection;
pub mod original;
pub mod pool;
pub mod readers;
pub mod recount;
pub mod site_check;
pub mod stage;
pub mod suspension;
pub mod township;
pub mod vote;
