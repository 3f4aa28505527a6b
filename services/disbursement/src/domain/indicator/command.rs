//! What someone wants to happen to an indicator. Time, person and the year's rules come as data.

use std::sync::Arc;

use kernel::{Actor, Division, YearRules};
use time::OffsetDateTime;

use crate::domain::record::Issue;

/// What someone wants to happen.
#[derive(Debug, Clone)]
pub struct Command {
    /// What.
    pub step: Step,
    /// The county.
    pub county: Division,
    /// Who.
    pub actor: Actor,
    /// Now.
    pub at: OffsetDateTime,
}

/// See [`Command`].
#[derive(Debug, Clone)]
pub enum Step {
    /// Money is said to be there.
    Enter {
        /// What is entered; source and sub-level were found in the county pack.
        issue: Issue,
        /// The rules of its year.
        rules: Arc<YearRules>,
    },
    /// Another person has read the same in the document.
    Confirm,
    /// It was entered wrongly.
    Discard,
}
