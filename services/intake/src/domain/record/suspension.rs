//! A suspension that stands (暂停、冻结): why, by whom, since when.
//!
//! Who may stop an application and let it go on is [`super::super::suspension`]'s question.

use kernel::{Duty, Role, Signature};

/// A suspension that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspension {
    /// Why.
    pub reason: String,
    /// Who, since when.
    pub signature: Signature,
}

/// The duty of who stopped a project or let it go on.
#[must_use]
pub fn duty_of(signature: &Signature) -> Duty {
    match signature.post.role {
        Role::Discipline => Duty::Discipline,
        _ => Duty::CountyOffice,
    }
}
