//! What the facts of the room are made of: values with no logic, stored within events for ever.
//!
//! A field that comes later has a default; none is ever taken away. A name that is renamed here keeps its old one in JSON.

mod contract;
mod decision;
mod final_account;
mod funding;
mod indicator;
mod payment;
mod plan;
mod pool;
mod registration;
mod signature;

pub use contract::{Contract, Payee};
pub use decision::Decision;
pub use final_account::FinalAccount;
pub use funding::{Charge, Funding};
pub use indicator::Issue;
pub use payment::{Assignment, PaymentRequest, PaymentType, TaskKind};
pub use plan::{Approval, Notice, Proposal};
pub use pool::{BudgetLine, Pooled, VILLAGE};
pub use registration::Registration;
pub use signature::Signature;
