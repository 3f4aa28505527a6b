//! What the county returns (退回事项), item by item, with the post that asks for it; merged to one list by
//! [`crate::domain::returns`].

use kernel::{Post, decision::Correction};
use serde::{Deserialize, Serialize};

/// One thing that the county asks to be corrected, and who asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnedItem {
    /// What must be done, and where it goes back to.
    #[serde(flatten)]
    pub correction: Correction,
    /// The post that asks.
    pub asked_by: Post,
}
