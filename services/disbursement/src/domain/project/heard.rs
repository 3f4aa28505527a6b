//! What other rooms say of a project: completion reported, accepted, its assets registered; who acted elsewhere.
//!
//! They can only have heard of the contract from here: what comes before it is a copy that is behind, and waits.

use kernel::{Duties, Fen, refusal::Common};

use super::{
    event::Event,
    state::{Money, Stage},
};
use crate::domain::record::Registration;

/// What is new of that, if anything.
pub(super) fn acts(money: &Money, acts: &Duties) -> Option<Event> {
    money.duties.news(acts).map(|acts| Event::ActsHeard { acts })
}

/// The village reported completion.
pub(super) fn completion(money: &Money, acts: Duties) -> Result<Vec<Event>, Common> {
    match &money.stage {
        // Assets can only have heard of the contract from here: this is a copy that is behind.
        Stage::Pooled | Stage::Funded { .. } => Err(Common::TooEarly { what: "合同 contract" }),
        Stage::Contracted { .. } if !money.completion_reported => Ok(vec![Event::CompletionReported { acts }]),
        // What was accepted was completed: a message that comes after is no news, and moves nobody's version.
        Stage::Contracted { .. } | Stage::Accepted { .. } | Stage::FinalAccount { .. } => Ok(Vec::new()),
    }
}

/// The county accepted what was built.
pub(super) fn acceptance(money: &Money, accepted: Fen, acts: Duties) -> Result<Vec<Event>, Common> {
    match &money.stage {
        // Assets can only have heard of the contract from here: this is a copy that is behind.
        Stage::Pooled | Stage::Funded { .. } => Err(Common::TooEarly { what: "合同 contract" }),
        Stage::Contracted { .. } => Ok(vec![Event::AcceptanceRecorded { accepted, acts }]),
        Stage::Accepted { accepted: known, .. } | Stage::FinalAccount { accepted: known, .. } if *known == accepted => {
            Ok(Vec::new())
        }
        Stage::Accepted { .. } | Stage::FinalAccount { .. } => Err(Common::AlreadyDecided),
    }
}

/// The assets stand in the register.
pub(super) fn asset_registration(
    money: &Money,
    registration: Registration,
    acts: Duties,
) -> Result<Vec<Event>, Common> {
    match (&money.asset, &money.stage) {
        (Some(known), _) if *known == registration => Ok(Vec::new()),
        (Some(_), _) => Err(Common::AlreadyDecided),
        (None, Stage::Pooled | Stage::Funded { .. } | Stage::Contracted { .. }) => {
            Err(Common::TooEarly { what: "竣工验收 acceptance" })
        }
        (None, Stage::Accepted { .. } | Stage::FinalAccount { .. }) => {
            Ok(vec![Event::AssetRegistrationRecorded { registration, acts }])
        }
    }
}
