//! Who holds a meeting: the office of the leading group (领导小组办公室) alone, and each step bears its signature. That person
//! is who decides, for the separation of duties.

use kernel::refusal::Common;

use super::command::Occasion;
use crate::domain::{members::leading_group, record::Signature};

/// The signature of the leading group's office.
///
/// # Errors
/// [`Common::Scope`] for anyone else.
pub fn sign(by: &Occasion) -> Result<Signature, Common> {
    let post = leading_group(&by.pack);
    by.actor.require(&post)?;
    Ok(Signature::of(&by.actor, post, by.at))
}
