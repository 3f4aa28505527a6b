//! What an application is and when it may move: pure functions over facts, with no clock, no store and no wire.
//!
//! Start with [`application`] (the machine) and [`file`] (what an application remembers). The rules stand one to a file:
//! [`admissible`] with [`ancillary`], [`village_share`] and [`negative_list`] (what the content must be), [`village_vote`],
//! [`deliberation`], [`notice_period`], [`objection`], [`withdrawal`], [`suspension`], [`completeness`], [`site_check`], [`township_review`],
//! [`revote`], [`gate`] (what each of them asks of the content), [`photograph`], [`meeting_date`], [`correction`], [`deadline`], [`original`], [`way_back`], [`county`], [`pool`], [`duplicate`], [`pool_life`]; [`authority`] says who may, [`next_actions`] tells it, [`readers`] who reads;
//! [`every_refusal`] tells all that speaks against a step at once;
//! [`rejudge`] holds what has been done against other rules.

pub mod admissible;
pub mod ancillary;
pub mod application;
pub mod authority;
pub mod completeness;
pub mod content;
pub mod correction;
pub mod county;
pub mod deadline;
pub mod decision;
pub mod deliberation;
pub mod draft;
pub mod duplicate;
pub mod every_refusal;
pub mod file;
pub mod gate;
mod meeting_date;
pub mod negative_list;
pub mod next_actions;
pub mod notice_period;
pub mod objection;
pub mod original;
mod particulars;
pub mod photograph;
pub mod pool;
pub mod pool_life;
pub mod readers;
pub mod recount;
pub mod refusal;
pub mod rejudge;
pub mod revote;
pub mod site_check;
pub mod stage;
pub mod suspension;
pub mod township_review;
pub mod village_share;
pub mod village_vote;
pub mod way_back;
pub mod withdrawal;

#[cfg(test)]
pub(crate) mod fixtures;

pub use application::{Application, Command, Event};
pub use authority::Signature;
pub use content::Content;
pub use decision::{Decision, Given};
pub use file::{File, Stage};
pub use kernel::Occasion;
pub use notice_period::NoticeLevel;
