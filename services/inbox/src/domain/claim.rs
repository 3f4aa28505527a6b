//! A person takes a task and gives it back (领取、退还): one at a time, under a token that grows with each new holder.
//!
//! A lease that has ended still shows its holder, yet anybody may claim the task; the holder renews it by claiming again.

use kernel::{Actor, refusal::Common};
use time::{Duration, OffsetDateTime};

use super::{
    admission::{admit, may_read},
    event::Event,
    record::Lease,
    refusal::Refusal,
    state::{Stage, State},
};

/// How long a claim lasts: long enough to read a file and write an opinion; short enough that a colleague who was
/// called away doesn't block the post for the day. The holder renews it by claiming again.
pub const LENGTH: Duration = Duration::minutes(30);

/// The fencing token of a decision that was not preceded by a claim.
pub const UNCLAIMED: i64 = 0;

/// A person takes the task, or stays with it.
///
/// # Errors
/// `SCOPE`, `SOD`, `SUSPENDED`, `ALREADY_CLAIMED`, `ALREADY_DECIDED`, `WRONG_STATE`.
pub fn claim(state: &State, actor: &Actor, at: OffsetDateTime) -> Result<Vec<Event>, Refusal> {
    admit(state, actor)?;
    state.permit()?;
    let until = at + LENGTH;
    let (holder, on_behalf_of) = (actor.person.clone(), actor.on_behalf_of.clone());
    let lease = Lease { holder, on_behalf_of, token: state.latest_token + 1, until };
    match &state.stage {
        Stage::Ready { .. } => Ok(vec![Event::TaskClaimed { lease }]),
        // Nobody has held it in between, so the token is still the latest, also when the lease had ended.
        Stage::Reserved(held) if held.holder == actor.person && held.until < until => {
            Ok(vec![Event::LeaseRenewed { until }])
        }
        Stage::Reserved(held) if held.holder == actor.person => Ok(Vec::new()),
        Stage::Reserved(held) if held.stands(at) => Err(already_claimed(held)),
        Stage::Reserved(_) => Ok(vec![Event::TaskClaimed { lease }]),
        Stage::Completed { .. } => Err(Common::AlreadyDecided.into()),
        Stage::Obsolete => Err(state.closed("ClaimTask").into()),
    }
}

/// The holder gives it back.
///
/// # Errors
/// `LEASE_LOST` for anyone who does not hold the latest claim, and as [`claim`].
pub fn release(state: &State, actor: &Actor, token: i64) -> Result<Vec<Event>, Refusal> {
    if state.is_suspended() {
        admit(state, actor)?;
        state.permit()?;
    }
    let latest = token == state.latest_token;
    match &state.stage {
        // A lease that has ended but that nobody took over may still be given back.
        Stage::Reserved(held) if latest && held.holder == actor.person => {
            Ok(vec![Event::TaskReleased { person: actor.person.clone() }])
        }
        Stage::Ready { released_by: Some(person) } if latest && *person == actor.person => Ok(Vec::new()),
        Stage::Ready { .. } | Stage::Reserved(_) => {
            admit(state, actor)?;
            Err(lease_lost(state, token))
        }
        Stage::Completed { .. } => {
            may_read(state, actor)?;
            Err(Common::AlreadyDecided.into())
        }
        Stage::Obsolete => {
            may_read(state, actor)?;
            Err(state.closed("ReleaseTask").into())
        }
    }
}

/// The refusal of who comes while another holds the task.
#[must_use]
pub fn already_claimed(lease: &Lease) -> Refusal {
    Refusal::AlreadyClaimed { holder: lease.holder.clone(), until: lease.until }
}

/// The refusal of a token that stands no more.
#[must_use]
pub fn lease_lost(state: &State, presented: i64) -> Refusal {
    Refusal::LeaseLost { presented, latest: state.latest_token }
}
