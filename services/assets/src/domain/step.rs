//! What every person's step needs: a post over that village, and no other duty in the project that excludes it (SOD-1).
//!
//! Taken once it stands: a true repeat changes nothing, a different one is refused.

use kernel::{Duty, Occasion, Role, refusal::Common};

use super::{event::Event, record::Signature, state::Works};

/// The signature of somebody who holds one of these posts over the village, and whom no duty in the project forbids it.
pub(super) fn sign(works: &Works, by: &Occasion, roles: &[Role], duty: Duty) -> Result<Signature, Common> {
    let (actor, village) = (&by.actor, works.site.village);
    let post = roles.iter().find_map(|role| actor.post_over(*role, village));
    let needed = || roles.iter().map(|role| format!("{role}@{village}")).collect::<Vec<_>>().join(" / ");
    let post = post.ok_or_else(|| Common::scope(actor, needed()))?;
    by.permit(&works.duties, duty)?;
    Ok(Signature::of(actor, post, by.at))
}

/// A step that was taken before: nothing more when it is the same, a refusal otherwise.
pub(super) fn already(same: bool) -> Result<Vec<Event>, Common> {
    if same { Ok(Vec::new()) } else { Err(Common::AlreadyDecided) }
}
