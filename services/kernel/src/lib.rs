//! Pure words that every room shares: no async, no I/O, no clock.
//!
//! Start with [`Decider`] (what a state machine is) and [`refusal`] (how a "no" is said);
//! the rest are values: money, divisions, actors, decisions, the calendar, the year's rules and the county pack.

pub mod actor;
pub mod attachment;
pub mod calendar;
pub mod decider;
pub mod decision;
pub mod division;
pub mod duty;
pub mod id;
pub mod money;
pub mod occasion;
pub mod pack;
pub mod reach;
pub mod refusal;
pub mod rules;
pub mod signature;
pub mod suspension;
pub mod testing;
pub mod text;

pub use actor::{Actor, OrgCode, PersonId, Post, Role};
pub use attachment::Attachment;
pub use calendar::{Calendar, Due};
pub use decider::Decider;
pub use division::Division;
pub use duty::{Duties, Duty};
pub use id::{ProjectId, TaskId};
pub use money::Fen;
pub use occasion::Occasion;
pub use pack::Pack;
pub use reach::Reach;
pub use refusal::{Explanation, Kind, Refusal};
pub use rules::{RuleCode, YearRules};
pub use signature::Signature;
pub use suspension::{SuspensionStep, Suspensions};
