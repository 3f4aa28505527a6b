//! What other rooms decide about a project, heard here: suspended (暂停、冻结, X5), resumed, its final account audited (S15).
//!
//! While it is suspended nothing is checked, accepted or registered. The village may still report that building is
//! complete, for that is a fact of the works, and an audit that was fixed is fixed. A suspension is kept also before the
//! contract is heard of, for a contract may come later than what overtook it.

use kernel::{Duties, Fen, SuspensionStep, Suspensions, refusal::Common};

use super::{
    command::Suspended,
    event::Event,
    state::{Stage, Works},
};

/// What follows from a suspension that is heard, or `TOO_EARLY` while the one before is not known to have ended.
pub(super) fn suspension(
    known: &Suspensions,
    duties: Option<&Duties>,
    suspended: Suspended,
) -> Result<Vec<Event>, Common> {
    let Suspended { number, step, acts } = suspended;
    if !known.is_news(number, &step)? {
        return Ok(Vec::new());
    }
    let heard = match step {
        SuspensionStep::Begin { reason } => Event::ProjectSuspended { reason },
        SuspensionStep::End { .. } => Event::ProjectResumed,
    };
    // Before the contract nobody acts here, and the contract's message brings what was done by then.
    let acts = duties.and_then(|known| known.news(&acts)).map(|acts| Event::ActsHeard { acts });
    Ok([heard].into_iter().chain(acts).collect())
}

/// The audit has fixed the final account; it does so once.
pub(super) fn final_account(works: &Works, audited: Fen, acts: Duties) -> Result<Vec<Event>, Common> {
    match (&works.stage, works.audited) {
        (_, Some(known)) if known == audited => Ok(Vec::new()),
        (_, Some(_)) => Err(Common::AlreadyDecided),
        // Disbursement can only have heard of the acceptance from here: this is a copy that is behind.
        (Stage::Construction | Stage::CompletionReported(_) | Stage::TownshipChecked(..), None) => {
            Err(Common::TooEarly { what: "竣工验收 acceptance" })
        }
        (Stage::Accepted(..) | Stage::AssetRegistered(..), None) => {
            Ok(vec![Event::FinalAccountHeard { audited, acts }])
        }
    }
}
