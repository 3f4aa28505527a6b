//! What has happened to a project's works. Stored for ever: additive changes only.
//!
//! `tests/golden/events.json` keeps one stored JSON of each.

use kernel::{Duties, Fen};
use serde::{Deserialize, Serialize};

use super::record::{Acceptance, Completion, Registration, Site, TownshipCheck};

/// What has happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind")]
pub enum Event {
    /// A contract was signed: works are expected.
    ProjectExpected {
        /// What the contract says.
        site: Site,
        /// Who had which duty before.
        acts: Duties,
    },
    /// The village reported completion.
    CompletionReported(Completion),
    /// The township's first check passed.
    TownshipCheckPassed(TownshipCheck),
    /// The county accepted.
    AcceptancePassed(Acceptance),
    /// The assets stand in the register.
    AssetsRegistered(Registration),
    /// They stand there provisionally, at the accepted amount.
    AssetsProvisionallyRegistered(Registration),
    /// The project was suspended.
    ProjectSuspended {
        /// Why.
        reason: String,
    },
    /// The project goes on.
    ProjectResumed,
    /// Who has had which duty elsewhere, as another room says.
    ActsHeard {
        /// Those that were not known here.
        acts: Duties,
    },
    /// The audit fixed the final account.
    FinalAccountHeard {
        /// Audited amount.
        audited: Fen,
        /// Who had which duty by then.
        acts: Duties,
    },
}
