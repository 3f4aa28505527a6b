//! Money as pure functions over facts: no clock, no store and no wire.
//!
//! Three machines: [`indicator`] (money of one source and document), [`plan`] (the year's projects) and [`project`] (all
//! payments of a project in one stream, so that caps are exact). [`record`] what facts are made of ← a machine's `event` ←
//! its `state` ← the rules, one to a file: [`funding`], [`contract`], [`payment`] with [`gates`] (its rules in order),
//! [`advance`], [`settlement`]. [`every_refusal`] tells all that speaks against a decision at once. What each fact means for
//! the books is [`posting`]'s; what lists show, [`listing`]'s.

pub mod advance;
pub mod contract;
pub mod decision;
pub mod every_refusal;
#[cfg(test)]
pub mod fixtures;
pub mod funding;
pub mod gates;
pub mod indicator;
pub mod listing;
pub mod payment;
pub mod plan;
pub mod posting;
pub mod project;
pub mod record;
pub mod refusal;
pub mod settlement;

pub use indicator::state::Indicator;
pub use plan::state::Plan;
pub use project::{
    Project,
    state::{Money, Payment, PaymentStage, Stage},
};
pub use record::{
    Approval, Assignment, BudgetLine, Charge, Contract, Decision, FinalAccount, Funding, Issue, Notice, Payee,
    PaymentRequest, PaymentType, Pooled, Proposal, Registration, Signature, TaskKind, VILLAGE,
};
pub use refusal::Refusal;
