//! What the facts of a task are made of: values with no logic. They stand in stored events, so that each change must be
//! additive; what is decided with them stands in the rules.

mod lease;
mod request;

pub use self::{
    lease::Lease,
    request::{Request, SubjectLine},
};
