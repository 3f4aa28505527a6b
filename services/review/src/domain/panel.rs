//! Experts (专家论证, S6): whether a project needs them, how they are drawn, what they find together.
//!
//! [`triggers`] says why a panel is needed, [`calling`] asks for it, [`convening`] sizes it, [`draw`] draws it, [`sitting`] is
//! what its members do, [`report`] what they find. A panel that was called stays needed until it has passed what is judged
//! now.

pub mod calling;
pub mod convening;
pub mod draw;
pub mod questions;
pub mod report;
pub mod sitting;
pub mod triggers;
