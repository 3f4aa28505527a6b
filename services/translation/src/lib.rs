//! What every room says alike, from the contract to the kernel's words and back: moments, ids, persons, signatures,
//! documents, decisions, corrections, questions, acts, levels of money, and what the inbox is told of a task. Pure; everything that is wrong is said at once, by field.
//!
//! A room's own words are translated in its `convert`.

pub mod act;
pub mod attachment;
pub mod correction;
pub mod decision;
pub mod field;
pub mod person;
pub mod question;
pub mod signature;
pub mod sub_level;
pub mod task;
pub mod time;
