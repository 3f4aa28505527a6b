//! Money as pure functions over facts: no clock, no store and no wire.
//!
//! Three machines: [`indicator`] (money of one source and document), [`plan`] (the year's projects) and [`project`] (one
//! project's funding, contract and payments; all of them in one stream, so that caps are exact). The rules stand one to a
//! file: [`standing`], [`funding`], [`contract`], [`advance`], [`settlement`], and [`gates`] which puts a payment's rules in order.
//! [`every_refusal`] tells all that speaks against a decision at once. What each fact means for the books is [`posting`]'s.

pub mod advance;
pub mod contract;
pub mod decision;
pub mod every_refusal;
#[cfg(test)]
pub mod fixtures;
pub mod funding;
pub mod gates;
pub mod indicator;
pub mod payment;
pub mod plan;
pub mod posting;
pub mod project;
pub mod refusal;
pub mod settlement;
pub mod standing;

pub use contract::{Contract, Payee};
pub use decision::{Decision, Signature};
pub use funding::{Charge, Funding};
pub use indicator::Indicator;
pub use payment::{Payment, PaymentType};
pub use plan::Plan;
pub use project::Project;
pub use refusal::Refusal;
